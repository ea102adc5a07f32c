"""Evidence by dispatch and by page, as the audits look things up."""

from collections import defaultdict
from typing import Dict, List, Optional

from .evidence import Evidence


class History:
    """Indexes of `evidence`."""

    def __init__(self, evidence: Evidence):
        self.dispatches: Dict[str, dict] = {dispatch["id"]: dispatch for dispatch in evidence.dispatches}
        self.pages: Dict[str, dict] = {page["id"]: page for page in evidence.pages}
        self.pages_by_code = {(page["to_address"], page["reply_code"]): page for page in evidence.pages}
        self.events: Dict[str, List[dict]] = defaultdict(list)
        self.page_events: Dict[str, List[dict]] = defaultdict(list)
        self.requests: Dict[str, List[dict]] = defaultdict(list)
        for event in evidence.events:
            self.events[event["dispatch_id"]].append(event)
            if event["page_id"]:
                self.page_events[event["page_id"]].append(event)
        for request in sorted(evidence.requests, key=lambda request: request["time_ms"]):
            self.requests[request["page_id"]].append(request)

    def event(self, dispatch_id: str, kind: str) -> Optional[dict]:
        """The first event of a kind."""
        return next((event for event in self.events[dispatch_id] if event["kind"] == kind), None)

    def accepted(self, page_id: str) -> List[dict]:
        """The create requests for a page that the provider took, in their order."""
        return [request for request in self.requests[page_id] if request["sid"]]
