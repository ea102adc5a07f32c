"""The audits, fed with records that break each promise once."""

import unittest
from email.utils import formatdate

from . import audit, audit_acks, audit_dispatches, audit_pages
from .evidence import Evidence, page_id_of
from .history import History

T = 1_700_000_000_000
PHONE, OTHER_PHONE = "+19492020000", "+19492020001"


def dispatch(**fields) -> dict:
    return {"id": "d1", "status": "DISPATCHED_CONFIRMED", "urgency": "HIGH", "event_count": 0, "acked_by": "Ana",
            "create_ms": T, "end_ms": T + 10_000, **fields}


def page(**fields) -> dict:
    return {"id": "p1", "dispatch_id": "d1", "technician_id": "t1", "channel": "SMS", "to_address": PHONE,
            "reply_code": "K7PD", "state": "DELIVERED", "attempt_count": 1, "provider_message_id": "SM1",
            "error_code": "", "error_message": "", "create_ms": T, **fields}


def event(sequence: int, kind: str, page_id: str = "p1", at: int = 0, **fields) -> dict:
    return {"dispatch_id": "d1", "sequence": sequence, "kind": kind, "actor": "system", "page_id": page_id,
            "attributes": {}, "ms": T + at, **fields}


def request(page_id: str = "p1", at: int = 0, sid="SM1", **fields) -> dict:
    return {"kind": "message", "time_ms": T + at, "status": 201 if sid else None, "sid": sid, "fault": None,
            "page_id": page_id, "params": {"To": PHONE}, **fields}


def call_request(page_id: str = "p1", **fields) -> dict:
    return request(page_id, kind="call", **fields)


def accepted(source: str = "RETELL", call_id: str = "c1", **fields) -> dict:
    return {"source": source, "call_id": call_id, "time_ms": T, "twilio_call_sid": "", "dispatch_id": "", **fields}


def message(body: str = "1 K7PD", at: int = 0, **fields) -> dict:
    return {"sid": "SMin", "direction": "inbound", "from": PHONE, "body": body,
            "date_created": formatdate((T + at) / 1000), **fields}


def reply(status=200, **params) -> dict:
    return {"kind": "sms", "status": status, "params": {"MessageSid": "SMin", **params}}


def press(status=200, digits: str = "1", page_id: str = "p1") -> dict:
    return {"kind": "gather", "status": status, "page_id": page_id, "params": {"CallSid": "CA1", "Digits": digits}}


def inbound(**fields) -> dict:
    return {"provider_message_id": "SMin", "dispatch_id": "d1", "from_number": PHONE, "body": "1 K7PD",
            "outcome": "ACCEPTED", "ms": T + 9_000, **fields}


class Case(unittest.TestCase):
    """Runs one check on crafted evidence."""

    def cases(self, check, **records) -> list:
        evidence = Evidence(**records)
        return check(evidence, History(evidence)).cases

    def note(self, check, **records) -> str:
        evidence = Evidence(**records)
        return check(evidence, History(evidence)).note


