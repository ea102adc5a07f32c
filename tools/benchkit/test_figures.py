"""Tests of benchkit's figures."""

import unittest

from benchkit import figures


class FiguresTest(unittest.TestCase):
    """What a bench says of many measurements."""

    def test_percentile_is_the_least_value_that_the_share_does_not_exceed(self):
        hundred = list(range(100, 0, -1))
        self.assertEqual(figures.percentile(hundred, 0.5), 50)
        self.assertEqual(figures.percentile(hundred, 0.99), 99)
        self.assertEqual(figures.percentile([7], 0.99), 7)
        self.assertEqual(figures.percentile([], 0.99), 0)

    def test_latencies_keep_the_worst(self):
        self.assertEqual(figures.latencies([1, 2, 90]), {"p50_ms": 2, "p99_ms": 90, "max_ms": 90, "count": 3})
        self.assertEqual(figures.latencies([])["count"], 0)

    def test_median_has_its_spread_beside_it(self):
        runs = [{"p99_ms": 3}, {"p99_ms": 100}, {"p99_ms": 5}]
        self.assertEqual(figures.median(runs), {"runs": 3, "p99_ms": 5, "p99_ms_min": 3, "p99_ms_max": 100})
        self.assertEqual(figures.median(runs[:1]), {"runs": 1, "p99_ms": 3})

    def test_ratio_is_ours_by_the_rivals(self):
        self.assertEqual(figures.ratio({"per_second": 300}, {"per_second": 200}, "per_second"), 1.5)
        self.assertEqual(figures.ratio({"per_second": 300}, {}, "per_second"), 0)

    def test_both_are_measured_in_turn(self):
        order = []

        def measure(name, value):
            order.append(name)
            return {"per_second": value}

        ours, rival = figures.side_by_side(3, lambda: measure("ours", 2), lambda: measure("rival", 1))
        self.assertEqual(order, ["ours", "rival"] * 3)
        self.assertEqual((ours["per_second"], rival["per_second"]), (2, 1))


if __name__ == "__main__":
    unittest.main()
