"""A copy of the source that is mutated and built."""

import asyncio
import filecmp
import os
import shutil
import signal
import subprocess
from typing import Dict, List, Set

from .mutations import Mutation

PRESET = "dev"
TARGETS = ("dispatchd", "dispatch-bridge", "scenario_tests")
BUILD_TIMEOUT_S = 3600
LOG_TAIL_BYTES = 3000


class BuildFailed(Exception):
    """It does not compile; the text has the end of the log."""


class Tree:
    """The copy, in `folder`: always the same one, so that ccache knows what it compiled there before."""

    def __init__(self, root: str, folder: str, log: str):
        self._root, self._folder, self._log = root, folder, log
        self._originals: Dict[str, str] = {}

    @property
    def tests(self) -> str:
        """The binary of the scenario tests."""
        return os.path.join(self._folder, "build", PRESET, "tests", "scenario", "scenario_tests")

    def refresh(self) -> None:
        """Makes it what git would commit now. A file that is the same keeps its time, so that it is not built again."""
        wanted = {name for name in self._listing() if os.path.isfile(os.path.join(self._root, name))}
        for name in self._files() - wanted:
            os.remove(os.path.join(self._folder, name))
        for name in wanted:
            source, copy = os.path.join(self._root, name), os.path.join(self._folder, name)
            if not os.path.isfile(copy) or not filecmp.cmp(source, copy, shallow=False):
                os.makedirs(os.path.dirname(copy), exist_ok=True)
                shutil.copy(source, copy)

    def mutate(self, mutation: Mutation) -> None:
        """Applies all its edits."""
        texts = mutation.texts(self._folder)
        for name in texts:
            with open(os.path.join(self._folder, name), encoding="utf-8") as file:
                self._originals[name] = file.read()
        self._write(texts)

    def revert(self) -> None:
        """Takes the edits back."""
        self._write(self._originals)
        self._originals = {}

    async def build(self) -> None:
        """Builds what the tests run; raises BuildFailed."""
        if not os.path.isfile(os.path.join(self._folder, "build", PRESET, "build.ninja")):
            await self._run("cmake", "--preset", PRESET)
        await self._run("cmake", "--build", "--preset", PRESET, "--parallel", str(os.cpu_count() or 1), "--target",
                        *TARGETS)

    async def _run(self, *command: str) -> None:
        with open(self._log, "wb") as log:
            process = await asyncio.create_subprocess_exec(*command, cwd=self._folder, stdin=asyncio.subprocess.DEVNULL,
                                                           stdout=log, stderr=log, start_new_session=True)
        try:
            status = await asyncio.wait_for(process.wait(), BUILD_TIMEOUT_S)
        except asyncio.TimeoutError:
            raise BuildFailed(f"the build takes too long; its log is {self._log}") from None
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if status != 0:
            with open(self._log, encoding="utf-8", errors="replace") as file:
                raise BuildFailed(f"the build failed; the whole log is {self._log}\n{file.read()[-LOG_TAIL_BYTES:]}")

    def _listing(self) -> List[str]:
        command = ["git", "-C", self._root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        return [name for name in subprocess.check_output(command, text=True).split("\0") if name]

    def _files(self) -> Set[str]:
        """All files of the copy, but for its build."""
        found = set()
        for folder, folders, files in os.walk(self._folder):
            if folder == self._folder:
                folders[:] = [name for name in folders if name not in ("build", "var")]
            found |= {os.path.relpath(os.path.join(folder, name), self._folder) for name in files}
        return found

    def _write(self, texts: Dict[str, str]) -> None:
        for name, text in texts.items():
            with open(os.path.join(self._folder, name), "w", encoding="utf-8") as file:
                file.write(text)
