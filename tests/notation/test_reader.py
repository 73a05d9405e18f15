"""The reader itself: what the page allows it reads, what the page forbids it refuses."""

import re

import numpy as np
import pytest

from tests.notation.reader import PAGE, read
from tests.notation.values import OF_ELEMENTS, OF_VECTORS, REDUCING, NotationError

HEAD = """9 scalar operations → 3 array operations

parameters  A (2, 3), B (3, 2), a (2,), S (3, 3), T (2, 3, 4)
inputs      C (2, 3), c ()
constants   I (4,) = [2; 1; 2; 3]
sizes       m = 3, d = 2

forward
"""
make = np.random.default_rng(0)
ARRAYS = {
    name: make.uniform(0.5, 1.5, shape)
    for name, shape in dict(A=(2, 3), B=(3, 2), a=(2,), S=(3, 3), T=(2, 3, 4), C=(2, 3), c=()).items()
}
A, B, a, S, T, C, c = ARRAYS.values()


def value(*lines):
    """What the last of some lines fills."""
    name = lines[-1].strip().partition(" ")[0].partition("[")[0]
    text = HEAD + "".join(f"  {line}\n" for line in lines) + "  J = 1  ()\n"
    return read(text, ARRAYS).arrays[name]


def softmax(z, axis):
    return np.exp(z) / np.exp(z).sum(axis=axis, keepdims=True)


