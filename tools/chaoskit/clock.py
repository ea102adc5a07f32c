"""Wall-clock time in the unit in which the simulator notes it."""

import time


def now_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000
