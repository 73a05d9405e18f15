"""What is drawn at random in lesson 7 gives each mistake its own name."""

from itertools import pairwise

import pytest

from duograd.course import lesson_07 as check
from duograd.course.answers import NotYet


@pytest.mark.parametrize(
    "miscounted, name",
    [
        (sum, "neurons for weights"),
        (lambda sizes: sum(n * n for n in sizes), "squares"),
        (lambda sizes: sum(a * b for a, b in pairwise(sizes[:-1])), "one layer forgotten"),
    ],
)
def test_a_miscount_has_its_name_whatever_sizes_are_drawn(miscounted, name):
    for _ in range(150):
        with pytest.raises(NotYet) as told:
            check.multiplications.__wrapped__(miscounted)
        assert told.value.name == name
