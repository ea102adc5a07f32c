"""Whether the list fits the source, and what a test's output is taken for."""

import os
import tempfile
import unittest

from .mutations import Edit, ListError, Mutation, choose, faults, load
from .trial import TrialError, judge

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEST = "Durable.CallbackTwice"


def mutation(name="m", find="old", replace="new", tests=(TEST,)) -> Mutation:
    return Mutation(name, "it is off", (Edit("a.cc", find, replace),), tests)


class TheList(unittest.TestCase):
    def test_it_fits_the_source(self):
        self.assertEqual(faults(ROOT, load(ROOT)), [])


class Lists(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        os.makedirs(os.path.join(self.root, "tests", "scenario"))
        self.write("a.cc", "the old code\n")
        self.write("tests/scenario/a_test.cc", "TEST(Durable, CallbackTwice) {\nTEST(Other, One) {\n")

    def write(self, name: str, text: str) -> None:
        with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
            file.write(text)

    def test_a_text_must_be_there_once(self):
        self.assertEqual(mutation().texts(self.root), {"a.cc": "the new code\n"})
        self.assertEqual(faults(self.root, [mutation()]), [])
        for find in ("o", "gone"):
            self.assertIn("the code has moved", faults(self.root, [mutation(find=find)])[0])
        self.assertIn("the code has moved", faults(self.root, [mutation(replace="old")])[0])
        os.remove(os.path.join(self.root, "a.cc"))
        self.assertIn("a.cc is not there", faults(self.root, [mutation()])[0])

    def test_names_and_tests_must_be_there(self):
        self.assertIn("is there twice", faults(self.root, [mutation(), mutation()])[0])
        self.assertIn("no test Durable.Gone", faults(self.root, [mutation(tests=(TEST, "Durable.Gone"))])[0])
        self.assertIn("needs an edit and a test", faults(self.root, [mutation(), mutation("n", tests=())])[0])

    def test_each_durable_test_must_be_shown_to_fail(self):
        self.assertEqual(faults(self.root, []), [f"{TEST}: no mutation in tests/mutations.py shows that it can fail"])

    def test_a_choice_is_by_mutation_or_test(self):
        both = [mutation("m", tests=("a", "b")), mutation("n", tests=("b",))]
        self.assertEqual(choose(both, []), both)
        self.assertEqual(choose(both, ["n"]), both[1:])
        self.assertEqual([(m.name, m.tests) for m in choose(both, ["b"])], [("m", ("b",)), ("n", ("b",))])
        with self.assertRaises(ListError):
            choose(both, ["c"])


class Verdicts(unittest.TestCase):
    RUN = f"[ RUN      ] {TEST}\n"

    def test_passed(self):
        self.assertTrue(judge(TEST, 0, f"{self.RUN}[       OK ] {TEST} (5 ms)\n", 1).passed)

    def test_the_first_complaint_is_told(self):
        output = f"{self.RUN}a_test.cc:7: Failure\nFailed\nwaited in vain for: it\n\nb_test.cc:8: Failure\nother\n"
        outcome = judge(TEST, 1, output, 1)
        self.assertEqual((outcome.passed, outcome.why), (False, "Failed waited in vain for: it"))
        self.assertEqual(judge(TEST, -11, self.RUN, 1).why, "exit status -11")

    def test_one_that_did_not_begin_tells_nothing(self):
        with self.assertRaises(TrialError):
            judge(TEST, 0, "[  PASSED  ] 0 tests.\n", 1)


if __name__ == "__main__":
    unittest.main()
