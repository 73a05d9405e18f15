"""Random graphs: lifted programs give the loss and the gradients that the scalar engine gives."""

import random

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autodiff import DomainError, Value, dot, functions, lift, topological_order
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.ops import OPS
from tests.examples import examples

pytestmark = pytest.mark.long


def smooth(op, operands):
    """Whether the partials are moderate, and hardly change when an operand moves a little: no kink
    nearby, where rounding decides."""
    at = [each.data for each in operands]
    probes = [at] + [
        [x + (h if i == j else 0.0) for j, x in enumerate(at)] for i in range(len(at)) for h in (-1e-6, 1e-6)
    ]
    found = []
    for probe in probes:
        with np.errstate(all="ignore"):
            probe = [np.float64(x) for x in probe]
            found.append([float(p) for p in op.partials(ARRAYS, *probe, op.forward(ARRAYS, *probe))])
    found = np.array(found)
    return bool(
        np.isfinite(found).all() and np.abs(found).max() < 50.0 and np.ptp(found, axis=0).max() < 1e-2
    )


class Grower:
    """Grows a graph from vectors of Values: elementwise rows of the table, sums of products,
    sums, along slices, strides and reversed, scattered, broadcast or with constants."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        rng = self.rng
        self.params = [
            [Value(rng.uniform(0.2, 1.5), f"p{k}[{i}]") for i in range(rng.randint(1, 6))]
            for k in range(rng.randint(1, 3))
        ]
        self.inputs = {
            f"x{k}": [Value(rng.uniform(0.2, 1.5)) for _ in range(rng.randint(1, 6))]
            for k in range(rng.randint(0, 2))
        }
        self.vectors = [*self.params, *self.inputs.values()]
        self.nodes = 0

    def vector(self, n):
        """n Values of the pool, in one of many patterns, or one constant as often."""
        rng = self.rng
        kind = rng.randrange(6)
        source = rng.choice(self.vectors)
        if kind == 0:
            return [Value(rng.choice([2.0, 0.5, 1.0, 3.0, -1.0, 0.0]))] * n
        if kind == 1:
            return [rng.choice(source)] * n
        if kind == 2:
            return [rng.choice(rng.choice(self.vectors)) for _ in range(n)]
        start, step = rng.randrange(len(source)), rng.choice([1, 1, -1, 2, 3])
        return [source[(start + step * i) % len(source)] for i in range(n)]

    def apply(self, op, n):
        """The row on n operands, where it is defined, smooth and moderate."""
        made = []
        for operands in zip(*(self.vector(n) for _ in range(op.arity))):
            try:
                y = getattr(functions, op.name)(*operands)
            except DomainError:
                continue
            if isinstance(y, Value) and abs(y.data) < 50.0 and smooth(op, operands):
                made.append(y)
        self.keep(made)
        return made

    def reduce(self, n):
        """n sums, of products or of Values, perhaps of different lengths, perhaps scaled."""
        rng = self.rng
        T = rng.randint(1, 5)
        shared = self.vector(T)
        made = []
        for _ in range(n):
            t = rng.randint(1, T) if rng.random() < 0.2 else T
            left, right = self.vector(T)[:t], (shared if rng.random() < 0.7 else self.vector(T))[:t]
            y = dot(left, right) if rng.random() < 0.7 else functions.sum(left)
            y = rng.choice(
                [lambda y: y, lambda y: 0.25 * y, lambda y: y / 4.0, lambda y: -y, lambda y: 1.0 - y]
            )(y)
            if isinstance(y, Value) and abs(y.data) < 50.0:
                made.append(y)
        self.keep(made)

    def keep(self, made):
        if made:
            self.vectors.append(made)
            self.nodes += len(made)

    def root(self):
        rng = self.rng
        chosen = [v for vector in self.vectors for v in rng.sample(vector, min(len(vector), 4))]
        return functions.sum([rng.uniform(-1, 1) * v for v in chosen]) + self.params[0][0]


def grown(seed, nodes, rows=()):
    grower = Grower(seed)
    for op in rows:
        assert any(grower.apply(op, 4) for _ in range(200)), f"no operands found for {op.name}"
    names = list(OPS)
    while grower.nodes < nodes:
        n = grower.rng.choice([1, 2, 3, 4, 8, 12])
        if grower.rng.random() < 0.4:
            grower.reduce(n)
        else:
            grower.apply(OPS[grower.rng.choice(names)], n)
    return grower


def lifted_agrees(agrees, grower, **options):
    root = grower.root()
    params = [v for vector in grower.params for v in vector]
    program = lift(root, grower.inputs, params, wrt_inputs=True)
    root.backward()
    leaves = params + [v for vector in grower.inputs.values() for v in vector]
    # Gradients that are sums of large shares that cancel are as uncertain as those.
    scale = max(1.0, *(abs(v.grad) for v in leaves))
    agrees(program, root, params, grower.inputs, scale=scale, **options)


@given(seed=st.integers(0, 2**32 - 1), nodes=st.sampled_from([1, 4, 12, 40]))
@example(seed=103, nodes=40)  # a sum that no node is, among what loops take apart
@example(seed=224, nodes=40)  # a number that gets the sum of some rows of a cotangent
@example(seed=501, nodes=12)  # a cotangent that is a sum of plain numbers, added to one element
@example(seed=109382, nodes=12)  # -(0 + 0), of which an arctangent sees the sign
@example(seed=99999999, nodes=40)  # terms with one element in a sum that is a number
@examples(times=2)
def test_small_random_graphs(agrees, seed, nodes):
    lifted_agrees(agrees, grown(seed, nodes))


@given(seed=st.integers(0, 2**32 - 1))
@examples(times=1 / 10)
def test_random_graphs_with_every_row(agrees, seed):
    lifted_agrees(agrees, grown(seed, 250, OPS.values()))


@pytest.mark.parametrize("seed", range(2))
def test_random_graphs_of_three_thousand_nodes(agrees, seed):
    grower = grown(seed, 1000, OPS.values())
    assert len(topological_order(grower.root())) > 3000
    lifted_agrees(agrees, grower, source=False)


@given(
    seed=st.integers(0, 2**32 - 1),
    nodes=st.sampled_from([1, 4, 12, 40]),
    wrong=st.sampled_from([np.inf, -np.inf, np.nan]),
)
def test_no_input_that_is_not_finite_passes_unseen(seed, nodes, wrong):
    grower = grown(seed, nodes)
    program = lift(grower.root(), grower.inputs, [v for vector in grower.params for v in vector])
    data = {name: np.array([v.data for v in vector]) for name, vector in grower.inputs.items()}
    program(**data)
    for name, array in data.items():
        for i in range(len(array)):
            poisoned = array.copy()
            poisoned[i] = wrong
            with pytest.raises(ValueError, match=rf"input {name}\[{i}\] is .*; it must be finite"):
                program(**{**data, name: poisoned})


@given(seed=st.integers(0, 2**32 - 1), nodes=st.sampled_from([1, 4, 12, 40]))
@example(seed=226, nodes=40)  # a sum over the samples of what has an axis of length 1 beside them
def test_random_graphs_in_batches(run_source, seed, nodes):
    grower = grown(seed, nodes)
    root, params = grower.root(), [v for vector in grower.params for v in vector]
    single = lift(root, grower.inputs, params, wrt_inputs=True)
    batched = lift(root, grower.inputs, params, batch=True, wrt_inputs=True)
    rng = np.random.default_rng(seed)
    m = 3 if grower.inputs else 1
    data = {
        name: np.array([v.data for v in vector])[:, None] * (1 + 1e-4 * rng.standard_normal((len(vector), m)))
        for name, vector in grower.inputs.items()
    }
    try:
        each = [single(**{name: array[:, s] for name, array in data.items()}) for s in range(m)]
    except DomainError:
        return  # a graph at the edge of a domain
    result = batched(**data)
    loss, grads = run_source(batched, **data)
    assert result.loss == pytest.approx(np.mean([r.loss for r in each]), rel=1e-10, abs=1e-10)
    assert loss == pytest.approx(result.loss, rel=1e-10, abs=1e-10)
    scale = max(1.0, *(np.abs(grad).max() for r in each for grad in r.grads.values()))
    for name, grad in result.grads.items():
        parts = [r.grads[name] for r in each]
        expected = np.stack(parts, axis=-1) / m if name in data else np.mean(parts, axis=0)
        assert grad.shape == expected.shape == grads[name].shape
        assert np.abs(grad - expected).max() <= 1e-10 * scale
        assert np.abs(grads[name] - grad).max() <= 1e-10 * scale
