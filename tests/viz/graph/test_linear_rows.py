"""What is linear is no activation: the sign of a loss is not the g of a layer."""

import pytest

from autodiff import Value
from autodiff.engine.ops import OPS
from autodiff.engine.value import record
from viz.graph.structure import find_structure


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.arity == 1], ids=lambda op: op.name)
def test_an_activation_is_a_row_of_one_operand_that_is_not_linear(op):
    w, x = Value(0.3, "W1[0,0]"), Value(0.5, "x[0]")
    bias = 0.2 if op.name != "acosh" else 2.0  # inside the domain
    z = w * x + Value(bias, "b1[0]")
    y = record(op, z)
    assert find_structure([y]).activations == ({} if op.linear else {z: y})
