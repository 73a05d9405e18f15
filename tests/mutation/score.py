"""The score of a run of ``run.py``, and whether every survivor has a reason.

    python tests/mutation/score.py mutants.jsonl

Exits with 1 if a survivor is not in ``survivors.toml``, or if fewer than 92 % of those mutants are seen
that have an effect.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomllib

SURVIVORS = Path(__file__).with_name("survivors.toml")
WANTED = 0.92


def table(
    rooms: dict[str, list[dict[str, Any]]], without_effect: set[tuple[str, str, str]]
) -> tuple[str, float]:
    """A line for each room and one for all, as Markdown; and the share that is seen of the mutants that
    have an effect, each room counting by the number of its mutants."""
    lines = [
        "| room | mutants | tried | seen | no effect | seen of all | seen of those with an effect |",
        "|---|---|---|---|---|---|---|",
    ]
    counts = []
    for room, results in rooms.items():
        population = results[-1]["population"]
        k = sum(result["outcome"] != "green" for result in results)
        none = sum(result["outcome"] == "green" and key(result) in without_effect for result in results)
        counts.append((population, len(results), k, none))
        n = len(results)
        lines.append(
            f"| {room} | {population} | {n} | {k} | {none} | {k / n:.1%} | {k / max(n - none, 1):.1%} |"
        )
    share, margin = estimate([(population, n, k) for population, n, k, _ in counts])
    effective, effective_margin = estimate([(population, n - none, k) for population, n, k, none in counts])
    sums = " | ".join(f"{sum(column)}" for column in zip(*counts))
    lines.append(
        f"| **all** | {sums} | {share:.1%} ± {margin:.1%} | **{effective:.1%} ± {effective_margin:.1%}** |"
    )
    return "\n".join(lines), effective


def estimate(counts: Sequence[tuple[int, int, int]]) -> tuple[float, float]:
    """The share of all, and half its 95 % interval, from (mutants, tried, seen) of each room."""
    total = sum(population for population, _, _ in counts)
    share = sum(population / total * k / n for population, n, k in counts)
    # Agresti & Coull: two more of each kind keep the variance above 0 where all were seen.
    adjusted = [(population / total, n, (k + 2) / (n + 4), n / population) for population, n, k in counts]
    variance = sum(weight**2 * p * (1 - p) / n * max(1 - part, 0.0) for weight, n, p, part in adjusted)
    return share, 1.96 * math.sqrt(variance)


def key(result: dict[str, Any]) -> tuple[str, str, str]:
    """What tells a mutant from all others, whatever line it is in."""
    return result["module"], result["before"], result["after"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path)
    options = parser.parse_args()
    results = [json.loads(line) for line in options.results.read_text(encoding="utf-8").splitlines()]
    latest = {key(result): result for result in results}
    rooms: dict[str, list[dict[str, Any]]] = {}
    for result in latest.values():
        rooms.setdefault(result["room"], []).append(result)
    explained = {key(each): each for each in tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]}
    lines, share = table(rooms, {k for k, each in explained.items() if each["effect"] == "none"})
    print(lines)
    unexplained = [r for r in latest.values() if r["outcome"] == "green" and key(r) not in explained]
    for result in unexplained:
        print(
            f"\nno reason: {result['module']}:{result['line']}\n  - {result['before']}\n  + {result['after']}"
        )
    if unexplained or share < WANTED:
        sys.exit(1)


if __name__ == "__main__":
    main()
