"""The control door, /sim: how a test or a person steers the simulator. JSON in and out."""

import json
from typing import Callable, Iterable, List, Optional

from aiohttp import web

from .calls import FINAL
from .checks import is_e164
from .inbound_calls import DURATION_S_DEFAULT
from .log import Log
from .retell import RIGHT_SIGNATURE
from .scripts import parse_script

WAIT_MS_DEFAULT = 10_000
WAIT_MS_MAX = 600_000
TIMES_MAX = 1_000
INBOX_KINDS = ("sms", "call", "reply")
CALL_STATUSES = ("ringing", "in-progress", *FINAL)


class Control:
    """The handlers. A request that makes no sense gets 400 and {"error": why}."""

    def __init__(self, simulator):
        self._sim = simulator

    def routes(self) -> List[web.RouteDef]:
        """What the door answers to."""
        return [
            web.get("/sim/health", self.health),
            web.post("/sim/config", self.configure),
            web.put("/sim/phones/{number}/script", self.script),
            web.get("/sim/phones/{number}/messages", self.phone_messages),
            web.post("/sim/phones/{number}/send", self.phone_send),
            web.get("/sim/inbox", self.inbox),
            web.post("/sim/twilio/call-ended", self.call_ended),
            web.post("/sim/retell/events", self.retell_event),
            web.post("/sim/faults", self.add_fault),
            web.get("/sim/faults", self.list_faults),
            web.delete("/sim/faults", self.clear_faults),
            web.put("/sim/chaos", self.set_chaos),
            web.get("/sim/chaos", self.show_chaos),
            web.delete("/sim/chaos", self.clear_chaos),
            web.get("/sim/requests", self.requests),
            web.get("/sim/webhooks", self.webhooks),
            web.post("/sim/hold", self.hold),
            web.post("/sim/reset", self.reset),
        ]

    async def health(self, request: web.Request) -> web.Response:
        """Answers as soon as the simulator serves."""
        return web.json_response({"status": "ok"})

    async def configure(self, request: web.Request) -> web.Response:
        """Changes settings; answers with all that can be changed."""
        self._sim.config.update(await _body(request))
        return web.json_response(self._sim.config.changeable())

    async def script(self, request: web.Request) -> web.Response:
        """Replaces the script of a phone."""
        steps = parse_script(await _body(request))
        self._sim.phones.set_script(_number(request), steps)
        return web.json_response({"steps": len(steps)})

    async def phone_messages(self, request: web.Request) -> web.Response:
        """What a phone has received; can wait for more."""
        number = _number(request)
        return await self._inbox(request, lambda entry: entry["to"] == number)

    async def inbox(self, request: web.Request) -> web.Response:
        """What all phones have received; can wait for more."""
        return await self._inbox(request, lambda entry: True)

    async def phone_send(self, request: web.Request) -> web.Response:
        """A phone sends an SMS; answers when the webhooks for it were answered."""
        number, body = _number(request), await _body(request)
        if not is_e164(body.get("to")):
            raise ValueError("to must be a phone number in E.164")
        sent = await self._sim.phones.send(
            number, body["to"], _field(body, "body", str, ""), _field(body, "message_sid", str, None), _times(body),
            _field(body, "parallel", bool, False), _field(body, "webhook", bool, True))
        return web.json_response(sent)

    async def call_ended(self, request: web.Request) -> web.Response:
        """A call to one of our numbers has ended; answers when the webhooks for it were answered."""
        body = await _body(request)
        for name in ("from", "to"):
            if not is_e164(body.get(name)):
                raise ValueError(f"{name} must be a phone number in E.164")
        sent = await self._sim.inbound_calls.end(
            body["from"], body["to"], _field(body, "call_sid", str, None), _field(body, "status", str, "completed"),
            _field(body, "duration_s", int, DURATION_S_DEFAULT), _times(body), _field(body, "parallel", bool, False))
        return web.json_response(sent)

    async def retell_event(self, request: web.Request) -> web.Response:
        """Sends a Retell webhook; answers when it was answered."""
        body = await _body(request)
        # An absent signature is computed; a null one leaves the header out.
        signature = _field(body, "signature", str, None) if "signature" in body else RIGHT_SIGNATURE
        sent = await self._sim.retell.send(
            _field(body, "event", str, "call_ended"), _field(body, "call", dict, {}), _field(body, "omit", list, []),
            _times(body), _field(body, "parallel", bool, False), _field(body, "retry", bool, False), signature)
        return web.json_response(sent)

    async def add_fault(self, request: web.Request) -> web.Response:
        """Adds a fault for the messages and calls to come."""
        return web.json_response({"id": self._sim.faults.add(await _body(request)).id}, status=201)

    async def list_faults(self, request: web.Request) -> web.Response:
        """The faults that are not used up; remaining is null for those that last until removed."""
        return web.json_response({"faults": self._sim.faults.list()})

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Removes all faults; messages and calls that met one already keep it."""
        self._sim.faults.clear()
        return web.json_response({})

    async def set_chaos(self, request: web.Request) -> web.Response:
        """Faults at random for the messages and calls to come; {} turns them off."""
        self._sim.chaos.set(await _body(request))
        return web.json_response(self._sim.chaos.json())

    async def show_chaos(self, request: web.Request) -> web.Response:
        """What was set, and how often each kind was drawn since."""
        return web.json_response(self._sim.chaos.json())

    async def clear_chaos(self, request: web.Request) -> web.Response:
        """No faults at random any more."""
        self._sim.chaos.clear()
        return web.json_response({})

    async def requests(self, request: web.Request) -> web.Response:
        """Every create request that arrived; can wait for more."""
        kind = _choice(request, "kind", self._sim.twilio.gates)
        return await _listing(request, "requests", self._sim.twilio.requests,
                              lambda entry: kind in (None, entry["kind"]))

    async def webhooks(self, request: web.Request) -> web.Response:
        """Every webhook that was answered or given up; can wait for more."""
        text = request.query.get("contains", "")

        def matches(entry: dict) -> bool:
            return text in entry["url"] or text in json.dumps(entry["params"], ensure_ascii=False)

        return await _listing(request, "webhooks", self._sim.courier.log, matches if text else lambda entry: True,
                              twiml_error_count=self._sim.phones.twiml_error_count)

    async def hold(self, request: web.Request) -> web.Response:
        """Holds create requests back, or lets them go; answers with what is held now."""
        body, gates = await _body(request), {"messages": self._sim.twilio.gates["message"],
                                             "calls": self._sim.twilio.gates["call"]}
        held = {name: _field(body, name, bool, None) for name in gates}
        if all(value is None for value in held.values()):
            raise ValueError("messages or calls must be true or false")
        for name, value in held.items():
            if value is not None:
                gates[name].close() if value else gates[name].open()
        return web.json_response({name: gate.is_closed for name, gate in gates.items()})

    async def reset(self, request: web.Request) -> web.Response:
        """Forgets everything but the settings."""
        self._sim.reset()
        return web.json_response({})

    async def _inbox(self, request: web.Request, is_wanted: Callable[[dict], bool]) -> web.Response:
        """The entries that are wanted and that the query's kind, status and contains let through."""
        kind, status = _choice(request, "kind", INBOX_KINDS), _choice(request, "status", CALL_STATUSES)
        text = request.query.get("contains", "")

        def matches(entry: dict) -> bool:
            return (is_wanted(entry) and text in entry["body"] and kind in (None, entry["kind"])
                    and status in (None, entry.get("status")))

        return await _listing(request, "messages", self._sim.phones.inbox, matches)


