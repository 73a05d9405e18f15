"""Lines with indices: what is read by rule is said by rule, read back, and never called what it is not."""

import numpy as np
import pytest

from autodiff import dot, exp, leaves, lift, maximum, tanh
from autodiff.functions import mean
from tests.notation.reader import read

MAKE = np.random.default_rng(5)


def said(loss, params, inputs=None):
    """The lines of a program, whose listing says what it computes and picks nothing by a table."""
    inputs = inputs or {}
    program = lift(loss, inputs, [value for array in params.values() for value in array.ravel()])
    numbers = {name: array.data for name, array in inputs.items()}
    listing = str(program)
    assert "[…]" not in listing
    given = {name: array.data for name, array in {**params, **inputs}.items()}
    found = read(listing, given, program.constants)
    result = program(**numbers)
    assert found.loss == pytest.approx(result.loss, rel=1e-12)
    for name in params:
        np.testing.assert_allclose(found.gradient(name), result.grads[name], rtol=0, atol=1e-11)
    return [" ".join(line.split()) for line in listing.split("\n")]


def starts(lines, begin):
    return next(line for line in lines if line.startswith(begin))


def first(lines):
    """The right side of the first line, with what it holds for."""
    return lines[lines.index("forward") + 1].partition(" = ")[2]


def slide(K, X, stride=1, hole=1, flip=False):
    """A window over a matrix, in scalars."""
    p, q = K.shape
    W = K[::-1, ::-1] if flip else K
    rows = range(0, X.shape[0] - hole * (p - 1), stride)
    columns = range(0, X.shape[1] - hole * (q - 1), stride)
    return [
        [
            dot(W.ravel().tolist(), X[i : i + hole * p : hole, j : j + hole * q : hole].ravel().tolist())
            for j in columns
        ]
        for i in rows
    ]


def convolved(n=(7, 6), k=(3, 2), **how):
    K, X = leaves("K", MAKE.normal(size=k)), leaves("X", MAKE.normal(size=n))
    loss = mean([z.tanh() for row in slide(K, X, **how) for z in row])
    return said(loss, {"K": K, "X": X})


def test_a_window_is_a_convolution_in_both_directions():
    lines = convolved()
    assert first(lines) == "K ∗ X (5, 5)"
    name = lines[lines.index("forward") + 1].partition(" = ")[0]
    assert starts(lines, "dK =") == f"dK = d{name} ∗ X (3, 2)"
    assert starts(lines, "dX =") in (f"dX = d{name} ∗ᵀ K (7, 6)", f"dX = K ∗ᵀ d{name} (7, 6)")


@pytest.mark.parametrize(
    ("how", "subscripts"),
    [({"stride": 2}, "2i"), ({"hole": 2, "n": (9, 8)}, "2p"), ({"flip": True}, "4-p")],
    ids=["stride", "dilation", "flipped"],
)
def test_what_steps_has_holes_or_runs_backwards_is_no_convolution(how, subscripts):
    lines = convolved(**how)
    assert not any("∗" in line for line in lines)
    assert subscripts in first(lines)


def test_windows_of_a_part_say_which():
    k, x = leaves("k", MAKE.normal(size=3)), leaves("x", MAKE.normal(size=12))
    loss = sum(tanh(dot(k.tolist(), x[i : i + 3].tolist())) for i in range(2, 8))
    lines = said(loss, {"k": k, "x": x})
    assert first(lines).startswith("k ∗ x[3 … 10]")


def test_padding_by_zeros_leaves_a_window_where_it_is_whole():
    k, x = leaves("k", MAKE.normal(size=3)), leaves("x", MAKE.normal(size=8))
    z = [sum(k[j] * x[i + j - 1] for j in range(3) if 0 <= i + j - 1 < 8) for i in range(8)]
    lines = said(sum(each.tanh() for each in z), {"k": k, "x": x})
    assert [line for line in lines if "k ∗ x" in line and line.endswith("(6,)")]


