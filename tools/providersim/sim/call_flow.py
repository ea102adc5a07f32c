"""What becomes of a call that was created: its states, its callbacks, what the phone does.

Contract: Twilio docs, Call resource, "StatusCallback", "StatusCallbackEvent", "Update a Call resource".
"""

import asyncio
from typing import Dict, List, Optional

from .background import Background
from .callbacks import Callbacks
from .calls import Call, progress_params
from .config import Config
from .conversation import Conversation
from .faults import Fault
from .phones import Phones
from .twilio_webhooks import TwilioWebhooks

# The event of each status; every way to end is "completed".
_EVENTS = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
# What a fault of the call makes of it, without ringing.
_FATES = {"failed": "failed", "undelivered": "no-answer"}


class CallFlow:
    """Carries calls from the queue to their end."""

    def __init__(self, config: Config, background: Background, webhooks: TwilioWebhooks, phones: Phones):
        self._config = config
        self._background = background
        self._webhooks = webhooks
        self._phones = phones
        self._running: Dict[str, _Run] = {}

    def start(self, call: Call, fate: Optional[Fault], manner: Optional[Fault]) -> List[asyncio.Future]:
        """Begins. `fate` is a fault of the call itself, `manner` one of its callbacks.

        Returns two futures: the call is over and its last callback through; its first callback is through.
        """
        run = _Run(self._config, self._background, self._webhooks, self._phones, call, fate, manner)
        self._running[call.sid] = run
        task = self._background.spawn(run.follow())
        task.add_done_callback(lambda _: self._running.pop(call.sid, None))
        return [task, run.callbacks.first]

    def hang_up(self, call: Call) -> None:
        """Ends `call` now, as completed if it was answered, else as canceled."""
        run = self._running.get(call.sid)
        if run:
            run.hang_up("completed" if call.status == "in-progress" else "canceled")


class _Run:
    """One call on its way."""

    def __init__(self, config: Config, background: Background, webhooks: TwilioWebhooks, phones: Phones, call: Call,
                 fate: Optional[Fault], manner: Optional[Fault]):
        self.callbacks = Callbacks(background, webhooks, "call_status", call.status_callback, manner,
                                   call.status_callback_method)
        self._config = config
        self._webhooks = webhooks
        self._phones = phones
        self._call = call
        self._fate = fate.kind if fate else None
        self._reaches_phone = fate is None or fate.params.get("reaches_phone", False)
        self._entry: Optional[dict] = None
        self._sequence_number = 0
        # If callbacks come out of order, it is this one that is late.
        self._overtaken = "ringing" if "ringing" in call.events else "answered"
        self._life = background.spawn(self._live())

    async def follow(self) -> None:
        """Waits for the end, and until the last callback is through."""
        await asyncio.wait([self._life])
        if not self._life.cancelled():
            self._end(self._life.result())
        await self.callbacks.finish()

    def hang_up(self, status: str) -> None:
        """Ends the call with `status` whatever it does."""
        self._life.cancel()
        self._end(status)

    async def _live(self) -> str:
        """Lives through the call; returns how it ends."""
        await self._step()
        self._call.dial()
        self._report("initiated")
        await self._step()
        if not self._reaches_phone:
            return _FATES.get(self._fate) or await _for_ever()
        ending = await self._at_phone()
        return await _for_ever() if self._fate == "never_delivered" else ending

    async def _at_phone(self) -> str:
        act = self._phones.take_call(self._call.to)
        if act and act.act == "busy":
            return "busy"
        self._call.advance("ringing")
        self._entry = self._phones.ring(self._call)
        self._report("ringing")
        if act is None or act.act == "no_answer":
            await asyncio.sleep(self._config.ring_ms / 1000)
            return "no-answer"
        await asyncio.sleep(act.after_ms / 1000)
        if self._call.machine_detection:
            self._call.answered_by = _answered_by(self._call.machine_detection, act.act == "voicemail")
        self._call.advance("in-progress")
        self._note_status()
        self._report("in-progress")
        await Conversation(self._config, self._webhooks, self._phones, self._call, act, self._entry).hold()
        return "completed"

    async def _step(self) -> None:
        await asyncio.sleep(self._config.callback_delay_ms / 1000)

    def _end(self, status: str) -> None:
        if not self._call.is_over:
            self._call.advance(status)
            self._note_status()
            self._report(status)

    def _note_status(self) -> None:
        if self._entry:
            self._phones.note(self._entry, status=self._call.status)

    def _report(self, status: str) -> None:
        event = _EVENTS.get(status, "completed")
        if event in self._call.events:
            params = progress_params(self._call, self._sequence_number, status)
            self._sequence_number += 1
            self.callbacks.add(params, overtaken=event == self._overtaken)


def _answered_by(detection: str, is_machine: bool) -> str:
    """The value of AnsweredBy (Twilio docs: "Answering Machine Detection")."""
    if not is_machine:
        return "human"
    return "machine_end_beep" if detection == "DetectMessageEnd" else "machine_start"


async def _for_ever() -> str:
    return await asyncio.get_running_loop().create_future()
