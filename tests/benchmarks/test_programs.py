"""Programs in the way of micrograd's and microgpt's run on Value with nothing but the class exchanged."""

import itertools

import numpy as np
import pytest
from micrograd.engine import Value as Micrograd

from autodiff import Value, lift, topological_order
from autodiff.engine.ops import OPS
from benchmarks.programs import PROGRAMS, closures, tuples
from benchmarks.programs.lectures import LECTURES
from benchmarks.programs.rows import TEXTBOOK, operation

pytestmark = pytest.mark.long

CLAMPED = {"RNN", "GAN", "mixture of experts", "preference loss", "PPO", "batch normalisation", "ViT block"}


@pytest.mark.parametrize("name", LECTURES)
def test_lectures_give_their_own_numbers(name):
    theirs, ours = LECTURES[name](closures.Scalar), LECTURES[name](Value)
    assert len(theirs) == len(ours) > 1
    if isinstance(ours[0], str):
        assert theirs == ours
    else:
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["by_topological_order", "hinge_on_moons"])
def test_the_small_engine_is_like_micrograd(name):
    np.testing.assert_allclose(LECTURES[name](Micrograd), LECTURES[name](closures.Scalar), rtol=1e-12)


@pytest.mark.parametrize("name", TEXTBOOK)
def test_the_rows_that_are_timed_are_the_same_operations(name):
    x = {"acosh": 1.7}.get(name, 0.3)
    many = OPS[name].arity - len(OPS[name].defaults)
    theirs = operation(name)(*[tuples.Scalar(x), tuples.Scalar(0.7)][:many])
    ours = getattr(Value, name)(*[Value(x), Value(0.7)][:many])
    assert theirs.data == pytest.approx(ours.data, rel=1e-12)
    assert theirs._local_grads == pytest.approx(ours.local_derivatives[:many], rel=1e-12)


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_train_alike(name):
    steps = itertools.zip_longest(PROGRAMS[name](tuples.Scalar, 4), PROGRAMS[name](Value, 4))
    losses = []
    for (theirs, _), (ours, params) in steps:
        assert ours.data == pytest.approx(theirs.data, rel=1e-9, abs=1e-9)
        assert type(ours) is Value and len({*params}) == len(params)
        losses.append(ours.data)
    assert len(losses) >= 4 and len({*losses}) == len(losses)


@pytest.mark.parametrize("name", PROGRAMS)
def test_one_step_lifts(name):
    loss, params = next(iter(PROGRAMS[name](Value)))
    program = lift(loss, params=params)
    result = program()
    loss.backward()
    assert result.loss == pytest.approx(loss.data, rel=1e-12)
    gradient = np.concatenate([result.grads[array].ravel() for array in program.params])
    np.testing.assert_allclose(gradient, [p.grad for p in params], rtol=1e-9, atol=1e-12)
    assert ("a node is log, by" in str(program)) == (name in CLAMPED)
    assert program.plan.operations > 500


@pytest.mark.parametrize("name", PROGRAMS)
def test_microgpts_own_backward_pass_works_on_our_nodes(name):
    loss, params = next(iter(PROGRAMS[name](Value)))
    expected, theirs = next(iter(PROGRAMS[name](Value)))
    expected.backward()
    loss.grad = 1
    for node in reversed(topological_order(loss)):
        for child, slope in zip(node._children, node._local_grads):
            child.grad += slope * node.grad
    np.testing.assert_allclose([p.grad for p in params], [p.grad for p in theirs], rtol=1e-10, atol=1e-13)
