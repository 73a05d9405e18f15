"""judge: right passes in anybody's conventions are not blamed, and mistakes get their names.

Each function is written as a stranger would; the gradients of the right ones were derived by hand.
"""

import numpy as np
import pytest

from nn import judge

pytestmark = pytest.mark.long

RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape)


# Rows are samples: 5 of 3 features, 4 classes.
X, W, b = normal(5, 3), normal(3, 4), normal(4)
y = np.array([0, 3, 1, 1, 2])
Y = np.eye(4)[y]
w, t = normal(3), normal(5)
labels = np.array([1.0, 0.0, 0.0, 1.0, 1.0])
# Columns are samples: 6 of 2 features.
XC, YC = normal(2, 6), np.array([[1.0, 0.0, 0.0, 1.0, 1.0, 0.0]])
NET = {"W1": normal(3, 2), "b1": normal(3, 1), "W2": normal(1, 3), "b2": normal(1, 1)}


def softmax(s):
    e = np.exp(s - s.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax_loss(W, b, X, y, reg=0.0, *, scale=1.0, penalty=2.0, axes=0):
    """A linear classifier with a penalty; the options make mistakes."""
    N = X.shape[0]
    p = softmax(X @ W + b)
    loss = -np.log(p[np.arange(N), y]).sum() / N + reg * np.sum(W * W)
    ds = p.copy()
    ds[np.arange(N), y] -= 1
    ds /= N
    dW = scale * (X.T @ ds) + penalty * reg * W
    return loss, {"W": dW, "b": ds.sum(axis=axes)}


def loops(W, X, y):
    """A course's first version: everything in loops, max not subtracted."""
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        p = np.exp(s) / np.sum(np.exp(s))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    return loss / X.shape[0], dW / X.shape[0]


def loops_overwriting(W, X, y):
    dW = np.zeros(W.shape)
    loss = 0.0
    for i in range(X.shape[0]):
        s = X[i].dot(W)
        p = np.exp(s) / np.sum(np.exp(s))
        loss -= np.log(p[y[i]])
        for j in range(W.shape[1]):
            dW[:, j] = (p[j] - (j == y[i])) * X[i]
    return loss / X.shape[0], dW / X.shape[0]


def hinge(W, X, y):
    N = len(y)
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(N), y][:, None] + 1)
    margins[np.arange(N), y] = 0
    counts = (margins > 0).astype(float)
    counts[np.arange(N), y] = -counts.sum(axis=1)
    return margins.sum() / N, X.T @ counts / N


def squares(w, X, t):
    e = X @ w - t
    return np.mean(e**2), 2 * X.T @ e / len(t)


def half_squares(w, X, t):
    e = X @ w - t
    return 0.5 * np.sum(e**2), (X.T @ e,)


def logistic(w, b, X, labels):
    a = sigmoid(X @ w + b)
    loss = -np.mean(labels * np.log(a) + (1 - labels) * np.log(1 - a))
    return loss, X.T @ (a - labels) / len(labels), np.mean(a - labels)


def one_hot(W, X, Y):
    p = softmax(X @ W)
    return -np.sum(Y * np.log(p)) / len(X), {"dW": X.T @ (p - Y) / len(X)}


def column_cost(W1, b1, W2, b2, X, Y):
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    return np.squeeze(-np.sum(Y * np.log(A2) + (1 - Y) * np.log(1 - A2)) / X.shape[1])


