"""Reads many resources: filters and pages.

Contract: Twilio docs, "Read multiple Message resources", "Read multiple Call resources", and "Twilio's response",
"Paging".
"""

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Callable, Mapping, Optional
from urllib.parse import urlencode

from .errors import ApiError
from .store import Store

PAGE_SIZE_DEFAULT = 50
PAGE_SIZE_MAX = 1000


@dataclass(frozen=True)
class ListKind:
    """What lists of one kind of resource are called, and what they can be filtered by.

    `key` names the resources in the answer. `equal` is query parameter -> the resource's attribute that it is
    compared with; `date` a query parameter, also with `<` and `>`, and `date_of` the attribute with that date.
    """

    key: str
    equal: Mapping[str, str]
    date: str
    date_of: str

    def parameters(self) -> list:
        """The query parameters of the filter."""
        return [*self.equal, self.date, self.date + "<", self.date + ">"]


MESSAGES = ListKind("messages", {"To": "to", "From": "sender"}, "DateSent", "date_sent")
CALLS = ListKind("calls", {"To": "to", "From": "sender", "Status": "status"}, "StartTime", "start_time")


def list_resources(kind: ListKind, store: Store, path: str, query: Mapping[str, str]) -> dict:
    """The answer to GET of a list, newest first. `path` is the list's own, for the links. Raises ApiError."""
    try:
        size = min(max(int(query.get("PageSize", PAGE_SIZE_DEFAULT)), 1), PAGE_SIZE_MAX)
        page = max(int(query.get("Page", 0)), 0)
        # A token is "PA" and the SID that headed the list when its first page was read.
        head_sid = query.get("PageToken", "")[2:] or None
        found, more = store.newest_first(query.get("To"), _filter(kind, query), head_sid, page * size, size)
    except ValueError as error:
        raise ApiError(400, 20001, f"Invalid query: {error}") from error
    if head_sid is None and page == 0 and found:
        head_sid = found[0].sid

    def link(number: int) -> str:
        fields = {name: query[name] for name in kind.parameters() if name in query}
        fields.update(PageSize=size, Page=number)
        if number and head_sid:
            fields["PageToken"] = "PA" + head_sid
        return f"{path}?{urlencode(fields)}"

    return {
        kind.key: [resource.json() for resource in found],
        "page": page,
        "page_size": size,
        "start": page * size,
        "end": page * size + max(len(found) - 1, 0),
        "uri": link(page),
        "first_page_uri": link(0),
        "next_page_uri": link(page + 1) if more else None,
        "previous_page_uri": link(page - 1) if page else None,
    }


def _filter(kind: ListKind, query: Mapping[str, str]) -> Callable[[object], bool]:
    equal = [(attribute, query[name]) for name, attribute in kind.equal.items() if query.get(name)]
    day, at_most, at_least = (_instant(query.get(kind.date + suffix)) for suffix in ("", "<", ">"))

    def matches(resource) -> bool:
        if any(getattr(resource, attribute) != value for attribute, value in equal):
            return False
        if not (day or at_most or at_least):
            return True
        # What is still queued has no date, and so is in no list by date.
        date = getattr(resource, kind.date_of)
        return (date is not None and (day is None or date.date() == day.date())
                and (at_most is None or date <= at_most) and (at_least is None or date >= at_least))

    return matches


def _instant(text: Optional[str]) -> Optional[datetime]:
    """A GMT date (its midnight) or an ISO 8601 time; ValueError if `text` is neither."""
    if not text:
        return None
    instant = datetime.fromisoformat(text)
    return instant.astimezone(timezone.utc) if instant.tzinfo else instant.replace(tzinfo=timezone.utc)
