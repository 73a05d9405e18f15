"""Which axes a sequence of positions is regular along."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from autodiff.lifting.lattice import lattice

axes = st.lists(st.tuples(st.integers(1, 5), st.integers(-40, 40)), min_size=1, max_size=4)


def positions(lengths, steps):
    return sum(
        (step * i for step, i in zip(steps, np.indices(lengths))), np.full(lengths, 7, dtype=np.int64)
    ).ravel()


@given(axes, st.lists(st.integers(-40, 40), min_size=4, max_size=4))
def test_what_is_regular_along_some_axes_is_regular_along_those_found(made, others):
    lengths = [n for n, _ in made]
    columns = np.stack([positions(lengths, [s for _, s in made]), positions(lengths, others)], axis=1)
    dims = lattice(columns)
    assert dims is not None
    assert np.prod(dims) == len(columns)
    for column in columns.T:
        table = column.reshape(dims)
        corner = (0,) * len(dims)
        steps = [
            table[tuple(int(a == b) for b in range(len(dims)))] - table[corner] if n > 1 else 0
            for a, n in enumerate(dims)
        ]
        assert (positions(dims, steps) - 7 + table[corner] == column).all()


@given(st.lists(st.integers(0, 9), min_size=2, max_size=12))
def test_no_axes_are_found_for_what_has_none(read):
    dims = lattice(np.array(read)[:, None])
    if dims is None:
        steps = np.diff(read)
        assert len(set(steps.tolist())) > 1
    else:
        table = np.array(read).reshape(dims)
        for axis in range(table.ndim):
            step = np.diff(table, axis=axis)
            assert not step.size or (step == step.flat[0]).all()
