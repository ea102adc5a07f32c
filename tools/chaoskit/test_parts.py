"""The parts of a chaos run that need nothing to run."""

import random
import re
import unittest

from . import faults, lateness, phones, spans
from .directory import directory_yaml, make_businesses
from .evidence import MS, Evidence
from .history import History
from .settings import PROVIDER_PARAMS, PROVIDER_RATES
from .test_audit import T, dispatch, event, inbound, page, reply, request


class Spans(unittest.TestCase):
    def test_both_is_where_two_overlap(self):
        self.assertEqual(spans.both([(0, 10), (20, 30)], [(5, 25)]), [(5, 10), (20, 25)])

    def test_touches(self):
        self.assertTrue(spans.touches([(5, 10)], 10, 20))
        self.assertFalse(spans.touches([(5, 10)], 11, 20))

    def test_summary(self):
        self.assertEqual(spans.summary([]), "none measured")
        self.assertEqual(spans.summary(list(range(1, 101))), "p50 50 ms, p99 99 ms, max 100 ms (100)")

    def test_histogram_bounds(self):
        buckets = [(0.1, 90.0), (1.0, 99.0), (float("inf"), 100.0)]
        self.assertEqual(spans.histogram_bounds(buckets, 0.5), 0.1)
        self.assertEqual(spans.histogram_bounds(buckets, 0.99), 1.0)
        self.assertIsNone(spans.histogram_bounds([], 0.5))


class Lateness(unittest.TestCase):
    def evidence(self, **changes) -> Evidence:
        records = {
            "dispatches": [dispatch()], "pages": [page(), page(id="p2", channel="VOICE")],
            "requests": [request(at=40), request("p2", at=3_700)],
            "events": [event(1, "URGENCY_JUDGED", "", attributes={"urgency": "HIGH"}), event(2, "PAGE_PLANNED"),
                       event(3, "PAGE_SENDING", at=10), event(4, "PAGE_PLANNED", "p2", at=3_510)]}
        return Evidence(**{**records, **changes})

    def lines(self, **changes) -> list:
        evidence = self.evidence(**changes)
        return lateness.lines(evidence, History(evidence), {})

    def test_hand_overs_and_steps(self):
        told = self.lines()
        self.assertIn("max 190 ms (2)", told[0])
        self.assertIn("max 500 ms (1)", told[2])

    def test_an_outage_is_left_out(self):
        told = self.lines(database_downs=[(T + 3_100, T + 3_200)])
        self.assertIn("(2)", told[0])
        self.assertIn("none measured", told[2])
        self.assertIn("max 500 ms (1)", told[3])

    def test_replicas_that_are_down_at_the_same_time_are_an_outage(self):
        self.assertEqual(lateness.outages(Evidence(replica_downs=[[(0, 10)], [(5, 20)]])), [(5, 10)])
        self.assertEqual(lateness.outages(Evidence(replica_downs=[[(0, 10)], [(11, 20)]])), [])

    def test_a_human_s_word_until_it_is_recorded(self):
        told = self.lines(replies=[{**reply(), "time_ms": T + 8_000}], inbound=[inbound()])
        self.assertIn("max 1000 ms (1)", told[4])

    def test_timers_of_all_lives(self):
        text = ('afterhours_timer_lateness_seconds_bucket{le="0.01"} 1\n'
                'afterhours_timer_lateness_seconds_bucket{le="+Inf"} 2\n')
        self.assertEqual(lateness.timers({"a": text, "b": text}), "p50 <= 10 ms, p99 <= inf ms, max <= inf ms (4)")
        self.assertEqual(lateness.timers({}), "none measured")


class Plans(unittest.TestCase):
    def test_a_seed_is_a_plan(self):
        self.assertEqual(faults.plan(60, random.Random("7/faults")), faults.plan(60, random.Random("7/faults")))
        self.assertNotEqual(faults.plan(60, random.Random("7/faults")), faults.plan(60, random.Random("8/faults")))

    def test_a_minute_has_every_fault(self):
        for seed in range(50):
            planned = faults.plan(60, random.Random(seed))
            self.assertEqual({kind for _, kind, _, _ in planned}, set(faults.KINDS))
            self.assertLess(planned[-1][0], 60)

    def test_phones_follow_sentences_that_the_simulator_reads(self):
        known = re.compile(r"(replies [12] \{code\} after [\d.]+ s|answers after [\d.]+ s and (presses [\d,]+ after "
                           r"[\d.]+ s|hangs up|says nothing)|voicemail after [\d.]+ s|is busy|does not answer)")
        for seed in range(200):
            for sentence in phones.habit(random.Random(seed)).split("; "):
                self.assertRegex(sentence, rf"^{known.pattern}$")

    def test_numbers_are_unique(self):
        businesses = make_businesses(random.Random(1))
        numbers = [n for b in businesses for n in (b.called, b.sender, *b.phones)]
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertEqual(directory_yaml(businesses).count("  - key: b"), len(businesses))

    def test_faults_with_parameters_have_a_rate(self):
        self.assertLessEqual(set(PROVIDER_PARAMS), set(PROVIDER_RATES))

    def test_queries_are_in_milliseconds(self):
        self.assertEqual(MS.sub(r"1000 * extract(epoch from \1)", "select ms(a) as ms"),
                         "select 1000 * extract(epoch from a) as ms")


if __name__ == "__main__":
    unittest.main()
