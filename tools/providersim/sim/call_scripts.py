"""What a phone does when it is called: the calls' part of its script."""

import re
from dataclasses import dataclass
from typing import Optional, Tuple

ACTS = ("presses", "hangs_up", "says_nothing", "voicemail", "busy", "no_answer")
SENTENCES = ("answers after N s|ms and presses KEYS [after N s|ms]", "answers after N s|ms and hangs up",
             "answers after N s|ms and says nothing", "voicemail after N s|ms", "is busy", "does not answer")

_KEYS = r"[0-9*#]+(?:,[0-9*#]+)*"
_SPAN = r"\d+(?:\.\d+)? ?(?:ms|s)"
_SENTENCE = re.compile(
    rf"(?:answers after (?P<after>{_SPAN}) and (?:presses (?P<presses>{_KEYS})(?: after (?P<keys_after>{_SPAN}))?"
    rf"|(?P<hangs_up>hangs up)|(?P<says_nothing>says nothing))"
    rf"|(?P<voicemail>voicemail) after (?P<voicemail_after>{_SPAN})|(?P<busy>is busy)|(?P<no_answer>does not answer))"
    rf"(?P<once> once)?")


@dataclass
class CallStep:
    """Does `act` (one of ACTS) with a call; `remaining` times, None for always.

    The phone is picked up, by a human or voicemail, `after_ms` of ringing. Each Gather gets the next of `keys`,
    `keys_after_ms` after it asked; once they are used up, nothing.
    """

    act: str
    after_ms: int = 0
    keys: Tuple[str, ...] = ()
    keys_after_ms: int = 0
    remaining: Optional[int] = None

    def fires(self) -> bool:
        """Whether the step takes a call; uses it up by one if so."""
        if self.remaining == 0:
            return False
        if self.remaining is not None:
            self.remaining -= 1
        return True


def call_sentence(text: str) -> Optional[CallStep]:
    """The step that one of the SENTENCES, followed by "once" or not, stands for; None if `text` is none of them."""
    found = _SENTENCE.fullmatch(text)
    if not found:
        return None
    act = next(name for name in ACTS if found[name])
    return CallStep(act, span_ms(found["after"] or found["voicemail_after"]), _keys(found["presses"]),
                    span_ms(found["keys_after"]), 1 if found["once"] else None)


def call_step(spec: dict) -> CallStep:
    """The step of {"call": act, "after_ms", "keys", "keys_after_ms", "count"}; ValueError tells what is wrong."""
    act, keys = spec.get("call"), spec.get("keys", "")
    numbers = [spec.get(name, 0) for name in ("after_ms", "keys_after_ms", "count")]
    if act not in ACTS:
        raise ValueError(f"call must be one of {', '.join(ACTS)}")
    if any(type(number) is not int or number < 0 for number in numbers):
        raise ValueError("after_ms, keys_after_ms and count must be whole numbers (count 0 for always)")
    if (act == "presses") != bool(keys) or not isinstance(keys, str) or (keys and not re.fullmatch(_KEYS, keys)):
        raise ValueError('presses, and nothing else, needs keys, such as "1" or "9,1"')
    after_ms, keys_after_ms, count = numbers
    return CallStep(act, after_ms, _keys(keys), keys_after_ms, count or None)


def span_ms(text: Optional[str]) -> int:
    """The milliseconds of a span of time such as "2 s" or "50ms"; 0 if there is none."""
    found = re.fullmatch(r"([\d.]+) ?(ms|s)", text or "0 s")
    return round(float(found[1]) * (1000 if found[2] == "s" else 1))


def _keys(text: Optional[str]) -> Tuple[str, ...]:
    return tuple(text.split(",")) if text else ()
