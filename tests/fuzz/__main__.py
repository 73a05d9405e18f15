"""``python -m tests.fuzz --count 17000 --seed 71 72 73``: programs drawn at random, lifted and judged.

Last, at commit ff56df3, 50,000 of these: none wrong, none refused, 47,124 right, 1,437 not to be checked for
their conditioning, 316 at kinks within rounding, 1,123 without a value or a parameter. Since, at commit
5b212ce, 2,000 of seed 20261206: none wrong, none refused, 1,893 right.
"""

from __future__ import annotations

import argparse
import warnings
from collections import Counter

from tests.fuzz.programs import FAMILIES, program
from tests.fuzz.verdict import judged


def main() -> int:
    """Judge the programs and print what came of them; 1 if any is wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=len(FAMILIES) * 20, help="programs for each seed")
    parser.add_argument("--seed", type=int, nargs="+", default=[0])
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--family", help="only this family")
    parser.add_argument("--show", default="wrong,refused", help="outcomes that are shown whole")
    options = parser.parse_args()
    warnings.simplefilter("error")
    outcomes: Counter[str] = Counter()
    table: Counter[tuple[str, str]] = Counter()
    for seed in options.seed:
        for number in range(options.first, options.first + options.count):
            drawn = program(seed, number)
            if options.family and drawn.family != options.family:
                continue
            verdict = judged(drawn)
            outcomes[verdict.outcome] += 1
            table[drawn.family, verdict.outcome] += 1
            if verdict.outcome in options.show.split(","):
                print(f"--- {verdict.outcome}: seed {seed}, number {number}, {drawn.family}")
                print(drawn.text)
                print({name: array.tolist() for name, array in drawn.draws[0].items()})
                print("inputs", sorted(drawn.inputs), "labels", drawn.labels)
                print(f"=> {verdict.reason}", flush=True)
    for family in FAMILIES:
        counts = {outcome: table[family.__name__, outcome] for outcome in outcomes}
        print(f"{family.__name__:20}", *(f"{outcome} {n}" for outcome, n in counts.items() if n))
    print(*(f"{outcome} {n}" for outcome, n in outcomes.most_common()), sep=", ")
    return 1 if outcomes["wrong"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
