"""``python -m tests.nn.judged --right 3000 --edits 2000 --seed 1``: random backward passes, right and wrong.

Right ones must not be accused. Of wrong ones it is counted how many are named as their edit; named otherwise,
by an edit that gives the same numbers on three examples; not named; or taken for right.

Last, at a44173c, with 3,000 right and 2,000 wrong ones of seed 20261205: of the right ones none was accused;
of the wrong ones 1,966 were named as their edit, 26 otherwise, 3 were not named, and 5 were taken for right.
With 375 and 250 of each of the seeds 1 to 8 at 3837269: none, 1,960, 33, 1 and 6; those otherwise are mostly
sums that are 0, those right are of networks whose relus are all off on each example.

``--times`` says what a file of each of eleven kinds takes, in a process of its own. Last, at b653a95, on two
cores with a load of 1.3: between 1.2 and 2.4 s, by the clock, too.

``--class 200`` judges a folder of as many files. Last, at b653a95, seed 1, on two cores with a load of 2.4:
40 s, 51 s of computing, no process above 61 MB; 133 right ones told right, 67 wrong ones told wrong.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter

import numpy as np

from nn import judge
from tests.nn.judged.a_class import judge_class
from tests.nn.judged.drawn import Drawn, Edit, drawn, functions_of
from tests.nn.judged.times import times


def accused(made: Drawn, dtype: type) -> str:
    """What a right pass is accused of; "" for nothing."""
    verdict = judge(*functions_of(made.source(None)), **narrowed(made.arguments, dtype))
    return "" if verdict else str(verdict)


def narrowed(arguments: dict, dtype: type) -> dict:
    return {
        name: each.astype(dtype) if isinstance(each, np.ndarray) and each.dtype.kind == "f" else each
        for name, each in arguments.items()
    }


def outcome(made: Drawn, edit: Edit) -> tuple[str, str]:
    """What became of an edit: "named", "otherwise", "unnamed", "right"; and what was said."""
    verdict = judge(*functions_of(made.source(edit)), **made.arguments)
    wrong = [each for each in verdict.findings if not each.right]
    names = [each.name for each in wrong]
    if not wrong:
        return "right", ""
    if not all(names):
        return "unnamed", str(verdict)
    fits = all(any(re.search(pattern, name) for pattern in edit.names) for name in names)
    return ("named" if fits else "otherwise"), ", ".join(dict.fromkeys(names))


def main() -> int:
    """Judge them and print what came of it; 1 if a right one is accused, or fewer than 90 % are named."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--right", type=int, default=3000, help="right passes")
    parser.add_argument("--edits", type=int, default=2000, help="wrong passes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", default="", help="outcomes that are shown whole: otherwise,unnamed,right")
    parser.add_argument("--class", type=int, default=0, dest="students", help="files of a folder, instead")
    parser.add_argument("--times", action="store_true", help="what eleven kinds of files take, instead")
    parser.add_argument("--jobs", type=int, default=2, help="of them that are judged at once")
    options = parser.parse_args()
    if options.times:
        for line in times():
            print(line, flush=True)
        return 0
    if options.students:
        print(judge_class(options.students, options.seed, options.jobs))
        return 0
    bad = 0
    for number in range(options.right):
        made = drawn(np.random.default_rng((options.seed, number)))
        said = accused(made, np.float32 if number % 4 == 3 else np.float64)
        if said:
            bad += 1
            print(f"--- accused: number {number}\n{made.source(None)}\n{said}", flush=True)
    outcomes: Counter[str] = Counter()
    for number in range(options.edits):
        rng = np.random.default_rng((options.seed, 1, number))
        made = drawn(rng)
        edit = made.edits[int(rng.integers(len(made.edits)))]
        what, said = outcome(made, edit)
        outcomes[what] += 1
        if what in options.show.split(","):
            print(f"--- {what}: number {number}, {edit.line} = {edit.text}, {edit.names}: {said}", flush=True)
            if what in ("right", "unnamed"):
                print(made.source(edit))
    print(f"{options.right} right passes, {bad} accused; {options.edits} edits:", dict(outcomes))
    named = outcomes["named"] + outcomes["otherwise"]
    return 1 if bad or named < 0.9 * options.edits else 0


if __name__ == "__main__":
    sys.exit(main())
