"""What is measured, started: a database, replicas of dispatchd, the bridge, bare engines."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from typing import List, Optional

import psycopg2

from chaoskit.cluster import SETTINGS as DURABLE

# A database as a guide would set it up for a machine of this size, for both sides.
DATABASE = f"{DURABLE} max_connections=400 shared_buffers=2GB max_wal_size=8GB min_wal_size=2GB " \
           "checkpoint_timeout=15min wal_compression=lz4"
WAL_SEGMENTS = 100  # of 16 MiB, that are there from the start
SECRET = "bench"
ACCOUNT_SID = "AC" + "0" * 32
START_TIMEOUT_S = 30


class Failed(Exception):
    """Something could not be measured; the text says what to look at."""


class Place:
    """Where all of a run stands: the repository, the binaries, a scratch folder."""

    def __init__(self, root: str, build: str, scratch: str):
        self.root, self.build, self.scratch = root, build, scratch

    def binary(self, name: str) -> str:
        """A binary by its path in the build folder."""
        return os.path.join(self.build, name)

    def file(self, name: str) -> str:
        """A file of the scratch folder."""
        return os.path.join(self.scratch, name)


def call(*command: str, **options) -> str:
    """Runs a program to its end; returns what it printed."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failed(f"{os.path.basename(command[0])} exited with {done.returncode}: "
                     f"{(done.stderr or done.stdout).strip()[-1500:]}")
    return done.stdout


