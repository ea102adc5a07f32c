"""Reads the TwiML with which an application answers a webhook, and judges its form.

Contract: Twilio docs, "TwiML for Programmable Messaging", and the error dictionary for the numbers.
"""

from typing import List, Optional, Tuple
from xml.etree import ElementTree

from .courier import Answer

DOCUMENT_BYTES_MAX = 64 * 1024
_XML_TYPES = ("text/xml", "application/xml", "text/html")

Document = Tuple[Optional[ElementTree.Element], Optional[str], Optional[str]]


def read_replies(answer: Answer) -> Tuple[List[str], Optional[str]]:
    """The texts that Twilio would send back to the phone, and what is wrong with the answer, if anything is."""
    if answer.status is None or answer.status // 100 != 2 or not answer.body:
        return [], None
    root, text, wrong = read_document(answer)
    if text is not None:
        return [text], wrong
    if wrong:
        return [], wrong
    unknown = [verb.tag for verb in root if verb.tag != "Message"]
    if unknown:
        return [], f"12200: unexpected element {unknown[0]}"
    return [_text(verb) for verb in root], None


def read_document(answer: Answer) -> Document:
    """The <Response> of an answer, or its plain text, or neither; and what is wrong, as "code: why"."""
    if len(answer.body.encode()) > DOCUMENT_BYTES_MAX:
        return None, None, "11750: the answer is larger than 64 kB"
    if answer.content_type == "text/plain":
        # Twilio really does this: whoever wrote or was called would get this text.
        return None, answer.body, "12300: text/plain is passed on to the phone as it is"
    if answer.content_type not in _XML_TYPES:
        return None, None, f"12300: content type {answer.content_type or 'is missing'}"
    root, wrong = parse_document(answer.body)
    return root, None, wrong


def parse_document(text: str) -> Tuple[Optional[ElementTree.Element], Optional[str]]:
    """The <Response>, and what is wrong with it, as "code: why"."""
    try:
        root = ElementTree.fromstring(text.encode())
    except ElementTree.ParseError as error:
        return None, f"12100: {error}"
    if root.tag != "Response":
        return None, f"12100: the root element is {root.tag}"
    return root, None


def _text(message: ElementTree.Element) -> str:
    """A <Message> has its text directly or in a <Body>."""
    body = message.find("Body")
    return ((message if body is None else body).text or "").strip()
