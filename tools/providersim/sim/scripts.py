"""What a phone does when a message or a call comes: its script."""

import re
from dataclasses import dataclass
from typing import List, Optional, Union

from .call_scripts import SENTENCES, CallStep, call_sentence, call_step, span_ms

_SENTENCE = re.compile(
    r'replies (?P<reply>.+?) after (?P<after>\d+(?:\.\d+)? ?(?:ms|s))'
    r'(?: when it says "(?P<match>[^"]*)")?(?P<once> once)?', re.DOTALL)
_CODE = re.compile(r"\b(?i:code) ([A-Z0-9]{4})\b")


@dataclass
class Step:
    """Replies `reply` `after_ms` after a message that contains `match`; `remaining` times, None for always."""

    reply: str
    after_ms: int
    match: str = ""
    remaining: Optional[int] = None

    def fires(self, body: str) -> bool:
        """Whether the step answers a message with that body; uses it up by one if so."""
        if self.match not in body or self.remaining == 0:
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True

    def text(self, body: str) -> str:
        """The reply to `body`: {code} stands for the reply code in it, or for nothing if there is none."""
        code = _CODE.search(body)
        return self.reply.replace("{code}", code.group(1) if code else "").strip()


Script = List[Union[Step, CallStep]]


def parse_script(spec: dict) -> Script:
    """The steps of {"script": text} or {"steps": [...]}; ValueError tells what is wrong.

    The text's sentences are `replies TEXT after N s|ms [when it says "SUBSTRING"] [once]` and those for calls, several
    separated by `;`.
    """
    if isinstance(spec.get("script"), str):
        return [_sentence(part.strip()) for part in spec["script"].split(";") if part.strip()]
    if isinstance(spec.get("steps"), list):
        return [_step(step) for step in spec["steps"]]
    raise ValueError("a script has a text in \"script\" or a list in \"steps\"")


def _sentence(text: str) -> Union[Step, CallStep]:
    step = call_sentence(text)
    if step:
        return step
    found = _SENTENCE.fullmatch(text)
    if not found:
        raise ValueError(f'cannot read "{text}"; write: replies TEXT after N s|ms [when it says "SUBSTRING"] [once]; '
                         f'or for calls: {" | ".join(SENTENCES)}, each with [once]')
    return Step(found["reply"], span_ms(found["after"]), found["match"] or "", 1 if found["once"] else None)


def _step(spec) -> Union[Step, CallStep]:
    if isinstance(spec, dict) and "call" in spec:
        return call_step(spec)
    if not isinstance(spec, dict) or not isinstance(spec.get("reply"), str):
        raise ValueError("a step needs a reply, or a call")
    after_ms, match, count = spec.get("after_ms", 0), spec.get("match", ""), spec.get("count", 0)
    if type(after_ms) is not int or after_ms < 0 or type(count) is not int or count < 0 or not isinstance(match, str):
        raise ValueError("a step has match (text), after_ms and count (whole numbers; count 0 for always)")
    return Step(spec["reply"], after_ms, match, count or None)
