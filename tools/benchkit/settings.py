"""How much is measured."""

from dataclasses import dataclass


@dataclass
class Settings:
    """Set by the command line."""

    seconds: float = 3      # of each run, after its warm-up
    runs: int = 3           # of each figure
    rate: int = 0           # of the open loop; 0: half of the peak
    timers_per_second: int = 500
    pending: int = 100_000  # dispatches under way, beside what is measured
    pages: int = 50_000     # of a burn-down
    http_pages: int = 5_000
    history: int = 5_000_000
    businesses: int = 2_000
