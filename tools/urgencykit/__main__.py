"""The command line of tools/train-urgency."""

import argparse
import math
import sys
from collections import Counter
from typing import Dict, Iterable, List, NamedTuple, Tuple

import numpy
from scipy import sparse
from sklearn.linear_model import LogisticRegression

LEVELS = ("HIGH", "MEDIUM", "LOW")
FEATURES_KEPT = 12000  # more make it no better
SEEN_AT_LEAST = 2  # calls with a feature, for it to be kept
SCALE = 5.0
PENALTY = 2.0  # scikit-learn's C
HIGH_FROM = 0.15  # kHighFrom in server/core/urgency/urgency.cc


class Example(NamedTuple):
    """A labelled call."""

    file: str
    level: str
    features: List[str]


class Model(NamedTuple):
    """What each feature says for each of LEVELS, and what stands before any."""

    columns: Dict[str, int]
    weights: numpy.ndarray  # (feature, level)
    bias: numpy.ndarray  # (level)


def matrix(examples: Iterable[Example], columns: Dict[str, int]) -> sparse.csr_matrix:
    """A row per example: SCALE over the root of how many features it has, in each one's column."""
    data: List[float] = []
    indices: List[int] = []
    ends = [0]
    for example in examples:
        known = [columns[name] for name in example.features if name in columns]
        indices += known
        data += [SCALE / math.sqrt(len(known))] * len(known)
        ends.append(len(indices))
    return sparse.csr_matrix((data, indices, ends), shape=(len(ends) - 1, len(columns)))


def fit(examples: List[Example], names: List[str]) -> Model:
    """A logistic regression over features of these names."""
    columns = {name: i for i, name in enumerate(names)}
    regression = LogisticRegression(C=PENALTY, max_iter=2000)
    regression.fit(matrix(examples, columns), [example.level for example in examples])
    order = [list(regression.classes_).index(level) for level in LEVELS]
    return Model(columns, regression.coef_[order].T, regression.intercept_[order])


def train(examples: List[Example]) -> Model:
    """First with all features, then with those that say most."""
    seen = Counter(name for example in examples for name in example.features)
    first = fit(examples, sorted(name for name, count in seen.items() if count >= SEEN_AT_LEAST))

    def says(name: str) -> float:
        return float(numpy.abs(first.weights[first.columns[name]]).max()) * math.sqrt(seen[name])

    return fit(examples, sorted(sorted(first.columns, key=says, reverse=True)[:FEATURES_KEPT]))


def judge(model: Model, examples: List[Example]) -> List[str]:
    """As dispatchd does it, but for gas and carbon monoxide."""
    sums = matrix(examples, model.columns) @ model.weights + model.bias
    likely = numpy.exp(sums - sums.max(axis=1, keepdims=True))
    likely /= likely.sum(axis=1, keepdims=True)
    return ["HIGH" if row[0] >= HIGH_FROM else LEVELS[1 + int(row[2] > row[1])] for row in likely]


def figures(pairs: List[Tuple[str, str]]) -> str:
    """Of (is, judged)."""
    found = sum(pair == ("HIGH", "HIGH") for pair in pairs)
    high = sum(is_level == "HIGH" for is_level, _ in pairs)
    judged = sum(level == "HIGH" for _, level in pairs)
    right = sum(is_level == level for is_level, level in pairs)
    return (f"{len(pairs)} calls: HIGH recall {found / max(high, 1):.3f}, "
            f"HIGH precision {found / max(judged, 1):.3f}, accuracy {right / len(pairs):.3f}")


def validate(examples: List[Example]) -> None:
    """Each file, hence each author, is judged by what the others taught."""
    all_pairs: List[Tuple[str, str]] = []
    for file in sorted({example.file for example in examples}):
        held = [example for example in examples if example.file == file]
        model = train([example for example in examples if example.file != file])
        pairs = [(example.level, level) for example, level in zip(held, judge(model, held))]
        print(f"{file}, by the others: {figures(pairs)}")
        all_pairs += pairs
    print(f"all: {figures(all_pairs)}")


def write(model: Model, path: str) -> None:
    """See server/core/urgency/weights.h."""
    with open(path, "w", encoding="utf-8") as out:
        out.write("# Made by tools/train-urgency from tests/data/calls/tune; do not edit.\n"
                  "# feature, and what it says for HIGH, MEDIUM and LOW in thousandths: server/core/urgency/weights.h\n")

        def line(name: str, row: Iterable[float]) -> None:
            out.write("\t".join([name, *(str(round(1000 * value)) for value in row)]) + "\n")

        line("(bias)", model.bias)
        for name in sorted(model.columns):
            line(name, SCALE * model.weights[model.columns[name]])


def main() -> int:
    """Reads what print_features prints."""
    parser = argparse.ArgumentParser(prog="tools/train-urgency")
    parser.add_argument("out")
    parser.add_argument("--validate", action="store_true")
    options = parser.parse_args()
    examples = []
    for line in sys.stdin:
        file, level, *features = line.rstrip("\n").split("\t")
        examples.append(Example(file, level, features))
    if options.validate:
        validate(examples)
    model = train(examples)
    write(model, options.out)
    pairs = [(example.level, level) for example, level in zip(examples, judge(model, examples))]
    print(f"on what it was made from: {figures(pairs)}")
    return 0


sys.exit(main())
