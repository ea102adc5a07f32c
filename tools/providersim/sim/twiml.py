"""Reads the TwiML with which an application answers an inbound message.

Contract: Twilio docs, "TwiML for Programmable Messaging".
"""

from typing import List, Optional, Tuple
from xml.etree import ElementTree

from .courier import Answer

DOCUMENT_BYTES_MAX = 64 * 1024
_XML_TYPES = ("text/xml", "application/xml", "text/html")


def read_replies(answer: Answer) -> Tuple[List[str], Optional[str]]:
    """The texts that Twilio would send back to the phone, and what is wrong with the answer, if anything is."""
    if answer.status is None or answer.status // 100 != 2 or not answer.body:
        return [], None
    if len(answer.body.encode()) > DOCUMENT_BYTES_MAX:
        return [], "11750: the answer is larger than 64 kB"
    if answer.content_type == "text/plain":
        # Twilio really does this: whoever wrote to us would get this text.
        return [answer.body], "12300: text/plain is sent to the phone as it is"
    if answer.content_type not in _XML_TYPES:
        return [], f"12300: content type {answer.content_type or 'is missing'}"
    try:
        root = ElementTree.fromstring(answer.body.encode())
    except ElementTree.ParseError as error:
        return [], f"12100: {error}"
    if root.tag != "Response":
        return [], f"12100: the root element is {root.tag}"
    unknown = [verb.tag for verb in root if verb.tag != "Message"]
    if unknown:
        return [], f"12200: unexpected element {unknown[0]}"
    return [_text(verb) for verb in root], None


def _text(message: ElementTree.Element) -> str:
    """A <Message> has its text directly or in a <Body>."""
    body = message.find("Body")
    return ((message if body is None else body).text or "").strip()