class Dispatches(Case):
    def key(self, kind="RETELL", key="c1", dispatch_id="d1"):
        return {"kind": kind, "key": key, "dispatch_id": dispatch_id}

    def call(self, dispatch_id="d1", source="RETELL", call_id="c1", sid=""):
        return {"dispatch_id": dispatch_id, "source": source, "external_call_id": call_id, "twilio_call_sid": sid}

    def test_an_accepted_call_with_its_dispatch_is_not_lost(self):
        self.assertEqual(self.cases(audit_dispatches.lost, accepted=[accepted()], keys=[self.key()],
                                    dispatches=[dispatch()]), [])

    def test_an_accepted_call_without_a_key_is_lost_once(self):
        lost = self.cases(audit_dispatches.lost, accepted=[accepted(), accepted()], dispatches=[dispatch()])
        self.assertEqual(len(lost), 1)
        self.assertIn("c1", lost[0])

    def test_a_key_without_its_dispatch_is_lost(self):
        self.assertEqual(len(self.cases(audit_dispatches.lost, accepted=[accepted()], keys=[self.key()])), 1)

    def test_another_source_s_call_does_not_stand_for_it(self):
        self.assertEqual(len(self.cases(audit_dispatches.lost, accepted=[accepted()], keys=[self.key(kind="MANUAL")],
                                        dispatches=[dispatch()])), 1)

    def test_an_answered_dispatch_that_is_not_there_is_lost(self):
        lost = self.cases(audit_dispatches.lost, accepted=[accepted("MANUAL", dispatch_id="d9")],
                          keys=[self.key(kind="MANUAL")], dispatches=[dispatch()])
        self.assertEqual(len(lost), 1)

    def test_one_call_with_two_dispatches(self):
        self.assertEqual(len(self.cases(audit_dispatches.created_twice,
                                        calls=[self.call(), self.call(dispatch_id="d2")])), 1)

    def test_agent_and_network_with_a_dispatch_each(self):
        calls = [self.call(sid="CA1"), self.call(dispatch_id="d2", source="TWILIO", call_id="CA1")]
        self.assertEqual(len(self.cases(audit_dispatches.created_twice, calls=calls)), 1)

    def test_different_answers_for_one_call(self):
        self.assertEqual(len(self.cases(audit_dispatches.created_twice, accepted=[
            accepted("MANUAL", dispatch_id="d1"), accepted("MANUAL", dispatch_id="d2")])), 1)

    def test_one_dispatch_of_two_reports_is_right(self):
        self.assertEqual(self.cases(audit_dispatches.created_twice, calls=[self.call(sid="CA1")],
                                    accepted=[accepted(), accepted("TWILIO", "CA1")]), [])

    def test_a_live_dispatch_is_unfinished(self):
        cases = self.cases(audit_dispatches.unfinished, dispatches=[
            dispatch(), dispatch(id="d2", status="DISPATCHING"), dispatch(id="d3", status="UNASSIGNED")])
        self.assertEqual(cases, ["d2 DISPATCHING", "d3 UNASSIGNED"])

    def test_a_history_with_a_gap(self):
        events = [event(1, "CALL_RECEIVED", ""), event(3, "ACKED")]
        self.assertEqual(len(self.cases(audit_dispatches.gaps, dispatches=[dispatch(event_count=3)], events=events)), 1)
        self.assertEqual(self.cases(audit_dispatches.gaps, dispatches=[dispatch(event_count=1)], events=events[:1]), [])


