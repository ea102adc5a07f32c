"""Everything that a run needs, started: the database, two dispatchd, the bridge and the simulator."""

import asyncio
import os
import random
import socket
import subprocess
from typing import Dict, List

import aiohttp

from .cluster import Cluster, run
from .directory import Business, directory_yaml
from .process import Process
from .provider import Provider
from .settings import (ACCOUNT_SID, API_KEY, AUTH_TOKEN, READY_TIMEOUT_S, RETELL_API_KEY, SHUTDOWN_GRACE_S,
                       TWILIO_TIMEOUT_S)

REPLICAS = 2
SCRAPE_INTERVAL_S = 5
# Below the ports that the system gives to outgoing connections, which could take one while its server is down.
PORTS = range(15_000, 32_000)


class Stage:
    """The processes. `metrics` has the last metrics text of each life of a replica."""

    def __init__(self, root: str, build: str, folder: str):
        self.cluster = Cluster(root, os.path.join(folder, "postgres"))
        self.replicas: List[Process] = []
        self.bridge: Process = None
        self.simulator: Process = None
        self.provider: Provider = None
        self.bridge_url = ""
        self.has_journal = False
        self.metrics: Dict[str, str] = {}
        self._root, self._build, self._folder = root, build, folder
        self._metrics_urls: List[str] = []

    @property
    def processes(self) -> List[Process]:
        """All that were started, in the order of their start."""
        return [process for process in (self.simulator, *self.replicas, self.bridge) if process]

    async def start(self, businesses: List[Business]) -> None:
        """Starts all of it, and loads the directory."""
        ports = _free_ports(2 * REPLICAS + 2)
        self.bridge_url, sim_url = (f"http://127.0.0.1:{port}" for port in ports[:2])
        dispatchd = os.path.join(self._build, "server", "dispatchd")
        await self.cluster.start()
        directory = os.path.join(self._folder, "directory.yaml")
        with open(directory, "w", encoding="utf-8") as file:
            file.write(directory_yaml(businesses))
        database = f"--database_url={self.cluster.url}"
        await run(dispatchd, "migrate", "up", database)
        await run(dispatchd, "directory", "load", directory, database)

        self.simulator = self._process("providersim", f"{sim_url}/sim/health", [
            os.path.join(self._root, "tools", "providersim", "providersim"), "--listen", sim_url[len("http://"):],
            "--bridge_url", self.bridge_url, "--public_url", self.bridge_url, "--account_sid", ACCOUNT_SID,
            "--auth_token", AUTH_TOKEN, "--retell_api_key", RETELL_API_KEY])
        for i in range(REPLICAS):
            grpc, metrics = ports[2 + i], ports[2 + REPLICAS + i]
            self._metrics_urls.append(f"http://127.0.0.1:{metrics}/metrics")
            self.replicas.append(self._process(f"dispatchd-{i}", f"http://127.0.0.1:{metrics}/healthz", [
                dispatchd, database, f"--listen=127.0.0.1:{grpc}", f"--metrics_listen=127.0.0.1:{metrics}",
                f"--public_url={self.bridge_url}", f"--twilio_base_url={sim_url}",
                f"--twilio_account_sid={ACCOUNT_SID}", "--twilio_from=+19492049999",
                f"--twilio_timeout={TWILIO_TIMEOUT_S}s", f"--shutdown_grace={SHUTDOWN_GRACE_S}s"]))
        self.bridge = self._process("dispatch-bridge", f"{self.bridge_url}/healthz",
                                    self._bridge_command(ports[2:2 + REPLICAS]))
        for process in self.processes:
            process.start()
        await asyncio.gather(*(process.ready() for process in self.processes))
        self.provider = Provider(sim_url)
        await self.ready()

    async def ready(self) -> None:
        """Returns when every part serves, and the bridge reaches the database; TimeoutError if that takes too long."""
        await asyncio.wait_for(self._all_ready(), READY_TIMEOUT_S)

    async def journal_entries(self) -> int:
        """How many requests wait in the bridge's journal; 0 without one."""
        for line in (await _text(f"{self.bridge_url}/metrics")).splitlines():
            if line.startswith("afterhours_journal_entries "):
                return int(float(line.split()[1]))
        return 0

    async def scrape(self) -> None:
        """Reads the replicas' metrics every few seconds, until cancelled."""
        while True:
            await self.scrape_once()
            await asyncio.sleep(SCRAPE_INTERVAL_S)

    async def scrape_once(self) -> None:
        """Reads the replicas' metrics now."""
        for replica, url in zip(self.replicas, self._metrics_urls):
            text = await _text(url)
            if text:
                self.metrics[f"{replica.name}/{replica.starts}"] = text

    async def stop(self, keep: bool) -> None:
        """Stops all of it, the last one first. Without `keep` the database is deleted."""
        if self.provider:
            await self.provider.close()
        for process in reversed(self.processes):
            await process.stop()
        if os.path.isdir(os.path.join(self._folder, "postgres")):
            await (self.cluster.stop() if keep else self.cluster.remove())

    async def _all_ready(self) -> None:
        while True:
            if all(process.is_ready for process in self.processes) and await _text(f"{self.bridge_url}/readyz"):
                return
            await asyncio.sleep(0.1)

    def _process(self, name: str, health_url: str, command: List[str]) -> Process:
        env = {**os.environ, "TWILIO_AUTH_TOKEN": AUTH_TOKEN, "RETELL_API_KEY": RETELL_API_KEY,
               "AFTERHOURS_API_KEY": API_KEY, "PYTHONDONTWRITEBYTECODE": "1"}
        return Process(name, command, env, os.path.join(self._folder, f"{name}.log"), health_url)

    def _bridge_command(self, grpc_ports: List[int]) -> List[str]:
        binary = os.path.join(self._build, "adapters", "bridge", "dispatch-bridge")
        flags = subprocess.run([binary, "--help=config"], capture_output=True, text=True, timeout=10,
                               check=False).stdout
        self.has_journal = "--journal " in flags
        # Tries the replicas in turn.
        target = "ipv4:" + ",".join(f"127.0.0.1:{port}" for port in grpc_ports)
        command = [binary, f"--listen={self.bridge_url[len('http://'):]}", f"--public_url={self.bridge_url}",
                   f"--dispatchd={target}"]
        return command + ([f"--journal={os.path.join(self._folder, 'journal.db')}"] if self.has_journal else [])


async def _text(url: str) -> str:
    """The body of a 200 answer, else an empty text."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            async with session.get(url) as answer:
                return await answer.text() if answer.status == 200 else ""
    except (aiohttp.ClientError, asyncio.TimeoutError):
        return ""


def _free_ports(count: int) -> List[int]:
    ports = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        ports.append(port)
        if len(ports) == count:
            return ports
    raise OSError("no free ports")
