"""Reads the TwiML that tells what to do in a call.

Contract: Twilio docs, "TwiML for Programmable Voice", and the pages of the verbs. Where Twilio only warns of an
attribute's value and goes on with the default, the call ends here, so that no test passes with one.
"""

from dataclasses import dataclass
from typing import List, Optional, Tuple
from xml.etree import ElementTree

from .courier import Answer
from .twiml import parse_document, read_document

# Twilio docs, "<Say>": at most so many for loop="0", which means until the call ends.
LOOPS_MAX = 1_000
_NESTED = {"Response": ("Say", "Pause", "Gather", "Redirect", "Hangup"), "Gather": ("Say", "Pause")}
_KEYS = frozenset("0123456789*#")


class TwimlError(Exception):
    """Ends the call. The text begins with the code in Twilio's error dictionary; `is_twiml`: a document is wrong."""

    def __init__(self, code: int, message: str, is_twiml: bool = True):
        super().__init__(f"{code}: {message}")
        self.is_twiml = is_twiml


@dataclass(frozen=True)
class Verb:
    """One verb with those of its attributes that matter here; which ones do depends on its `name`.

    `url` is a Gather's action (None: the document's own) or a Redirect's target; `finish_on_key` has the keys that
    finish a Gather, `num_digits` None is without limit.
    """

    name: str
    text: str = ""
    loop: int = 1
    url: Optional[str] = None
    method: str = "POST"
    num_digits: Optional[int] = None
    finish_on_key: str = "#"
    takes_keys: bool = True
    action_on_empty_result: bool = False
    nested: Tuple["Verb", ...] = ()


def read_voice(answer: Answer) -> Tuple[List[Verb], Optional[str]]:
    """The verbs of the document in a 2xx `answer`, and what is wrong with it though Twilio goes on.

    Raises TwimlError if Twilio would not.
    """
    root, text, wrong = read_document(answer)
    if text is not None:
        # Twilio reads plain text out.
        return [Verb("Say", text=_spoken(text))], wrong
    if wrong:
        raise _error(wrong)
    return _verbs(root), None


def parse_voice(text: str) -> List[Verb]:
    """The verbs of a document. Raises TwimlError."""
    root, wrong = parse_document(text)
    if wrong:
        raise _error(wrong)
    return _verbs(root)


def _error(wrong: str) -> TwimlError:
    code, _, message = wrong.partition(": ")
    return TwimlError(int(code), message)


def _verbs(parent: ElementTree.Element) -> List[Verb]:
    for element in parent:
        if element.tag not in _NESTED[parent.tag]:
            raise TwimlError(12200, f"unexpected or not simulated element {element.tag} in {parent.tag}")
    return [_verb(element) for element in parent]


def _verb(element: ElementTree.Element) -> Verb:
    name = element.tag
    if name == "Say":
        loops = _number(element, "loop", 1, 0, 13510)
        return Verb(name, text=_spoken("".join(element.itertext())), loop=min(loops or LOOPS_MAX, LOOPS_MAX))
    if name == "Pause":
        _number(element, "length", 1, 0, 13910)
        return Verb(name)
    if name == "Redirect":
        url = (element.text or "").strip()
        return Verb(name, url=url or None, method=_method(element))
    if name == "Gather":
        _number(element, "timeout", 5, 0, 13313)
        finish_on_key = element.get("finishOnKey", "#")
        if finish_on_key and (len(finish_on_key) > 1 or finish_on_key not in _KEYS):
            raise TwimlError(13310, f"Gather: invalid finishOnKey value {finish_on_key}")
        return Verb(name, url=element.get("action") or None, method=_method(element),
                    num_digits=_number(element, "numDigits", None, 1, 13314), finish_on_key=finish_on_key,
                    takes_keys="dtmf" in element.get("input", "dtmf").split(),
                    action_on_empty_result=element.get("actionOnEmptyResult", "false") == "true",
                    nested=tuple(_verbs(element)))
    return Verb(name)


def _number(element: ElementTree.Element, name: str, default: Optional[int], least: int, code: int) -> Optional[int]:
    value = element.get(name)
    if value is None or (element.tag == "Gather" and name == "timeout" and value == "auto"):
        return default
    if not value.isdecimal() or int(value) < least:
        raise TwimlError(code, f"{element.tag}: invalid {name} value {value}")
    return int(value)


def _method(element: ElementTree.Element) -> str:
    method = element.get("method", "POST").upper()
    if method not in ("GET", "POST"):
        raise TwimlError(13710 if element.tag == "Redirect" else 13312, f"{element.tag}: invalid method {method}")
    return method


def _spoken(text: str) -> str:
    return " ".join(text.split())