class Pages(Case):
    def test_one_page_taken_once_is_right(self):
        records = {"pages": [page()], "requests": [request(sid=None), request(at=1000)]}
        self.assertEqual(self.cases(audit_pages.sent_twice, **records), [])
        self.assertEqual(self.cases(audit_pages.sent_twice_unasked, **records), [])

    def test_one_page_taken_twice(self):
        records = {"pages": [page()],
                   "requests": [request(fault="reset_after_accept"), request(at=1000, sid="SM2")]}
        cases = self.cases(audit_pages.sent_twice, **records)
        self.assertEqual(len(cases), 1)
        self.assertIn("reset_after_accept", cases[0])
        self.assertEqual(self.cases(audit_pages.sent_twice_unasked, **records), [])

    def test_a_call_made_twice_among_others_could_not_be_told_apart(self):
        records = {"pages": [page(channel="VOICE"), page(id="p2", channel="VOICE")],
                   "requests": [call_request(), call_request(at=1000, sid="CA2"),
                                call_request("p2", at=500, sid="CA3")]}
        self.assertEqual(self.cases(audit_pages.sent_twice, **records), [])
        self.assertEqual(len(self.cases(audit_pages.sent_twice_unasked, **records)), 1)

    def repeat(self, **changes) -> dict:
        records = {
            "dispatches": [dispatch()], "pages": [page(), page(id="p2")],
            "requests": [request(fault="timeout_after_accept"), request("p2", at=20_000, sid="SM2")],
            "events": [event(1, "PAGE_PLANNED"), event(2, "PAGE_UNCERTAIN"), event(3, "PAGE_PLANNED", "p2")]}
        return {**records, **changes}

    def test_a_step_paged_again_though_the_first_had_arrived(self):
        self.assertEqual(len(self.cases(audit_pages.paged_again, **self.repeat())), 1)

    def test_a_step_paged_again_when_the_first_had_not_arrived(self):
        for fault, sid in (("timeout_before_accept", None), ("timeout_after_accept+failed", "SM1")):
            requests = [request(fault=fault, sid=sid), request("p2", at=20_000, sid="SM2")]
            self.assertEqual(self.cases(audit_pages.paged_again, **self.repeat(requests=requests)), [])

    def test_the_next_round_is_another_step(self):
        events = self.repeat()["events"]
        events.insert(2, event(3, "ROUND_STARTED", ""))
        self.assertEqual(self.cases(audit_pages.paged_again, **self.repeat(events=events)), [])

    def after_ack(self, claim_sequence: int) -> dict:
        events = sorted([event(claim_sequence, "PAGE_SENDING", at=900), event(2, "ACKED", at=1000)],
                        key=lambda e: e["sequence"])
        return {"dispatches": [dispatch()], "pages": [page()], "events": events, "requests": [request(at=1100)]}

    def test_a_page_claimed_after_the_ack(self):
        self.assertEqual(len(self.cases(audit_pages.after_ack, **self.after_ack(3))), 1)

    def test_a_page_that_nobody_claimed_after_the_ack(self):
        records = {**self.after_ack(3), "events": [event(2, "ACKED", at=1000)]}
        self.assertEqual(len(self.cases(audit_pages.after_ack, **records)), 1)

    def test_a_page_claimed_before_the_ack_was_in_flight(self):
        self.assertEqual(self.cases(audit_pages.after_ack, **self.after_ack(1)), [])
        self.assertEqual(self.note(audit_pages.after_ack, **self.after_ack(1)), "1 in flight at the ack")

    def test_a_page_before_the_ack_is_right(self):
        records = {**self.after_ack(1), "requests": [request(at=950)]}
        self.assertEqual(self.note(audit_pages.after_ack, **records), "0 in flight at the ack")

    def test_a_page_called_failed_though_it_was_sent(self):
        lost = page(state="FAILED", provider_message_id="")
        self.assertEqual(len(self.cases(audit_pages.called_failed, pages=[lost], requests=[request()])), 1)
        self.assertEqual(self.cases(audit_pages.called_failed, pages=[lost], requests=[request(sid=None)]), [])
        self.assertEqual(self.cases(audit_pages.called_failed, pages=[page(state="FAILED")], requests=[request()]), [])

    def test_a_page_that_was_taken_for_another_one_s(self):
        pages = [page(provider_message_id="CA2"), page(id="p2", provider_message_id="")]
        requests = [call_request(sid=None, fault="server_error"), call_request("p2", sid="CA2")]
        cases = self.cases(audit_pages.mistaken, pages=pages, requests=requests)
        self.assertEqual(len(cases), 1)
        self.assertIn("server_error", cases[0])
        self.assertEqual(self.cases(audit_pages.mistaken, pages=[page()], requests=[request()]), [])

    def test_a_page_that_nobody_planned(self):
        self.assertEqual(len(self.cases(audit_pages.unknown_pages, pages=[page()], requests=[request("p9")])), 1)

    def test_pages_that_are_stuck(self):
        pages = [page(state="SENDING"), page(id="p2", state="PLANNED"), page(id="p3", state="UNCERTAIN")]
        self.assertEqual(len(self.cases(audit_pages.unsettled, pages=pages)), 2)

    def test_the_page_is_in_the_callback_url(self):
        url = "http://127.0.0.1:1/webhooks/twilio/sms-status/p1#rc=5"
        self.assertEqual(page_id_of({"StatusCallback": url}), "p1")
        self.assertEqual(page_id_of({}), "")


