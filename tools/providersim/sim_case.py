"""A simulator and a bridge for the tests that need both."""

import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import aiohttp

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from fake_bridge import Bridge  # noqa: E402

ACCOUNT, TOKEN, SECOND_TOKEN = "AC" + "0" * 32, "primary", "secondary"
KEY_SID, KEY_SECRET, RETELL_KEY = "SK" + "1" * 32, "keysecret", "key_webhook"
PUBLIC = "https://bridge.example.com"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
CALLS = f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
FROM, ANA = "+15550001111", "+15552223333"
DEADLINE_S = 5


class SimCase(unittest.IsolatedAsyncioTestCase):
    """Drives the real process. The simulator starts first, the bridge later, as scenario tests do."""

    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        port_file = Path(cls.directory.name) / "port"
        cls.process = subprocess.Popen(
            [HERE / "providersim", "--listen", "127.0.0.1:0", "--public_url", PUBLIC, "--account_sid", ACCOUNT,
             "--auth_token", TOKEN, "--auth_token_secondary", SECOND_TOKEN, "--api_key_sid", KEY_SID,
             "--api_key_secret", KEY_SECRET, "--retell_api_key", RETELL_KEY, "--callback_delay_ms", "5",
             "--ring_ms", "20", "--call_pause_ms", "1",
             "--port_file", port_file, "--seed", "1"], stdout=subprocess.PIPE, text=True)
        cls.banner = cls.process.stdout.readline()
        cls.base = f"http://127.0.0.1:{port_file.read_text().strip()}"

    @classmethod
    def tearDownClass(cls):
        started = time.monotonic()
        cls.process.send_signal(signal.SIGTERM)
        exit_code = cls.process.wait(DEADLINE_S)
        cls.process.stdout.close()
        cls.directory.cleanup()
        assert exit_code == 0 and time.monotonic() - started < 1, "the simulator did not exit cleanly within 1 s"

    async def asyncSetUp(self):
        self.session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=DEADLINE_S))
        self.addAsyncCleanup(self.session.close)
        self.bridge = Bridge(TOKEN, PUBLIC)
        self.bridge_url = await self.bridge.start()
        self.addAsyncCleanup(self.bridge.stop)
        await self.sim("POST", "/sim/reset", {})
        await self.sim("POST", "/sim/config", {"bridge_url": self.bridge_url, "clock_offset_ms": 0, "ring_ms": 20})

    async def sim(self, method, path, body=None, status=None):
        async with self.session.request(method, self.base + path, json=body) as response:
            answer = await response.json()
            self.assertIn(response.status, (status,) if status else (200, 201), answer)
            return answer

    async def create(self, auth=(ACCOUNT, TOKEN), path=MESSAGES, drop=(), **fields):
        form = {"To": ANA, "From": FROM, "Body": "Water leak. Reply 1. Code K7Q2", "StatusCallback": PUBLIC + "/s/1",
                **fields}
        return await self.post(path, {name: value for name, value in form.items() if name not in drop}, auth)

    async def post(self, path, form, auth=(ACCOUNT, TOKEN)):
        async with self.session.post(self.base + path, data=form, auth=aiohttp.BasicAuth(*auth)) as response:
            is_json = response.content_type == "application/json"
            return response.status, await response.json() if is_json else await response.text()

    async def get(self, path, status=200):
        async with self.session.get(self.base + path, auth=aiohttp.BasicAuth(ACCOUNT, TOKEN)) as response:
            self.assertEqual(response.status, status)
            return await response.json()

    async def fault(self, kind, **params):
        await self.sim("POST", "/sim/faults", {"kind": kind, **params}, 201)

    async def webhooks(self, count, **query):
        query = "".join(f"&{name}={value}" for name, value in query.items())
        return (await self.sim("GET", f"/sim/webhooks?wait_count={count}{query}"))["webhooks"]

    async def inbox(self, count, number=ANA, timeout_ms=2000, status=200, query=""):
        path = f"/sim/phones/{number}/messages?wait_count={count}&timeout_ms={timeout_ms}{query}"
        return (await self.sim("GET", path, status=status))["messages"]