def column_gradients(W1, b1, W2, b2, X, Y):
    """dZ unscaled, 1/m in the gradients: a course's convention, with capital keys of its own beside."""
    m = X.shape[1]
    A1 = np.tanh(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = A2 - Y
    dZ1 = (W2.T @ dZ2) * (1 - A1**2)
    return {
        "dZ2": dZ2,
        "dW2": dZ2 @ A1.T / m,
        "db2": dZ2.sum(axis=1, keepdims=True) / m,
        "dW1": dZ1 @ X.T / m,
        "db1": dZ1.sum(axis=1, keepdims=True) / m,
    }


def in_another_order(W1, b1, W2, b2, X, Y):
    g = column_gradients(W1, b1, W2, b2, X, Y)
    return g["dW2"], g["db2"], g["dW1"], g["db1"]


def changed(**edits):
    """column_gradients with some of them edited."""

    def gradients(W1, b1, W2, b2, X, Y):
        g = column_gradients(W1, b1, W2, b2, X, Y)
        return {key: edits.get(key, lambda g: g)(array) for key, array in g.items()}

    return gradients


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    return dx, x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    dout[cache <= 0] = 0
    return dout


def batchnorm_forward(x, gamma, beta):
    mu, var = x.mean(axis=0), x.var(axis=0)
    s = np.sqrt(var + 1e-5)
    xhat = (x - mu) / s
    return gamma * xhat + beta, (xhat, gamma, s)


def batchnorm_backward(dout, cache):
    xhat, gamma, s = cache
    dbeta, dgamma = dout.sum(axis=0), (dout * xhat).sum(axis=0)
    dxhat = dout * gamma
    dx = (dxhat - dxhat.mean(axis=0) - xhat * (dxhat * xhat).mean(axis=0)) / s
    return dx, dgamma, dbeta


def conv_forward(x, w):
    H, K = x.shape[0], w.shape[0]
    out = np.zeros((H - K + 1, H - K + 1))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(x[i : i + K, j : j + K] * w)
    return out, (x, w)


def conv_backward(dout, cache):
    x, w = cache
    K = w.shape[0]
    dx, dw = np.zeros_like(x), np.zeros_like(w)
    for i in range(dout.shape[0]):
        for j in range(dout.shape[1]):
            dw += dout[i, j] * x[i : i + K, j : j + K]
            dx[i : i + K, j : j + K] += dout[i, j] * w
    return {"x": dx, "w": dw}


def rnn_forward(x, h, Wx, Wh, b):
    new = np.tanh(x @ Wx + h @ Wh + b)
    return new, (x, h, Wx, Wh, new)


def rnn_backward(dout, cache):
    x, h, Wx, Wh, new = cache
    dz = dout * (1 - new * new)
    return dz @ Wx.T, dz @ Wh.T, x.T @ dz, h.T @ dz, dz.sum(axis=0)


def dropout_forward(x, mask):
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def random_dropout_forward(x):
    mask = (np.random.rand(*x.shape) < 0.5) / 0.5
    return x * mask, mask


def in_plain_floats(w, X, t):
    """complex() cuts every graph, so only finite differences can judge it."""
    total, dw = 0.0, [0.0] * len(w)
    for row, target in zip(X, t):
        e = complex(np.dot(row, w)).real - float(target)
        total += e * e
        dw = [d + 2 * e * float(x) for d, x in zip(dw, row)]
    return total, dw


def in_float32(w, X, t):
    """In float32 whatever it is given."""
    w, X, t = (each.astype(np.float32) for each in (w, X, t))
    e = X @ w - t
    return np.mean(e * e), 2 * X.T @ e / len(t)


def a_list_of_numbers(w, x, t):
    e = w[0] + w[1] * x + w[2] * x**2 - t
    return sum(float(each) ** 2 for each in e), [2 * e.sum(), 2 * (e * x).sum(), 2 * (e * x * x).sum()]


def two_numbers(w, b, x, t):
    e = w * x + b - t
    return np.mean(e**2), [2 * np.mean(e * x), 2 * np.mean(e)]


def rnn_named(dout, cache):
    return dict(zip(("dx", "dprev_h", "dWx", "dWh", "db"), rnn_backward(dout, cache)))


def updates_in_place(w, X, t):
    e = X @ w - t
    loss, dw = np.sum(e**2), 2 * X.T @ e
    w -= 0.1 * dw
    return loss, dw


COLUMNS = dict(NET, X=XC, Y=YC)
RIGHT = {
    "rows, a penalty": ((softmax_loss,), dict(W=W, b=b, X=X, y=y, reg=0.1)),
    "no penalty": ((softmax_loss,), dict(W=W, b=b, X=X, y=y)),
    "loops": ((loops,), dict(W=W, X=X, y=y)),
    "hinge": ((hinge,), dict(W=W, X=X, y=y)),
    "mean of squares": ((squares,), dict(w=w, X=X, t=t)),
    "half a sum of squares": ((half_squares,), dict(w=w, X=X, t=t)),
    "more than two returned": ((logistic,), dict(w=w, b=np.array(0.3), X=X, labels=labels)),
    "one-hot": ((one_hot,), dict(W=W, X=X, Y=Y)),
    "columns": ((column_cost, column_gradients), COLUMNS),
    "the last layer first": ((column_cost, in_another_order), COLUMNS),
    "affine": ((affine_forward, affine_backward), dict(x=normal(4, 3, 2), w=normal(6, 3), b=normal(3))),
    "square affine": ((affine_forward, affine_backward), dict(x=normal(3, 3), w=normal(3, 3), b=normal(3))),
    "relu, in place": ((relu_forward, relu_backward), dict(x=normal(4, 3))),
    "relu at kinks": ((relu_forward, relu_backward), dict(x=np.array([[0.0, 1.0], [-2.0, 0.0]]))),
    "batchnorm": (
        (batchnorm_forward, batchnorm_backward),
        dict(x=normal(6, 3), gamma=np.ones(3), beta=np.zeros(3)),
    ),
    "convolution": ((conv_forward, conv_backward), dict(x=normal(4, 4), w=normal(2, 2))),
    "rnn": (
        (rnn_forward, rnn_backward),
        dict(x=normal(3, 2), h=normal(3, 4), Wx=normal(2, 4), Wh=normal(4, 4), b=normal(4)),
    ),
    "a given mask": ((dropout_forward, dropout_backward), dict(x=normal(3, 4), mask=np.eye(3, 4) * 2)),
    "a random mask": ((random_dropout_forward, dropout_backward), dict(x=normal(3, 4))),
    "plain floats": ((in_plain_floats,), dict(w=w, X=X, t=t)),
    "always in float32": ((in_float32,), dict(w=w, X=X, t=t)),
    "a list of numbers": ((a_list_of_numbers,), dict(w=w, x=t, t=t**2)),
    "two numbers": ((two_numbers,), dict(w=np.array(0.4), b=np.array(0.1), x=t, t=t**2)),
    "a key of its own": (
        (rnn_forward, rnn_named),
        dict(x=normal(3, 2), h=normal(3, 4), Wx=normal(2, 4), Wh=normal(4, 4), b=normal(4)),
    ),
    "changes its weights": ((updates_in_place,), dict(w=w, X=X, t=t)),
}  # fmt: skip


def narrow(arguments):
    return {
        name: each.astype(np.float32) if isinstance(each, np.ndarray) and each.dtype == np.float64 else each
        for name, each in arguments.items()
    }


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", RIGHT)
def test_right_passes_are_not_blamed(case, dtype):
    functions, arguments = RIGHT[case]
    if dtype == "float32":
        arguments = narrow(arguments)
    before = {name: np.array(each) for name, each in arguments.items()}
    verdict = judge(*functions, **arguments)
    assert verdict, str(verdict)
    assert verdict.findings and all(each.name == "" for each in verdict.findings)
    assert dtype in verdict.truth or case == "always in float32"
    for name, each in arguments.items():
        np.testing.assert_array_equal(each, before[name])


def edited(function, edit):
    """One function, with an edit of what it returns."""

    def wrong(w, X, t):
        loss, dw = function(w, X, t)
        return loss, edit(dw)

    return wrong


def affine_with(dx=lambda g: g, dw=lambda g: g, db=lambda g: g):
    def backward(dout, cache):
        grads = affine_backward(dout, cache)
        return tuple(edit(grad) for edit, grad in zip((dx, dw, db), grads))

    return backward


def penalised(times):
    def loss_and_grads(W, b, X, y, reg):
        return softmax_loss(W, b, X, y, reg, penalty=times)

    return loss_and_grads


def own_penalty(W, X, y):
    """Its factor is in the code, and its term is not in the gradient."""
    loss, dW = loops(W, X, y)
    return loss + 0.25 * np.sum(W**2), dW


def summed(W, b, X, y, reg):
    return softmax_loss(W, b, X, y, reg, scale=len(y))


def two_of_a_shape(x, h):
    return np.tanh(x) * np.sin(h), (x, h)


def of_the_other(dout, cache):
    x, h = cache
    dh = dout * np.tanh(x) * np.cos(h)
    return {"dx": dh, "dh": dh}


SQUARE = dict(x=normal(3, 3), w=normal(3, 3), b=normal(3))
LINE = dict(w=w, X=X, t=t)
CLASSES = dict(W=W, b=b, X=X, y=y, reg=0.1)
WRONG = {
    "factor": ((edited(squares, lambda g: g / 2),), LINE, {"w": "half of it"}),
    "twice": ((edited(squares, lambda g: 2 * g),), LINE, {"w": "twice too large"}),
    "sign": ((edited(squares, lambda g: -g),), LINE, {"w": "sign flipped"}),
    "zeros": ((edited(squares, lambda g: 0 * g),), LINE, {"w": "zero"}),
    "a sum": ((edited(squares, lambda g: 5 * g),), LINE, {"w": "1/m missing"}),
    "m twice": ((edited(squares, lambda g: g / 5),), LINE, {"w": "1/m twice"}),
    "features": ((edited(squares, lambda g: g * 3),), LINE, {"w": "3 times too large"}),
    "an axis kept": ((edited(squares, lambda g: g[:, None]),), LINE, {"w": "another shape"}),
    "no name": ((edited(squares, lambda g: g + 1),), LINE, {"w": ""}),
    "cube": ((edited(squares, lambda g: g**3),), LINE, {"w": ""}),
    "always in float32": ((edited(in_float32, lambda g: g * 2),), LINE, {"w": "twice too large"}),
    "nan": ((edited(squares, lambda g: g * np.nan),), LINE, {"w": "not finite"}),
    "a column's sign": ((column_cost, changed(dW1=np.negative)), COLUMNS, {"W1": "sign flipped"}),
    "a column's mean": ((column_cost, changed(db1=lambda g: 6 * g)), COLUMNS, {"b1": "1/m missing"}),
    "columns transposed": ((column_cost, changed(dW1=np.transpose)), COLUMNS, {"W1": "transposed"}),
    "all descend": (
        (column_cost, changed(**{k: np.negative for k in ("dW1", "db1", "dW2", "db2")})),
        COLUMNS,
        dict.fromkeys(NET, "sign flipped"),
    ),
    "two at once": (
        (column_cost, changed(dW2=lambda g: 2 * g, db2=lambda g: 0 * g)),
        COLUMNS,
        {"W2": "twice too large", "b2": "zero"},
    ),
    "square transposed": (
        (affine_forward, affine_with(dw=np.transpose)), SQUARE, {"w": "transposed"}
    ),
    "another layer's": ((two_of_a_shape, of_the_other), dict(x=X, h=normal(5, 3)), {"x": "gradient of h"}),
    "the last": ((loops_overwriting,), dict(W=W, X=X, y=y), {"W": "only the last sample"}),
    "no penalty": ((penalised(0.0),), CLASSES, {"W": "the penalty forgotten"}),
    "half a penalty": ((penalised(1.0),), CLASSES, {"W": "the penalty halved"}),
    "two penalties": ((penalised(4.0),), CLASSES, {"W": "the penalty counted twice"}),
    "a sum and a penalty": ((summed,), CLASSES, {"W": "1/m missing"}),
    "its own penalty": ((own_penalty,), dict(W=W, X=X, y=y), {"W": "0.5·W missing"}),
}  # fmt: skip


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("case", WRONG)
def test_mistakes_get_their_names(case, dtype):
    functions, arguments, named = WRONG[case]
    verdict = judge(*functions, **(narrow(arguments) if dtype == "float32" else arguments))
    assert not verdict
    assert {each.quantity: each.name for each in verdict.findings if not each.right} == named, str(verdict)
    for name in filter(None, named.values()):
        assert f"✗ {name}" in " ".join(str(verdict).split())


def findings(verdict):
    return {each.quantity: each for each in verdict.findings}


def test_nothing_returned_is_never_right():
    for nothing in ({}, (), [], None):
        verdict = judge(lambda w, X, t: (squares(w, X, t)[0], nothing), **LINE)  # noqa: B023
        assert not verdict
        assert [(each.quantity, each.name) for each in verdict.findings] == [("w", "missing")]


def test_what_is_missing_is_listed_and_the_rest_is_judged():
    def without_biases(**arguments):
        return {k: g for k, g in column_gradients(**arguments).items() if not k.startswith("db")}

    verdict = judge(column_cost, without_biases, **COLUMNS)
    assert not verdict
    found = findings(verdict)
    assert {name for name in found if found[name].right} == {"W1", "W2"}
    assert {name for name in found if found[name].name == "missing"} == {"b1", "b2"}
    assert any("dZ2" in note for note in verdict.notes)
    assert any("X, Y" in note for note in verdict.notes)


def test_wrt_says_what_is_expected():
    assert judge(squares, wrt="w", **LINE)
    verdict = judge(lambda w, X, t: (squares(w, X, t)[0], {"w": squares(w, X, t)[1]}), wrt=["w", "X"], **LINE)
    assert {each.quantity: each.name for each in verdict.findings} == {"w": "", "X": "missing"}
    with pytest.raises(ValueError, match=r"wrt='v': the arguments that hold floats are w, X, t"):
        judge(squares, wrt="v", **LINE)


def test_shapes_are_explained():
    verdict = judge(edited(squares, np.sum), **LINE)
    assert not verdict and verdict.findings[0].name == ""
    assert "shape ()" in verdict.findings[0].text and "(3,)" in verdict.findings[0].text


def test_an_exception_is_told_with_their_line():
    def misfits(w, X, t):
        e = X @ w - t
        return np.sum(e**2), X @ e  # of the wrong shapes

    verdict = judge(misfits, **LINE)
    assert not verdict
    text = verdict.findings[0].text
    assert "return np.sum(e**2), X @ e" in text and "ValueError" in text and "misfits" in text


def test_an_exception_in_the_backward_pass_is_told():
    def backward(dout, cache):
        return cache["x"]

    text = judge(affine_forward, backward, **SQUARE).findings[0].text
    assert 'return cache["x"]' in text and "TypeError" in text


def test_a_function_of_random_numbers_of_its_own_cannot_be_judged():
    rng = np.random.default_rng(0)

    def noisy(w, X, t):
        loss, dw = squares(w, X, t)
        return loss + rng.normal(), dw

    verdict = judge(noisy, **LINE)
    assert not verdict and "two results" in verdict.findings[0].text


def test_the_truth_and_its_certainty_are_said():
    assert "recorded" in judge(squares, **LINE).truth
    by_differences = judge(in_plain_floats, **LINE).truth
    assert "central differences" in by_differences and "off by at most" in by_differences


def test_kinks_are_left_out_and_this_is_said():
    verdict = judge(relu_forward, relu_backward, x=np.array([[0.0, 1.0], [-2.0, 0.5]]))
    assert verdict and "kinks are left out" in verdict.findings[0].text
    verdict = judge(relu_forward, lambda dout, x: dout, x=np.array([[0.0, 1.0], [-2.0, 0.5]]))
    assert not verdict


def test_an_order_is_found_though_one_of_them_is_wrong():
    square = {"W1": normal(3, 3), "b1": normal(3, 1), "W2": normal(3, 3), "b2": normal(3, 1)}
    arguments = dict(square, X=normal(3, 6), Y=(normal(3, 6) > 0) * 1.0)

    def gradients(**arguments):
        dW2, db2, dW1, db1 = in_another_order(**arguments)
        return dW2, -db2, dW1, db1

    verdict = judge(column_cost, gradients, **arguments)
    assert {each.quantity: each.name for each in verdict.findings if not each.right} == {"b2": "sign flipped"}
    assert any("W2, b2, W1, b1" in note for note in verdict.notes)


def test_a_loss_that_is_not_finite_is_told():
    verdict = judge(lambda w, X, t: (np.nan, w), **LINE)
    assert not verdict and "not finite" in verdict.findings[0].text


def test_a_penalty_is_named_in_a_network_with_many_kinks():
    def two_layers(W1, W2, X, t, reg):
        H = np.maximum(0, X @ W1)
        e = H @ W2 - t
        dH = np.outer(e, W2) * (H > 0)
        return 0.5 * np.sum(e**2) + reg * np.sum(W1**2), (X.T @ dH + reg * W1, H.T @ e)

    arguments = dict(W1=normal(4, 30), W2=normal(30), X=normal(20, 4), t=normal(20), reg=0.5)
    verdict = judge(two_layers, **arguments)
    assert {each.quantity: each.name for each in verdict.findings} == {"W1": "the penalty halved", "W2": ""}


def test_in_place_changes_are_noted():
    verdict = judge(updates_in_place, **LINE)
    assert verdict and any("change w in place" in note for note in verdict.notes)


def test_what_is_right_only_for_special_arguments_is_not_right():
    def quadratic(x, A):
        return x @ A @ x, {"x": 2 * A @ x}  # if A is symmetric

    verdict = judge(quadratic, wrt="x", x=w, A=np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 1.0]]))
    assert not verdict and "special" in verdict.findings[0].text and verdict.findings[0].name == ""


