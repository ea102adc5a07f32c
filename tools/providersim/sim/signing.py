"""How the providers sign their webhooks."""

import base64
import hashlib
import hmac
from typing import Iterable, Tuple


def twilio_signature(auth_token: str, url: str, params: Iterable[Tuple[str, str]] = ()) -> str:
    """The value of X-Twilio-Signature (Twilio docs: Security, "Validating Requests are coming from Twilio").

    `url` is the configured URL, byte for byte, without fragment. `params` are the decoded form fields of a POST,
    empty ones included, in any order; a name and value that repeat count once. For a JSON body or a GET there are
    none. Names sort by bytes, upper case first; code points sort like their UTF-8 bytes.
    """
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


def retell_signature(api_key: str, body: bytes, timestamp_ms: int) -> str:
    """The value of x-retell-signature for the raw `body` (Retell docs: "Secure the webhook").

    `api_key` is the one with the webhook badge, `timestamp_ms` the Unix time in milliseconds.
    """
    digest = hmac.new(api_key.encode(), body + str(timestamp_ms).encode(), hashlib.sha256).hexdigest()
    return f"v={timestamp_ms},d={digest}"
