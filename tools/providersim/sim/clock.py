"""The time of day as the providers tell it, which tests can move."""

from datetime import datetime, timedelta, timezone

_offset = timedelta()


def move(offset_ms: int) -> None:
    """From now on the providers' clocks are that far ahead of the system's, for the whole process."""
    global _offset
    _offset = timedelta(milliseconds=offset_ms)


def utc_now() -> datetime:
    """The time, as the resources' dates carry it: UTC, whole seconds."""
    return (datetime.now(timezone.utc) + _offset).replace(microsecond=0)