def test_several_channels_and_samples():
    K, X = leaves("K", MAKE.normal(size=(3, 2, 2, 2))), leaves("X", MAKE.normal(size=(2, 2, 5, 4)))
    losses = []
    for image in X:
        for kernel in K:
            planes = [slide(plane, channel) for plane, channel in zip(kernel, image)]
            losses += [(a + b).tanh() for row, other in zip(*planes) for a, b in zip(row, other)]
    lines = said(mean(losses), {"K": K}, {"X": X})
    assert any("∗" in line for line in lines)


def test_images_first_then_channels_then_places():
    K, X = leaves("K", MAKE.normal(size=(3, 2, 2, 2))), leaves("X", MAKE.normal(size=(4, 2, 5, 4)))
    losses = []
    for image in X:
        for kernel in K:
            weights = kernel.ravel().tolist()
            losses += [
                dot(weights, image[:, i : i + 2, j : j + 2].ravel().tolist()).tanh()
                for i in range(4)
                for j in range(3)
            ]
    lines = said(mean(losses), {"K": K}, {"X": X})
    assert starts(lines, "Z_K") == "Z_K[s,k] = K[k] ∗ X[s], s = 1 … 4, k = 1 … 3 (4, 3)"
    assert starts(lines, "A_K") == "A_K = tanh(Z_K) (4, 3, 4, 3)"


def test_what_is_flattened_is_an_array_whose_columns_are_samples():
    K, V = leaves("K1", MAKE.normal(size=(2, 2, 2))), leaves("V", MAKE.normal(size=(3, 8)))
    X = leaves("X", MAKE.normal(size=(4, 5, 5)))
    losses = []
    for image in X:
        planes = [[[z.tanh() for z in row] for row in slide(kernel, image)] for kernel in K]
        pooled = [mean([p[2 * i + k][2 * j + l] for k in (0, 1) for l in (0, 1)])
                  for p in planes for i in (0, 1) for j in (0, 1)]  # fmt: skip
        losses += [dot(v, pooled).tanh() for v in V]
    lines = said(mean(losses), {"K1": K, "V": V}, {"X": X})
    assert starts(lines, "Z1") == "Z1[s,k] = K1[k] ∗ X[s], s = 1 … 4, k = 1 … 2 (4, 4)"
    assert starts(lines, "F") == "F[:,j] = reshape(P1[j], 8), j = 1 … 4 (8,)"
    assert starts(lines, "Z_V") == "Z_V = V·F (3, 4)"
    assert starts(lines, "dV") == "dV = dZ_V·Fᵀ (3, 8)"
    assert starts(lines, "dP1") == "dP1[j] = reshape(dF[:,j], 2, 2, 2), j = 1 … 4 (2, 2, 2)"
    assert starts(lines, "dK1") == "dK1[k] = Σₛ dZ1[s,k] ∗ X[s], k = 1 … 2, s = 1 … 4 (2, 2)"


def test_squares_of_an_image_are_slices():
    X = leaves("X", MAKE.normal(size=(6, 4)))
    squares = [X[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].ravel().tolist() for i in range(3) for j in range(2)]
    lines = said(mean([mean(square).tanh() for square in squares]), {"X": X})
    assert starts(lines, "μ") == "μ[i,j] = mean(X[2i-1 … 2i,2j-1 … 2j]), i = 1 … 3, j = 1 … 2 ()"


def test_pairs_of_columns_have_an_index():
    X, a = leaves("X", MAKE.normal(size=(2, 5))), leaves("a", MAKE.normal(size=5))
    D = [[exp(-sum((p - q) ** 2 for p, q in zip(x, z))) for z in X.T] for x in X.T]
    lines = said(sum(dot(row, a.tolist()).tanh() for row in D), {"X": X, "a": a})
    assert any("i = 1 … 5" in line for line in lines)


def test_the_letters_are_no_names_of_arrays():
    i, j = leaves("i", MAKE.normal(size=(2, 5))), leaves("j", MAKE.normal(size=5))
    D = [[exp(-sum((p - q) ** 2 for p, q in zip(x, z))) for z in i.T] for x in i.T]
    said(sum(dot(row, j.tolist()).tanh() for row in D), {"i": i, "j": j})


