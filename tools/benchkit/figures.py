"""Figures of runs: percentiles, medians and spreads."""

import math
import statistics
from typing import Callable, Dict, List, Sequence

Figures = Dict[str, float]


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the values that `share` of them do not exceed; 0 when there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def latencies(millis: Sequence[float]) -> Figures:
    """p50, p99 and maximum of latencies in milliseconds."""
    return {"p50_ms": round(percentile(millis, 0.5), 3), "p99_ms": round(percentile(millis, 0.99), 3),
            "max_ms": round(max(millis, default=0.0), 3), "count": len(millis)}


def median(runs: List[Figures]) -> Figures:
    """Each figure's median over the runs, and with "_min" and "_max" its spread."""
    result: Figures = {"runs": len(runs)}
    for name in runs[0]:
        values = [run[name] for run in runs]
        result[name] = round(statistics.median(values), 3)
        if len(runs) > 1:
            result[f"{name}_min"], result[f"{name}_max"] = min(values), max(values)
    return result


def side_by_side(runs: int, ours: Callable[[], Figures], rival: Callable[[], Figures]) -> List[Figures]:
    """The medians of both, measured in turn, so that a slow moment of the machine meets both."""
    results: List[List[Figures]] = [[], []]
    for _ in range(runs):
        for place, measure in enumerate((ours, rival)):
            results[place].append(measure())
    return [median(of_one) for of_one in results]


def ratio(ours: Figures, rival: Figures, name: str) -> float:
    """How many times the rival's figure ours is; 0 when the rival has none."""
    return round(ours[name] / rival[name], 3) if rival.get(name) else 0.0
