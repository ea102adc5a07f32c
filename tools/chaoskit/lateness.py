"""How late was what was due? Measured, not judged: a loaded machine is late without a fault of the product."""

import re
from collections import Counter
from typing import Dict, List

from .evidence import Evidence
from .history import History
from .settings import POLICIES
from .spans import Span, both, histogram_bounds, summary, touches

TIMER_BUCKET = re.compile(r'^afterhours_timer_lateness_seconds_bucket\{[^}]*le="([^"]+)"\} (\S+)$', re.MULTILINE)
CHANNELS = ("SMS", "VOICE")


def lines(evidence: Evidence, history: History, metrics: Dict[str, str]) -> List[str]:
    """What there is to say."""
    downs = outages(evidence)
    hand_overs = _hand_overs(history)
    steps = _steps(history)
    calm = [end - begin for begin, end in hand_overs if not touches(downs, begin, end)]
    return [
        f"from plan to provider, outages left out: {summary(calm)}",
        f"from plan to provider, all:              {summary([end - begin for begin, end in hand_overs])}",
        f"next step after its wait, outages out:   "
        f"{summary([end - due for due, end in steps if not touches(downs, due, end)])}",
        f"next step after its wait, all:           {summary([end - due for due, end in steps])}",
        f"from a human's 1 to its record, all:     {summary(_acks(evidence))}",
        f"timers, as dispatchd measured (buckets): {timers(metrics)}",
    ]


def outages(evidence: Evidence) -> List[Span]:
    """When the database was in trouble, or no replica served."""
    none_up = evidence.replica_downs[0] if evidence.replica_downs else []
    for downs in evidence.replica_downs[1:]:
        none_up = both(none_up, downs)
    return [*evidence.database_downs, *none_up]


def timers(metrics: Dict[str, str]) -> str:
    """The replicas' own histograms, all lives together. A killed life is missing its last seconds."""
    counts: Counter = Counter()
    for text in metrics.values():
        for bound, count in TIMER_BUCKET.findall(text):
            counts[float(bound)] += float(count)
    buckets = sorted(counts.items())
    if not buckets or not buckets[-1][1]:
        return "none measured"
    told = [f"{name} <= {1000 * histogram_bounds(buckets, share):g} ms"
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))]
    return f"{', '.join(told)} ({buckets[-1][1]:.0f})"


def _hand_overs(history: History) -> List[Span]:
    """From the plan of each page to the arrival of its first request."""
    found = []
    for page_id, events in history.page_events.items():
        requests = history.requests.get(page_id)
        planned = next((event for event in events if event["kind"] == "PAGE_PLANNED"), None)
        if planned and requests:
            found.append((planned["ms"], max(planned["ms"], requests[0]["time_ms"])))
    return found


def _acks(evidence: Evidence) -> List[float]:
    """From the sending of each reply's or key's webhook to the moment at which it was recorded."""
    sent = {webhook["params"]["MessageSid"]: webhook["time_ms"] for webhook in evidence.replies}
    sent.update((f"{webhook['params']['CallSid']}/{webhook['params'].get('Digits')}", webhook["time_ms"])
                for webhook in evidence.presses)
    return [max(0.0, message["ms"] - sent[message["provider_message_id"]])
            for message in evidence.inbound if message["provider_message_id"] in sent]


def _steps(history: History) -> List[Span]:
    """From when a step's wait was over to the plan of the next page, where that came no earlier.

    A wait begins with the first claim of the step's page. Steps that gave way came earlier, and are left out.
    """
    found = []
    for dispatch_id, events in history.events.items():
        urgency = history.dispatches[dispatch_id]["urgency"]
        if len({event["attributes"].get("urgency") for event in events if event["kind"] == "URGENCY_JUDGED"}) != 1:
            continue
        due, awaited = None, None
        for event in events:
            if event["kind"] == "PAGE_PLANNED":
                if due is not None and event["ms"] >= due:
                    found.append((due, event["ms"]))
                due, awaited = None, event["page_id"]
            elif event["kind"] == "PAGE_SENDING" and event["page_id"] == awaited and due is None:
                channel = history.pages[awaited]["channel"]
                due = event["ms"] + 1000 * POLICIES[urgency][CHANNELS.index(channel)]
            elif event["kind"] in ("EXHAUSTED", "DECLINED"):
                due, awaited = None, None
    return found