def test_every_other_element_and_what_runs_backwards():
    x, y = leaves("x", MAKE.normal(size=9)), leaves("y", MAKE.normal(size=(4, 4)))
    loss = sum(x[2 * i + 1] * x[8 - 2 * i] for i in range(4)) + sum(
        y[i, 3 - i].tanh() * y[i, i] for i in range(4)
    )
    said(loss, {"x": x, "y": y})


def test_what_adds_to_the_same_places_is_no_one_loop_with_what_reads_them():
    x = leaves("x", MAKE.normal(size=(3, 3)))
    u = [tanh(x[i, 2 - i]) for i in range(3)]
    v = [exp(u[2 - i]) * u[i] for i in range(3)]
    said(sum(maximum(each, 0.1) for each in v) + sum(a * b for a, b in zip(u, v[::-1])), {"x": x})


@pytest.mark.parametrize("seed", range(6))
def test_random_slices_read_back(seed):
    """Products and functions of random regular parts of two arrays."""
    make = np.random.default_rng(seed)
    A, B = leaves("A", make.normal(size=(6, 5))), leaves("B", make.normal(size=(3, 4, 5)))

    def part(n, m):
        if make.random() < 0.5:
            r, c = make.integers(0, 7 - n), make.integers(0, 6 - m)
            found = A[r : r + n, c : c + m]
        else:
            found = B[make.integers(0, 3), :, :][:n, :m]
        return found[:: make.choice([-1, 1])] if make.random() < 0.7 else found

    n, m = make.integers(2, 5), make.integers(2, 5)
    total = 0.0
    for _ in range(3):
        P, Q = part(n, m), part(n, m)
        total = total + sum((p * q).tanh() for p, q in zip(P.ravel(), Q.ravel()))
        total = total + sum(dot(p.tolist(), q.tolist()).sin() for p in P for q in Q)
    program = lift(total, params=[*A.ravel(), *B.ravel()])
    if "[…]" not in str(program):
        said(total, {"A": A, "B": B})


def pooled(rule, X):
    parts = [X[2 * i : 2 * i + 2, 2 * j : 2 * j + 2].ravel().tolist() for i in range(3) for j in range(2)]
    return mean([rule(part).tanh() for part in parts])


def largest(values):
    top = values[0]
    for each in values[1:]:
        top = maximum(top, each)
    return top


def test_the_largest_of_each_square_is_a_pooling():
    X = leaves("X", MAKE.normal(size=(6, 4)))
    lines = said(pooled(largest, X), {"X": X})
    assert first(lines) == "max(X[2i-1 … 2i,2j-1 … 2j]), i = 1 … 3, j = 1 … 2 ()"
    back = starts(lines, "dX[")
    assert back.startswith("dX[2i-1 … 2i,2j-1 … 2j] = ")
    assert "[X[2i-1 … 2i,2j-1 … 2j] = " in back


def test_the_largest_of_three_corners_is_no_pooling():
    X = leaves("X", MAKE.normal(size=(6, 4)))
    lines = said(pooled(lambda part: largest(part[:3]), X), {"X": X})
    assert not any("max(X[2i-1 … 2i,2j-1 … 2j])" in line for line in lines)


def test_what_is_kept_by_its_name_has_the_axes_of_the_listing():
    K, X = leaves("K", MAKE.normal(size=(3, 2, 2))), leaves("X", MAKE.normal(size=(4, 5, 4)))
    Z = [[slide(kernel, image) for kernel in K] for image in X]
    loss = mean([z.tanh() for planes in Z for plane in planes for row in plane for z in row])
    program = lift(loss, {"X": X}, K.ravel().tolist(), keep=["Z_K", "dZ_K", "A_K"])
    values = program(X=X.data).values
    wanted = np.array([[[[z.data for z in row] for row in plane] for plane in planes] for planes in Z])
    np.testing.assert_allclose(values["Z_K"], wanted, rtol=1e-12)
    np.testing.assert_allclose(values["A_K"], np.tanh(wanted), rtol=1e-12)
    np.testing.assert_allclose(values["dZ_K"], (1.0 - np.tanh(wanted) ** 2) / wanted.size, rtol=1e-9)
