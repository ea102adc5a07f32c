"""The phones: every number is one. They receive messages, send them, and follow scripts."""

import asyncio
from typing import Dict, List, Optional, Set, Tuple

from .background import Background
from .config import Config
from .courier import Answer
from .ids import Ids
from .log import Log, now_ms
from .messages import Message, MessageStore, segment_count
from .scripts import Step
from .twilio_webhooks import API_VERSION, TwilioWebhooks
from .twiml import read_replies

SMS_PATH = "/webhooks/twilio/sms"
# Twilio docs: "Twilio support for opt-out keywords (SMS STOP filtering)". The whole body is one of these words.
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START_WORDS = {"START", "YES", "UNSTOP"}


class Phones:
    """All phones. `inbox` holds what they received; `twiml_error_count` counts wrong answers to what they sent."""

    def __init__(self, config: Config, background: Background, ids: Ids, store: MessageStore,
                 webhooks: TwilioWebhooks):
        self.inbox = Log()
        self.twiml_error_count = 0
        self._config = config
        self._background = background
        self._ids = ids
        self._store = store
        self._webhooks = webhooks
        self._scripts: Dict[str, List[Step]] = {}
        self._opted_out: Set[Tuple[str, str]] = set()

    def set_script(self, number: str, steps: List[Step]) -> None:
        """From now on `number` does each of `steps` that matches an SMS; it does not react to TwiML replies."""
        self._scripts[number] = steps

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
                        "kind": kind, "time_ms": now_ms()})
        # Only an SMS is answered: a phone that answers replies would never stop.
        for step in self._scripts.get(message.to, ()) if kind == "sms" else ():
            if step.fires(message.body):
                self._background.spawn(self._reply(message, step))

    async def _reply(self, message: Message, step: Step) -> None:
        await asyncio.sleep(step.after_ms / 1000)
        await self.send(message.to, message.sender, step.text(message.body))

    async def send(self, number: str, to: str, body: str, sid: Optional[str] = None, times: int = 1,
                   parallel: bool = False) -> dict:
        """`number` texts `body` to `to`; the webhook for it goes out `times` times, with the same SID and token.

        Returns message_sid, responses (status, content_type, body; error, twiml_error if there was one) and
        reply_texts.
        """
        message = self._receive_inbound(number, to, body, sid)
        url, params, token = self._config.public_url + SMS_PATH, _inbound_params(message), self._webhooks.event_token()
        posts = (self._webhooks.post("sms", url, params, token) for _ in range(times))
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
        "ToCountry": _country(message.to), "ToState": "", "SmsMessageSid": message.sid, "NumMedia": "0", "ToCity": "",
        "FromZip": "", "SmsSid": message.sid, "FromState": "", "SmsStatus": "received", "FromCity": "",
        "Body": message.body, "FromCountry": _country(message.sender), "To": message.to, "ToZip": "",
        "NumSegments": str(segment_count(message.body)), "MessageSid": message.sid,
        "AccountSid": message.account_sid, "From": message.sender, "ApiVersion": API_VERSION,
    }


def _country(number: str) -> str:
    return "US" if number.startswith("+1") else ""
