"""Runs single tests against a database cluster of their own."""

import asyncio
import glob
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

CLUSTER_SETTINGS = "fsync=off full_page_writes=off synchronous_commit=off max_connections=300"
TEMPLATE = "afterhours_template"  # what tests/harness copies their databases from
TEST_TIMEOUT_S = 300
# Half of what the tests have by default: most of them are to wait in vain.
PATIENCE_S = 20
WHY_LENGTH_MAX = 160
FAILURE = re.compile(r"(?:: Failure|C\+\+ exception)[^\n]*\n(.*?)(?:\n\n|\n\[|\n\S+: Failure|\Z)", re.S)


class TrialError(Exception):
    """A test could not be run at all."""


@dataclass(frozen=True)
class Outcome:
    """How a test ended; `why` is the first thing that it complained of."""

    passed: bool
    seconds: float
    why: str


class Bench:
    """A cluster, and a folder for what tests leave behind. Ctrl-C reaches nothing that it starts, but us."""

    def __init__(self, root: str):
        self._pgcluster = os.path.join(root, "tools", "pgcluster")
        self._folder = tempfile.mkdtemp(prefix="afterhours-mutate-")
        os.chmod(self._folder, 0o711)  # the database server may run as another user
        self._cluster = os.path.join(self._folder, "postgres")
        self._scratch = os.path.join(self._folder, "scratch")
        os.mkdir(self._scratch, 0o711)

    def start(self) -> None:
        """Starts the cluster."""
        subprocess.run([self._pgcluster, "start", self._cluster], check=True, start_new_session=True,
                       env={**os.environ, "PGCLUSTER_SETTINGS": CLUSTER_SETTINGS})

    def forget_schema(self) -> None:
        """The next test migrates anew: the migrations may be mutated."""
        url = subprocess.check_output([self._pgcluster, "url", self._cluster], text=True).strip()
        subprocess.run(["psql", "-X", "-q", url, "-c", f"drop database if exists {TEMPLATE}"], check=True,
                       env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"}, start_new_session=True)

    def remove(self) -> None:
        """Stops the cluster, and those that tests which were killed had started; deletes all of it."""
        for cluster in [*glob.glob(os.path.join(self._scratch, "afterhours-cluster-*")), self._cluster]:
            subprocess.run([self._pgcluster, "remove", cluster], check=False, start_new_session=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def run(self, binary: str, test: str) -> Outcome:
        """Runs one test to its end or its first failure. One that does not end has failed; TrialError if it did not
        even begin."""
        env = {**os.environ, "AFTERHOURS_TEST_CLUSTER": self._cluster, "TEST_TMPDIR": self._scratch,
               "AFTERHOURS_TEST_PATIENCE_S": str(PATIENCE_S)}
        begin = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            binary, f"--gtest_filter={test}", env=env, cwd=self._scratch, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, start_new_session=True)
        output = bytearray()
        try:
            await asyncio.wait_for(_read(process, output), TEST_TIMEOUT_S)
        except asyncio.TimeoutError:
            output += f"\n: Failure\ndid not end within {TEST_TIMEOUT_S} s\n".encode()
        finally:
            await _kill(process)
        return judge(test, process.returncode, output.decode(errors="replace"), time.monotonic() - begin)


def judge(test: str, status: int, output: str, seconds: float) -> Outcome:
    """What a test's exit status and output say."""
    if f"[ RUN      ] {test}" not in output:
        raise TrialError(f"{test} could not be run (status {status}):\n{output[-1000:]}")
    if status == 0 and f"[       OK ] {test}" in output:
        return Outcome(True, seconds, "")
    failure = FAILURE.search(output)
    why = " ".join(failure[1].split()) if failure else f"exit status {status}"
    return Outcome(False, seconds, why[:WHY_LENGTH_MAX])


async def _read(process: asyncio.subprocess.Process, output: bytearray) -> None:
    """Reads until its end, or until it tells of a failure, which it does in one go."""
    while chunk := await process.stdout.read(65536):
        output += chunk
        if FAILURE.search(output.decode(errors="replace")):
            return
    await process.wait()


async def _kill(process: asyncio.subprocess.Process) -> None:
    """Ends the test and whatever it started, if it is still there."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    await process.wait()
