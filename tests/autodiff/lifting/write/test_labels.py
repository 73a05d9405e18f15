"""Whatever a person calls an array, the source computes what the program computes, and no two things
that are printed have one name."""

import re
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autodiff import Value, atan2, dot, erf, hypot, leaves, lift
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from autodiff.functions import sum
from autodiff.lifting.block_names import BlockNames, identifier, latex_name
from tests.examples import examples

pytestmark = pytest.mark.long

INTERNAL = (
    *("np", "math", "m", "run", "loss", "grads", "add_at", "reduce_at", "constants", "i1", "i2", "v1", "v2"),
    *("d", "J", "dJ", "Z1", "dZ1", "Z_W", "A1", "A_W", "W", "W1", "dW", "dW1", "ddW1", "W_1", "W1_2", "W_2"),
    *("W_2_2", "operandA", "operandB", "a", "b", "c", "x", "y", "z", "dx", "print", "sum", "float", "len"),
    *("__debug__", "__name__", "None", "True", "el", "ef", "if", "f", "lambda", "_", "__", "_1"),
    *(f"{first}{word}" for word in (*OPS, *vars(type(ARRAYS))) for first in ("", "d")),
)
UNICODE = ["x₁", "x1", "x²", "x2", "½", "ﬁ", "fi", "θ", "theta", "Θ", "ª", "a", "µ", "μ", "K", "K", "é", "é"]
ODD = [
    "",
    " ",
    "a b",
    "a-b",
    "a_b",
    "a.b",
    "#",
    "{",
    "}",
    "%",
    "$",
    "\\",
    "^",
    "'",
    '"',
    "\n",
    "\0",
    "²",
    "٣",
]

labels = st.one_of(
    st.sampled_from([name for name in (*INTERNAL, *UNICODE, *ODD) if name]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4),
).filter(lambda label: not label.endswith("]"))


def graph(names):
    """A loss with a product of matrices, a gather, functions of two operands, and functions that need a
    definition in the source; its parameters and its input."""
    p, q, w, u, x, y = names
    P, Q = Value(0.6, p), Value(-0.8, q)
    W, U = leaves(w, [[0.5, -1.0], [0.25, 2.0]]), leaves(u, [0.3, 1.1, -0.4])
    X, Y = leaves(x, [0.7, -0.2]), leaves(y, [1.5, 0.5, 0.75])
    hidden = [dot(row, X).tanh() for row in W]
    ragged = [sum(list(U[:n])).relu() for n in (1, 3)]
    loss = hypot(P, Q) + atan2(Q, P) * hidden[0] + hidden[1] + U[2] * Y[0] + erf(U[1]) / Y[2] + sum(ragged)
    return loss, [P, Q, *W.ravel(), *U], {x: X, y: Y}


def run(source, arrays):
    namespace = {}
    exec(compile(source, "<source>", "exec"), namespace)
    return namespace["run"](*arrays)


@given(names=st.lists(labels, min_size=6, max_size=6, unique=True))
@example(names=["operandB", "operandA", "W", "u", "x", "y"])
@example(names=["W1", "dW1", "ddW1", "Z1", "dZ1", "A1"])
@example(names=["el", "ef", "__debug__", "ﬁ", "fi", "½"])
@example(names=["x₁", "x1", "x²", "x2", "θ", "theta"])
@example(names=["hypot", "np", "run", "m", "add_at", "reduce_at"])
@example(names=["W_1", "x", "W", "x_2", "x2", "W_2"])
def test_no_label_changes_a_number_or_meets_another_name(names):
    loss, params, inputs = graph(names)
    program = lift(loss, inputs, params, wrt_inputs=True)
    data = {name: np.array([v.data for v in values]) for name, values in inputs.items()}
    result = program(**data)
    assert result.loss == pytest.approx(loss.data, rel=1e-13)
    source_loss, grads = run(program.source(), [*program.params.values(), *data.values()])
    assert source_loss == pytest.approx(result.loss, rel=1e-13)
    assert list(grads) == [*names]
    for name, grad in result.grads.items():
        np.testing.assert_allclose(grads[name], grad, rtol=1e-12, atol=1e-14)
    targets = re.findall(r"^(.+?) &", program.latex(), re.MULTILINE)
    forward = targets[: len(program.formulas)]
    assert len(set(forward)) == len(forward)
    assert not set(forward) & set(targets[len(program.formulas) :])


def test_the_name_of_an_operand_does_not_decide_a_number():
    a, b = Value(3.0, "operandB"), Value(2.0, "b")
    program = lift(hypot(a, b), params=[a, b])
    assert run(program.source(), program.params.values())[0] == pytest.approx(13.0**0.5, rel=1e-15)


@given(label=labels)
@examples(times=5)
def test_every_label_becomes_a_name_that_python_reads_as_it_stands(label):
    word = identifier(label)
    assert word.isidentifier()
    assert unicodedata.normalize("NFKC", word) == word


@given(chosen=st.lists(labels, min_size=2, max_size=12))
@example(chosen=["rate2", "rate_2", "theta_1", "theta1", "x_2", "x2", "x", "x", "θ", "theta", "dx", "ddx"])
@examples(times=2)
def test_names_and_those_of_their_cotangents_are_all_different_in_source_and_typeset(chosen):
    names = BlockNames()
    words = [names.leaf(label) for label in chosen]
    words += [f"d{word}" for word in words]
    assert len(set(words)) == len(set(map(latex_name, words))) == len(words)
