"""The run's own PostgreSQL: real durability, and the ways to hurt it."""

import asyncio
import json
import os
import signal
from typing import Dict, List

SETTINGS = "fsync=on synchronous_commit=on full_page_writes=on max_connections=100"
COMMAND_TIMEOUT_S = 90


class CommandFailed(Exception):
    """A helper program failed; the text has its name and what it said."""


async def run(*command: str, env: dict = None) -> str:
    """Runs a program to its end; returns what it printed. Raises CommandFailed."""
    process = await asyncio.create_subprocess_exec(
        *command, env={**os.environ, **(env or {})}, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE, start_new_session=True)
    try:
        out, err = await asyncio.wait_for(process.communicate(), COMMAND_TIMEOUT_S)
    except (asyncio.TimeoutError, asyncio.CancelledError):
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise CommandFailed(f"{os.path.basename(command[0])} {command[1] if len(command) > 1 else ''} "
                            f"exited with {process.returncode}: {err.decode(errors='replace').strip()[-500:]}")
    return out.decode()


class Cluster:
    """A cluster in `folder`, run by tools/pgcluster."""

    def __init__(self, root: str, folder: str):
        self.url = ""
        self._pgcluster = os.path.join(root, "tools", "pgcluster")
        self._folder = folder
        self._frozen: List[int] = []

    async def start(self) -> None:
        """Makes it and starts it."""
        await self._command("start", env={"PGCLUSTER_SETTINGS": SETTINGS})
        self.url = (await self._command("url")).strip()

    async def remove(self) -> None:
        """Stops it and deletes its data."""
        self._thaw()
        await self._command("remove")

    async def stop(self) -> None:
        """Stops it, and leaves its data."""
        self._thaw()
        await self._command("stop")

    async def crash(self) -> None:
        """An immediate shutdown: recovery from the log at the start."""
        await self._command("restart", "immediate")

    async def gap(self, pause_s: float) -> None:
        """Away for a while."""
        await self._command("stop", "fast")
        await asyncio.sleep(pause_s)
        await self._command("start")

    async def freeze(self, pause_s: float) -> None:
        """All of its processes stand still for a while: connections stay open, and nothing answers."""
        postmaster = self._postmaster()
        os.kill(postmaster, signal.SIGSTOP)
        self._frozen = [postmaster, *_children(postmaster)]
        for pid in self._frozen[1:]:
            _signal(pid, signal.SIGSTOP)
        try:
            await asyncio.sleep(pause_s)
        finally:
            self._thaw()

    async def terminate_backends(self) -> None:
        """Ends all connections but ours."""
        await self.sql("select count(pg_terminate_backend(pid)) from pg_stat_activity "
                       "where backend_type = 'client backend' and pid <> pg_backend_pid()")

    async def sql(self, statement: str) -> str:
        """What psql prints for a statement, unaligned and without headers."""
        return await run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.url, "-c", statement)

    async def rows(self, queries: Dict[str, str]) -> Dict[str, List[dict]]:
        """The rows of each query, all of one moment, by the queries' names."""
        selects = [f"select json_build_object('{name}', r) from ({query}) r" for name, query in queries.items()]
        text = await self.sql("; ".join(["begin isolation level repeatable read", *selects, "commit"]))
        rows: Dict[str, List[dict]] = {name: [] for name in queries}
        for line in text.split("\n"):
            if line.startswith("{"):
                for name, row in json.loads(line).items():
                    rows[name].append(row)
        return rows

    def _thaw(self) -> None:
        for pid in reversed(self._frozen):
            _signal(pid, signal.SIGCONT)
        self._frozen = []

    def _postmaster(self) -> int:
        with open(os.path.join(self._folder, "location"), encoding="utf-8") as file:
            data = file.read().strip()
        with open(os.path.join(data, "postmaster.pid"), encoding="utf-8") as file:
            return int(file.readline())

    async def _command(self, name: str, *arguments: str, env: dict = None) -> str:
        return await run(self._pgcluster, name, self._folder, *arguments, env=env)


def _children(pid: int) -> List[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def _signal(pid: int, what: int) -> None:
    try:
        os.kill(pid, what)
    except ProcessLookupError:
        pass