WINDOW = np.array([[(S[i : i + 2, j : j + 2] * S[:2, :2]).sum() for j in (0, 1)] for i in (0, 1)])
RIGHT = [
    ("x = A·B  (2, 2)", A @ B),
    ("x = A·B·a + a/2  (2,)", A @ B @ a + a / 2),
    ("x = aᵀ·a  ()", a @ a),
    ("x = a·aᵀ  (2, 2)", np.outer(a, a)),
    ("x = S⁻¹·S[:,1]  (3,)", [1.0, 0.0, 0.0]),
    ("x = A·S⁻ᵀ  (2, 3)", np.linalg.solve(S, A.T).T),
    ("x = 2/3·A ⊙ C − c  (2, 3)", 2 / 3 * A * C - c),
    ("x = A + a  (2, 3)", A + a[:, None]),
    ("x = A − (Σᵢ A)  (2, 3)", A - A.sum(axis=0)),
    ("x = −A/√d  (2, 3)", -A / 2**0.5),
    ("x = (A + C)² + A^0.5  (2, 3)", (A + C) ** 2 + A**0.5),
    ("x = sech²(A)  (2, 3)", np.cosh(A) ** -2),
    ("x = A ⊙ [A > C] + [A ≤ 1]  (2, 3)", A * (A > C) + (A <= 1)),
    ("x = [A; 2·C]  (4, 3)", np.vstack([A, 2 * C])),
    ("x = [A, C]  (2, 6)", np.hstack([A, C])),
    ("x = [1, 2; 3, 4]  (2, 2)", [[1, 2], [3, 4]]),
    ("x = ln 2 + ln(A)  (2, 3)", np.log(2) + np.log(A)),
    ("x = 1/m·Σ A ⊙ C  ()", (A * C).sum() / 3),
    ("x = Σⱼ A  (2,)", A.sum(axis=1)),
    ("x = maxᵢ(A)  (1, 3)", A.max(axis=0, keepdims=True)),
    ("x = ‖A − C‖² + max(A)  ()", ((A - C) ** 2).sum() + A.max()),
    ("x = max(A, C)  (2, 3)", np.maximum(A, C)),
    ("x = max(A, 1)  (2, 3)", np.maximum(A, 1)),
    ("x = varⱼ(A) + stdⱼ(A)²  (2,)", 2 * A.var(axis=1)),
    ("x = softmax(A)  (2, 3)", softmax(A, 0)),
    ("x = softmaxⱼ(A)  (2, 3)", softmax(A, 1)),
    ("x = log_softmax(a)  (2,)", np.log(softmax(a, 0))),
    ("x = logsumexp(A)  (1, 3)", np.log(np.exp(A).sum(axis=0, keepdims=True))),
    ("x = logsumexpⱼ(A)  (2,)", np.log(np.exp(A).sum(axis=1))),
    ("x = logsumexp(a)  ()", np.log(np.exp(a).sum())),
    ("x = cross_entropy(A, C)  (1, 3)", -(C * np.log(A)).sum(axis=0, keepdims=True)),
    ("x = softmax_cross_entropyⱼ(A, C)  (2,)", np.log(np.exp(A).sum(axis=1)) - (C * A).sum(axis=1)),
    ("x = heaviside(C − 1/2)  (2, 3)", np.where(C > 0.5, 1.0, np.where(C < 0.5, 0.0, 0.5))),
    (
        "x = batch_norm(A, 0.1)  (2, 3)",
        (A - A.mean(1, keepdims=True)) / np.sqrt(A.var(1, keepdims=True) + 0.1),
    ),
    ("x = rms_norm(A, 0.1)  (2, 3)", A / np.sqrt((A**2).mean(0) + 0.1)),
    ("x = where([A > 1], A, 0)  (2, 3)", np.where(A > 1, A, 0)),
    ("x = reshape(A, 3, 2)  (3, 2)", A.reshape(3, 2)),
    ("x = S[1 … 2,1 … 2] ∗ S  (2, 2)", WINDOW),
    ("x = a ∗ S[:,1]  (2,)", np.correlate(S[:, 0], a)),
    ("x = a ∗ᵀ S[:,1]  (4,)", np.convolve(S[:, 0], a)),
    ("x = A[2,3]  ()", A[1, 2]),
    ("x = A[:,3]  (2,)", A[:, 2]),
    ("x = A[2,:]  (1, 3)", A[1:]),
    ("x = A[2]  (3,)", A[1]),
    ("x = A[:,2 … 3]  (2, 2)", A[:, 1:]),
    ("x = S[(3, 1, 3),:]  (3, 3)", S[[2, 0, 2]]),
    ("x = S[I,:]  (4, 3)", S[[1, 0, 1, 2]]),
    ("x = reshape(S, 9)[I]  (4,)", S.ravel()[[1, 0, 1, 2]]),
    ("x = reshape(reshape(S, 9)[I], 2, 2)  (2, 2)", [[S[0, 1], S[0, 0]], [S[0, 1], S[0, 2]]]),
    ("x[I] += [1; 2; 3; 4]  (4,)", [2, 4, 4]),
    ("x = T[2]  (3, 4)", T[1]),
    ("x = T[2,1,:]  (1, 4)", T[1, :1]),
    ("x = T[:,1,2]  (2,)", T[:, 0, 1]),
    ("x[i] = S[I[i],2],  i = 1 … 4  ()", S[[1, 0, 1, 2], 1]),
    ("x[t] = T[1,:,t],  t = 1 … 4  (3,)", T[0].T),
    ("x[:,t] = T[1,:,t],  t = 1 … 4  (3,)", T[0]),
    ("x[i,j] = a[i] − A[2,j],  i = 1 … 2,  j = 1 … 3  ()", a[:, None] - A[1]),
    ("x[1 … t,t] = S[1 … t,t],  t = 1 … 3  (t,)", np.triu(S)),
    ("x[2i−1 … 2i,:] = A + i,  i = 1 … 2  (2, 3)", np.vstack([A + 1, A + 2])),
    ("x = Σₜ T[1,:,t]·T[2,:,t]ᵀ  (3, 3)", T[0] @ T[1].T),
    ("x = Σₜ T[1,:,t],  t = 2 … 3  (3,)", T[0][:, 1:3].sum(axis=1)),
    ("x = Σᵢⱼ A[i,j]·C[i,j]  ()", (A * C).sum()),
    ("x[t] = S·x[t−1],  t = 1 … 2,  x[0] = S[:,1]  (3,)", [S @ S[:, 0], S @ S @ S[:, 0]]),
    ("x[t] = x[t+1] + t,  t = 3 … 1,  x[4] = 0  ()", [6, 5, 3]),
    ("x[(1, 1),:] += A  (2, 3)", [A.sum(axis=0)]),
    ("x = 0.25  (2, 2)", np.full((2, 2), 0.25)),
    ("x = a  (2, 3)  # a comment", np.outer(a, np.ones(3))),
]
WRONG = {
    "x = B·S  (3, 3)": "inner sizes differ",
    "x = T·T  (2, 2)": "no matrix product",
    "x = A⁻¹  (2, 3)": "no inverse",
    "x = A + B  (2, 3)": "do not go together",
    "x = A ⊙ Bᵀ + Σᵢ B  (2, 3)": "do not go together",
    "x = S + a  (3, 3)": "do not go together",
    "x = a + Σᵢ A  (2, 3)": "do not go together",
    "x = A  (3, 2)": "the right side is (2, 3)",
    "x = Aᵀ  (2, 3)": "the right side is (3, 2)",
    "x = A·B ⊙ S  (2, 2)": "side by side",
    "x = A·B/A  (2, 2)": "side by side",
    "x = Σₜ A  (2,)": "run over",
    "x = tanhⱼ(A)  (2, 3)": "runs over nothing",
    "x = softest(A)  (2, 3)": "no function",
    "x = D + 1  ()": "there is no D",
    "x = A[3,1]  ()": "subscript",
    "x = A[0,1]  ()": "subscript",
    "x = S[a,:]  (2, 3)": "no list of places",
    "x = A[1,1,1]  ()": "axes",
    "x = A[…]  (2, 3)": "cannot read",
    "x = A**2  (2, 3)": "cannot read",
    "x = A*C  (2, 3)": "cannot read",
    "x = [1 2 3]  (3,)": "cannot read",
    "x = A(2, 3)": "cannot read",
    "A = 1  (2, 3)": "given and filled",
    "dJ = 1  ()": "not written",
    "x[t] = x[t+1] + 1,  t = 1 … 3,  x[0] = 0  ()": "before it is filled",
    "x[i] = 1,  t = 1 … 3  ()": "what the size i is",
    "x[1] = t,  t = 1 … 3  ()": "filled twice",
    "x = ln(A − A)  (2, 3)": "not finite",
    "x = a  (n, 2)": "the size n",
}