class Database:
    """A cluster of tools/pgcluster with our schema, in a folder of its own. A context manager."""

    def __init__(self, place: Place, name: str = "postgres"):
        self._place, self._folder = place, place.file(name)
        self._pgcluster = os.path.join(place.root, "tools", "pgcluster")
        self._connection = None
        self.url = ""
        self.copies = 0  # of samples, so far

    def __enter__(self) -> "Database":
        self.start(DATABASE)
        self.url = call(self._pgcluster, "url", self._folder).strip()
        call(self._place.binary("server/dispatchd"), "migrate", "up", f"--database_url={self.url}")
        # A server that has run for a while writes its log into files that are there. A new one makes each as it comes
        # to it, and everyone waits: that is no figure of what is measured.
        for _ in range(WAL_SEGMENTS):
            self.sql("select pg_logical_emit_message(false, 'bench', ''), pg_switch_wal()")
        self.sql("checkpoint")
        return self

    def __exit__(self, *_) -> None:
        self._disconnect()
        call(self._pgcluster, "remove", self._folder)

    def start(self, settings: str) -> None:
        """Starts it, with what stands in postgresql.conf besides."""
        call(self._pgcluster, "start", self._folder, env={**os.environ, "PGCLUSTER_SETTINGS": settings})

    def restart(self, settings: str) -> None:
        """The same, when it runs."""
        self._disconnect()
        call(self._pgcluster, "restart", self._folder, env={**os.environ, "PGCLUSTER_SETTINGS": settings})

    def sql(self, script: str) -> List[tuple]:
        """Runs statements and returns the last one's rows."""
        try:
            if self._connection is None:
                self._connection = psycopg2.connect(self.url)
                self._connection.autocommit = True
            with self._connection.cursor() as cursor:
                cursor.execute(script)
                return cursor.fetchall() if cursor.description else []
        except psycopg2.Error as error:
            raise Failed(f"the database: {error}") from error

    def value(self, query: str):
        """The first value of a query's first row; None when it has none."""
        rows = self.sql(query)
        return rows[0][0] if rows else None

    def load_directory(self, yaml: str) -> None:
        """Loads a directory file's text."""
        path = self._place.file("directory.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(yaml)
        call(self._place.binary("server/dispatchd"), "directory", "load", path, f"--database_url={self.url}")

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    @property
    def postmaster(self) -> int:
        """The process id of the server."""
        with open(os.path.join(self._folder, "location"), encoding="utf-8") as file:
            data = file.read().strip()
        with open(os.path.join(data, "postmaster.pid"), encoding="utf-8") as file:
            return int(file.readline())


class Process:
    """A program that runs until the end of a `with`, with its log in the scratch folder."""

    def __init__(self, place: Place, name: str, command: List[str], health_url: str = ""):
        self._log = place.file(f"{name}.log")
        self._command, self._health_url = command, health_url
        self._process: Optional[subprocess.Popen] = None

    def __enter__(self) -> "Process":
        env = {**os.environ, "TWILIO_AUTH_TOKEN": SECRET, "RETELL_API_KEY": SECRET, "AFTERHOURS_API_KEY": SECRET}
        with open(self._log, "ab") as log:
            # Such that it ends should we be killed.
            self._process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *self._command], env=env,
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + START_TIMEOUT_S
        while self._health_url and not _answers(self._health_url):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{os.path.basename(self._command[0])} does not start: {self._tail()}")
            time.sleep(0.02)
        return self

    def __exit__(self, *_) -> None:
        self.end(signal.SIGTERM)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def end(self, how: signal.Signals) -> None:
        """Sends it a signal that ends it, and waits for that."""
        if self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(30)

    def rss_mib(self) -> float:
        """Its resident memory."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(round(int(line.split()[1]) / 1024, 1) for line in file if line.startswith("VmRSS"))

    def _tail(self) -> str:
        with open(self._log, encoding="utf-8", errors="replace") as log:
            return log.read()[-1500:]


class Dispatchd(Process):
    """A replica. Its provider is not there, unless told where."""

    def __init__(self, place: Place, database: Database, name: str = "dispatchd", engine: bool = True,
                 bridge_url: str = "http://127.0.0.1:9", twilio: str = "http://127.0.0.1:9"):
        grpc, metrics = free_ports(2)
        self.address = f"127.0.0.1:{grpc}"
        super().__init__(place, name, [
            place.binary("server/dispatchd"), f"--database_url={database.url}", f"--listen={self.address}",
            f"--metrics_listen=127.0.0.1:{metrics}", f"--public_url={bridge_url}", f"--twilio_base_url={twilio}",
            f"--twilio_account_sid={ACCOUNT_SID}", "--twilio_from=+19495550101", f"--engine={str(engine).lower()}",
        ], f"http://127.0.0.1:{metrics}/healthz")


class Bridge(Process):
    """The bridge to a dispatchd, at `url`."""

    def __init__(self, place: Place, dispatchd: str, port: int):
        self.url = f"http://127.0.0.1:{port}"
        super().__init__(place, "bridge", [
            place.binary("adapters/bridge/dispatch-bridge"), f"--listen=127.0.0.1:{port}", f"--public_url={self.url}",
            f"--dispatchd={dispatchd}", f"--journal={place.file('journal.db')}"], f"{self.url}/readyz")


class Simulator(Process):
    """The provider, as tools/providersim plays it."""

    def __init__(self, place: Place, port: int):
        address = f"127.0.0.1:{port}"
        super().__init__(place, "simulator", [
            os.path.join(place.root, "tools", "providersim", "providersim"), "--listen", address,
            "--bridge_url", "http://127.0.0.1:9", "--public_url", "http://127.0.0.1:9",
            "--account_sid", ACCOUNT_SID, "--auth_token", SECRET, "--retell_api_key", SECRET],
            f"http://{address}/sim/health")


class BareEngine(Process):
    """An engine with the null provider. `hand_overs` reads what that was handed."""

    def __init__(self, place: Place, database: Database, name: str):
        self._hand_overs = place.file(f"{name}.pages")
        super().__init__(place, name, [place.binary("tools/benchkit/engine_load"), f"--database_url={database.url}",
                                       f"--hand_overs={self._hand_overs}"])

    def hand_overs(self) -> dict:
        """Page id to the Unix microseconds of its hand-over."""
        if not os.path.exists(self._hand_overs):
            return {}
        with open(self._hand_overs, encoding="ascii") as file:
            return {page: int(micros) for page, micros in (line.split() for line in file if line.endswith("\n"))}


def free_ports(count: int) -> List[int]:
    """Ports of the loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
