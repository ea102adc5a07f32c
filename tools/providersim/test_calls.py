#!/usr/bin/python3
"""Tests of calls: the API, the phone, the TwiML, the callbacks."""

import asyncio
import time
import unittest
from email.utils import parsedate_to_datetime

import aiohttp
from aiohttp import web

from sim_case import ACCOUNT, ANA, CALLS, FROM, PUBLIC, TOKEN, SimCase

ALL_EVENTS = ("initiated", "ringing", "answered", "completed")
ASK = ('<Response><Gather action="https://bridge.example.com/ack/1#rc=2&amp;rp=5xx" numDigits="1" timeout="10">'
       "<Say loop='2'>Water  leak.</Say><Pause length='2'/><Say>Press 1.</Say></Gather><Say>No input.</Say></Response>")


def twiml(text, content_type="text/xml"):
    """An answer of the bridge's."""
    return lambda: web.Response(text=text, content_type=content_type)


class CallTest(SimCase):
    """Each test calls Ana."""

    async def call(self, events=ALL_EVENTS, auth=(ACCOUNT, TOKEN), drop=(), **fields):
        form = {"To": ANA, "From": FROM, "Twiml": ASK, "StatusCallback": PUBLIC + "/c/1", **fields}
        if "Url" in form:
            form.pop("Twiml")
        form = [(name, value) for name, value in form.items() if name not in drop]
        return await self.post(CALLS, form + [("StatusCallbackEvent", event) for event in events], auth)

    async def script(self, text):
        await self.sim("PUT", f"/sim/phones/{ANA}/script", {"script": text})

    async def ended(self, status, **more):
        """The one entry of a call with that last status, once all its callbacks are through."""
        entry, = await self.inbox(1, query=f"&kind=call&status={status}")
        self.assertEqual({name: entry[name] for name in more}, more)
        return entry

    def statuses(self):
        return [form["CallStatus"] for form in self.bridge.posts("/c/1")]

    def uri(self, call):
        return CALLS.replace(".json", f"/{call['sid']}.json")

    # The way of a call.

    async def test_keypress(self):
        await self.script("answers after 5 ms and presses 1 after 5 ms; replies 1 after 1 s")
        self.bridge.default = twiml("<Response><Say>You have it.</Say><Hangup/><Say>never</Say></Response>")
        status, call = await self.call()
        self.assertEqual((status, call["status"], call["direction"], call["start_time"], call["duration"]),
                         (201, "queued", "outbound-api", None, None))
        self.assertEqual((call["to_formatted"], call["uri"]), ("(555) 222-3333", self.uri(call)))
        await self.ended("completed", sid=call["sid"], to=ANA, pressed="1", error=None, url=None,
                         status_callback=PUBLIC + "/c/1", action=PUBLIC + "/ack/1#rc=2&rp=5xx",
                         body="Water leak.\nWater leak.\nPress 1.\nYou have it.", **{"from": FROM})
        await self.webhooks(5)
        self.assertTrue(all(post["signed"] for post in self.bridge.received))
        gathered, = self.bridge.posts("/ack/1")
        self.assertEqual({name: gathered[name] for name in (
            "Digits", "FinishedOnKey", "msg", "CallSid", "CallStatus", "From", "To", "Called", "Caller", "Direction",
            "AccountSid", "ApiVersion", "FromZip")}, {
                "Digits": "1", "FinishedOnKey": "", "msg": "Gather End", "CallSid": call["sid"],
                "CallStatus": "in-progress", "From": FROM, "To": ANA, "Called": ANA, "Caller": FROM,
                "Direction": "outbound-api", "AccountSid": ACCOUNT, "ApiVersion": "2010-04-01", "FromZip": ""})
        self.assertEqual(self.statuses(), ["initiated", "ringing", "in-progress", "completed"])
        posts = self.bridge.posts("/c/1")
        self.assertEqual([post["SequenceNumber"] for post in posts], ["0", "1", "2", "3"])
        self.assertEqual([post.get("CallDuration") for post in posts], [None, None, None, "1"])
        self.assertEqual((posts[3]["Duration"], posts[3]["CallbackSource"]), ("1", "call-progress-events"))
        self.assertLess(abs(parsedate_to_datetime(posts[3]["Timestamp"]).timestamp() - time.time()), 10)
        fetched = await self.get(self.uri(call))
        self.assertEqual((fetched["status"], fetched["duration"]), ("completed", "1"))
        self.assertTrue(fetched["start_time"] and fetched["end_time"])

    async def test_keys_go_to_one_gather_each(self):
        await self.script("answers after 1 ms and presses 9,12#")
        again = ASK.replace('numDigits="1"', 'numDigits="4"')
        self.bridge.answers = [twiml(again), twiml("<Response><Redirect>/more</Redirect></Response>"),
                               twiml("<Response><Say>Done.</Say></Response>")]
        await self.call(events=(), StatusCallback="")
        entry = await self.ended("completed", pressed="9,12#")
        self.assertTrue(entry["body"].endswith("\nDone."))
        first, second = self.bridge.posts("/ack/1")
        self.assertEqual((first["Digits"], first["FinishedOnKey"]), ("9", ""))
        self.assertEqual((second["Digits"], second["FinishedOnKey"]), ("12", "#"))
        self.assertNotIn("Digits", self.bridge.posts("/more")[0])

    async def test_document_from_url(self):
        await self.script("answers after 1 ms and presses 1; is busy")
        self.bridge.answers = [twiml('<Response><Gather action="g?x=1" numDigits="1"/></Response>'),
                               twiml("<Response><Say>Hello.</Say></Response>")]
        await self.call(events=("completed",), Url=PUBLIC + "/v/1?a=it's#rc=1")
        await self.ended("completed", body="Hello.", url=PUBLIC + "/v/1?a=it's#rc=1")
        await self.webhooks(3)
        self.assertEqual([(post["path"], post["signed"]) for post in self.bridge.received],
                         [("/v/1?a=it's", True), ("/v/g?x=1", True), ("/c/1", True)])
        self.assertEqual(self.bridge.received[0]["form"]["CallStatus"], "in-progress")

    async def test_https_port_is_not_signed(self):
        """Twilio leaves the port of an https URL out of what it signs for voice, though not for SMS."""
        await self.sim("POST", "/sim/config", {"public_url": PUBLIC + ":8443"})
        self.addAsyncCleanup(self.sim, "POST", "/sim/config", {"public_url": PUBLIC})
        await self.call(events=(), StatusCallback=PUBLIC + ":8443/c/1")
        await self.create(StatusCallback=PUBLIC + ":8443/s/1")
        await self.webhooks(4)
        self.assertEqual({(post["path"], post["signed"]) for post in self.bridge.received},
                         {("/c/1", True), ("/s/1", False)})

    async def test_get(self):
        await self.script("answers after 1 ms and says nothing")
        await self.call(Url=PUBLIC + "/v/1", Method="GET")
        await self.ended("completed")
        fetched = next(post for post in self.bridge.received if post["path"].startswith("/v/1?"))
        self.assertTrue(fetched["signed"])
        self.assertIn("CallStatus=in-progress", fetched["path"])

    async def test_nobody_presses(self):
        for text, answered_by in (("answers after 1 ms and says nothing", "human"),
                                  ("voicemail after 1 ms", "machine_start")):
            with self.subTest(text):
                self.bridge.received.clear()
                await self.sim("POST", "/sim/reset", {})
                await self.script(text)
                _, call = await self.call(MachineDetection="Enable")
                await self.ended("completed", pressed="", body="Water leak.\nWater leak.\nPress 1.\nNo input.")
                await self.webhooks(4)
                self.assertEqual(self.bridge.posts("/ack/1"), [])
                self.assertEqual(self.bridge.posts("/c/1")[-1]["AnsweredBy"], answered_by)
                self.assertEqual((await self.get(self.uri(call)))["answered_by"], answered_by)

    async def test_empty_result(self):
        await self.script("answers after 1 ms and says nothing")
        self.bridge.default = twiml("<Response><Say>Goodbye.</Say></Response>")
        await self.call(events=(), Twiml=ASK.replace('numDigits="1"', 'actionOnEmptyResult="true"'))
        entry = await self.ended("completed")
        self.assertEqual([form["Digits"] for form in self.bridge.posts("/ack/1")], [""])
        self.assertTrue(entry["body"].endswith("Press 1.\nGoodbye."))

    async def test_ways_not_to_answer(self):
        for text, status, sip_code, statuses in (
                ("replies 1 after 1 ms", "no-answer", "487", ["initiated", "ringing", "no-answer"]),
                ("does not answer", "no-answer", "487", ["initiated", "ringing", "no-answer"]),
                ("is busy", "busy", "486", ["initiated", "busy"])):
            with self.subTest(text):
                self.bridge.received.clear()
                await self.sim("POST", "/sim/reset", {})
                await self.script(text)
                _, call = await self.call()
                await self.webhooks(len(statuses))
                self.assertEqual(self.statuses(), statuses)
                self.assertEqual(self.bridge.posts("/c/1")[-1]["SipResponseCode"], sip_code)
                fetched = await self.get(self.uri(call))
                self.assertEqual((fetched["status"], fetched["duration"]), (status, None))
                entries = await self.inbox(0)
                self.assertEqual([entry["status"] for entry in entries], [] if status == "busy" else [status])

    async def test_hang_up_and_once(self):
        await self.script("answers after 1 ms and hangs up once; does not answer")
        await self.call(events=("completed",))
        await self.ended("completed", body="", pressed="")
        await self.call(events=("completed",))
        await self.ended("no-answer")
        await self.webhooks(2)
        self.assertEqual(self.statuses(), ["completed", "no-answer"])
        self.assertEqual([post["SequenceNumber"] for post in self.bridge.posts("/c/1")], ["0", "0"])

    async def test_default_event_is_completed(self):
        await self.call(events=())
        await self.webhooks(1)
        self.assertEqual(self.statuses(), ["no-answer"])

    # What is wrong.

    async def test_wrong_twiml_ends_the_call(self):
        await self.script("answers after 1 ms and presses 1")
        cases = [("<Response><Say>cut", "text/xml", "12100"), ("", "text/xml", "12100"),
                 ("<Reply/>", "text/xml", "12100"), ('{"a":1}', "application/json", "12300"),
                 ("plain  text", "text/plain", "12300"),
                 ("<Response><Message>x</Message></Response>", "text/xml", "12200"),
                 ('<Response><Gather numDigits="x"/></Response>', "text/xml", "13314")]
        for number, (text, content_type, code) in enumerate(cases, 1):
            with self.subTest(text):
                self.bridge.answers = [twiml(text, content_type)]
                _, call = await self.call(events=(), StatusCallback="")
                entry = (await self.inbox(number, query="&kind=call&status=completed"))[-1]
                self.assertEqual((entry["sid"], entry["error"][:5]), (call["sid"], code))
                ending = "plain text" if content_type == "text/plain" else "error has occurred. Goodbye."
                self.assertTrue(entry["body"].endswith(ending))
        self.assertEqual((await self.sim("GET", "/sim/webhooks"))["twiml_error_count"], len(cases))
        await self.call(events=(), Twiml="<Response><Gather numDigits='1'/></Response>")
        self.assertEqual((await self.inbox(len(cases) + 1, query="&status=completed"))[-1]["error"][:5], "11100")

    async def test_failing_action_ends_the_call(self):
        await self.script("answers after 1 ms and presses 1")
        error = lambda: web.Response(status=503)  # noqa: E731
        self.bridge.answers = [error, error, twiml("<Response><Say>Third time.</Say></Response>")]
        await self.call(events=())
        await self.ended("completed", error=None)
        self.bridge.default = error
        await self.call(events=())
        entry = (await self.inbox(2, query="&status=completed"))[1]
        self.assertEqual(entry["error"], "11200: HTTP retrieval failure: HTTP status 503")
        gathers = [hook["attempts"] for hook in await self.webhooks(2, contains="/ack/1")]
        self.assertEqual(gathers, [3, 3])
        self.assertEqual((await self.sim("GET", "/sim/webhooks"))["twiml_error_count"], 0)

    async def test_endless_document_is_cut_off(self):
        await self.script("answers after 1 ms and says nothing")
        self.bridge.default = twiml("<Response><Redirect/></Response>")
        await self.call(Url=PUBLIC + "/v/1")
        await self.inbox(1, query="&status=completed", timeout_ms=4000)

    async def test_refusals(self):
        cases = [({"drop": ("To",)}, 21201), ({"To": "555"}, 21211), ({"drop": ("From",)}, 21213),
                 ({"From": "Acme"}, 21212), ({"drop": ("Twiml",)}, 21205), ({"Url": "/v/1"}, 21205),
                 ({"Twiml": "x" * 4001}, 20001), ({"StatusCallback": "/c/1"}, 21609), ({"Method": "PUT"}, 21209),
                 ({"Timeout": "0"}, 21208), ({"Timeout": "601"}, 21208), ({"TimeLimit": "x"}, 20001),
                 ({"events": ("answer",)}, 21626), ({"ApplicationSid": "AP1"}, 21218)]
        for fields, code in cases:
            with self.subTest(fields):
                status, error = await self.call(**fields)
                self.assertEqual((status, error["status"], error["code"]), (400, 400, code))
        status, error = await self.call(auth=(ACCOUNT, "wrong"))
        self.assertEqual((status, error["code"]), (401, 20003))
        requests = (await self.sim("GET", "/sim/requests?kind=call"))["requests"]
        self.assertEqual({(request["kind"], request["sid"]) for request in requests}, {("call", None)})
        self.assertEqual(len(requests), len(cases) + 1)
        self.assertEqual((await self.get(self.uri({"sid": "CA0"}), 404))["code"], 20404)

    async def test_wrong_scripts_are_refused(self):
        for text in ("answers", "answers after 1 s", "answers after 1 s and presses", "answers after 1 s and presses x",
                     "voicemail", "is busy after 1 s", "answers after 1 and hangs up"):
            await self.sim("PUT", f"/sim/phones/{ANA}/script", {"script": text}, 400)
        for query in ("kind=fax", "status=gone"):
            await self.sim("GET", f"/sim/inbox?{query}", status=400)
        await self.sim("GET", "/sim/requests?kind=sms", status=400)

    # The rest of the API.

    async def test_list_pages_and_filters(self):
        for _ in range(3):
            await self.call(events=())
        await self.call(events=(), To="+15559998888")
        await self.inbox(3, query="&status=no-answer")
        sids, uri = [], f"{CALLS}?To=%2B15552223333&Status=no-answer&PageSize=2&StartTime%3E=2000-01-01"
        while uri:
            page = await self.get(uri)
            sids += [call["sid"] for call in page["calls"]]
            uri = page["next_page_uri"]
        requests = (await self.sim("GET", "/sim/requests"))["requests"]
        self.assertEqual(sids, [request["sid"] for request in reversed(requests[:3])])
        self.assertEqual((await self.get(f"{CALLS}?Status=busy"))["calls"], [])
        self.assertEqual((await self.get(f"{CALLS}?StartTime%3C=2001-01-01"))["calls"], [])
        self.assertEqual((await self.get(f"{CALLS}?StartTime=soon", 400))["code"], 20001)

    async def test_cancel_and_complete(self):
        await self.sim("POST", "/sim/config", {"ring_ms": 60_000})
        _, call = await self.call()
        await self.inbox(1)
        status, canceled = await self.post(self.uri(call), {"Status": "canceled"})
        self.assertEqual((status, canceled["status"]), (200, "canceled"))
        await self.webhooks(3)
        self.assertEqual(self.statuses(), ["initiated", "ringing", "canceled"])
        await self.ended("canceled")
        status, error = await self.post(self.uri(call), {"Status": "completed"})
        self.assertEqual((status, error["code"]), (400, 21220))
        self.assertEqual((await self.post(self.uri(call), {"Status": "gone"}))[1]["code"], 20001)

        await self.script("answers after 1 ms and presses 1 after 60 s")
        _, call = await self.call(events=())
        await self.inbox(1, query="&status=in-progress")
        self.assertEqual((await self.post(self.uri(call), {"Status": "canceled"}))[1]["status"], "in-progress")
        self.assertEqual((await self.post(self.uri(call), {"Status": "completed"}))[1]["status"], "completed")
        await self.ended("completed", pressed="")
        self.assertEqual((await self.post(self.uri({"sid": "CA0"}), {"Status": "completed"}))[0], 404)

    async def test_inbox_waits_for_what_a_call_becomes(self):
        await self.script("answers after 30 ms and presses 1 after 30 ms")
        waiting = asyncio.create_task(self.sim("GET", "/sim/inbox?kind=call&contains=No+input&wait_count=1"))
        await asyncio.sleep(0)
        self.bridge.default = twiml("<Response><Say>No input.</Say></Response>")
        await self.create()
        await self.call(events=())
        # A call that changes is still one entry.
        await self.inbox(2, query="&kind=call", timeout_ms=150, status=408)
        entry, = (await waiting)["messages"]
        self.assertEqual((entry["kind"], entry["pressed"]), ("call", "1"))
        page, = await self.inbox(1, query="&kind=sms")
        self.assertEqual(page["status_callback"], PUBLIC + "/s/1")
        self.assertEqual((await self.sim("GET", "/sim/inbox"))["count"], 2)

    # Faults.

    async def test_hold(self):
        self.assertEqual(await self.sim("POST", "/sim/hold", {"calls": True}), {"messages": False, "calls": True})
        pending = asyncio.create_task(self.call())
        await self.sim("GET", "/sim/requests?kind=call&wait_count=1")
        self.assertEqual((await self.create())[0], 201)
        self.assertFalse(pending.done())
        await self.sim("POST", "/sim/hold", {"calls": False})
        self.assertEqual((await pending)[0], 201)
        for wrong in ({}, {"calls": 1}):
            await self.sim("POST", "/sim/hold", wrong, 400)

    async def test_api_faults_and_channels(self):
        await self.fault("rate_limit", channel="sms")
        await self.fault("server_error", channel="call")
        status, error = await self.call()
        self.assertEqual((status, error["code"]), (500, 20500))
        self.assertEqual((await self.call())[0], 201)
        self.assertEqual((await self.create())[0], 429)
        await self.fault("reset_after_accept")
        with self.assertRaises(aiohttp.ClientError):
            await self.call()
        after = (await self.sim("GET", "/sim/requests"))["requests"][-1]
        self.assertEqual((after["kind"], after["status"], after["fault"]), ("call", None, "reset_after_accept"))
        self.assertEqual((await self.get(self.uri(after)))["sid"], after["sid"])
        await self.sim("POST", "/sim/faults", {"kind": "rate_limit", "channel": "fax"}, 400)
        await self.sim("POST", "/sim/faults", {"kind": "failed", "channel": "sms"}, 400)

    async def test_fates(self):
        await self.script("answers after 1 ms and presses 1")
        for kind, params, statuses in (
                ("failed", {"channel": "call"}, ["initiated", "failed"]),
                ("undelivered", {"code": 30003}, ["initiated", "no-answer"]),
                ("never_delivered", {}, ["initiated"]),
                ("never_delivered", {"reaches_phone": True}, ["initiated", "ringing", "in-progress"])):
            with self.subTest(kind):
                self.bridge.received.clear()
                await self.fault(kind, **params)
                _, call = await self.call()
                hooks = len(statuses) + bool(params.get("reaches_phone"))
                await self.webhooks(hooks, contains=call["sid"])
                await asyncio.sleep(0.03)
                self.assertEqual(self.statuses(), statuses)
                self.assertEqual((await self.get(self.uri(call)))["status"],
                                 statuses[-1] if statuses[1:] else "queued")
        entry, = await self.inbox(0)
        self.assertEqual((entry["pressed"], entry["status"]), ("1", "in-progress"))

    async def test_callback_faults(self):
        await self.script("answers after 1 ms and says nothing")
        for kind, params, statuses in (
                ("callbacks_doubled", {}, ["initiated", "initiated", "ringing", "ringing", "in-progress", "in-progress",
                                           "completed", "completed"]),
                ("callbacks_out_of_order", {}, ["initiated", "in-progress", "ringing", "completed"]),
                ("callbacks_late", {"delay_ms": 40}, ["initiated", "ringing", "in-progress", "completed"])):
            with self.subTest(kind):
                self.bridge.received.clear()
                await self.fault(kind, **params)
                _, call = await self.call()
                await self.webhooks(len(statuses), contains=call["sid"])
                self.assertEqual(self.statuses(), statuses)
        self.bridge.received.clear()
        await self.fault("callbacks_lost")
        _, call = await self.call()
        await self.inbox(4, query="&status=completed")
        self.assertEqual(self.statuses(), [])
        await self.script("answers after 3 s and hangs up")
        await self.fault("callback_before_response")
        await self.call()
        self.assertEqual(self.statuses()[0], "initiated")
        self.assertNotIn("completed", self.statuses())

    # What comes in.

    async def test_call_ended(self):
        error = lambda: web.Response(status=503)  # noqa: E731
        self.bridge.answers = [error, twiml("<Response/>")]
        ended = {"from": "+15557770000", "to": FROM, "call_sid": "CAx", "duration_s": 61, "times": 2}
        sent = await self.sim("POST", "/sim/twilio/call-ended", ended)
        self.assertEqual((sent["call_sid"], [response["status"] for response in sent["responses"]]), ("CAx", [200] * 2))
        self.assertEqual([post["signed"] for post in self.bridge.received], [True] * 3)
        form = self.bridge.posts("/webhooks/twilio/status-callback")[-1]
        expected = {"CallSid": "CAx", "CallStatus": "completed", "Direction": "inbound", "From": "+15557770000",
                    "To": FROM, "CallDuration": "61", "Duration": "2"}
        self.assertEqual({name: form[name] for name in expected}, expected)
        call, = (await self.get(f"{CALLS}?To=%2B15550001111"))["calls"]
        self.assertEqual((call["sid"], call["direction"], call["duration"]), ("CAx", "inbound", "61"))
        sent = await self.sim("POST", "/sim/twilio/call-ended", {**ended, "status": "no-answer", "parallel": True})
        self.assertNotIn("CallDuration", self.bridge.received[-1]["form"])
        for wrong in ({"to": FROM}, {**ended, "status": "queued"}, {**ended, "duration_s": -1}, {**ended, "times": 0}):
            await self.sim("POST", "/sim/twilio/call-ended", wrong, 400)


if __name__ == "__main__":
    unittest.main()
