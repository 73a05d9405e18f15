"""Normalised columns and rows are found however they were written, with the book's gradient, and nothing
that only nearly is one."""

import numpy as np
import pytest

from autodiff import Array, Value, lift, sqrt
from autodiff.functions import mean, sum
from tests.autodiff.lifting.find.named.listed import held, line

N, M = 4, 5  # features, samples
EPSILON = 1e-3

NORMS = {
    "by mean and variance": lambda Z: (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + EPSILON),
    "by a factor": lambda Z: (Z - np.mean(Z, 0)) * (1.0 / np.sqrt(np.var(Z, 0) + EPSILON)),
    "by a power": lambda Z: (Z - Z.mean(axis=0)) * (Z.var(axis=0) + EPSILON) ** -0.5,
    "by half a power": lambda Z: (
        (Z - Z.mean(axis=0)) / (((Z - Z.mean(axis=0)) ** 2).mean(axis=0) + EPSILON) ** 0.5
    ),
    "by sums": lambda Z: (Z - Z.sum(0) / N) / np.sqrt(((Z - Z.sum(0) / N) ** 2).sum(0) / N + EPSILON),
    "in scalars": lambda Z: np.array([in_scalars(list(column)) for column in Z.T]).T,
}


def in_scalars(z):
    middle = mean(z)
    spread = mean([(each - middle) * (each - middle) for each in z])
    return [(each - middle) / sqrt(spread + EPSILON) for each in z]


def lifted(norm, shape=(N, M)):
    """The program of Σ Y ⊙ tanh(norm(W·X))."""

    def total(W, X, Y):
        return sum([y * n.tanh() for y, n in zip(Y.ravel(), np.ravel(norm(W @ X)))])

    return held(total, {"W": (shape[0], 3)}, {"X": (3, shape[1]), "Y": shape}, reads=False)


@pytest.mark.parametrize("form", NORMS)
def test_a_layer_norm_is_named(form):
    program = lifted(NORMS[form])
    assert line(program, "N") == "layer_norm(Z, 0.001)"
    assert line(program, "dZ") == "(dN - meanᵢ(dN) - N ⊙ meanᵢ(N ⊙ dN))/√(varᵢ(Z) + 0.001)"


def of_rows(norm):
    return lambda Z: norm(Z.T).T


@pytest.mark.parametrize("form", ["by mean and variance", "by a factor", "in scalars"])
def test_a_batch_norm_is_named(form):
    program = lifted(of_rows(NORMS[form]), (M, N))
    assert line(program, "N") == "batch_norm(Z, 0.001)"
    assert line(program, "dZ") == "(dN - meanⱼ(dN) - N ⊙ meanⱼ(N ⊙ dN))/√(varⱼ(Z) + 0.001)"


@pytest.mark.parametrize(
    "norm",
    [
        lambda Z: Z / np.sqrt((Z**2).mean(axis=0) + EPSILON),
        lambda Z: Z * (np.mean(Z * Z, axis=0) + EPSILON) ** -0.5,
        lambda Z: Z * (1 / np.sqrt(np.sum(Z * Z, axis=0) / N + EPSILON)),
    ],
)
def test_an_rms_norm_is_named(norm):
    program = lifted(norm)
    assert line(program, "N") == "rms_norm(Z, 0.001)"
    assert line(program, "dZ") == "(dN - N ⊙ meanᵢ(N ⊙ dN))/√(meanᵢ(Z²) + 0.001)"


def test_columns_of_length_one_have_the_book_s_gradient():
    program = lifted(lambda Z: Z / np.sqrt((Z**2).sum(axis=0)))
    assert line(program, "v1") == "Z/√(Σᵢ Z²)"
    assert line(program, "dZ") == "(dv1 - v1 ⊙ Σᵢ v1 ⊙ dv1)/√(Σᵢ Z²)"


def test_a_gain_that_came_first_is_put_behind():
    program = lifted(lambda Z: np.exp(Z[:, :1]) * (Z - Z.mean(axis=0)) / np.sqrt(Z.var(axis=0) + EPSILON))
    assert line(program, "N") == "layer_norm(Z, 0.001)"


