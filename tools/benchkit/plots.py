"""Pictures of results (PNG)."""

import os
from typing import Dict, List

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402  (after the choice of a backend without a screen)

OURS, RIVAL = "tab:blue", "tab:orange"


def plot(results: List[Dict], folder: str) -> List[str]:
    """Draws what there is to draw of them; returns the files."""
    files = []
    for name in ("dispatch", "status"):
        lines = [result for result in results if result["bench"] == name]
        if lines:
            files.append(_against_concurrency(name, lines, os.path.join(folder, f"{name}.png")))
    lines = [result for result in results if result["bench"] == "history"]
    if lines:
        files.append(_against_history(lines, os.path.join(folder, "history.png")))
    lines = [result for result in results if result["bench"] == "timers" and "graphile_worker" in result]
    if lines:
        files.append(_lateness(lines[0], os.path.join(folder, "timers.png")))
    return files


def _against_concurrency(name: str, lines: List[Dict], path: str) -> str:
    levels = [line["in_flight"] for line in lines]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    for axes, key, label in ((left, "per_second", f"{name} per second"), (right, "p99_ms", "p99, ms")):
        for side, color in (("ours", OURS), ("pgbench", RIVAL)):
            values = [line[side][key] for line in lines]
            spread = [[max(0, line[side][key] - line[side].get(f"{key}_min", line[side][key])) for line in lines],
                      [max(0, line[side].get(f"{key}_max", line[side][key]) - line[side][key]) for line in lines]]
            axes.errorbar(levels, values, yerr=spread, marker="o", capsize=3, color=color, label=side)
        axes.set_xscale("log", base=2)
        axes.set_xticks(levels, [str(level) for level in levels])
        axes.set_xlabel("requests in flight")
        axes.set_title(label)
        axes.grid(alpha=0.3)
        axes.legend()
    right.set_yscale("log")
    return _save(figure, path)


def _against_history(lines: List[Dict], path: str) -> str:
    figure, axes = pyplot.subplots(1, 2, figsize=(10, 4))
    for (key, what, label), at in zip((("per_second", "dispatch", "dispatch at 64 in flight, per second"),
                                       ("p99_ms", None, "p99, ms")), axes):
        shown = [line for line in lines if what in (None, line["of"])]
        for place, line in enumerate(shown):
            at.bar([place - 0.2, place + 0.2], [line["empty"][key], line["full"][key]], 0.35,
                   color=[RIVAL, OURS])
        at.set_xticks(range(len(shown)), [line["of"] for line in shown])
        at.set_title(label)
        at.grid(alpha=0.3, axis="y")
    figure.suptitle(f"left: an empty database; right: {lines[0]['old_dispatches']:,} old dispatches in it")
    return _save(figure, path)


def _lateness(line: Dict, path: str) -> str:
    figure, axes = pyplot.subplots(figsize=(8, 3))
    sides = [("ours", "ours"), ("graphile_worker_polling_every_10_ms", "graphile-worker,\npolling every 10 ms"),
             ("graphile_worker", "graphile-worker")]
    for place, (side, _) in enumerate(sides):
        for key, offset, color in (("p50_ms", -0.25, OURS), ("p99_ms", 0.0, RIVAL), ("max_ms", 0.25, "tab:gray")):
            axes.barh(place + offset, line[side][key], 0.22, color=color, label=key[:-3] if place == 0 else None)
    axes.set_yticks(range(len(sides)), [label for _, label in sides])
    axes.set_xscale("log")
    axes.set_xlabel("from due to begun, ms")
    axes.legend()
    return _save(figure, path)


def _save(figure, path: str) -> str:
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
    return path
