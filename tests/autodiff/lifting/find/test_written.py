"""Formulas in the writer's order, after all that they read."""

from types import SimpleNamespace

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.lifting.find.written import as_written
from autodiff.lifting.formula import Access, Block, Formula

EXP = OPS["exp"]


def test_what_reads_a_step_of_another_thing_comes_after_it():
    x, inner, first, step, second = (Block(number, (1,), False, "formula") for number in range(5))

    def reads(block):
        return (Access((1,), False, block, block.start, (1,)),)

    computed = Formula(inner, EXP, reads(x))
    thing = Formula(
        first, operands=reads(x), nodes=np.array([9]), steps=(computed, Formula(first, EXP, reads(inner)))
    )
    other = Formula(second, operands=reads(x), nodes=np.array([5]), steps=(Formula(step, EXP, reads(inner)),))
    places = SimpleNamespace(blocks=[x, inner, first, step, second])
    assert as_written([thing, other], None, places) == [thing, other]
    alone = Formula(second, operands=reads(x), nodes=np.array([5]))
    assert as_written([thing, alone], None, places) == [alone, thing]
