"""What Twilio demands of a request to create a message.

Contract: Twilio docs, Messages resource, "Create a Message"; the codes are from the Error and Warning Dictionary.
"""

import re
from typing import Mapping, Optional
from urllib.parse import urlsplit

from .errors import ApiError

BODY_CHARACTERS_MAX = 1600
VALIDITY_S_MAX = 36_000
_E164 = re.compile(r"\+[1-9][0-9]{1,14}")


def is_e164(number: Optional[str]) -> bool:
    """Whether `number` is a phone number as ITU-T E.164 writes it, with the plus."""
    return bool(number and _E164.fullmatch(number))


def check_create(form: Mapping[str, str]) -> None:
    """Raises the ApiError with which Twilio would refuse `form`."""
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
    if "ValidityPeriod" in form and not _is_validity_period(form["ValidityPeriod"]):
        raise ApiError(400, 90007, "Validity period must be between 1 and 36000 seconds.")
    if form.get("StatusCallback") and not _is_callback_url(form["StatusCallback"]):
        raise ApiError(400, 21609, f"The 'StatusCallback' URL {form['StatusCallback']} is not a valid URL.")


def _is_validity_period(value: str) -> bool:
    return value.isdecimal() and 1 <= int(value) <= VALIDITY_S_MAX


def _is_callback_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    # Twilio refuses host names with an underscore, which are not valid host names.
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host and " " not in url
