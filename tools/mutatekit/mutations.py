"""The list of mutations, and whether it still fits the source."""

import glob
import os
import re
import runpy
from dataclasses import dataclass
from typing import Dict, List, Set, Tuple

LIST = os.path.join("tests", "mutations.py")
SUITE = "Durable."


class ListError(Exception):
    """The list must be mended; the text says how."""


@dataclass(frozen=True)
class Edit:
    """`find`, which occurs exactly once in `file`, becomes `replace`."""

    file: str
    find: str
    replace: str


@dataclass(frozen=True)
class Mutation:
    """A mechanism that is switched `off` by `edits`, and the `tests` that must fail then."""

    name: str
    off: str
    edits: Tuple[Edit, ...]
    tests: Tuple[str, ...]

    def texts(self, root: str) -> Dict[str, str]:
        """The mutated text of each file; raises ListError if an edit does not fit."""
        texts: Dict[str, str] = {}
        for edit in self.edits:
            path = os.path.join(root, edit.file)
            if edit.file not in texts:
                if not os.path.isfile(path):
                    raise ListError(f"{self.name}: {edit.file} is not there: the code has moved, mend {LIST}")
                with open(path, encoding="utf-8") as file:
                    texts[edit.file] = file.read()
            count = texts[edit.file].count(edit.find)
            if count != 1 or edit.find == edit.replace:
                raise ListError(f"{self.name}: occurs {count} times in {edit.file}, and not once: the code has moved, "
                                f"mend {LIST}:\n{edit.find}")
            texts[edit.file] = texts[edit.file].replace(edit.find, edit.replace)
        return texts


def load(root: str) -> List[Mutation]:
    """The list as it is written."""
    entries = runpy.run_path(os.path.join(root, LIST))["MUTATIONS"]
    return [Mutation(entry["name"], entry["off"], tuple(Edit(*edit) for edit in entry["edits"]),
                     tuple(test if "." in test else SUITE + test for test in entry["tests"])) for entry in entries]


def faults(root: str, mutations: List[Mutation]) -> List[str]:
    """What is wrong with the list."""
    found = []
    tests = scenario_tests(root)
    names = [mutation.name for mutation in mutations]
    found += [f"{name}: is there twice" for name in sorted(set(names)) if names.count(name) > 1]
    for mutation in mutations:
        try:
            mutation.texts(root)
        except ListError as error:
            found.append(str(error))
        found += [f"{mutation.name}: there is no test {test} in tests/scenario" for test in mutation.tests
                  if test not in tests]
        if not mutation.tests or not mutation.edits:
            found.append(f"{mutation.name}: needs an edit and a test")
    seen = {test for mutation in mutations for test in mutation.tests}
    found += [f"{test}: no mutation in {LIST} shows that it can fail" for test in sorted(tests - seen)
              if test.startswith(SUITE)]
    return found


def scenario_tests(root: str) -> Set[str]:
    """The names of all scenario tests, as gtest has them."""
    names = set()
    for path in glob.glob(os.path.join(root, "tests", "scenario", "*.cc")):
        with open(path, encoding="utf-8") as file:
            names |= {f"{suite}.{name}" for suite, name in re.findall(r"^TEST\((\w+), (\w+)\)", file.read(), re.M)}
    return names


def choose(mutations: List[Mutation], names: List[str]) -> List[Mutation]:
    """Those that are named, by their own name or a test's; all of them without names."""
    known = {name for mutation in mutations for name in (mutation.name, *mutation.tests)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ListError(f"neither a mutation nor a test of one: {', '.join(unknown)}; see --list")
    chosen = []
    for mutation in mutations:
        tests = mutation.tests if not names or mutation.name in names else tuple(
            test for test in mutation.tests if test in names)
        if tests:
            chosen.append(Mutation(mutation.name, mutation.off, mutation.edits, tests))
    return chosen
