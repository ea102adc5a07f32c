#!/usr/bin/python3
"""Tests of the running simulator, against a bridge of their own."""

import asyncio
import json
import re
import subprocess
import time
import unittest

import aiohttp
from aiohttp import web

from sim_case import (ACCOUNT, ANA, DEADLINE_S, FROM, HERE, KEY_SECRET, KEY_SID, MESSAGES, PUBLIC, RETELL_KEY,
                      SECOND_TOKEN, TOKEN, SimCase)
from sim.signing import retell_signature


class SimTest(SimCase):
    """Messages, faults, phones, Retell."""

    # The API and its callbacks.

    async def test_banner_and_health(self):
        self.assertEqual(self.banner, f"providersim listening on {self.base}\n")
        self.assertEqual(await self.sim("GET", "/sim/health"), {"status": "ok"})

    async def test_message_is_delivered_with_signed_callbacks(self):
        status, message = await self.create(StatusCallback=PUBLIC + "/s/it's?a=%27#rc=2&rp=all")
        self.assertEqual((status, message["status"], message["num_segments"], message["date_sent"]),
                         (201, "queued", "1", None))
        await self.webhooks(3)
        self.assertEqual(self.bridge.statuses(), ["sending", "sent", "delivered"])
        for post in self.bridge.received:
            self.assertTrue(post["signed"])
            self.assertEqual(post["path"], "/s/it's?a=%27")
            self.assertEqual(post["headers"]["User-Agent"], "TwilioProxy/1.1")
            self.assertEqual(post["form"]["MessageSid"], message["sid"])
        self.assertEqual(len({post["headers"]["I-Twilio-Idempotency-Token"] for post in self.bridge.received}), 3)
        self.assertRegex(self.bridge.received[2]["form"]["RawDlrDoneDate"], r"^\d{10}$")
        received, = await self.inbox(1)
        self.assertEqual((received["sid"], received["kind"], received["from"]), (message["sid"], "sms", FROM))
        self.assertEqual((await self.get(message["uri"]))["status"], "delivered")

    async def test_messaging_service(self):
        _, message = await self.create(drop=("From",), MessagingServiceSid="MG1")
        self.assertEqual((message["status"], message["from"]), ("accepted", None))
        await self.webhooks(4)
        self.assertEqual(self.bridge.statuses(), ["queued", "sending", "sent", "delivered"])
        self.assertEqual(self.bridge.received[0]["form"]["MessagingServiceSid"], "MG1")
        self.assertTrue((await self.get(message["uri"]))["from"])

    async def test_refusals(self):
        cases = [({"To": ""}, 21604), ({"drop": ("Body",)}, 21602), ({"Body": "x" * 1601}, 21617),
                 ({"drop": ("From",)}, 21603), ({"To": "555"}, 21211), ({"ValidityPeriod": "36001"}, 90007),
                 ({"ValidityPeriod": "0"}, 90007), ({"StatusCallback": "/s/1"}, 21609),
                 ({"StatusCallback": "https://a_b.example.com/"}, 21609)]
        for fields, code in cases:
            with self.subTest(fields):
                status, error = await self.create(**fields)
                self.assertEqual((status, error["status"], error["code"]), (400, 400, code))
                self.assertEqual(error["more_info"], f"https://www.twilio.com/docs/errors/{code}")
        self.assertEqual((await self.sim("GET", "/sim/requests"))["count"], len(cases))

    async def test_authentication(self):
        for auth in ((ACCOUNT, SECOND_TOKEN), (KEY_SID, KEY_SECRET)):
            self.assertEqual((await self.create(auth=auth))[0], 201)
        status, error = await self.create(auth=(ACCOUNT, "wrong"))
        self.assertEqual((status, error["code"]), (401, 20003))
        status, error = await self.create(path=MESSAGES.replace("AC0", "AC1"))
        self.assertEqual((status, error["code"]), (404, 20404))
        self.assertEqual((await self.get(MESSAGES.replace(".json", "/SM0.json"), 404))["code"], 20404)
        self.assertEqual((await self.get("/2010-04-01/Accounts", 404))["code"], 20404)

    async def test_list_pages_and_filters(self):
        for number in range(5):
            await self.create(Body=f"n{number}")
        await self.create(To="+15559998888")
        await self.sim("POST", f"/sim/phones/{ANA}/send", {"to": FROM, "body": "1"})
        bodies, uri = [], f"{MESSAGES}?To=%2B15552223333&PageSize=2"
        while uri:
            page = await self.get(uri)
            bodies += [message["body"] for message in page["messages"]]
            await self.create(Body="later")
            uri = page["next_page_uri"]
        self.assertEqual(bodies, ["n4", "n3", "n2", "n1", "n0"])
        inbound = (await self.get(f"{MESSAGES}?To=%2B15550001111"))["messages"]
        self.assertEqual([(message["direction"], message["status"]) for message in inbound], [("inbound", "received")])
        dated = "DateSent%3E=2000-01-01&DateSent%3C=2100-01-01T00:00:00Z"
        self.assertEqual(len((await self.get(f"{MESSAGES}?{dated}&To=%2B15550001111"))["messages"]), 1)
        self.assertEqual((await self.get(f"{MESSAGES}?DateSent=2001-01-01"))["messages"], [])
        self.assertEqual((await self.get(f"{MESSAGES}?DateSent=soon", 400))["status"], 400)

    async def test_retries_follow_the_overrides(self):
        error = lambda: web.Response(status=503)  # noqa: E731
        self.bridge.answers = [error, error]
        await self.fault("failed", code=30003)
        await self.create(StatusCallback=PUBLIC + "/s/1#rc=3&rp=5xx")
        webhook, = await self.webhooks(1)
        self.assertEqual((webhook["attempts"], webhook["status"]), (3, 200))
        self.assertEqual(len({post["headers"]["I-Twilio-Idempotency-Token"] for post in self.bridge.received}), 1)
        self.bridge.answers = [error]
        await self.fault("failed", code=30003)
        await self.create(StatusCallback=PUBLIC + "/s/2")
        webhook, = await self.webhooks(1, contains="/s/2")
        self.assertEqual((webhook["attempts"], webhook["status"]), (1, 503))

    async def test_read_timeout_and_refused_connection(self):
        self.bridge.default = lambda: asyncio.sleep(DEADLINE_S)
        await self.fault("failed", code=30003)
        await self.create(StatusCallback=PUBLIC + "/s/1#rt=100&rc=1&rp=rt")
        webhook, = await self.webhooks(1)
        self.assertEqual((webhook["attempts"], webhook["status"]), (2, None))
        await self.bridge.stop()
        await self.fault("failed", code=30003)
        await self.create(StatusCallback=PUBLIC + "/s/2")
        webhook, = await self.webhooks(1, contains="/s/2")
        self.assertEqual((webhook["attempts"], webhook["status"]), (2, None))

    async def test_webhooks_stay_on_loopback(self):
        await self.fault("failed", code=30003, count=2)
        await self.create(StatusCallback="https://bridge.example.com.evil.example/s")
        webhook, = await self.webhooks(1)
        self.assertEqual((webhook["attempts"], webhook["sent_to"]), (0, None))
        for url in ("http://192.0.2.1", "http://example.com", "127.0.0.1"):
            await self.sim("POST", "/sim/config", {"bridge_url": url}, 400)
        refused = subprocess.run(
            [HERE / "providersim", "--listen", "0.0.0.0:0", "--public_url", PUBLIC, "--account_sid", ACCOUNT,
             "--auth_token", TOKEN, "--retell_api_key", RETELL_KEY], capture_output=True, timeout=DEADLINE_S)
        self.assertEqual(refused.returncode, 2)

    # Faults.

    async def test_api_faults(self):
        cases = [("refuse", {"code": 21614}, 400, 21614), ("rate_limit", {}, 429, 20429),
                 ("server_error", {}, 500, 20500), ("timeout_before_accept", {"hold_ms": 1}, 503, 20503)]
        for kind, params, status, code in cases:
            with self.subTest(kind):
                await self.fault(kind, **params)
                got, error = await self.create()
                self.assertEqual((got, error["code"]), (status, code))
        await self.fault("html_error")
        status, text = await self.create()
        self.assertEqual((status, text[:6]), (502, "<html>"))
        await self.fault("slow", delay_ms=30)
        started = time.monotonic()
        self.assertEqual((await self.create())[0], 201)
        self.assertGreaterEqual(time.monotonic() - started, 0.03)
        self.assertEqual(len(await self.inbox(1)), 1)

    async def test_resets(self):
        await self.fault("reset_before_accept")
        with self.assertRaises(aiohttp.ClientError):
            await self.create(Body="before")
        await self.fault("reset_after_accept")
        with self.assertRaises(aiohttp.ClientError):
            await self.create(Body="after")
        received, = await self.inbox(1)
        self.assertEqual(received["body"], "after")
        before, after = (await self.sim("GET", "/sim/requests"))["requests"]
        self.assertEqual((before["status"], before["sid"], before["fault"]), (None, None, "reset_before_accept"))
        self.assertEqual((after["status"], after["sid"]), (None, received["sid"]))
        self.assertEqual((after["params"]["Body"], after["auth_user"]), ("after", ACCOUNT))

    async def test_faults_combine_and_are_counted(self):
        await self.fault("timeout_after_accept", to=ANA)
        await self.fault("undelivered", code=30006, count=2)
        await self.fault("callbacks_lost", count=0)
        pending = asyncio.create_task(self.create())
        request, = (await self.sim("GET", "/sim/requests?wait_count=1"))["requests"]
        self.assertEqual(request["fault"], "timeout_after_accept+undelivered+callbacks_lost")
        faults = (await self.sim("GET", "/sim/faults"))["faults"]
        self.assertEqual([(fault["kind"], fault["remaining"]) for fault in faults],
                         [("undelivered", 1), ("callbacks_lost", None)])
        pending.cancel()
        await self.sim("DELETE", "/sim/faults")
        await self.create(To="+15559998888")
        await self.webhooks(3)
        page = await self.get(f"{MESSAGES}?To=%2B15552223333")
        self.assertEqual([(m["status"], m["error_code"]) for m in page["messages"]], [("undelivered", 30006)])
        self.assertEqual(await self.inbox(1, timeout_ms=0, status=408), [])
        self.assertNotIn(ANA, [post["form"]["To"] for post in self.bridge.received])

    async def test_fates(self):
        for kind, params, expected in (("undelivered", {"code": 30003}, ["sending", "sent", "undelivered"]),
                                       ("failed", {"code": 30007}, ["failed"]),
                                       ("never_delivered", {}, ["sending", "sent"])):
            with self.subTest(kind):
                self.bridge.received.clear()
                await self.fault(kind, **params)
                _, message = await self.create()
                await self.webhooks(len(expected), contains=message["sid"])
                self.assertEqual(self.bridge.statuses(), expected)
                self.assertEqual(self.bridge.received[-1]["form"].get("ErrorCode"),
                                 str(params["code"]) if params else None)
        self.assertEqual(await self.inbox(1, timeout_ms=0, status=408), [])
        await self.fault("never_delivered", reaches_phone=True)
        await self.create()
        await self.inbox(1)

    async def test_callback_faults(self):
        for kind, params, expected in (
                ("callbacks_doubled", {}, ["sending", "sending", "sent", "sent", "delivered", "delivered"]),
                ("callbacks_out_of_order", {}, ["sending", "delivered", "sent"]),
                ("callbacks_late", {"delay_ms": 60}, ["sending", "sent", "delivered"])):
            with self.subTest(kind):
                self.bridge.received.clear()
                await self.fault(kind, **params)
                started = time.monotonic()
                _, message = await self.create()
                await self.webhooks(len(expected), contains=message["sid"])
                self.assertEqual(self.bridge.statuses(), expected)
                self.assertGreaterEqual(time.monotonic() - started, params.get("delay_ms", 0) / 1000)
        self.bridge.received.clear()
        await self.fault("callback_before_response")
        _, message = await self.create()
        self.assertEqual((self.bridge.statuses(), message["status"]), (["sending", "sent", "delivered"], "queued"))

    async def test_wrong_faults_are_refused(self):
        for wrong in ({}, {"kind": "x"}, {"kind": "refuse"}, {"kind": "slow", "delay_ms": "1"},
                      {"kind": "rate_limit", "code": 1}, {"kind": "rate_limit", "count": -1}):
            self.assertIn("error", await self.sim("POST", "/sim/faults", wrong, 400))

    async def test_chaos_is_repeatable(self):
        rates = {"rate_limit": 0.3, "server_error": 0.2, "undelivered": 0.5, "callbacks_lost": 0.5}
        chaos = {"rates": rates, "params": {"undelivered": {"code": 30003}}}
        runs = []
        for seed in (7, 7, 8):
            await self.sim("POST", "/sim/reset", {})
            await self.sim("PUT", "/sim/chaos", {**chaos, "seed": seed})
            for _ in range(30):
                await self.create()
            runs.append([entry["fault"] for entry in (await self.sim("GET", "/sim/requests"))["requests"]])
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[0], runs[2])
        self.assertEqual({fault.split("+")[0] for fault in runs[0] if fault} | {None},
                         {"rate_limit", "server_error", "undelivered", "callbacks_lost", None})
        drawn = (await self.sim("GET", "/sim/chaos"))["drawn"]
        self.assertEqual(drawn["rate_limit"], runs[2].count("rate_limit"))

    async def test_scripted_faults_go_before_chaos(self):
        await self.sim("PUT", "/sim/chaos", {"rates": {"rate_limit": 1}})
        await self.fault("server_error")
        self.assertEqual([(await self.create())[0] for _ in range(2)], [500, 429])
        await self.sim("PUT", "/sim/chaos", {})
        self.assertEqual((await self.create())[0], 201)
        await self.sim("PUT", "/sim/chaos", {"rates": {"rate_limit": 1}})
        await self.sim("DELETE", "/sim/chaos")
        self.assertEqual((await self.create())[0], 201)

    async def test_chaos_loses_scripted_replies(self):
        await self.sim("PUT", "/sim/chaos", {"rates": {"inbound_lost": 1}})
        await self.sim("PUT", f"/sim/phones/{ANA}/script", {"script": "replies 1 after 1 ms"})
        await self.create()
        await self.webhooks(3)
        await asyncio.sleep(0.03)
        self.assertEqual(len((await self.get(f"{MESSAGES}?To=%2B15550001111"))["messages"]), 1)
        self.assertEqual({post["path"] for post in self.bridge.received}, {"/s/1"})
        self.assertEqual((await self.sim("GET", "/sim/chaos"))["drawn"], {"inbound_lost": 1})

    async def test_wrong_chaos_is_refused(self):
        for wrong in ({"seed": "7"}, {"rates": {"x": 0.1}}, {"rates": {"rate_limit": 2}}, {"rates": {"slow": 0.1}},
                      {"rates": {"rate_limit": 0.6, "server_error": 0.6}}, {"odds": {}},
                      {"rates": {"rate_limit": True}},
                      {"rates": {"rate_limit": 0.1}, "params": {"rate_limit": {"code": 1}}},
                      {"rates": {}, "params": {"slow": {"delay_ms": 1}}}):
            self.assertIn("error", await self.sim("PUT", "/sim/chaos", wrong, 400))

    async def test_held_requests_survive_their_client(self):
        await self.sim("POST", "/sim/hold", {"messages": True})
        pending = asyncio.create_task(self.create())
        request, = (await self.sim("GET", "/sim/requests?wait_count=1"))["requests"]
        self.assertIsNone(request["status"])
        pending.cancel()
        self.assertEqual(await self.inbox(1, timeout_ms=30, status=408), [])
        await self.sim("POST", "/sim/hold", {"messages": False})
        await self.inbox(1)
        self.assertEqual((await self.sim("GET", "/sim/requests"))["requests"][0]["status"], 201)

    # Phones and Retell.

    async def test_scripted_reply_with_code(self):
        script = 'replies 1 {code} after 5 ms when it says "leak"'
        await self.sim("PUT", f"/sim/phones/{ANA}/script", {"script": script})
        text = "<?xml version='1.0'?><Response><Message>You have it &amp; thanks</Message></Response>"
        self.bridge.default = lambda: web.Response(text=text, content_type="text/xml")
        await self.create(drop=("StatusCallback",))
        page, reply = await self.inbox(2)
        self.assertEqual((page["kind"], reply["kind"], reply["body"]), ("sms", "reply", "You have it & thanks"))
        post, = self.bridge.received
        self.assertTrue(post["signed"])
        self.assertEqual((post["path"], post["form"]["Body"], post["form"]["From"], post["form"]["To"]),
                         ("/webhooks/twilio/sms", "1 K7Q2", ANA, FROM))
        order = re.findall(r"(?:^|&)(\w+)=", post["raw"].decode())
        self.assertEqual(order[:10], ["ToCountry", "ToState", "SmsMessageSid", "NumMedia", "ToCity", "FromZip",
                                      "SmsSid", "FromState", "SmsStatus", "FromCity"])

    async def test_duplicate_inbound(self):
        path, body = f"/sim/phones/{ANA}/send", {"to": FROM, "body": "1", "message_sid": "SMx", "times": 3}
        for parallel in (False, True):
            sent = await self.sim("POST", path, {**body, "parallel": parallel})
            self.assertEqual((sent["message_sid"], len(sent["responses"]), sent["reply_texts"]), ("SMx", 3, []))
        self.assertEqual({post["form"]["MessageSid"] for post in self.bridge.received}, {"SMx"})

    async def test_wrong_twiml_is_reported(self):
        answers = [("<Response><Message>cut", "text/xml"), ('{"a":1}', "application/json"), ("plain", "text/plain"),
                   ("<Reply/>", "text/xml"), ("<Response><Say>x</Say></Response>", "text/xml")]
        for text, content_type in answers:
            self.bridge.answers = [lambda: web.Response(text=text, content_type=content_type)]
            sent = await self.sim("POST", f"/sim/phones/{ANA}/send", {"to": FROM, "body": "1"})
            self.assertIn("twiml_error", sent["responses"][0])
            self.assertEqual(sent["reply_texts"], ["plain"] if text == "plain" else [])
        self.assertEqual((await self.sim("GET", "/sim/webhooks"))["twiml_error_count"], len(answers))

    async def test_lost_inbound(self):
        sent = await self.sim("POST", f"/sim/phones/{ANA}/send", {"to": FROM, "body": "1 K7Q2", "webhook": False})
        self.assertEqual((sent["responses"], sent["reply_texts"]), ([], []))
        message, = (await self.get(f"{MESSAGES}?To=%2B15550001111"))["messages"]
        self.assertEqual((message["sid"], message["direction"], message["body"]),
                         (sent["message_sid"], "inbound", "1 K7Q2"))
        self.assertEqual(self.bridge.received, [])

    async def test_opt_out(self):
        send = f"/sim/phones/{ANA}/send"
        await self.sim("POST", send, {"to": FROM, "body": " Stop "})
        status, error = await self.create()
        self.assertEqual((status, error["code"]), (400, 21610))
        self.assertEqual((await self.create(From="+15550002222"))[0], 201)
        await self.sim("POST", send, {"to": FROM, "body": "START"})
        self.assertEqual((await self.create())[0], 201)

    async def test_retell_event(self):
        await self.sim("POST", "/sim/config", {"clock_offset_ms": -600_000})
        sent = await self.sim("POST", "/sim/retell/events", {
            "call": {"to_number": "+15550001111", "transcript": "Überschwemmung"}, "omit": ["direction"], "times": 2,
            "parallel": True})
        self.assertEqual([response["status"] for response in sent["responses"]], [200, 200])
        first, second = self.bridge.received
        self.assertEqual(first["path"], "/webhooks/retell/call-ended")
        self.assertEqual(first["raw"], second["raw"])
        header = first["headers"]["x-retell-signature"]
        signed_ms = int(re.match(r"v=(\d+),", header)[1])
        self.assertEqual(header, retell_signature(RETELL_KEY, first["raw"], signed_ms))
        self.assertLess(abs(time.time() * 1000 - 600_000 - signed_ms), 10_000)
        payload = json.loads(first["raw"])
        call = payload["call"]
        self.assertEqual((payload["event"], call["call_id"], call["transcript"]),
                         ("call_ended", sent["call_id"], "Überschwemmung"))
        self.assertFalse({"call_analysis", "direction"} & set(call))

    async def test_retell_signature_override_and_retry(self):
        self.bridge.answers = [lambda: web.Response(status=500)]
        sent = await self.sim("POST", "/sim/retell/events", {"event": "call_analyzed", "signature": "v=1,d=0",
                                                             "retry": True})
        self.assertEqual(sent["responses"][0]["status"], 200)
        self.assertEqual([post["headers"]["x-retell-signature"] for post in self.bridge.received], ["v=1,d=0"] * 2)
        self.assertIn("call_analysis", json.loads(self.bridge.received[0]["raw"])["call"])
        await self.sim("POST", "/sim/retell/events", {"signature": None})
        self.assertNotIn("x-retell-signature", self.bridge.received[2]["headers"])


if __name__ == "__main__":
    unittest.main()
