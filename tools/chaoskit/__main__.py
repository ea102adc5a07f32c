"""The command line of tools/chaos."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import tempfile

from . import report
from .faults import KINDS
from .run import Run
from .settings import DISPATCHES_MAX
from .stage import Stage

PROVIDER = "provider"  # all that the provider does wrong
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def parse_args() -> argparse.Namespace:
    """The command line; exits with a message if it is wrong."""
    parser = argparse.ArgumentParser(prog="tools/chaos", allow_abbrev=False)
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--faults", default=",".join([*dict.fromkeys(KINDS), PROVIDER]))
    parser.add_argument("--build", required=True)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    if not args.minutes > 0 or not args.rate > 0:
        parser.error("--minutes and --rate must be above 0")
    if args.minutes * 60 * args.rate > DISPATCHES_MAX:
        parser.error(f"--minutes times --rate makes more than {DISPATCHES_MAX} calls, of which the simulator would "
                     f"forget the first; use a lower --rate")
    args.faults = args.faults.split(",")
    for kind in args.faults:
        if kind not in (*KINDS, PROVIDER):
            parser.error(f"--faults knows {', '.join([*dict.fromkeys(KINDS), PROVIDER])}, and not {kind}")
    return args


async def main(args: argparse.Namespace) -> bool:
    """Runs, tells, and cleans up; whether every promise was kept."""
    task, told = asyncio.current_task(), []

    def stop() -> None:
        """The first signal ends the run; the next ones do not disturb its cleaning up."""
        if not told:
            told.append(task.cancel())

    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop)
    folder = tempfile.mkdtemp(prefix="afterhours-chaos-")
    os.chmod(folder, 0o711)  # the database server may run as another user
    stage = Stage(ROOT, os.path.abspath(args.build), folder)
    run = Run(stage, folder, args.minutes, args.rate, args.seed, [kind for kind in KINDS if kind in args.faults],
              PROVIDER in args.faults)
    print(f"chaos: seed {args.seed}, {args.minutes:g} min, {args.rate:g} calls/s", flush=True)
    keep, interrupted = True, False
    try:
        kept = await run.go()
        keep = args.keep or not kept
        return kept
    except asyncio.CancelledError:
        keep, interrupted = args.keep, True
        raise
    finally:
        told.append(True)
        await stage.stop(keep)
        if keep and not interrupted:
            report.print_trail(folder, ["tools/chaos", *sys.argv[1:]], run.findings, stage.cluster.url)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    try:
        sys.exit(0 if asyncio.run(main(parse_args())) else 1)
    except (asyncio.CancelledError, KeyboardInterrupt):
        sys.exit(130)
