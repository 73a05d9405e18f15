"""A listing of any program, where it can be read, says what the program computes, and nothing else."""

from collections import Counter

import numpy as np
import pytest

from autodiff import DomainError, Value, lift
from tests.fuzz.programs import FAMILIES, program
from tests.fuzz.verdict import recorded
from tests.notation.reader import read
from tests.notation.values import NotationError

pytestmark = pytest.mark.long

EACH = 8  # programs of a family
DOUBLE = [i for i, family in enumerate(FAMILIES) if family.__name__ != "float32_data"]
TOLERANCE = 1e-6  # a slope like 1 − A² loses digits that what runs keeps
MENDED = [(5, 379), (6, 619), (5, 2)]  # programs that were no programs, or whose listings said something else


def said(drawn):
    """Whether a listing is ``"right"``, ``"unreadable"``, or of a program that gives nothing to compare."""
    data = drawn.draws[0]
    J, made = recorded(drawn, data)
    if not isinstance(J, Value):
        return "nothing"
    label = {name: drawn.labels.get(name, name) for name in made}
    inputs = {label[name]: made[name] for name in drawn.inputs}
    lifted = lift(J, inputs, [v for name in made if name not in drawn.inputs for v in made[name].ravel()])
    symbols = {block.name: block.symbol for block in lifted.blocks if block.role in ("parameter", "input")}
    for data in drawn.draws[:2]:
        arrays = {label[name]: array for name, array in data.items() if label[name] in symbols}
        lifted.params.update({name: arrays[name] for name in lifted.params})
        try:
            result = lifted(**{name: arrays[name] for name in inputs})
        except DomainError:
            continue
        try:
            found = read(
                str(lifted), {symbols[name]: each for name, each in arrays.items()}, lifted.constants
            )
        except NotationError:
            return "unreadable"
        pairs = [(found.gradient(symbols[name]), grad) for name, grad in result.grads.items()]
        for ours, right in [(found.loss, result.loss), *pairs]:
            scale = max(1.0, np.abs(right).max())
            np.testing.assert_allclose(ours, right, rtol=0.0, atol=TOLERANCE * scale, err_msg=str(lifted))
    return "right"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # masks drop what is not finite
@pytest.mark.parametrize("family", DOUBLE, ids=[FAMILIES[family].__name__ for family in DOUBLE])
def test_a_listing_says_nothing_else(family):
    outcomes = Counter()
    for number in range(EACH):
        try:
            outcomes[said(program(5, number * len(FAMILIES) + family))] += 1
        except DomainError:
            outcomes["nothing"] += 1
    assert outcomes["right"] > 0


@pytest.mark.parametrize(("seed", "number"), MENDED)
def test_a_listing_that_said_something_else(seed, number):
    assert said(program(seed, number)) == "right"