@web.middleware
async def report_bad_requests(request: web.Request, handler: Callable) -> web.StreamResponse:
    """Turns a ValueError of the control door into a 400 that says why."""
    try:
        return await handler(request)
    except ValueError as error:
        if not request.path.startswith("/sim/"):
            raise
        return web.json_response({"error": str(error)}, status=400)


async def _listing(request: web.Request, name: str, log: Log, matches: Callable[[dict], bool],
                   **more: int) -> web.Response:
    """The entries that match; 408, with what there is, if fewer than wait_count came within timeout_ms."""
    wait_count = int(request.query.get("wait_count", 0))
    timeout_ms = min(int(request.query.get("timeout_ms", WAIT_MS_DEFAULT)), WAIT_MS_MAX)
    found = await log.find(matches, wait_count, timeout_ms / 1000)
    status = 200 if len(found) >= wait_count else 408
    return web.json_response({name: found, "count": len(found), **more}, status=status)


async def _body(request: web.Request) -> dict:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _field(body: dict, name: str, kind: type, default):
    """body[name], or `default` if it is absent or null; ValueError if it is not of type `kind`."""
    value = body.get(name)
    if value is None:
        return default
    if type(value) is not kind:
        raise ValueError(f"{name} must be of type {kind.__name__}")
    return value


def _choice(request: web.Request, name: str, choices: Iterable[str]) -> Optional[str]:
    """The query's `name`, None if it is absent; ValueError if it is none of `choices`."""
    value = request.query.get(name)
    if value is not None and value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}")
    return value


def _times(body: dict) -> int:
    times = _field(body, "times", int, 1)
    if not 1 <= times <= TIMES_MAX:
        raise ValueError(f"times must be between 1 and {TIMES_MAX}")
    return times


def _number(request: web.Request) -> str:
    number = request.match_info["number"]
    if not is_e164(number):
        raise ValueError("the phone must be a number in E.164")
    return number
