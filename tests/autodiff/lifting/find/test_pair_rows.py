"""Rows by columns: every arrangement that is a product, or a stack of products, is found, and no other."""

import numpy as np
import pytest

from autodiff.lifting.find.pairing import pair_rows


def paired(blocks, J, S, T, seed, shuffled=True):
    """Rows x and z of blocks·J·S sums of T terms each: every row of a block meets all columns of it."""
    rng = np.random.default_rng(seed)
    places = rng.permutation(4 * blocks * (J + S) * T).astype(np.int64)
    rows, places = places[: blocks * J * T].reshape(blocks, J, T), places[blocks * J * T :]
    columns = places[: blocks * S * T].reshape(blocks, S, T)
    pairs = [(b, j, s) for b in range(blocks) for j in range(J) for s in range(S)]
    if shuffled:
        rng.shuffle(pairs)
    return np.array([rows[b, j] for b, j, _ in pairs]), np.array([columns[b, s] for b, _, s in pairs])


def lies_well(x, z, dims, order):
    """Whether x is the same along the last axis, and z along the one before it."""
    assert sorted(order.tolist()) == list(range(len(x)))
    x, z = (each[order].reshape(*dims, -1) for each in (x, z))
    return (x == x[..., :1, :]).all() and (z == z[..., :1, :, :]).all()


@pytest.mark.parametrize("T", [1, 3])
@pytest.mark.parametrize(("J", "S"), [(1, 1), (1, 4), (4, 1), (2, 2), (3, 2), (2, 5)])
def test_a_product(J, S, T):
    for seed in range(4):
        x, z = paired(1, J, S, T, seed)
        dims, order = pair_rows(x, z)
        assert dims == (J, S)
        assert lies_well(x, z, dims, order)


@pytest.mark.parametrize("T", [1, 2])
@pytest.mark.parametrize(
    ("blocks", "J", "S"), [(2, 1, 3), (2, 3, 1), (2, 2, 2), (3, 2, 2), (4, 2, 3), (3, 5, 4)]
)
def test_a_stack_of_products(blocks, J, S, T):
    for seed in range(4):
        x, z = paired(blocks, J, S, T, seed)
        dims, order = pair_rows(x, z)
        assert dims == (blocks, J, S)
        assert lies_well(x, z, dims, order)


def test_rows_and_columns_lie_in_the_order_of_their_positions():
    x, z = paired(3, 2, 4, 2, seed=5)
    (blocks, J, S), order = pair_rows(x, z)
    x, z = x[order].reshape(blocks, J, S, 2), z[order].reshape(blocks, J, S, 2)
    assert (np.diff(x[:, :, 0, 0], axis=1) > 0).all() and (np.diff(z[:, 0, :, 0], axis=1) > 0).all()
    assert (np.diff(x[:, :, 0, 0].min(axis=1)) > 0).all()
    x, z = paired(1, 3, 4, 2, seed=5)
    _, order = pair_rows(x, z)
    x, z = x[order].reshape(3, 4, 2), z[order].reshape(3, 4, 2)
    assert (np.diff(x[:, 0, 0]) > 0).all() and (np.diff(z[0, :, 0]) > 0).all()


@pytest.mark.parametrize("copies", [2, 3])
def test_sums_that_stand_there_several_times_are_columns_of_their_own(copies):
    x, z = paired(1, 3, 2, 2, seed=1)
    x, z = np.concatenate([x] * copies), np.concatenate([z] * copies)
    dims, order = pair_rows(x, z)
    assert dims == (3, 2 * copies)
    assert lies_well(x, z, dims, order)


@pytest.mark.parametrize(("blocks", "J", "S"), [(1, 3, 3), (1, 2, 4), (2, 2, 2), (3, 2, 3), (2, 3, 3)])
def test_where_a_pair_is_missing_there_is_no_product(blocks, J, S):
    for seed in range(4):
        x, z = paired(blocks, J, S, 2, seed)
        assert pair_rows(x[:-1], z[:-1]) is None


def test_rows_that_meet_one_column_each_need_no_product():
    x, z = paired(5, 1, 1, 2, seed=0)
    assert pair_rows(x, z) is None


def together(*stacks):
    """Several stacks in one group."""
    pairs = [(x + 1000 * i, z + 1000 * i) for i, (x, z) in enumerate(stacks)]
    return np.concatenate([x for x, _ in pairs]), np.concatenate([z for _, z in pairs])


@pytest.mark.parametrize(
    "shapes",
    [
        [(2, 2), (2, 3)],  # equal numbers of rows only
        [(2, 2), (3, 2)],  # of columns only
        [(1, 4), (3, 2)],
        [(1, 4), (4, 1)],
        [(1, 3), (3, 1), (2, 2)],  # six rows and six columns in three blocks, two by two on average
        [(2, 2), (2, 2), (1, 2)],
    ],
)
def test_blocks_of_different_shapes_are_no_stack(shapes):
    assert pair_rows(*together(*(paired(1, J, S, 2, seed=i) for i, (J, S) in enumerate(shapes)))) is None


def test_columns_that_two_blocks_share_make_no_stack():
    # Rows 0 and 1 meet columns 0 and 2; rows 2 and 3 meet columns 1 and 2, or else 1 and 3.
    for second, columns in (((1, 2), 3), ((1, 3), 4)):
        pairs = [(j, s) for j in (0, 1) for s in (0, 2)] + [(j, s) for j in (2, 3) for s in second]
        x, z = (
            np.array([[10 * n + k, 10 * n + k + 1] for n in numbers]) for k, numbers in enumerate(zip(*pairs))
        )
        result = pair_rows(x, 500 + z)
        assert (result is None) == (columns == 3)
        if result:
            assert lies_well(x, z, *result)


@pytest.mark.parametrize("column", range(4))
def test_rows_that_differ_in_one_place_are_different(column):
    rows = np.tile(np.arange(4), (3, 1))
    rows[:, column] = [10, 11, 12]
    pairs = [(j, s) for j in range(3) for s in range(3)]
    x, z = rows[[j for j, _ in pairs]], 100 + rows[[s for _, s in pairs]]
    dims, order = pair_rows(x, z)
    assert dims == (3, 3)
    assert lies_well(x, z, dims, order)