NEARLY = {
    "ε behind the root": lambda Z: (Z - Z.mean(0)) / (np.sqrt(Z.var(0)) + EPSILON),
    "an unbiased variance": lambda Z: (Z - Z.mean(0)) / np.sqrt(Z.var(0, ddof=1) + EPSILON),
    "the variance of a row": lambda Z: (Z[:, :N] - Z[:, :N].mean(0)) / np.sqrt(Z[:, :N].var(1) + EPSILON),
    "the next column's variance": lambda Z: (Z - Z.mean(0)) / np.sqrt(np.roll(Z.var(0), 1) + EPSILON),
    "not centred above": lambda Z: Z / np.sqrt(Z.var(0) + EPSILON),
    "centred above only": lambda Z: (Z - Z.mean(0)) / np.sqrt((Z * Z).mean(0) + EPSILON),
    "a part of the column": lambda Z: Z[1:] / np.sqrt((Z * Z).mean(0) + EPSILON),
    "a part of the squares": lambda Z: Z / np.sqrt((Z[1:] * Z[1:]).mean(0) + EPSILON),
    "a fourth root": lambda Z: Z / ((Z * Z).mean(0) + EPSILON) ** 0.25,
    "no root": lambda Z: (Z - Z.mean(0)) / (Z.var(0) + EPSILON),
    "a product in place of a quotient": lambda Z: (Z - Z.mean(0)) * np.sqrt(Z.var(0) + EPSILON),
}  # fmt: skip


@pytest.mark.parametrize("form", NEARLY)
def test_what_only_nearly_is_a_norm_has_no_name(form):
    program = lifted(NEARLY[form])
    assert "_norm(" not in str(program)
    assert {formula.thing.name for formula in program.formulas if formula.thing} <= {"var"}


def test_columns_less_the_mean_of_all_have_the_rms_norm_of_what_is_left():
    program = lifted(lambda Z: (Z - Z.mean()) / np.sqrt(((Z - Z.mean()) ** 2).mean(0) + EPSILON))
    assert line(program, "N") == "rms_norm(v1, 0.001)"
    assert line(program, "v1") == "Z - μ"


def test_columns_less_the_next_one_s_mean_are_no_layer_norm():
    def norm(Z):
        V = Z - np.roll(Z.mean(0), 1)
        return V / np.sqrt((V**2).mean(0) + EPSILON)

    assert line(lifted(norm), "N") == "rms_norm(v1, 0.001)"


VECTORS = {
    "rms_norm(z, 0.001)": lambda z: z / np.sqrt(np.mean(z**2) + EPSILON),
    "layer_norm(z, 0.001)": lambda z: (z - z.mean()) / np.sqrt(np.var(z) + EPSILON),
    "layer_norm(z, 0)": lambda z: (z - z.mean()) / z.std(),
    "z/‖z‖": lambda z: z / np.linalg.norm(z),
}


@pytest.mark.parametrize("written", VECTORS)
def test_one_vector_is_a_column(written):
    program = held(
        lambda w, x, y: np.sum(y * np.tanh(VECTORS[written](w * x))), {"w": (N,)}, {"x": (N,), "y": (N,)}
    )
    assert f" = {written} " in str(program)


def test_lengths_by_hypotenuses_are_lengths():
    program = lifted(of_rows(lambda Z: Z / np.linalg.norm(Z, axis=0)))
    assert line(program, "v1") == "Z/√(Σⱼ Z²)"
    assert line(program, "dZ") == "(dv1 - v1 ⊙ Σⱼ v1 ⊙ dv1)/√(Σⱼ Z²)"
    for lengths, nearly in (  # which may be named by themselves, and are no norm of what is divided
        (1, lambda Z: Z / np.hypot(np.linalg.norm(Z, axis=0), 1.0)),
        (1, lambda Z: Z[1:] / np.linalg.norm(Z, axis=0)),
        (0, lambda Z: Z / np.hypot(np.hypot(Z[0], Z[1]), np.hypot(Z[2], Z[3]))),
    ):
        listing = str(lifted(nearly))
        assert [each for each in listing.splitlines() if "√" in each] == [
            each for each in listing.splitlines() if each.startswith("  v1 = √(Σᵢ Z²)ᵀ ")
        ]
        assert listing.count("√") == lengths


