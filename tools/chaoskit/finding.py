"""One line of an audit."""

from dataclasses import dataclass, field
from typing import List


@dataclass
class Finding:
    """`cases` break a promise: there must be none. A case begins with the id of what to look at.

    `note` is said in any case; it may tell of what was seen and is allowed.
    """

    name: str
    cases: List[str] = field(default_factory=list)
    note: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether the promise was kept."""
        return not self.cases
