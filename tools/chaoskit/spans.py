"""Spans of time (Unix milliseconds), and what is said of many measurements."""

import math
from typing import List, Optional, Tuple

Span = Tuple[float, float]


def both(first: List[Span], second: List[Span]) -> List[Span]:
    """Where a span of `first` and one of `second` overlap."""
    found = [(max(a, c), min(b, d)) for a, b in first for c, d in second]
    return [(begin, end) for begin, end in found if begin < end]


def touches(spans: List[Span], begin: float, end: float) -> bool:
    """Whether a span has a moment in common with the one from `begin` to `end`."""
    return any(a <= end and begin <= b for a, b in spans)


def percentile(sorted_values: List[float], share: float) -> float:
    """The smallest value that at least `share` of them do not exceed."""
    return sorted_values[max(0, math.ceil(share * len(sorted_values)) - 1)]


def summary(values: List[float]) -> str:
    """p50, p99 and the maximum of milliseconds, in words."""
    if not values:
        return "none measured"
    values = sorted(values)
    return (f"p50 {percentile(values, 0.5):.0f} ms, p99 {percentile(values, 0.99):.0f} ms, max {values[-1]:.0f} ms "
            f"({len(values)})")


def histogram_bounds(buckets: List[Tuple[float, float]], share: float) -> Optional[float]:
    """The bound of the bucket with that percentile; `buckets` are (bound, cumulated count). None when empty."""
    total = max((count for _, count in buckets), default=0)
    return next((bound for bound, count in sorted(buckets) if total and count >= share * total), None)
