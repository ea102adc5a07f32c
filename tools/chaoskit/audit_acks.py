"""Did every human's word count, and nothing but a human's word?"""

from collections import defaultdict
from email.utils import parsedate_to_datetime
from typing import Iterator, List, Optional

from .evidence import Evidence
from .finding import Finding
from .history import History
from .settings import REPLIES_INTERVAL_S, REPLIES_SLACK_S

TAKEN = ("ACCEPTED", "ALREADY_TAKEN", "ENDED")
FIRST_ACCEPTANCES = ("PAGE_ACCEPTED", "RECEIPT", "PAGE_SETTLED")


def acks_lost(evidence: Evidence, history: History) -> Finding:
    """Humans who said 1, whose word was taken from them, and who left no trace or the wrong one.

    A reply is taken with the 2xx answer to its webhook; one whose webhook was lost, once the provider has been asked
    for replies while the dispatch was live. A key is taken with the 2xx answer.
    """
    finding = Finding("acks lost")
    inbound = {message["provider_message_id"]: message for message in evidence.inbound}
    taken_replies, unheard = 0, 0
    answered = {webhook["params"]["MessageSid"]: webhook for webhook in evidence.replies if _is_answered(webhook)}
    for message in evidence.messages:
        page = _page_of_reply(history, message)
        if page is None:
            continue
        row = inbound.get(message["sid"])
        if message["sid"] in answered or row:
            taken_replies += 1
            finding.cases.extend(_judge(history, page, row, f"reply {message['sid']}"))
        elif _was_looked_for(history, page, message):
            finding.cases.append(f"{page['dispatch_id']} reply {message['sid']}: its webhook was lost, and it was not "
                                 f"found at the provider")
        else:
            unheard += 1
    pressed, hung_up = 0, 0
    for press in evidence.presses:
        page = history.pages.get(press["page_id"])
        if press["params"].get("Digits") != "1" or page is None:
            continue
        if not _is_answered(press):
            hung_up += 1
            continue
        pressed += 1
        row = inbound.get(f"{press['params']['CallSid']}/1")
        finding.cases.extend(_judge(history, page, row, f"key in {press['params']['CallSid']}"))
    finding.note = (f"{taken_replies} replies and {pressed} keys counted; {unheard} replies never reached us in time, "
                    f"{hung_up} presses were told of an error")
    return finding


def acked_by_nobody(evidence: Evidence, history: History) -> Finding:
    """Confirmed dispatches without a human's act before their ack."""
    finding = Finding("confirmed without a human")
    keys = {press["page_id"] for press in evidence.presses if press["params"].get("Digits") == "1"}
    words = defaultdict(list)
    for message in evidence.messages:
        if message["direction"] == "inbound" and _says_yes(message["body"]):
            words[message["from"]].append(message["body"])
    for dispatch in evidence.dispatches:
        if dispatch["status"] != "DISPATCHED_CONFIRMED":
            continue
        ack = history.event(dispatch["id"], "ACKED")
        page = history.pages.get(ack["page_id"]) if ack else None
        if page is None:
            finding.cases.append(f"{dispatch['id']} by {ack['actor'] if ack else 'nobody'}, without a page")
        elif page["id"] not in keys and not _names(words[page["to_address"]], page["reply_code"]):
            finding.cases.append(f"{dispatch['id']} by {ack['actor']}, who neither replied nor pressed a key")
    return finding


def _judge(history: History, page: dict, row: Optional[dict], what: str) -> Iterator[str]:
    """What is wrong with the trace of a human's 1 for `page`: one case at most."""
    dispatch_id = page["dispatch_id"]
    dispatch = history.dispatches[dispatch_id]
    if row is None:
        yield f"{dispatch_id} {what}: was answered 2xx, and is not recorded"
    elif row["outcome"] in TAKEN and row["dispatch_id"] != dispatch_id:
        yield f"{dispatch_id} {what}: was taken for {row['dispatch_id']}"
    elif row["outcome"] == "ACCEPTED" and dispatch["status"] != "DISPATCHED_CONFIRMED":
        yield f"{dispatch_id} {what}: was accepted, and the dispatch is {dispatch['status']}"
    elif row["outcome"] not in TAKEN and (dispatch["end_ms"] is None or row["ms"] < dispatch["end_ms"]):
        yield f"{dispatch_id} {what}: was taken as {row['outcome']} while the dispatch was live"


def _page_of_reply(history: History, message: dict) -> Optional[dict]:
    """The page that an inbound message says 1 to, by its code; None if it does not."""
    if message["direction"] != "inbound" or not _says_yes(message["body"]) or " " not in message["body"]:
        return None
    return history.pages_by_code.get((message["from"], message["body"].split()[1]))


def _was_looked_for(history: History, page: dict, message: dict) -> bool:
    """Whether the provider was due to be asked for replies after that one came, and the dispatch still lived then.

    It is asked at intervals from the first time that a text of the dispatch was known to be with the provider.
    """
    end_ms = history.dispatches[page["dispatch_id"]]["end_ms"]
    texts = [event["ms"] for event in history.events[page["dispatch_id"]] if event["kind"] in FIRST_ACCEPTANCES
             and history.pages.get(event["page_id"], {}).get("channel") == "SMS"]
    if not texts:
        return False
    # The provider's dates are whole seconds.
    came_ms = parsedate_to_datetime(message["date_created"]).timestamp() * 1000 + 1000
    asked_ms = texts[0] + REPLIES_INTERVAL_S * 1000
    while asked_ms < came_ms:
        asked_ms += REPLIES_INTERVAL_S * 1000
    return end_ms is None or asked_ms + REPLIES_SLACK_S * 1000 < end_ms


def _is_answered(webhook: dict) -> bool:
    return webhook["status"] is not None and webhook["status"] // 100 == 2


def _says_yes(body: str) -> bool:
    return body.split()[:1] == ["1"]


def _names(bodies: List[str], code: str) -> bool:
    return any(body.split() in (["1"], ["1", code]) for body in bodies)
