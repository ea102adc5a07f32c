"""An answered call: Twilio follows the application's TwiML, and the phone listens and presses keys.

Contract: Twilio docs, "TwiML for Programmable Voice", "<Gather>", "<Redirect>", "<Say>", "<Pause>", "<Hangup>".
"""

import asyncio
from typing import List, Optional
from urllib.parse import urljoin, urlsplit

from .call_scripts import CallStep
from .calls import Call, call_params
from .config import Config
from .courier import Answer
from .phones import Phones
from .twilio_webhooks import TwilioWebhooks
from .voice_twiml import TwimlError, Verb, parse_voice, read_voice

# A document that goes round in circles is cut off here, as Twilio's time limit of four hours does.
VERBS_MAX = 1_000
APOLOGY = "We're sorry. An application error has occurred. Goodbye."


class Conversation:
    """One call from its answer to its end. What is said and pressed is noted in `entry` of the phone's inbox."""

    def __init__(self, config: Config, webhooks: TwilioWebhooks, phones: Phones, call: Call, step: CallStep,
                 entry: dict):
        self._config = config
        self._webhooks = webhooks
        self._phones = phones
        self._call = call
        self._step = step
        self._entry = entry
        self._keys = list(step.keys)
        self._document_url: Optional[str] = None
        self._verbs_left = VERBS_MAX

    async def hold(self) -> None:
        """Returns when the call is to end. A wrong document ends it with Twilio's apology, and is counted."""
        try:
            verbs = await self._first_document()
            while verbs and self._step.act != "hangs_up":
                verbs = await self._follow(verbs)
        except TwimlError as error:
            self._hear(APOLOGY)
            self._phones.twiml_error_count += error.is_twiml
            self._phones.note(self._entry, error=str(error))

    async def _first_document(self) -> List[Verb]:
        if self._call.url is None:
            return parse_voice(self._call.twiml)
        return await self._request("voice", self._call.method, self._call.url, {})

    async def _follow(self, verbs: List[Verb]) -> List[Verb]:
        """Executes a document; returns the one that it leads to, empty if to none."""
        for verb in verbs:
            self._verbs_left -= 1
            if verb.name == "Hangup" or self._verbs_left < 0:
                return []
            if verb.name == "Redirect":
                return await self._request("voice", verb.method, self._absolute(verb.url), {})
            if verb.name == "Gather":
                next_verbs = await self._gather(verb)
                if next_verbs is not None:
                    return next_verbs
            else:
                await self._say_or_pause(verb)
        return []

    async def _say_or_pause(self, verb: Verb) -> None:
        if verb.name == "Pause":
            await self._wait()
        else:
            self._hear("\n".join([verb.text] * verb.loop))

    async def _gather(self, gather: Verb) -> Optional[List[Verb]]:
        """The document that the action answers with; None if the action is not asked, and the next verb follows."""
        self._phones.note(self._entry, action=gather.url)
        for verb in gather.nested:
            await self._say_or_pause(verb)
        digits, finished_on = await self._digits(gather)
        if not digits and not gather.action_on_empty_result:
            return None
        fields = {"Digits": digits, "FinishedOnKey": finished_on, "msg": "Gather End"}
        return await self._request("gather", gather.method, self._absolute(gather.url), fields)

    async def _digits(self, gather: Verb):
        """The digits, and the key that finished them ("" if none did). One entry of the script's keys per Gather."""
        if not self._keys or not gather.takes_keys:
            await self._wait()
            return "", ""
        # The phone always presses in time: the Gather's seconds are not the script's.
        await asyncio.sleep(self._step.keys_after_ms / 1000)
        pressed = self._keys.pop(0)
        self._phones.note(self._entry, pressed=",".join(filter(None, (self._entry["pressed"], pressed))))
        taken = pressed[:gather.num_digits]
        for place, key in enumerate(taken):
            if key in gather.finish_on_key:
                return taken[:place], key
        if len(taken) != gather.num_digits:
            await self._wait()
        return taken, ""

    async def _request(self, kind: str, method: str, url: str, fields: dict) -> List[Verb]:
        answer = await self._webhooks.send(kind, url, {**call_params(self._call), **fields}, method=method)
        _check_retrieval(answer)
        self._document_url = url
        verbs, wrong = read_voice(answer)
        if wrong:
            # Twilio goes on in this case, so it is only counted.
            self._phones.twiml_error_count += 1
            self._phones.note(self._entry, error=wrong)
        return verbs

    def _absolute(self, url: Optional[str]) -> str:
        """`url` as the document means it; without one it is the document's own."""
        if self._document_url is not None:
            return urljoin(self._document_url, url) if url else self._document_url
        # A TwiML that came with the request has no URL that another could be relative to.
        if not url or not urlsplit(url).netloc:
            raise TwimlError(11100, f"invalid URL {url!r} in a document that has none of its own")
        return url

    def _hear(self, text: str) -> None:
        self._phones.note(self._entry, body="\n".join(filter(None, (self._entry["body"], text))))

    async def _wait(self) -> None:
        await asyncio.sleep(self._config.call_pause_ms / 1000)


def _check_retrieval(answer: Answer) -> None:
    if answer.status is None or answer.status // 100 != 2:
        why = answer.error if answer.status is None else f"HTTP status {answer.status}"
        raise TwimlError(11200, f"HTTP retrieval failure: {why}", is_twiml=False)
