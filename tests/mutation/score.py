"""The score of a run of ``run.py``, and whether every survivor has a reason.

    python tests/mutation/score.py mutants.jsonl

Exits with 1 if a survivor is not in ``survivors.toml``, or if fewer than 92 % of the mutants are seen.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import tomllib

SURVIVORS = Path(__file__).with_name("survivors.toml")
WANTED = 0.92


def table(
    rooms: dict[str, list[dict[str, Any]]], without_effect: set[tuple[str, str, str]]
) -> tuple[str, float]:
    """A line for each room, and the share of mutants that are seen in all of them, each room counting
    by the number of its mutants; with the 95 % interval that a sample leaves, as Markdown."""
    lines = [
        "| room | mutants | tried | seen | no effect | share | of those with an effect |",
        "|---|---|---|---|---|---|---|",
    ]
    total = sum(results[0]["population"] for results in rooms.values())
    shares, effective, variance, tried, seen = 0.0, 0.0, 0.0, 0, 0
    for room, results in rooms.items():
        n, population = len(results), results[0]["population"]
        k = sum(result["outcome"] != "green" for result in results)
        none = sum(result["outcome"] == "green" and key(result) in without_effect for result in results)
        share, weight = k / n, population / total
        shares += weight * share
        effective += weight * k / max(n - none, 1)
        # Agresti & Coull: two more of each kind keep the variance above 0 where all were seen.
        p = (k + 2) / (n + 4)
        variance += weight**2 * p * (1 - p) / n * (1 - n / population)
        tried, seen = tried + n, seen + k
        lines.append(
            f"| {room} | {population} | {n} | {k} | {none} | {share:.1%} | {k / max(n - none, 1):.1%} |"
        )
    margin = 1.96 * math.sqrt(variance)
    lines.append(
        f"| **all** | {total} | {tried} | {seen} | | **{shares:.1%} ± {margin:.1%}** | {effective:.1%} |"
    )
    return "\n".join(lines), shares


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
