"""The phones: every number is one. They receive messages and calls, send messages, and follow scripts."""

import asyncio
from typing import Dict, List, Optional, Set, Tuple

from .background import Background
from .call_scripts import CallStep
from .calls import Call
from .chaos import Chaos
from .config import Config
from .courier import Answer
from .ids import Ids
from .log import Log, now_ms
from .messages import Message, country, segment_count
from .scripts import Script, Step
from .store import Store
from .twilio_webhooks import API_VERSION, TwilioWebhooks
from .twiml import read_replies

SMS_PATH = "/webhooks/twilio/sms"
# Twilio docs: "Twilio support for opt-out keywords (SMS STOP filtering)". The whole body is one of these words.
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "YES", "UNSTOP"}


class Phones:
    """All phones. `inbox` holds what they received; `twiml_error_count` counts wrong documents that they met."""

    def __init__(self, config: Config, background: Background, ids: Ids, store: Store[Message],
                 webhooks: TwilioWebhooks, chaos: Chaos):
        self.inbox = Log()
        self.twiml_error_count = 0
        self._config = config
        self._background = background
        self._ids = ids
        self._store = store
        self._webhooks = webhooks
        self._chaos = chaos
        self._scripts: Dict[str, Script] = {}
        self._opted_out: Set[Tuple[str, str]] = set()

    def set_script(self, number: str, script: Script) -> None:
        """From now on `number` does each step that matches an SMS, and the first that takes a call.

        It does not react to TwiML replies.
        """
        self._scripts[number] = script

    def is_opted_out(self, number: str, sender: str) -> bool:
        """Whether `number` has sent STOP to `sender`, and not START since."""
        return (number, sender) in self._opted_out

    def clear(self) -> None:
        """Forgets messages, scripts and opt-outs."""
        self.inbox.clear()
        self.twiml_error_count = 0
        self._scripts.clear()
        self._opted_out.clear()

    def receive(self, message: Message, kind: str) -> None:
        """`message` arrives on its phone. `kind` is "sms", or "reply" for a TwiML reply."""
        self.inbox.add({"sid": message.sid, "from": message.sender, "to": message.to, "body": message.body,
                        "kind": kind, "time_ms": now_ms(), "status_callback": message.status_callback})
        # Only an SMS is answered: a phone that answers replies would never stop.
        for step in self._scripts.get(message.to, ()) if kind == "sms" else ():
            if isinstance(step, Step) and step.fires(message.body):
                self._background.spawn(self._reply(message, step))

    def ring(self, call: Call) -> dict:
        """`call` rings at its phone. Returns its entry of the inbox, which `note` fills in."""
        return self.inbox.add({
            "sid": call.sid, "from": call.sender, "to": call.to, "body": "", "kind": "call", "time_ms": now_ms(),
            "status_callback": call.status_callback, "url": call.url, "action": None, "pressed": "",
            "status": call.status, "error": None})

    def note(self, entry: dict, **fields) -> None:
        """Fills in what came to be known of an entry of the inbox."""
        entry.update(fields)
        self.inbox.changed(entry)

    def take_call(self, number: str) -> Optional[CallStep]:
        """What `number` does with a call that comes now, used up by one; None without a script for calls."""
        steps = (step for step in self._scripts.get(number, ()) if isinstance(step, CallStep))
        return next((step for step in steps if step.fires()), None)

    async def _reply(self, message: Message, step: Step) -> None:
        await asyncio.sleep(step.after_ms / 1000)
        await self.send(message.to, message.sender, step.text(message.body), webhook=not self._chaos.loses_inbound())

    async def send(self, number: str, to: str, body: str, sid: Optional[str] = None, times: int = 1,
                   parallel: bool = False, webhook: bool = True) -> dict:
        """`number` texts `body` to `to`; the webhook for it goes out `times` times, with the same SID and token.

        Without `webhook` it never does: the message is at Twilio, and the application hears nothing of it.

        Returns message_sid, responses (status, content_type, body; error, twiml_error if there was one) and
        reply_texts.
        """
        message = self._receive_inbound(number, to, body, sid)
        if not webhook:
            return {"message_sid": message.sid, "responses": [], "reply_texts": []}
        url, params, token = self._config.public_url + SMS_PATH, _inbound_params(message), self._webhooks.event_token()
        posts = (self._webhooks.send("sms", url, params, token) for _ in range(times))
        answers = await asyncio.gather(*posts) if parallel else [await post for post in posts]
        responses, reply_texts = [], []
        for answer in answers:
            response, texts = self._take_answer(message, answer)
            responses.append(response)
            reply_texts.extend(texts)
        return {"message_sid": message.sid, "responses": responses, "reply_texts": reply_texts}

    def _receive_inbound(self, number: str, to: str, body: str, sid: Optional[str]) -> Message:
        """Twilio's own part, which happens whether the application answers or not."""
        word = body.strip().upper()
        if word in STOP_WORDS:
            self._opted_out.add((number, to))
        elif word in START_WORDS:
            self._opted_out.discard((number, to))
        message = Message(sid=sid or self._ids.sid("SM"), account_sid=self._config.account_sid, to=to, sender=number,
                          body=body, direction="inbound", status="receiving")
        message.advance("received")
        return self._store.add(message)

    def _take_answer(self, message: Message, answer: Answer) -> Tuple[dict, List[str]]:
        response = {"status": answer.status, "content_type": answer.content_type, "body": answer.body}
        if answer.error:
            response["error"] = answer.error
        texts, wrong = read_replies(answer)
        if wrong:
            response["twiml_error"] = wrong
            self.twiml_error_count += 1
        for text in texts:
            self._deliver_reply(message, text)
        return response, texts

    def _deliver_reply(self, inbound: Message, text: str) -> None:
        """A TwiML reply is a message too; Twilio blocks it (21610) if the phone has opted out."""
        reply = self._store.add(Message(
            sid=self._ids.sid("SM"), account_sid=inbound.account_sid, to=inbound.sender, sender=inbound.to, body=text,
            direction="outbound-reply", status="queued"))
        if self.is_opted_out(inbound.sender, inbound.to):
            reply.advance("failed", 21610)
            return
        reply.advance("sent")
        reply.advance("delivered")
        self.receive(reply, "reply")


def _inbound_params(message: Message) -> dict:
    """The fields in the order in which Twilio sends them, empty ones included, for they are signed too.

    Contract: Twilio docs, "Twilio's Request to your incoming message Webhook URL".
    """
    return {
        "ToCountry": country(message.to), "ToState": "", "SmsMessageSid": message.sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "", "SmsSid": message.sid, "FromState": "", "SmsStatus": "received", "FromCity": "",
        "Body": message.body, "FromCountry": country(message.sender), "To": message.to, "ToZip": "",
        "NumSegments": str(segment_count(message.body)), "MessageSid": message.sid,
        "AccountSid": message.account_sid, "From": message.sender, "ApiVersion": API_VERSION,
    }
