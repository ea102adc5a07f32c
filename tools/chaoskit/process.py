"""One process of the product, kept running as a service manager would, and killed when a fault says so."""

import asyncio
import signal
from typing import Dict, List, Optional, Tuple

import aiohttp

from .clock import now_ms
from .settings import READY_TIMEOUT_S, SHUTDOWN_GRACE_S

POLL_S = 0.05
RESTART_PAUSE_S = 0.5


class Process:
    """Starts `command` again whenever it ends.

    `crashes` are the ends that nobody caused, and shutdowns that were not clean. `downs` are the spans (Unix ms) in
    which it did not serve, and `failed_starts` how often it gave up before it served, as it may when its database is
    away.
    """

    def __init__(self, name: str, command: List[str], env: Dict[str, str], log_path: str, health_url: str):
        self.name = name
        self.crashes: List[str] = []
        self.downs: List[Tuple[int, int]] = []
        self.failed_starts = 0
        self.starts = 0
        # Such that it ends should we be killed, and that Ctrl-C reaches only us.
        self._command = ["setpriv", "--pdeathsig", "KILL", *command]
        self._env = env
        self._log_path = log_path
        self._health_url = health_url
        self._process: Optional[asyncio.subprocess.Process] = None
        self._task: Optional[asyncio.Task] = None
        self._down_since: Optional[int] = None
        self._pause_s: Optional[float] = None
        self._stopping = False
        self._ready = asyncio.Event()

    @property
    def is_ready(self) -> bool:
        """Whether it has served since its last start."""
        return self._ready.is_set()

    def start(self) -> None:
        """Keeps it running from now on."""
        self._task = asyncio.get_running_loop().create_task(self._keep())

    async def ready(self) -> None:
        """Returns once it serves; TimeoutError if it does not."""
        await asyncio.wait_for(self._ready.wait(), READY_TIMEOUT_S)

    async def end(self, how: int, pause_s: float) -> bool:
        """Sends the signal `how`, and starts it again `pause_s` after its end. False if it did not run."""
        process = self._process
        if process is None or process.returncode is not None or self._pause_s is not None:
            return False
        self._pause_s = pause_s
        process.send_signal(how)
        await _gone(process)
        return True

    async def stop(self) -> None:
        """Ends it for good."""
        self._stopping = True
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await _gone(self._process)
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _keep(self) -> None:
        while not self._stopping:
            self._down_since = self._down_since or now_ms()
            with open(self._log_path, "ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, env=self._env, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log,
                    start_new_session=True)
            self.starts += 1
            watch = asyncio.get_running_loop().create_task(self._watch())
            status = await self._process.wait()
            watch.cancel()
            was_ready, caused = self._ready.is_set(), self._pause_s is not None
            self._ready.clear()
            self._down_since = self._down_since or now_ms()
            if self._stopping:
                return
            if not caused and (was_ready or status != 1):
                self.crashes.append(f"{self.name} ended by itself with {status}")
            elif not caused:
                self.failed_starts += 1
            elif status not in (0, -signal.SIGKILL) and was_ready:
                self.crashes.append(f"{self.name} was told to end, and ended with {status}")
            await asyncio.sleep(RESTART_PAUSE_S if self._pause_s is None else self._pause_s)
            self._pause_s = None

    async def _watch(self) -> None:
        """Notes when it serves."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while True:
                try:
                    async with session.get(self._health_url) as answer:
                        if answer.status == 200:
                            break
                except (aiohttp.ClientError, asyncio.TimeoutError):
                    pass
                await asyncio.sleep(POLL_S)
        self.downs.append((self._down_since, now_ms()))
        self._down_since = None
        self._ready.set()


async def _gone(process: asyncio.subprocess.Process) -> None:
    """Waits for its end, and kills it if that takes longer than a shutdown may."""
    try:
        await asyncio.wait_for(process.wait(), SHUTDOWN_GRACE_S + 10)
    except asyncio.TimeoutError:
        process.kill()
        await process.wait()
