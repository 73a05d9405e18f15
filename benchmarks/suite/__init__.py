"""The suite: programs as strangers write them, each with what a book would print beside it.

A module has a family of programs. ``case`` says what a program consists of, ``PROGRAMS`` has all of
them by name.
"""

from benchmarks.suite import (
    attending,
    factors,
    forums,
    images,
    kernels,
    networks,
    normalisation,
    regression,
    science,
    sequences,
)
from benchmarks.suite.case import Case

__all__ = ["PROGRAMS"]

FAMILIES = (
    regression,
    networks,
    normalisation,
    images,
    sequences,
    attending,
    factors,
    kernels,
    science,
    forums,
)
PROGRAMS: dict[str, Case] = {case.name: case for family in FAMILIES for case in family.CASES}
