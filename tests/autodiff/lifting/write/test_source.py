"""``source()`` is a program for everything that lifts, and so is a copy."""

import copy
import pickle
from itertools import pairwise

import numpy as np
import pytest

from autodiff import Value, exp, leaves, lift, log, logsumexp, maximum, softmax
from autodiff.functions import sum
from autodiff.lifting.write.algebra import joined
from autodiff.lifting.write.rendered import Rendered

pytestmark = pytest.mark.long

v = leaves("v", [0.5, -1.25, 2.0])
scalars = [Value(float(np.sin(i)), f"s{i}_") for i in range(230)]

LOSSES = {
    "no variables": (v[0] * 0.0 + 6.0, v),
    "constants among others": (log(softmax([v[0], v[1], -1e9, -2e9])[0]), v),
    "parts that are constants": (sum([exp(x) for x in (v[0].tanh(), v[1].sin() * v[2], 0.25 * v[0] - 1)]), v),
    "one number many times": (logsumexp([v[0], 0.5, 0.5, 0.5]), v),
    "numbers from one end to the other": (v[0] * 1e300 + v[1] * 1e-300 + (v[2] * 0.0 + 1e9).sqrt(), v),
    "the logsumexp of many scalars": (logsumexp(scalars), scalars),
    "the sum of many scalars": (sum([s * t for s, t in pairwise(scalars)]), scalars),
    "the product of many scalars": (np.prod(scalars[:150]), scalars[:150]),
}


@pytest.mark.parametrize(("loss", "params"), LOSSES.values(), ids=LOSSES)
def test_everything_has_a_source_and_copies(loss, params):
    program = lift(loss, params=list(params))
    result = program()
    namespace = {}
    exec(program.source(), namespace)
    value, grads = namespace["run"](*program.params.values())
    assert value == pytest.approx(result.loss, rel=1e-12)
    assert list(grads) == list(result.grads)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, result.grads[name], rtol=1e-11, atol=0.0)
    for twin in (copy.deepcopy(program), pickle.loads(pickle.dumps(program))):
        assert twin().loss == result.loss
        assert (str(twin), twin.latex(), twin.source()) == (str(program), program.latex(), program.source())


@pytest.mark.parametrize("reduction", ["add", "maximum", "minimum"])
@pytest.mark.parametrize("count", [1, 2, 3, 3100])
def test_many_terms_are_not_nested(reduction, count):
    terms = [Rendered(f"t{i}", f"t{i}", f"t{i}") for i in range(count)]
    numbers = {f"t{i}": np.sin(float(i)) for i in range(count)}
    value = eval(joined(terms, reduction).numpy, {"np": np, **numbers})
    assert value == pytest.approx(getattr(np, reduction).reduce(list(numbers.values())), rel=1e-12)
    assert joined(terms, reduction).text.count("(") <= 1


def test_blocks_that_are_read_together_are_listed():
    program = lift(LOSSES["parts that are constants"][0], params=list(v))
    assert "exp([v1; v4; v3])" in str(program)
    assert ",v" not in str(program)
    assert r"\left[" in program.latex()
    assert "[-1e9; -2e9]" in str(lift(LOSSES["constants among others"][0], params=list(v)))


def test_places_in_a_vector_are_listed():
    program = lift(sum([exp(v[i] * v[j]) for i, j in ((0, 1), (2, 1), (2, 2))]) + v[0] * 0.0, params=list(v))
    assert "v[(1, 3, 3)] ⊙ v[(2, 2, 3)]" in str(program)


def test_a_maximum_has_the_slope_of_a_step_that_is_a_half_at_a_tie(run_source):
    x = leaves("heaviside", [-1.0, 0.0, 2.0])
    program = lift(sum(maximum(0.0, v) * (3.0 + i) for i, v in enumerate(x)), {}, x.tolist())
    source = program.source()
    assert "np.sign(0.0 -" not in source
    _, grads = run_source(program)
    np.testing.assert_array_equal(grads["heaviside"], [0.0, 2.0, 5.0])


def test_a_sum_that_stands_where_it_is_picked_from_is_in_parentheses(run_source):
    u, w = leaves("u", [0.5, -1.5, 2.0, 0.25, 1.0]), leaves("w", [0.75, 1.0, -2.0])
    program = lift(sum((w[[0, 0, 2, 1, 0]] - 1.0) * exp(u) * u), params=[*u, *w])
    _, grads = run_source(program)
    np.testing.assert_allclose(grads["w"], program().grads["w"], rtol=1e-12)