class Acks(Case):
    def records(self, **changes) -> dict:
        return {"dispatches": [dispatch()], "pages": [page()], "messages": [message()], "replies": [reply()],
                "inbound": [inbound()], "events": [event(1, "PAGE_ACCEPTED", at=100), event(2, "ACKED", at=9_000)],
                **changes}

    def lost(self, **changes) -> list:
        return self.cases(audit_acks.acks_lost, **self.records(**changes))

    def test_a_recorded_reply_counts(self):
        self.assertEqual(self.lost(), [])

    def test_a_reply_that_was_answered_and_is_not_recorded(self):
        self.assertEqual(len(self.lost(inbound=[])), 1)

    def test_a_reply_that_was_not_answered_and_not_looked_for_is_told_apart(self):
        changes = {"inbound": [], "replies": [reply(status=None)]}
        self.assertEqual(self.lost(**changes), [])
        self.assertIn("1 replies never reached us", self.note(audit_acks.acks_lost, **self.records(**changes)))

    def test_a_reply_whose_webhook_was_lost_and_that_was_not_found(self):
        changes = {"inbound": [], "replies": [], "messages": [message(at=5_000)]}
        self.assertEqual(len(self.lost(dispatches=[dispatch(end_ms=T + 75_000)], **changes)), 1)
        self.assertEqual(self.lost(dispatches=[dispatch(end_ms=T + 60_000)], **changes), [])

    def test_a_reply_after_the_provider_was_asked_waits_for_the_next_time(self):
        changes = {"inbound": [], "replies": [], "messages": [message(at=61_000)]}
        self.assertEqual(self.lost(dispatches=[dispatch(end_ms=T + 75_000)], **changes), [])
        self.assertEqual(len(self.lost(dispatches=[dispatch(end_ms=T + 140_000)], **changes)), 1)

    def test_a_reply_that_was_found_counts(self):
        self.assertEqual(self.lost(replies=[]), [])

    def test_a_reply_that_was_misread_while_the_dispatch_was_live(self):
        self.assertEqual(len(self.lost(inbound=[inbound(outcome="NOT_UNDERSTOOD")])), 1)
        self.assertEqual(self.lost(inbound=[inbound(outcome="NOT_UNDERSTOOD", ms=T + 11_000)]), [])

    def test_a_reply_that_was_taken_for_another_dispatch(self):
        self.assertEqual(len(self.lost(inbound=[inbound(dispatch_id="d2")])), 1)

    def test_an_accepted_reply_to_a_dispatch_that_is_not_confirmed(self):
        self.assertEqual(len(self.lost(dispatches=[dispatch(status="DISPATCHED_NO_ACK")])), 1)

    def test_a_decline_is_no_ack(self):
        self.assertEqual(self.lost(messages=[message("2 K7PD")], inbound=[]), [])

    def test_a_key_that_was_answered_and_is_not_recorded(self):
        changes = {"messages": [], "replies": [], "inbound": []}
        self.assertEqual(len(self.lost(presses=[press()], **changes)), 1)
        self.assertEqual(self.lost(presses=[press(digits="9")], **changes), [])
        self.assertEqual(self.lost(presses=[press(status=503)], **changes), [])

    def test_a_recorded_key_counts(self):
        self.assertEqual(self.lost(messages=[], replies=[], presses=[press()],
                                   inbound=[inbound(provider_message_id="CA1/1", body="1")]), [])

    def nobody(self, **changes) -> list:
        return self.cases(audit_acks.acked_by_nobody, **self.records(**changes))

    def test_confirmed_by_a_reply_or_a_key(self):
        self.assertEqual(self.nobody(), [])
        self.assertEqual(self.nobody(messages=[], presses=[press()]), [])

    def test_confirmed_without_a_human(self):
        self.assertEqual(len(self.nobody(messages=[])), 1)
        self.assertEqual(len(self.nobody(messages=[message("2 K7PD")])), 1)
        self.assertEqual(len(self.nobody(messages=[message(**{"from": OTHER_PHONE})])), 1)
        self.assertEqual(len(self.nobody(messages=[message("1 ZZZZ")])), 1)
        self.assertEqual(len(self.nobody(messages=[], presses=[press(digits="2")])), 1)

    def test_confirmed_without_an_ack(self):
        self.assertEqual(len(self.nobody(events=[])), 1)


class Audit(unittest.TestCase):
    def test_nothing_at_all_is_not_a_pass(self):
        broken = [finding.name for finding in audit.audit(Evidence(), []) if not finding.is_kept]
        self.assertEqual(broken, ["evidence missing"])

    def test_forgotten_evidence_is_not_a_pass(self):
        evidence = Evidence(accepted=[accepted()], requests=[request()], messages=[message("hello")],
                            webhook_count=100_000, pages=[page()])
        findings = {finding.name: finding for finding in audit.audit(evidence, [])}
        self.assertEqual(len(findings["evidence missing"].cases), 1)

    def test_a_crash_breaks_a_promise(self):
        findings = {finding.name: finding for finding in audit.audit(Evidence(), ["dispatchd-0 ended by itself"])}
        self.assertEqual(len(findings["crashes"].cases), 1)


if __name__ == "__main__":
    unittest.main()
