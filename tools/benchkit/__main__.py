"""The command: see tools/bench --help."""

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import time
from typing import Callable, Dict, List

from . import directory, engine, history, memory, rpcs
from .plots import plot
from .settings import Settings
from .stage import Failed, Place

Bench = Callable[[Place, Settings, Callable[[Dict], None]], None]
BENCHES: Dict[str, Bench] = {
    "floor": rpcs.floor, "dispatch": rpcs.dispatch, "status": rpcs.status, "ack": rpcs.ack, "timers": engine.timers,
    "pages": engine.pages, "memory": memory.memory, "directory": directory.directory, "idle": directory.idle,
    "history": history.history}
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main() -> int:
    """Measures what was asked for; 1 when that failed."""
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("name", choices=[*BENCHES, "all"])
    parser.add_argument("--build", required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out")
    defaults = vars(Settings())
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    arguments = parser.parse_args()
    settings = Settings(**{name: getattr(arguments, name) for name in defaults})
    results: List[Dict] = []

    def report(result: Dict) -> None:
        results.append(result)
        print(json.dumps(result) if arguments.json else describe(result), flush=True)

    begin = time.monotonic()
    for name in BENCHES if arguments.name == "all" else [arguments.name]:
        try:
            measure(name, arguments, settings, report)
        except Failed as error:
            print(f"tools/bench: {name}: {error}", file=sys.stderr)
            return 1
    if arguments.name == "all" or arguments.out:
        save(results, arguments.out or os.path.join(ROOT, "var", "bench", "latest"), settings,
             time.monotonic() - begin)
    return 0


def measure(name: str, arguments: argparse.Namespace, settings: Settings, report: Callable[[Dict], None]) -> None:
    """Runs one bench in a scratch folder of its own, which is kept when it fails."""
    scratch = tempfile.mkdtemp(prefix="afterhours-bench-")
    os.chmod(scratch, 0o711)  # the database server may run as another user
    begin = time.monotonic()
    try:
        BENCHES[name](Place(ROOT, arguments.build, scratch), settings, report)
    except Failed as error:
        raise Failed(f"{error}\nThe logs are in {scratch}") from error
    shutil.rmtree(scratch, ignore_errors=True)
    if not arguments.json:
        print(f"({name}: {time.monotonic() - begin:.0f} s)", flush=True)


def save(results: List[Dict], folder: str, settings: Settings, seconds: float) -> None:
    """Writes all results into one JSON file, and draws the plots beside it."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "bench.json")
    about = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "seconds": round(seconds),
             "cores": os.cpu_count(), "machine": platform.machine(), "settings": vars(settings)}
    with open(path, "w", encoding="utf-8") as file:
        json.dump({**about, "results": results}, file, indent=1)
    print(f"written: {', '.join([path, *plot(results, folder)])}", file=sys.stderr)


def describe(result: Dict) -> str:
    """A result for people: what was measured, then a line for each side."""
    plain = {key: value for key, value in result.items() if not isinstance(value, dict)}
    lines = [f"{plain.pop('bench')}: " + ", ".join(f"{key} {value}" for key, value in plain.items())]
    for side, figures in result.items():
        if isinstance(figures, dict):
            shown = [f"{key} {value:,}" for key, value in figures.items() if not key.endswith(("_min", "_max"))]
            lines.append(f"    {side:16} " + ", ".join(shown))
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
