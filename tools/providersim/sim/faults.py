"""What can go wrong on purpose.

Three groups of faults combine: what the API answers, what becomes of the message or call, what becomes of its
callbacks. One message or call meets at most one fault of each group.
"""

from dataclasses import dataclass
from itertools import count
from typing import List, Optional

API, FATE, CALLBACKS = "api", "fate", "callbacks"
REQUIRED = object()
FAULTS_MAX = 10_000
FAULT_CHANNELS = ("sms", "call")

# kind -> (group, parameters with their defaults)
KINDS = {
    "refuse": (API, {"http_status": 400, "code": REQUIRED, "message": None}),
    "rate_limit": (API, {}),
    "server_error": (API, {"http_status": 500, "code": 20500}),
    "html_error": (API, {"http_status": 502}),
    "timeout_before_accept": (API, {"hold_ms": 60_000}),
    "timeout_after_accept": (API, {"hold_ms": 60_000}),
    "reset_before_accept": (API, {}),
    "reset_after_accept": (API, {}),
    "slow": (API, {"delay_ms": REQUIRED}),
    "undelivered": (FATE, {"code": REQUIRED}),
    "failed": (FATE, {"code": REQUIRED}),
    "never_delivered": (FATE, {"reaches_phone": False}),
    "callbacks_lost": (CALLBACKS, {}),
    "callbacks_doubled": (CALLBACKS, {}),
    "callbacks_late": (CALLBACKS, {"delay_ms": REQUIRED}),
    "callbacks_out_of_order": (CALLBACKS, {}),
    "callback_before_response": (CALLBACKS, {}),
}
_TYPES = {"message": str, "reaches_phone": bool}


@dataclass
class Fault:
    """One fault. `to` limits it to a destination, `channel` to one of FAULT_CHANNELS.

    `remaining` counts down, None means until removed.
    """

    id: str
    kind: str
    to: Optional[str]
    remaining: Optional[int]
    params: dict
    channel: Optional[str] = None

    @property
    def group(self) -> str:
        return KINDS[self.kind][0]

    def meets(self, group: str, to: str, channel: str) -> bool:
        """Whether it is for a message or call to `to`."""
        return self.group == group and self.to in (None, to) and self.channel in (None, channel)

    def json(self) -> dict:
        """As the control door shows it."""
        return {"id": self.id, "kind": self.kind, "to": self.to, "channel": self.channel, "remaining": self.remaining,
                **self.params}


class Faults:
    """The faults that wait for a message or call, oldest first."""

    def __init__(self):
        self._faults: List[Fault] = []
        self._numbers = count(1)

    def add(self, spec: dict) -> Fault:
        """Adds the fault that `spec` describes: kind, count, to, channel and the kind's parameters.

        ValueError tells what is wrong.
        """
        wanted = dict(spec)
        kind, to, times = wanted.pop("kind", None), wanted.pop("to", None), wanted.pop("count", 1)
        channel = wanted.pop("channel", None)
        if kind not in KINDS:
            raise ValueError(f"unknown kind of fault; there are: {', '.join(KINDS)}")
        if type(times) is not int or times < 0:
            raise ValueError("count must be a whole number, 0 for until removed")
        if to is not None and not isinstance(to, str):
            raise ValueError("to must be a phone number")
        if channel not in (None, *FAULT_CHANNELS):
            raise ValueError(f"channel must be one of {', '.join(FAULT_CHANNELS)}")
        if len(self._faults) >= FAULTS_MAX:
            raise ValueError("too many faults")
        fault = Fault(f"F{next(self._numbers)}", kind, to, times or None, fault_params(kind, wanted, channel), channel)
        self._faults.append(fault)
        return fault

    def take(self, group: str, to: str, channel: str) -> Optional[Fault]:
        """The oldest fault of `group` for a message or call to `to`, used up by one; None if there is none."""
        for fault in self._faults:
            if fault.meets(group, to, channel):
                if fault.remaining is not None:
                    fault.remaining -= 1
                    if fault.remaining == 0:
                        self._faults.remove(fault)
                return fault
        return None

    def list(self) -> List[dict]:
        """The faults that are not used up."""
        return [fault.json() for fault in self._faults]

    def clear(self) -> None:
        """Removes all."""
        self._faults.clear()


def fault_params(kind: str, given: dict, channel: Optional[str] = None) -> dict:
    """The parameters of a fault, `given` ones and defaults; ValueError tells what is wrong.

    A call has no error code, so a fate that is for calls only needs none.
    """
    params = dict(KINDS[kind][1])
    for name, value in given.items():
        if name not in params:
            raise ValueError(f"{kind} has no parameter {name}")
        if type(value) is not _TYPES.get(name, int):
            raise ValueError(f"{name} has the wrong type")
        params[name] = value
    for name, value in params.items():
        if value is REQUIRED and channel == "call" and KINDS[kind][0] == FATE:
            params[name] = None
        elif value is REQUIRED:
            raise ValueError(f"{kind} needs {name}")
    return params
