"""What Twilio demands of a request to create a message or a call.

Contract: Twilio docs, Messages resource, "Create a Message", and Call resource, "Create a Call"; the codes are from the
Error and Warning Dictionary.
"""

import re
from typing import Optional
from urllib.parse import urlsplit

from .errors import ApiError

BODY_CHARACTERS_MAX = 1600
VALIDITY_S_MAX = 36_000
TWIML_CHARACTERS_MAX = 4000
RING_S_MAX = 600
CALL_EVENTS = ("initiated", "ringing", "answered", "completed")
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def is_e164(number: Optional[str]) -> bool:
    """Whether `number` is a phone number as ITU-T E.164 writes it, with the plus."""
    return bool(number and _E164.fullmatch(number))


def check_message(form) -> None:
    """Raises the ApiError with which Twilio would refuse `form` (a multi-dict) for a message."""
    to, body = form.get("To"), form.get("Body", "")
    if not to:
        raise ApiError(400, 21604, "A 'To' phone number is required.")
    if not form.get("From") and not form.get("MessagingServiceSid"):
        raise ApiError(400, 21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message.")
    if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
        raise ApiError(400, 21602, "Message body is required.")
    if len(body) > BODY_CHARACTERS_MAX:
        raise ApiError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
    if not is_e164(to):
        raise ApiError(400, 21211, f"Invalid 'To' Phone Number: {to}")
    if "ValidityPeriod" in form and not _is_whole(form["ValidityPeriod"], VALIDITY_S_MAX):
        raise ApiError(400, 90007, "Validity period must be between 1 and 36000 seconds.")
    _check_status_callback(form)


def check_call(form) -> None:
    """Raises the ApiError with which Twilio would refuse `form` (a multi-dict) for a call.

    Twilio's docs name no code for a Twiml that is too long: 20001 is its general one for wrong parameters. Applications
    are not simulated, so that every ApplicationSid is unknown.
    """
    to, sender, url, twiml = form.get("To"), form.get("From"), form.get("Url"), form.get("Twiml")
    if not to:
        raise ApiError(400, 21201, "No 'To' number is specified")
    if not sender:
        raise ApiError(400, 21213, "No 'From' number is specified")
    if not is_e164(to):
        raise ApiError(400, 21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if not is_e164(sender):
        raise ApiError(400, 21212, f"The source phone number provided, {sender}, is not valid.")
    if form.get("ApplicationSid"):
        raise ApiError(400, 21218, "Invalid ApplicationSid")
    if not url and not twiml:
        raise ApiError(400, 21205, "Url parameter is required.")
    if url and not _is_url(url):
        raise ApiError(400, 21205, f"Url is not a valid URL: {url}")
    if twiml and len(twiml) > TWIML_CHARACTERS_MAX:
        raise ApiError(400, 20001, "Twiml must not exceed 4000 characters.")
    if any(form.get(name, "POST") not in ("GET", "POST") for name in ("Method", "StatusCallbackMethod")):
        raise ApiError(400, 21209, "Invalid Method")
    if "Timeout" in form and not _is_whole(form["Timeout"], RING_S_MAX):
        raise ApiError(400, 21208, "Invalid Timeout")
    if "TimeLimit" in form and not _is_whole(form["TimeLimit"], None):
        raise ApiError(400, 20001, "Invalid TimeLimit")
    if not set(form.getall("StatusCallbackEvent", [])).issubset(CALL_EVENTS):
        raise ApiError(400, 21626, "Invalid 'StatusCallbackEvent'")
    _check_status_callback(form)


def _check_status_callback(form) -> None:
    if form.get("StatusCallback") and not _is_url(form["StatusCallback"]):
        raise ApiError(400, 21609, f"The 'StatusCallback' URL {form['StatusCallback']} is not a valid URL.")


def _is_whole(value: str, most: Optional[int]) -> bool:
    return value.isdecimal() and 1 <= int(value) and (most is None or int(value) <= most)


def _is_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    # Twilio refuses host names with an underscore, which are not valid host names.
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host and " " not in url