def test_nothing_is_named_that_fits_one_example_only():
    def lucky(w, X, t):
        loss, dw = squares(w, X, t)
        return loss, 2 * dw if X[0, 0] == LINE["X"][0, 0] else dw + 1

    verdict = judge(lucky, **LINE)
    assert not verdict and verdict.findings[0].name == ""


@pytest.mark.parametrize(
    "call, said",
    [
        (lambda: judge(3, **LINE), "takes functions first"),
        (lambda: judge(squares, w=w, X=X), "has the parameters"),
        (lambda: judge(affine_forward, lambda dout: dout, **SQUARE), r"backward\(dout, cache\)"),
    ],
)
def test_what_cannot_be_called_is_refused(call, said):
    with pytest.raises(TypeError, match=said):
        call()


def test_a_forward_pass_of_another_form_is_told():
    assert "(loss, gradients)" in judge(lambda w, X, t: np.sum(X @ w - t), **LINE).findings[0].text
    assert "one number" in judge(lambda w, X, t: (X @ w - t, w), **LINE).findings[0].text


def test_too_much_or_nothing_to_differentiate_is_refused():
    with pytest.raises(ValueError, match="a few samples"):
        judge(squares, w=np.ones(200), X=np.ones((100, 200)), t=np.ones(100))
    with pytest.raises(ValueError, match="integers are labels"):
        judge(loops, W=np.ones((3, 4), dtype=int), X=np.ones((5, 3), dtype=int), y=y)


@pytest.mark.parametrize("count", [1, 3])
def test_gradients_beside_a_dict_of_something_else_are_judged(count):
    def affine_forward(x, w, b):
        return x @ w + b, (x, w, b)

    def affine_backward(dout, cache):
        x, w, _ = cache
        dx, dw, db = dout @ w.T, x.T @ dout, dout.sum(axis=0)
        norms = {"norm": np.linalg.norm(dw)}
        return (dx, dw, db, norms) if count == 3 else (dx, {"dw": dw, "db": db})

    rng = np.random.default_rng(0)
    given = {"x": rng.normal(size=(5, 4)), "w": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    verdict = judge(affine_forward, affine_backward, **given)
    assert verdict and {each.quantity for each in verdict.findings} == {"x", "w", "b"}, str(verdict)
