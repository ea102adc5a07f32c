"""All that is known after a run: from the database, the provider, and the load itself."""

import json
import os
import re
from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Tuple
from urllib.parse import urlsplit

from .cluster import Cluster
from .provider import Provider

QUERIES = {
    "dispatches": "select id, status, urgency, event_count, acked_by, ms(create_time) as create_ms, "
                  "ms(end_time) as end_ms from dispatches",
    "calls": "select dispatch_id, source, external_call_id, twilio_call_sid from calls",
    "keys": "select kind, key, dispatch_id from dispatch_keys where kind <> 'REQUEST'",
    "pages": "select id, dispatch_id, technician_id, channel, to_address, reply_code, state, attempt_count, "
             "provider_message_id, error_code, error_message, ms(create_time) as create_ms from pages",
    "events": "select dispatch_id, sequence, kind, actor, page_id, attributes, ms(event_time) as ms "
              "from events order by dispatch_id, sequence",
    "inbound": "select provider_message_id, dispatch_id, from_number, body, outcome, ms(receive_time) as ms "
               "from inbound_messages",
}
# ms(COLUMN) in a query: Unix milliseconds.
MS = re.compile(r"\bms\((\w+)\)")


@dataclass
class Evidence:
    """Lists of plain records. Times are Unix milliseconds.

    `accepted` is Load.accepted. `dispatches`, `calls`, `keys`, `pages`, `events` (by dispatch, in their order) and
    `inbound` are rows of the database. `requests` are create requests at the provider with their `page_id`,
    `presses` and `replies` the webhooks of human acts, `messages` the provider's own list. `database_downs` are spans
    in which the database was in trouble, `replica_downs` the same for each replica.
    """

    accepted: List[dict] = field(default_factory=list)
    dispatches: List[dict] = field(default_factory=list)
    calls: List[dict] = field(default_factory=list)
    keys: List[dict] = field(default_factory=list)
    pages: List[dict] = field(default_factory=list)
    events: List[dict] = field(default_factory=list)
    inbound: List[dict] = field(default_factory=list)
    requests: List[dict] = field(default_factory=list)
    presses: List[dict] = field(default_factory=list)
    replies: List[dict] = field(default_factory=list)
    messages: List[dict] = field(default_factory=list)
    webhook_count: int = 0
    drawn: Dict[str, int] = field(default_factory=dict)
    database_downs: List[Tuple[int, int]] = field(default_factory=list)
    replica_downs: List[List[Tuple[int, int]]] = field(default_factory=list)

    def save(self, path: str) -> None:
        """Writes it as JSON, for whoever looks into a failure."""
        with open(path, "w", encoding="utf-8") as file:
            json.dump(vars(self), file)


async def gather(cluster: Cluster, provider: Provider) -> Evidence:
    """Reads the database and the provider."""
    evidence = Evidence()
    queries = {name: MS.sub(r"1000 * extract(epoch from \1)", query) for name, query in QUERIES.items()}
    for name, rows in (await cluster.rows(queries)).items():
        setattr(evidence, name, rows)
    requests = (await provider.get("requests"))["requests"]
    evidence.requests = [{**request, "page_id": page_id_of(request["params"])} for request in requests]
    webhooks = (await provider.get("webhooks"))["webhooks"]
    evidence.webhook_count = len(webhooks)
    evidence.presses = [{**webhook, "page_id": _last_segment(webhook["url"])}
                        for webhook in webhooks if webhook["kind"] == "gather"]
    evidence.replies = [webhook for webhook in webhooks if webhook["kind"] == "sms"]
    evidence.messages = await provider.messages()
    evidence.drawn = (await provider.get("chaos"))["drawn"]
    return evidence


def page_id_of(params: dict) -> str:
    """The page that a create request is for; "" for what is no page."""
    url = params.get("StatusCallback") or ""
    return _last_segment(url) if "-status/" in url else ""


def count_errors(folder: str) -> Dict[str, int]:
    """The messages of severity ERROR in the processes' logs, with how often each was logged."""
    counts: Dict[str, int] = {}
    for line in _log_lines(folder, "dispatch"):
        if '"severity":"ERROR"' in line:
            message = json.loads(line).get("message", "?")
            counts[message] = counts.get(message, 0) + 1
    return counts


def count_journaled(folder: str) -> Dict[str, int]:
    """How many requests the bridge's journal took, by kind."""
    counts: Dict[str, int] = {}
    for line in _log_lines(folder, "dispatch-bridge"):
        if '"kept in the journal"' in line:
            kind = json.loads(line)["kind"]
            counts[kind] = counts.get(kind, 0) + 1
    return counts


def _log_lines(folder: str, prefix: str) -> Iterator[str]:
    for name in sorted(os.listdir(folder)):
        if name.startswith(prefix) and name.endswith(".log"):
            with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as file:
                yield from file


def _last_segment(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]