def test_the_length_of_an_array_or_of_each_column_is_one_line():
    program = lifted(of_rows(lambda Z: np.linalg.norm(Z, axis=0) * Z))
    assert line(program, "v1") == "√(Σⱼ Z²)"
    program = held(lambda w, x: np.linalg.norm(w - x) + np.sum(w), {"w": (N,)}, {"x": (N,)})
    assert " = ‖" in str(program) and "hypot" not in str(program) + program.source()


def test_the_length_of_nothing_has_the_slope_0():
    w = [[Value(1e-170 * (i > 1) * (i - j), f"w[{i},{j}]") for j in range(4)] for i in range(5)]
    root = np.sum(np.linalg.norm(Array(w), axis=1))
    root.backward()
    program = lift(root, {}, [each for row in w for each in row])
    expected = [[each.grad for each in row] for row in w]
    np.testing.assert_allclose(program().grads["w"], expected, rtol=1e-14)
    scope = {}
    exec(program.source(), scope)
    np.testing.assert_allclose(scope["run"](*program.params.values())[1]["w"], expected, rtol=1e-14)


def statistics(of, reads=True):
    def loss(W, X, Y):
        return np.sum(Y[:, 0] * np.tanh(of(W @ X)))

    return held(loss, {"W": (N, 3)}, {"X": (3, M), "Y": (N, 1)}, reads)


def test_a_variance_is_named_where_no_norm_has_it_within():
    program = statistics(lambda Z: Z.var(axis=1))
    assert line(program, "σ2") == "varⱼ(Z)"
    assert line(program, "dZ") == "0.4·dσ2 ⊙ (Z - meanⱼ(Z))"
    program = statistics(lambda Z: Z.std(axis=1))
    assert line(program, "σ") == "√σ2"


@pytest.mark.parametrize(
    "of",
    [
        lambda Z: Z.var(axis=1, ddof=1),
        lambda Z: ((Z - Z.mean()) ** 2).mean(axis=1),
        lambda Z: ((Z - np.roll(Z.mean(axis=1, keepdims=True), 1, axis=0)) ** 2).mean(axis=1),
        lambda Z: ((Z - Z[:, 1:].mean(axis=1, keepdims=True)) ** 2).mean(axis=1),
        lambda Z: (np.abs(Z - Z.mean(axis=1, keepdims=True))).mean(axis=1),
    ],
)
def test_what_only_nearly_is_a_variance_has_no_name(of):
    assert "var" not in str(statistics(of, reads=False))


def test_a_distance_of_normalised_vectors_has_a_listing():
    """Each is normalised one after the other, as in a network of scalars, and the listing is regular."""
    rng = np.random.default_rng(0)

    def embedded(w, x):
        z = [sum([a * b for a, b in zip(row, x)]) for row in w]
        factor = (mean([each * each for each in z]) + EPSILON) ** -0.5
        return [each * factor for each in z]

    w = [[Value(rng.normal()) for _ in range(3)] for _ in range(4)]
    triples = [[[Value(rng.normal()) for _ in range(3)] for _ in range(3)] for _ in range(M)]
    losses = []
    for a, p, n in ([embedded(w, x) for x in triple] for triple in triples):
        near, far = (sum([(u - v) ** 2 for u, v in zip(a, other)]) for other in (p, n))
        losses.append((near - far + 0.5).relu())
    program = lift(mean(losses), params=[each for row in w for each in row])
    assert "rms" in str(program) or "mean" in str(program)
    assert program().loss == pytest.approx(mean(losses).data, rel=1e-12)
