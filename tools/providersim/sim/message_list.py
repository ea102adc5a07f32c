"""Reads many messages: filters and pages.

Contract: Twilio docs, Messages resource, "Read multiple Message resources", and "Twilio's response", "Paging".
"""

from datetime import datetime, timezone
from typing import Callable, Mapping, Optional
from urllib.parse import urlencode

from .errors import ApiError
from .messages import Message, MessageStore

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1000


def list_messages(store: MessageStore, path: str, query: Mapping[str, str]) -> dict:
    """The answer to GET Messages.json, newest first. `path` is the list's own, for the links. Raises ApiError."""
    try:
        size = min(max(int(query.get("PageSize", PAGE_SIZE_DEFAULT)), 1), PAGE_SIZE_MAX)
        page = max(int(query.get("Page", 0)), 0)
        # A token is "PA" and the SID that headed the list when its first page was read.
        head_sid = query.get("PageToken", "")[2:] or None
        found, more = store.newest_first(_filter(query), head_sid, page * size, size)
    except ValueError as error:
        raise ApiError(400, 20001, f"Invalid query: {error}") from error
    if head_sid is None and page == 0 and found:
        head_sid = found[0].sid

    def link(number: int) -> str:
        fields = {name: query[name] for name in ("To", "From", "DateSent", "DateSent<", "DateSent>") if name in query}
        fields.update(PageSize=size, Page=number)
        if number and head_sid:
            fields["PageToken"] = "PA" + head_sid
        return f"{path}?{urlencode(fields)}"

    return {
        "messages": [message.json() for message in found],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(found) - 1, 0),
        "uri": link(page),
        "first_page_uri": link(0),
        "next_page_uri": link(page + 1) if more else None,
        "previous_page_uri": link(page - 1) if page else None,
    }


def _filter(query: Mapping[str, str]) -> Callable[[Message], bool]:
    to, sender = query.get("To"), query.get("From")
    day = _instant(query.get("DateSent"))
    at_most, at_least = _instant(query.get("DateSent<")), _instant(query.get("DateSent>"))

    def matches(message: Message) -> bool:
        if (to and message.to != to) or (sender and message.sender != sender):
            return False
        if not (day or at_most or at_least):
            return True
        # A message that is still queued has no date, and so is in no list by date.
        sent = message.date_sent
        return (sent is not None and (day is None or sent.date() == day.date())
                and (at_most is None or sent <= at_most) and (at_least is None or sent >= at_least))

    return matches


def _instant(text: Optional[str]) -> Optional[datetime]:
    """A GMT date (its midnight) or an ISO 8601 time; ValueError if `text` is neither."""
    if not text:
        return None
    instant = datetime.fromisoformat(text)
    return instant.astimezone(timezone.utc) if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