@pytest.mark.parametrize(("line", "right"), RIGHT, ids=[line for line, _ in RIGHT])
def test_a_line_means_what_the_page_says(line, right):
    np.testing.assert_allclose(value(line), right, rtol=1e-13, atol=1e-15)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("line", WRONG)
def test_a_line_that_breaks_the_notation_is_refused(line):
    with pytest.raises(NotationError) as refusal:
        value(line)
    assert WRONG[line] in str(refusal.value)


def test_lines_with_the_same_index_are_one_loop():
    lines = (
        "z[t] = h[t−1] + A[1,t],  t = 1 … 3,  h[0] = 2  ()",
        "h[t] = z[t]²,  t = 1 … 3  ()",
    )
    h, right = 2.0, []
    for x in A[0]:
        h = (h + x) ** 2
        right.append(h)
    np.testing.assert_allclose(value(*lines), right, rtol=1e-14)


def test_what_is_written_twice_is_refused_and_what_is_added_adds_up():
    np.testing.assert_allclose(value("dA += C  (2, 3)", "dA[:,2] += a  (2,)"), C + np.outer(a, [0, 1, 0]))
    with pytest.raises(NotationError, match="filled twice"):
        value("x = 1  ()", "x = 2  ()")


def test_the_functions_of_the_page_are_those_that_are_read():
    text = PAGE.read_text(encoding="utf-8")
    rows = set(re.findall(r"^``(\w+)\(.*?\)`` {2,}", text, re.MULTILINE))
    reducing = set(re.findall(r"``(\w+)\(Z\)``", text.partition("\nSo ")[2].partition("are of all")[0]))
    assert rows | {"ln", "max", "min"} == {
        *OF_VECTORS,
        *OF_ELEMENTS,
        "cross_entropy",
        "softmax_cross_entropy",
    }
    assert reducing == set(REDUCING)


def test_the_example_of_the_page_has_the_gradients_of_finite_differences():
    text = PAGE.read_text(encoding="utf-8").partition("would have it::")[2].partition("\nThe sheet")[0]
    listing = "\n".join(line[4:] for line in text.strip("\n").split("\n"))
    shapes = dict(W1=(5, 4), b1=(5,), W2=(3, 5), b2=(3,), X=(4, 10))
    arrays = {name: make.normal(size=shape) for name, shape in shapes.items()}
    arrays["Y"] = np.eye(3)[:, make.integers(0, 3, 10)]
    found = read(listing, arrays)
    for name in ("W1", "b1", "W2", "b2"):
        for place in np.ndindex(arrays[name].shape):
            losses = []
            for step in (1e-6, -1e-6):
                moved = arrays[name].copy()
                moved[place] += step
                losses.append(read(listing, {**arrays, name: moved}).loss)
            slope = (losses[0] - losses[1]) / 2e-6
            assert found.gradient(name)[place] == pytest.approx(slope, abs=1e-8)


GUARDED = """3 scalar operations → 1 array operation

parameters  x (3,)

made by hand
  the node 'square' is pow

forward
  J = ‖x‖²    ()

guards
  x[1] > 0                              line 3 of model.py
  x > 0 for the 2 of 3 recorded so      line 4 of model.py, line 5 of model.py

backward
  dx = 2·x    (3,)
"""


def test_guards_are_held_to_the_data():
    x = np.array([1.0, -2.0, 3.0])
    np.testing.assert_array_equal(read(GUARDED, {"x": x}).gradient("x"), 2.0 * x)
    with pytest.raises(NotationError, match="does not hold"):
        read(GUARDED, {"x": -x})
