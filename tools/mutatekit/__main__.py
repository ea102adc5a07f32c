"""The command line of tools/mutate."""

import argparse
import asyncio
import fcntl
import os
import shutil
import signal
import sys
import time
from typing import Awaitable, Iterable, List

from .mutations import LIST, ListError, Mutation, choose, faults, load
from .trial import Bench, TrialError
from .tree import BuildFailed, Tree

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
JOBS = 3
NAME_WIDTH = 62


class Run:
    """All mutations, one after the other; the tests of one side by side."""

    def __init__(self, tree: Tree, bench: Bench):
        self.seen, self.survived, self.broken = 0, 0, 0
        self._tree, self._bench = tree, bench
        self._room = asyncio.Semaphore(JOBS)

    async def go(self, mutations: List[Mutation]) -> bool:
        """Whether every test was seen to fail."""
        tell("without a mutation")
        self._tree.refresh()
        await self._tree.build()
        tests = dict.fromkeys(test for mutation in mutations for test in mutation.tests)
        if not all(await _each(self._must_pass(test) for test in tests)):
            tell("these fail already; what they do with a mutation would tell nothing")
            return False
        for mutation in mutations:
            tell(f"{mutation.name}: {mutation.off}")
            try:
                self._tree.mutate(mutation)
                await self._tree.build()
                self._bench.forget_schema()
                await _each(self._must_fail(test) for test in mutation.tests)
            except BuildFailed as error:
                self.broken += 1
                tell(f"  BROKEN: {error}")
            finally:
                self._tree.revert()
        return self.survived == 0 and self.broken == 0

    async def _must_pass(self, test: str) -> bool:
        async with self._room:
            outcome = await self._bench.run(self._tree.tests, test)
        tell_test(test, outcome.seconds, "passes" if outcome.passed else f"FAILS: {outcome.why}")
        return outcome.passed

    async def _must_fail(self, test: str) -> None:
        async with self._room:
            outcome = await self._bench.run(self._tree.tests, test)
        self.survived += outcome.passed
        self.seen += not outcome.passed
        tell_test(test, outcome.seconds, "SURVIVED" if outcome.passed else f"seen to fail: {outcome.why}")


async def _each(trials: Iterable[Awaitable]) -> list:
    """What each of them returns, once all have ended; raises what the first one raised."""
    results = await asyncio.gather(*trials, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def tell(text: str) -> None:
    """Prints it now."""
    print(text, flush=True)


def tell_test(test: str, seconds: float, what: str) -> None:
    """Prints a test's line."""
    tell(f"  {test:{NAME_WIDTH}} {seconds:4.0f} s  {what}")


def parse_args() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tools/mutate", allow_abbrev=False)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


async def main(args: argparse.Namespace, mutations: List[Mutation]) -> bool:
    """Runs, tells, and cleans up; whether every test was seen to fail."""
    task = asyncio.current_task()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, task.cancel)
    begin = time.monotonic()
    folder, logs = os.path.join(ROOT, "var", "mutate"), os.path.join(ROOT, "var", "log")
    for path in (folder, logs):
        os.makedirs(path, exist_ok=True)
    with open(os.path.join(folder, "lock"), "wb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ListError("another run is under way in this checkout") from None
        bench = Bench(ROOT)
        try:
            bench.start()
            run = Run(Tree(ROOT, os.path.join(folder, "tree"), os.path.join(logs, "mutate-build.log")), bench)
            kept = await run.go(mutations)
            tell(f"{run.seen} seen to fail, {run.survived} survived, {run.broken} broken; "
                 f"{(time.monotonic() - begin) / 60:.0f} min")
            return kept
        finally:
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, signal.SIG_IGN)
            bench.remove()
            if not args.keep:
                shutil.rmtree(folder, ignore_errors=True)


def begin(args: argparse.Namespace) -> int:
    """The exit status."""
    try:
        mutations = load(ROOT)
        if args.list:
            for mutation in mutations:
                print(f"{mutation.name}: {mutation.off}", *(f"  {test}" for test in mutation.tests), sep="\n")
            return 0
        chosen = choose(mutations, args.names)
        wrong = faults(ROOT, mutations)
        if wrong:
            raise ListError(f"{LIST} does not fit the source:\n" + "\n".join(wrong))
        return 0 if asyncio.run(main(args, chosen)) else 1
    except (ListError, BuildFailed, TrialError) as error:
        print(f"mutate: {error}", file=sys.stderr)
        return 2
    except (asyncio.CancelledError, KeyboardInterrupt):
        return 130


if __name__ == "__main__":
    sys.exit(begin(parse_args()))
