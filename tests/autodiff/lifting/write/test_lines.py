"""A line that holds for every value of an index, in the three languages."""

import numpy as np

from autodiff import leaves, lift
from autodiff.lifting.write.rendered import Index, Line


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
