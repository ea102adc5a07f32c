"""Calls that come in: as Retell, Twilio and internal services tell of them. Remembers what was accepted."""

import asyncio
import random
from typing import List, Set

import aiohttp

from .clock import now_ms
from .directory import Business
from .provider import Provider
from .settings import API_KEY, REPORT_GRACE_S

IN_FLIGHT_MAX = 400
MANUAL_TIMEOUT_S = 10
MANUAL_TRIES_MAX = 4
WORDS = {
    "HIGH": "A pipe burst and the basement is flooding.",
    "MEDIUM": "There is no hot water since this afternoon.",
    "LOW": "I would like an estimate for a new sink.",
}
URGENCY_SHARES = (("HIGH", 0.5), ("MEDIUM", 0.35), ("LOW", 0.15))


class Load:
    """Sends calls at `rate` per second until told to stop.

    `accepted` has one entry per request that was answered 2xx: {source, call_id, time_ms, twilio_call_sid,
    dispatch_id}; the last two are empty where they are not known.
    """

    def __init__(self, provider: Provider, bridge_url: str, businesses: List[Business], rate: float,
                 rng: random.Random):
        self.accepted: List[dict] = []
        self.call_count = 0
        self.refused_count = 0
        self._provider = provider
        self._bridge_url = bridge_url
        self._businesses = businesses
        self._rate = rate
        self._rng = rng
        self._tasks: Set[asyncio.Task] = set()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=MANUAL_TIMEOUT_S))

    async def run(self, seconds: float) -> None:
        """Calls come in for that long. The last of them may still be under way after it; see `settle`."""
        clock = asyncio.get_running_loop().time
        end, due = clock() + seconds, clock()
        while due < end:
            await asyncio.sleep(max(0.0, due - clock()))
            if len(self._tasks) < IN_FLIGHT_MAX:
                self._begin(end - due)
            due += self._rng.expovariate(self._rate)

    async def settle(self, seconds: float) -> None:
        """Waits until all calls were answered or given up."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)

    async def close(self) -> None:
        """Gives up what is still under way."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._session.close()

    def _begin(self, left_s: float) -> None:
        rng = self._rng
        self.call_count += 1
        business = rng.choice(self._businesses)
        caller = f"+1213{rng.randint(2000000, 9999999)}"
        urgency = rng.choices([name for name, _ in URGENCY_SHARES], [share for _, share in URGENCY_SHARES])[0]
        kind = rng.choices(("retell", "retell+twilio", "twilio", "manual"), (0.5, 0.15, 0.05, 0.3))[0]
        if kind == "twilio" and left_s < REPORT_GRACE_S:
            kind = "manual"  # it would prolong the run
        own = random.Random(rng.random())
        works = {"retell": self._retell, "retell+twilio": self._both, "twilio": self._twilio, "manual": self._manual}
        task = asyncio.get_running_loop().create_task(works[kind](business, caller, urgency, own))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _retell(self, business: Business, caller: str, urgency: str, rng: random.Random) -> None:
        """The agent's report; now and then told again, at once or when the call was analyzed."""
        call = {"call_id": f"call_{rng.getrandbits(96):024x}", "from_number": caller, "to_number": business.called,
                "transcript": f"Agent: How can I help?\nUser: {WORDS[urgency]}",
                "telephony_identifier": {"twilio_call_sid": f"CA{rng.getrandbits(128):032x}"}}
        await self._retell_event("call_ended", call, rng.choice((1, 1, 1, 2)), rng.random() < 0.5)
        if rng.random() < 0.15:
            await asyncio.sleep(rng.uniform(0.5, 5))
            await self._retell_event("call_analyzed", call, 1, False)

    async def _both(self, business: Business, caller: str, urgency: str, rng: random.Random) -> None:
        """One call of which the agent and the telephone network tell, in either order or at once."""
        sid = f"CA{rng.getrandbits(128):032x}"
        call = {"call_id": f"call_{rng.getrandbits(96):024x}", "from_number": caller, "to_number": business.called,
                "transcript": f"Agent: How can I help?\nUser: {WORDS[urgency]}",
                "telephony_identifier": {"twilio_call_sid": sid}}
        reports = [self._retell_event("call_ended", call, 1, False), self._call_ended(business, caller, sid, 1)]
        rng.shuffle(reports)
        pause_s = rng.choice((0, 0, 0.05, 1.0))
        first = asyncio.ensure_future(reports[0])
        await asyncio.sleep(pause_s)
        await asyncio.gather(first, reports[1])

    async def _twilio(self, business: Business, caller: str, urgency: str, rng: random.Random) -> None:
        """A call of which the agent never tells."""
        await self._call_ended(business, caller, f"CA{rng.getrandbits(128):032x}", rng.choice((1, 2)))

    async def _manual(self, business: Business, caller: str, urgency: str, rng: random.Random) -> None:
        """A service's request, tried again under the same id until it is answered; some are repeated for no reason."""
        call_id = f"manual-{rng.getrandbits(64):016x}"
        body = {"callData": {"callId": call_id, "callerPhone": caller, "twilioToNumber": business.called,
                             "emergencyLevel": urgency, "issueSummary": WORDS[urgency]}}
        repeats = rng.choice((1, 1, 1, 2))
        for _ in range(MANUAL_TRIES_MAX):
            repeats -= await self._post_manual(call_id, body)
            if repeats <= 0:
                return
            await asyncio.sleep(rng.uniform(0.2, 1.0))

    async def _post_manual(self, call_id: str, body: dict) -> bool:
        try:
            async with self._session.post(f"{self._bridge_url}/api/dispatch/manual", json=body,
                                          headers={"Authorization": f"Bearer {API_KEY}"}) as answer:
                if answer.status // 100 == 2:
                    dispatch = (await answer.json()).get("dispatch", {})
                    self._accept("MANUAL", call_id, dispatch_id=dispatch.get("id", ""))
                    return True
        except (aiohttp.ClientError, asyncio.TimeoutError):
            pass
        self.refused_count += 1
        return False

    async def _retell_event(self, event: str, call: dict, times: int, parallel: bool) -> None:
        answer = await self._provider.post("retell/events", {"event": event, "call": call, "retry": True,
                                                             "times": times, "parallel": parallel})
        self._note(answer, "RETELL", call["call_id"], call["telephony_identifier"]["twilio_call_sid"])

    async def _call_ended(self, business: Business, caller: str, sid: str, times: int) -> None:
        answer = await self._provider.post("twilio/call-ended", {"from": caller, "to": business.called,
                                                                 "call_sid": sid, "times": times})
        self._note(answer, "TWILIO", sid, sid)

    def _note(self, answer: dict, source: str, call_id: str, sid: str) -> None:
        for response in answer["responses"]:
            if response["status"] is not None and response["status"] // 100 == 2:
                self._accept(source, call_id, twilio_call_sid=sid)
            else:
                self.refused_count += 1

    def _accept(self, source: str, call_id: str, twilio_call_sid: str = "", dispatch_id: str = "") -> None:
        self.accepted.append({"source": source, "call_id": call_id, "time_ms": now_ms(),
                              "twilio_call_sid": twilio_call_sid, "dispatch_id": dispatch_id})
