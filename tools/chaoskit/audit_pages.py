"""Did every page leave once at most, and none after the ack?"""

from collections import defaultdict
from typing import Dict, List, Optional

from .evidence import Evidence
from .finding import Finding
from .history import History

# Calls carry nothing of ours: they are looked for by their number and time.
VOICE_LOOK_UP_SLACK_MS = 2_000
NOT_ARRIVED = ("failed", "undelivered")


def sent_twice(evidence: Evidence, history: History) -> Finding:
    """Pages that the provider took more than once, where it could have been asked in between."""
    return _split_sent_twice(evidence, history)[0]


def sent_twice_unasked(evidence: Evidence, history: History) -> Finding:
    """The same where asking could not tell: several calls had gone to that number."""
    return _split_sent_twice(evidence, history)[1]


def paged_again(evidence: Evidence, history: History) -> Finding:
    """Second pages for a step whose first, of unknown outcome, had arrived: same person, channel and round."""
    finding = Finding("step paged again though the first had arrived")
    for events in history.events.values():
        for page_ids in _steps(history, events).values():
            for first, second in zip(page_ids, page_ids[1:]):
                if _was_uncertain(history, first) and _arrived(history, first) and history.accepted(second):
                    asked = "could not" if _ambiguous(evidence, history, first) else "could"
                    finding.cases.append(f"{history.pages[first]['dispatch_id']} pages {first} "
                                         f"({_cause(history, first)}, the provider {asked} be asked) and {second}")
    return finding


def after_ack(evidence: Evidence, history: History) -> Finding:
    """Create requests that arrived after the ack, and whose page had not been claimed before it."""
    finding, in_flight = Finding("pages after the ack"), 0
    for page_id, requests in history.requests.items():
        page = history.pages.get(page_id)
        ack = page and history.event(page["dispatch_id"], "ACKED")
        for request in requests if ack else ():
            if request["time_ms"] <= ack["ms"]:
                continue
            claim = _claim_of(history, page_id, request)
            if claim and claim["sequence"] < ack["sequence"]:
                in_flight += 1
            else:
                finding.cases.append(f"{page['dispatch_id']} page {page_id}, {request['time_ms'] - ack['ms']:.0f} ms "
                                     f"after the ack")
    finding.note = f"{in_flight} in flight at the ack"
    return finding


def called_failed(evidence: Evidence, history: History) -> Finding:
    """Pages that the provider took, and that are kept as never sent."""
    finding = Finding("pages called unsent though they were sent")
    for page in evidence.pages:
        unsent = page["state"] in ("FAILED", "CANCELED", "SUPPRESSED") and not page["provider_message_id"]
        if unsent and history.accepted(page["id"]):
            finding.cases.append(f"{page['dispatch_id']} page {page['id']} is {page['state']} "
                                 f"({page['error_code']} {page['error_message']}), {_cause(history, page['id'])}")
    return finding


def mistaken(evidence: Evidence, history: History) -> Finding:
    """Pages that are kept under the id of what was sent for another page."""
    finding = Finding("pages taken for another one's")
    page_of = {request["sid"]: request["page_id"] for request in evidence.requests if request["sid"]}
    for page in evidence.pages:
        sid = page["provider_message_id"]
        if sid and page_of.get(sid) not in (None, page["id"]):
            own = history.requests.get(page["id"], [])
            finding.cases.append(f"{page['dispatch_id']} page {page['id']} ({page['channel']}, "
                                 f"{own[-1]['fault'] if own else 'never arrived'}) is kept as {sid} of {page_of[sid]}")
    return finding


def unknown_pages(evidence: Evidence, history: History) -> Finding:
    """Create requests for pages that the database does not know."""
    return Finding("pages that nobody planned", [f"{page_id} {requests[0]['params'].get('To')}"
                                                 for page_id, requests in history.requests.items()
                                                 if page_id and page_id not in history.pages])


def unsettled(evidence: Evidence, history: History) -> Finding:
    """Pages whose state is still open. Allowed: the provider is asked for some minutes, dispatch over or not."""
    states = [page["state"] for page in evidence.pages]
    stuck = [page for page in evidence.pages if page["state"] in ("PLANNED", "SENDING")]
    return Finding("pages stuck", [f"{page['dispatch_id']} page {page['id']} is {page['state']}" for page in stuck],
                   f"{states.count('UNCERTAIN')} uncertain at the end, of {len(states)}")


def _split_sent_twice(evidence: Evidence, history: History):
    asked = Finding("pages sent twice, provider could be asked")
    unasked = Finding("pages sent twice, it could not")
    for page_id in history.requests:
        taken = history.accepted(page_id)
        if not page_id or len(taken) < 2:
            continue
        page = history.pages.get(page_id, {})
        case = f"{page.get('dispatch_id', '?')} page {page_id} as {' '.join(request['sid'] for request in taken)}, " \
               f"first one: {_cause(history, page_id)}"
        (unasked if _ambiguous(evidence, history, page_id) else asked).cases.append(case)
    return asked, unasked


def _steps(history: History, events: List[dict]) -> Dict[tuple, List[str]]:
    """A dispatch's pages by what they are for: round, person and channel, in the order of their planning."""
    steps, turn = defaultdict(list), 1
    for event in events:
        turn += event["kind"] == "ROUND_STARTED"
        if event["kind"] == "PAGE_PLANNED" and event["page_id"] in history.pages:
            page = history.pages[event["page_id"]]
            steps[(turn, page["technician_id"], page["channel"])].append(page["id"])
    return steps


def _was_uncertain(history: History, page_id: str) -> bool:
    return any(event["kind"] == "PAGE_UNCERTAIN" for event in history.page_events[page_id])


def _arrived(history: History, page_id: str) -> bool:
    return any(not set((request["fault"] or "").split("+")) & set(NOT_ARRIVED) for request in history.accepted(page_id))


def _ambiguous(evidence: Evidence, history: History, page_id: str) -> bool:
    """Whether a look-up for the page's first request could not tell it from another call."""
    taken, page = history.accepted(page_id), history.pages.get(page_id)
    if not taken or not page or page["channel"] != "VOICE":
        return False
    begin_ms = taken[0]["time_ms"] - VOICE_LOOK_UP_SLACK_MS
    return any(request["kind"] == "call" and request["sid"] and request["params"].get("To") == page["to_address"]
               and request["time_ms"] >= begin_ms and request["page_id"] != page_id for request in evidence.requests)


def _claim_of(history: History, page_id: str, request: dict) -> Optional[dict]:
    """The newest claim of the page that a request can come from. Arrivals are in whole milliseconds."""
    claims = [event for event in history.page_events[page_id]
              if event["kind"] == "PAGE_SENDING" and event["ms"] <= request["time_ms"] + 1]
    return claims[-1] if claims else None


def _cause(history: History, page_id: str) -> str:
    """What the provider did to the first request that it took."""
    taken = history.accepted(page_id)
    return (taken[0]["fault"] or "no fault of the provider") if taken else "not taken"
