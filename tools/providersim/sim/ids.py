"""Identifiers in the providers' shapes, repeatable when seeded."""

import random
import string
import uuid
from typing import Optional

_ALPHANUMERIC = string.ascii_letters + string.digits


class Ids:
    """Makes identifiers; equal seeds give equal sequences, None gives a new one each time."""

    def __init__(self, seed: Optional[int] = None):
        self._random = random.Random(seed)

    def sid(self, prefix: str) -> str:
        """A Twilio SID: a two-letter prefix and 32 hex digits."""
        return f"{prefix}{self._random.getrandbits(128):032x}"

    def token(self) -> str:
        """A value for I-Twilio-Idempotency-Token."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def call_id(self) -> str:
        """A Retell call or agent id: 32 letters and digits."""
        return "".join(self._random.choices(_ALPHANUMERIC, k=32))
