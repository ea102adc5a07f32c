"""Was every accepted call recorded once, and did every dispatch end?"""

from collections import Counter, defaultdict

from .evidence import Evidence
from .finding import Finding
from .history import History

FINAL = ("DISPATCHED_CONFIRMED", "DISPATCHED_NO_ACK", "CANCELED")


def overview(evidence: Evidence) -> str:
    """How many dispatches there were, by status."""
    by_status = Counter(dispatch["status"] for dispatch in evidence.dispatches)
    told = ", ".join(f"{count} {status}" for status, count in sorted(by_status.items()))
    return f"{len(evidence.dispatches)} dispatches for {len(evidence.accepted)} accepted requests: {told}"


def lost(evidence: Evidence, history: History) -> Finding:
    """Requests that were answered 2xx, and of whose call there is no dispatch."""
    known = {(key["kind"], key["key"]): key["dispatch_id"] for key in evidence.keys}
    finding, told = Finding("lost"), set()
    for request in evidence.accepted:
        call = (request["source"], request["call_id"])
        if known.get(call) not in history.dispatches and call not in told:
            told.add(call)
            finding.cases.append(f"{request['call_id']} ({request['source']}, accepted at {request['time_ms']})")
        elif request["dispatch_id"] and request["dispatch_id"] not in history.dispatches:
            finding.cases.append(f"{request['dispatch_id']} was the answer for {request['call_id']}, and is not there")
    return finding


def created_twice(evidence: Evidence, history: History) -> Finding:
    """Calls with more than one dispatch: by the reporter's id, or by the telephone network's."""
    of_call = defaultdict(set)
    for call in evidence.calls:
        if call["external_call_id"]:
            of_call[(call["source"], call["external_call_id"])].add(call["dispatch_id"])
        sid = call["external_call_id"] if call["source"] == "TWILIO" else call["twilio_call_sid"]
        if sid:
            of_call[("SID", sid)].add(call["dispatch_id"])
    for request in evidence.accepted:
        if request["dispatch_id"]:
            of_call[(request["source"], request["call_id"])].add(request["dispatch_id"])
    twice = {tuple(sorted(ids)): call for call, ids in of_call.items() if len(ids) > 1}
    return Finding("created twice", [f"{' '.join(ids)} for {call[1]}" for ids, call in twice.items()])


def unfinished(evidence: Evidence, history: History) -> Finding:
    """Dispatches without an end, after a wait that is longer than every cutoff."""
    live = [dispatch for dispatch in evidence.dispatches if dispatch["status"] not in FINAL]
    return Finding("unfinished past the cutoff", [f"{dispatch['id']} {dispatch['status']}" for dispatch in live])


def gaps(evidence: Evidence, history: History) -> Finding:
    """Histories that miss an event."""
    finding = Finding("gaps in a history")
    for dispatch in evidence.dispatches:
        sequences = [event["sequence"] for event in history.events[dispatch["id"]]]
        if sequences != list(range(1, dispatch["event_count"] + 1)):
            finding.cases.append(f"{dispatch['id']} has {len(sequences)} of {dispatch['event_count']} events")
    return finding
