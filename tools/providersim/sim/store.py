"""Keeps the resources that the API creates and reads.

Contract: Twilio docs, "Twilio's response", "Paging".
"""

from itertools import dropwhile, islice
from typing import Callable, Dict, Generic, List, Mapping, Optional, Tuple, TypeVar

RESOURCES_MAX = 100_000

Resource = TypeVar("Resource")


class Store(Generic[Resource]):
    """The newest RESOURCES_MAX resources of one kind by their `sid`, and those of each recipient (`to`)."""

    def __init__(self):
        self._resources: Dict[str, Resource] = {}
        self._by_recipient: Dict[str, Dict[str, Resource]] = {}

    def add(self, resource: Resource) -> Resource:
        """Keeps `resource`, drops the oldest when full, and returns it."""
        self._resources[resource.sid] = resource
        self._by_recipient.setdefault(resource.to, {})[resource.sid] = resource
        if len(self._resources) > RESOURCES_MAX:
            oldest = self._resources.pop(next(iter(self._resources)))
            del self._by_recipient[oldest.to][oldest.sid]
        return resource

    def get(self, sid: str) -> Optional[Resource]:
        """The resource with that SID, or None."""
        return self._resources.get(sid)

    def clear(self) -> None:
        """Forgets all."""
        self._resources.clear()
        self._by_recipient.clear()

    def newest_first(self, to: Optional[str], matches: Callable[[Resource], bool], head_sid: Optional[str],
                     start: int, size: int) -> Tuple[List[Resource], bool]:
        """A page of the resources that match, and whether more follow. With `to`, only that recipient's.

        `head_sid` is the newest of the list as the first page saw it; so that later ones do not shift the pages.
        ValueError if it is gone.
        """
        resources: Mapping[str, Resource] = self._by_recipient.get(to, {}) if to else self._resources
        if head_sid and head_sid not in resources:
            raise ValueError("the list has been forgotten")
        listed = iter(reversed(resources.values()))
        if head_sid:
            listed = dropwhile(lambda resource: resource.sid != head_sid, listed)
        page = list(islice(filter(matches, listed), start, start + size + 1))
        return page[:size], len(page) > size
