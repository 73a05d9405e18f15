"""A line that holds for every value of an index, in the three languages."""

import numpy as np

from autodiff import leaves, lift, lifted
from autodiff.lifting.write.rendered import Index, Line
from tests.notation.reader import read


def test_an_index_says_from_where_to_where():
    up, down = Index("t", 1, 12), Index("t", 12, 1)
    assert (up.text, down.text) == ("t = 1 … 12", "t = 12 … 1")
    assert (up.latex, down.latex) == (r"t = 1, \dots, 12", r"t = 12, \dots, 1")
    for index in (up, down):
        assert eval(f"[{index.letter} for {index.numpy}]") == [*range(1, 13)][:: 1 if index is up else -1]


def test_a_line_says_its_indices_and_starts_behind_it():
    start = Line("H[0]", (3,), "H[0] = x", "H[0] = x", "H_{0} &= x")
    line = Line("H[t]", (3,), "H[t] = W·H[t-1]", "H[t] = W @ H[t - 1]", r"H_{t} &= W \, H_{t-1}")
    assert (line.in_text, line.in_latex) == (line.text, line.latex)
    rolled = line._replace(ranges=(Index("t", 1, 3),), starts=(start,))
    assert rolled.in_text == "H[t] = W·H[t-1],  t = 1 … 3,  H[0] = x"
    assert rolled.in_latex == r"H_{t} &= W \, H_{t-1}, \quad t = 1, \dots, 3, \quad H_{0} = x"


def backward_of_a_residual(turned):
    make = np.random.default_rng(0)
    W, X, Y = (leaves(name, make.normal(size=(3, 3))) for name in "WXY")
    A = np.tanh(W @ X)
    E = (A.T if turned else A) - Y
    return str(lift((E * E * E).sum(), {"X": X, "Y": Y}, W)).partition("backward\n")[2]


def test_the_cotangent_of_a_residual_has_the_name_of_the_array_that_gets_it():
    lines = backward_of_a_residual(turned=False)
    assert "  dA = v2 + 2·v1²" in lines and "dv1" not in lines
    turned = backward_of_a_residual(turned=True)
    assert "  dv1 = v2 + 2·v1²" in turned and "  dA = dv1ᵀ" in turned


def numbers(*shape):
    return np.random.default_rng(len(shape)).normal(size=shape)


def lines(loss, *arrays):
    """The lines of a loss that is written in NumPy."""
    f = lifted(loss)
    f.value_and_grad(*arrays)
    return [line.in_text for line in (*f.program.forward, *f.program.backward)]


W, X, y, lam = numbers(5, 4), numbers(4, 10), numbers(10), 0.1


def test_a_penalty_whose_weight_is_an_argument_is_a_square_of_a_norm():
    def fit(W, X, y):
        return np.mean((np.sum(np.tanh(W @ X), axis=0) - y) ** 2)

    of_norm = {
        lambda W, X, y, lam: fit(W, X, y) + lam * np.sum(W**2): ("s = ‖W‖²", "2·lam·W"),
        lambda W, X, y, lam: fit(W, X, y) + lam * np.sum(W * W): ("s = ‖W‖²", "2·lam·W"),
        lambda W, X, y, lam: fit(W, X, y) + lam / 2 * np.sum(np.square(W)): ("s = ‖W‖²", "2·ds·W"),
        lambda W, X, y, lam: fit(W, X, y) + lam * np.sqrt(np.sum(W**2)): ("r = √s", "2·ds·W"),
        lambda W, X, y, lam: fit(W, X, y) + lam * (0.3 * np.sum(W**2) + np.sum(abs(W))): (
            "s = 0.3·‖W‖² + Σ v1",
            "0.6·lam·W",
        ),
    }
    for loss, (sum_line, share) in of_norm.items():
        listing = lines(loss, W, X, y, lam)
        assert any(line.startswith(sum_line) for line in listing), listing
        (of_W,) = [line for line in listing if line.startswith("dW ")]
        assert share in of_W and "reshape" not in str(listing), listing


def test_what_has_no_name_is_numbered_without_gaps():
    def loss(W, X, y):
        a = np.tanh(-np.exp(-(W @ X)))
        return np.sum((np.sin(a) * np.cos(a)).sum(0) * y)

    listing = lines(loss, W, X, y)
    of_v = [int(line[1:].split()[0]) for line in listing if line[0] == "v"]
    assert of_v == [*range(1, len(of_v) + 1)], listing


def test_a_penalty_is_no_mean_over_samples():
    def loss(W, X, y):
        return np.mean((np.sum(np.tanh(W @ X), axis=0) - y) ** 2) + 0.05 * np.sum(W**2) + 0.1 * np.sum(W**4)

    (of_loss,) = [line for line in lines(loss, W, X, y) if line.startswith("J ")]
    assert "0.05·‖W‖²" in of_loss


def test_the_slope_of_the_larger_of_a_number_and_zero_is_a_step_in_either_order():
    for loss in (lambda W, X: np.mean(np.maximum(W @ X, 0)), lambda W, X: np.mean(np.maximum(0, W @ X))):
        assert "dZ = 1/50·heaviside(Z)" in lines(loss, W, X)


def test_a_number_over_an_array_is_one_fraction():
    def loss(W, X):
        return -np.mean(np.log(1.0 + np.exp(W @ X).sum(0)))

    assert any("-1/(m·v" in line for line in lines(loss, W, X)), lines(loss, W, X)


def test_a_cotangent_that_is_filled_in_parts_is_handed_on_whole():
    """da = dv is one array where v = a - 1000, but not while lines still add to parts of it."""
    w, x = leaves("w", [2.5, -0.75, 0.8, 0.5]), leaves("x", [-0.6, 0.4, 0.25, -0.6, -0.4])
    v = np.sin(w * w + x[:4] * w) - 1000.0
    mixed = (x[:4][::-1] + v[::-1]) / 3.0
    loss = np.sum(w * v * (np.roll(mixed, 3) + np.roll(w, 2))) + 0.1 * np.sum(np.sin(w))
    program = lift(loss, {"x": x}, w.tolist())
    expected = program(x=x.data)
    namespace = {}
    exec(program.source(), namespace)
    _, grads = namespace["run"](w.data, x.data)
    np.testing.assert_allclose(grads["w"], expected.grads["w"], rtol=1e-12)
    found = read(str(program), {"w": w.data, "x": x.data}, program.constants)
    np.testing.assert_allclose(found.gradient("w"), expected.grads["w"], rtol=1e-12)
