"""Some hundred pictures in which each pair of choices occurs: see ``tests.viz.every_picture``."""

from __future__ import annotations

import itertools

import pytest

from tests.viz.every_picture import FACTORS, NUMBERS, check, covering, reads
from viz.drawing.style import number

pytestmark = pytest.mark.long

ROWS = covering(2)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(map(str, row.values())))
def test_every_picture_holds_its_numbers_and_nothing_lies_on_anything_else(row, tmp_path):
    assert check(row, tmp_path) == []


def test_every_pair_of_choices_occurs():
    for one, other in itertools.combinations(FACTORS, 2):
        pairs = {(row[one], row[other]) for row in ROWS}
        assert pairs == set(itertools.product(FACTORS[one], FACTORS[other]))


def test_what_reads_numbers_sees_a_wrong_digit():
    assert reads(number(-12.34567, 4), -12.34567, 4) and reads(number(1e-320, 4), 1e-320, 4)
    assert not reads("0.5001", 0.5, 4) and not reads("1.0001e-05", 1e-5, 4) and not reads("0.0000", 1e-3, 4)
    assert NUMBERS
