#!/usr/bin/python3
"""Tests of what needs no server: signatures, overrides, scripts, segments, TwiML, chaos."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from sim.call_scripts import CallStep  # noqa: E402
from sim.chaos import Chaos  # noqa: E402
from sim.messages import segment_count  # noqa: E402
from sim.overrides import Overrides  # noqa: E402
from sim.scripts import Step, parse_script  # noqa: E402
from sim.signing import retell_signature, twilio_signature  # noqa: E402
from sim.voice_twiml import TwimlError, Verb, parse_voice  # noqa: E402

_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
_CALL = [("CallSid", "CA1234567890ABCDE"), ("Caller", "+14158675309"), ("Digits", "1234"), ("From", "+14158675309"),
         ("To", "+18005551212")]
_OTHER_CALLER = [(name, value.replace("309", "310")) for name, value in _CALL]
_REASONS = [("ReasonConferenceEnded", "test"), ("Reason", "Participant")]
_TWICE = [("Sid", "CA123"), ("SidAccount", "AC123"), ("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")]
# Published in the tests of twilio-python, twilio-node, twilio-go and goalert; the token is 12345.
TWILIO_VECTORS = [
    (_URL, _CALL, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("http://mycompany.com:1234/myapp.php?foo=1&bar=2", _CALL, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ("https://mycompany.com:443/myapp.php?foo=1&bar=2", _CALL, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("http://mycompany.com:80/myapp.php?foo=1&bar=2", _CALL, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    (_URL, _TWICE, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    (f"{_URL}&bodySHA256={_HASH}", [], "a9nBmqA0ju/hNViExpshrM61xv4="),
    (f"https://mycompany.com/myapp.php?bodySHA256={_HASH}", [], "y77kIzt2vzLz71DgmJGsen2scGs="),
    (f"{_URL}&Body=It%27s+amazing", _CALL, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
    (_URL, _CALL + _REASONS, "vOEb5UThFn24KEfnOFLQY2AE5FY="),
    (_URL, _OTHER_CALLER, "GvWf1cFY/Q7PnoempGyD5oXAezc="),
]


class PartsTest(unittest.TestCase):
    """Each part on its own."""

    def test_twilio_signatures(self):
        for url, params, expected in TWILIO_VECTORS:
            with self.subTest(expected):
                self.assertEqual(twilio_signature("12345", url, params), expected)
                self.assertEqual(twilio_signature("12345", url, reversed(params)), expected)

    def test_retell_signature(self):
        """Published in the tests of retell-python-sdk."""
        self.assertEqual(
            retell_signature("test-api-key", b'{"event":"call_ended"}', 1700000000000),
            "v=1700000000000,d=07024cabe7dd8f6d1c6e4a8324ca92c812e6ad4a7ee506c04f7e462e3321823e")

    def test_overrides(self):
        self.assertEqual(Overrides.of("https://a/b"), Overrides(5000, 15000, 15000, 1, frozenset({"ct"})))
        self.assertEqual(Overrides.of("https://a/b#rc=5&rp=ct,rt,5xx&ct=2000&rt=3000"),
                         Overrides(2000, 3000, 15000, 5, frozenset({"ct", "rt", "5xx"})))
        self.assertEqual(Overrides.of("https://a/b#rc=9&ct=1&tt=x&rp=all").retries, 1)
        self.assertEqual(Overrides.of("https://a/b#rp=all").retry_on, {"4xx", "5xx", "ct", "rt"})

    def test_scripts(self):
        self.assertEqual(
            parse_script({"script": 'replies 1 {code} after 2 s;'
                                    'replies on my way after 50ms when it says "leak" once'}),
            [Step("1 {code}", 2000), Step("on my way", 50, "leak", 1)])
        self.assertEqual(parse_script({"steps": [{"reply": "2", "after_ms": 7, "count": 3}]}), [Step("2", 7, "", 3)])
        self.assertEqual(Step("1 {code}", 0).text("Leak. Reply 1. Code K7Q2"), "1 K7Q2")
        self.assertEqual(Step("1 {code}", 0).text("no such thing"), "1")
        for wrong in ({}, {"script": "shouts"}, {"steps": [{}]}, {"steps": [{"reply": "1", "after_ms": -1}]}):
            with self.assertRaises(ValueError):
                parse_script(wrong)

    def test_call_scripts(self):
        self.assertEqual(
            parse_script({"script": "answers after 2 s and presses 9,12# after 50ms once; replies 1 after 1 s;"
                                    "answers after 1.5 s and hangs up; answers after 1 ms and says nothing;"
                                    "voicemail after 3 s; is busy; does not answer once"}),
            [CallStep("presses", 2000, ("9", "12#"), 50, 1), Step("1", 1000), CallStep("hangs_up", 1500),
             CallStep("says_nothing", 1), CallStep("voicemail", 3000), CallStep("busy"),
             CallStep("no_answer", remaining=1)])
        self.assertEqual(
            parse_script({"steps": [{"call": "presses", "after_ms": 7, "keys": "9,1", "keys_after_ms": 8, "count": 2},
                                    {"call": "busy"}, {"reply": "1"}]}),
            [CallStep("presses", 7, ("9", "1"), 8, 2), CallStep("busy"), Step("1", 0)])
        for wrong in ({"call": "sings"}, {"call": "presses"}, {"call": "presses", "keys": "a"},
                      {"call": "busy", "keys": "1"}, {"call": "voicemail", "after_ms": "1"},
                      {"call": "presses", "keys": ["1"]}):
            with self.assertRaises(ValueError, msg=wrong):
                parse_script({"steps": [wrong]})

    def test_voice_twiml(self):
        self.assertEqual(
            parse_voice('<?xml version="1.0" encoding="UTF-8"?><Response><!-- x --><Say loop="0"> a\n<break/>b </Say>'
                        '<Gather action="/a#rc=1&amp;rp=5xx" method="get" numDigits="1" input="speech" finishOnKey=""'
                        ' actionOnEmptyResult="true"><Pause/><Say>c</Say></Gather><Redirect>/r</Redirect><Hangup/>'
                        '</Response>'),
            [Verb("Say", "a b", 1000),
             Verb("Gather", url="/a#rc=1&rp=5xx", method="GET", num_digits=1, finish_on_key="", takes_keys=False,
                  action_on_empty_result=True, nested=(Verb("Pause"), Verb("Say", "c"))),
             Verb("Redirect", url="/r"), Verb("Hangup")])
        for wrong, code in (("<Response>", "12100"), ("<Say/>", "12100"), ("<Response><Dial/></Response>", "12200"),
                            ("<Response><Gather><Hangup/></Gather></Response>", "12200"),
                            ("<Response><Gather timeout='x'/></Response>", "13313"),
                            ("<Response><Gather finishOnKey='12'/></Response>", "13310"),
                            ("<Response><Redirect method='PUT'/></Response>", "13710"),
                            ("<Response><Say loop='-1'/></Response>", "13510"),
                            ("<Response><Pause length='x'/></Response>", "13910")):
            with self.assertRaisesRegex(TwimlError, code, msg=wrong):
                parse_voice(wrong)

    def test_chaos_meets_its_rates(self):
        chaos = Chaos()
        chaos.set({"seed": 7, "rates": {"rate_limit": 0.2, "html_error": 0.3, "inbound_lost": 1}})
        drawn = [chaos.draw() for _ in range(1000)]
        kinds = [draw["api"].kind for draw in drawn if "api" in draw]
        self.assertAlmostEqual(kinds.count("rate_limit"), 200, delta=50)
        self.assertAlmostEqual(kinds.count("html_error"), 300, delta=60)
        self.assertTrue(chaos.loses_inbound())
        chaos.clear()
        self.assertEqual((chaos.draw(), chaos.loses_inbound(), chaos.json()), ({}, False, {"drawn": {}}))

    def test_segments(self):
        cases = {"a" * 160: 1, "a" * 161: 2, "ж" * 70: 1, "ж" * 71: 2, "€" * 80: 1, "€" * 81: 2}
        self.assertEqual({body: segment_count(body) for body in cases}, cases)


if __name__ == "__main__":
    unittest.main()
