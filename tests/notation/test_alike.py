"""What counts as the same listing, and what does not."""

import pytest

from tests.notation.alike import differences

HEAD = """parameters  W (3, 4), b (3,), g (3,)
inputs      X (4, 5), Y (3, 5), y (5,)
sizes       m = 5

forward
"""


def of(*lines):
    """A listing of such lines; a shape stands after two spaces."""
    return HEAD + "".join(f"  {line}\n" for line in lines)


Z = "Z = W·X + b  (3, 5)"
SAME = {
    "names": ([Z, "J = Σ Y ⊙ Z  ()"], ["S = W·X + b  (3, 5)", "J = Σ Y ⊙ S  ()"]),
    "order": ([Z, "J = Σ Y ⊙ Z  ()"], ["Z = b + W·X  (3, 5)", "J = Σ Z ⊙ Y  ()"]),
    "numbers": ([Z, "J = 1/(2·m)·‖Z − Y‖²  ()"], [Z, "J = Σ (Z − Y)²/m/2  ()"]),
    "a minus": ([Z, "J = Σ y·yᵀ·(Zᵀ − Yᵀ)·g  ()"], [Z, "J = −Σ y·yᵀ·(Yᵀ − Zᵀ)·g  ()"]),
    "lines": (["A = tanh(W·X + b)  (3, 5)", "J = Σ A  ()"], [Z, "A = tanh(Z)  (3, 5)", "J = Σ A  ()"]),
    "products": ([Z, "e = Zᵀ·g − y  (5,)", "J = eᵀ·y  ()"], [Z, "e = Zᵀ·g − y  (5,)", "J = Σ e ⊙ y  ()"]),
    "transposes": (
        [Z, "P = softmax(Z)  (3, 5)", "J = Σ P ⊙ Y  ()"],
        ["Z = Xᵀ·Wᵀ + bᵀ  (5, 3)", "P = softmaxⱼ(Z)  (5, 3)", "J = Σ Y ⊙ Pᵀ  ()"],
    ),
    "two names": (
        [Z, "P = softmax(Z)  (3, 5)", "J = Σ cross_entropy(P, Y)  ()"],
        [Z, "J = Σ softmax_cross_entropy(Z, Y)  ()"],
    ),
    "sums": (
        [Z, "J = Σ Z  ()", "\nbackward", "dW += Y·Xᵀ  (3, 4)", "dW += W  (3, 4)"],
        [Z, "J = Σ Z  ()", "\nbackward", "dW = W + Y·Xᵀ  (3, 4)"],
    ),
    "an index": (
        ["H[t] = W·X[:,t] ⊙ H[t−1],  t = 1 … 5,  H[0] = g  (3,)", "J = Σ H[5]  ()"],
        [
            "a[s] = W·X[:,s],  s = 1 … 5  (3,)",
            "h[s] = h[s−1] ⊙ a[s],  s = 1 … 5,  h[0] = g  (3,)",
            "J = Σ h[5]  ()",
        ],
    ),
    "parts of a product": (
        ["V[k] = W[k … k+1,:]·X,  k = 1 … 2  (2, 5)", "J = Σₖ Σ exp(V[k]),  k = 1 … 2  ()"],
        [Z.replace(" + b", ""), "J = Σₖ Σ exp(Z[k … k+1,:]),  k = 1 … 2  ()"],
    ),
    "parts of a softmax": (
        ["P = softmax(Y)  (3, 5)", "J = Σ exp(P[:,2 … 3])  ()"],
        ["J = Σ exp(softmax(Y[:,2 … 3]))  ()"],
    ),
    "a product of parts": (
        ["J = Σ W  ()", "\nbackward", "dW[k,:] = y[k]·X[:,k]ᵀ,  k = 1 … 3  (1, 4)"],
        ["J = Σ W  ()", "\nbackward", "dW[t,:] = X[:,t]ᵀ·y[t],  t = 1 … 3  (1, 4)"],
    ),
    "a shifted sum": (
        ["J = Σₜ X[1,t]·y[t−1],  t = 2 … 5  ()"],
        ["J = Σₛ y[s]·X[1,s+1],  s = 1 … 4  ()"],
    ),
    "a product that is multiplied out": (["J = Σ (W + W²)·X  ()"], ["J = Σ (W·X + W²·X)  ()"]),
    "the slope of max(0, Z)": (
        [Z, "J = Σ max(0, Z)  ()", "\nbackward", "db = Σⱼ heaviside(Z)  (3,)"],
        [Z, "J = Σ relu(Z)  ()", "\nbackward", "db = Σⱼ step(Z)  (3,)"],
    ),
}
OTHER = {
    "another part of a product": (
        ["J = Σₖ Σ exp(W[k … k+1,:]·X),  k = 1 … 2  ()"],
        [Z.replace(" + b", ""), "J = Σₖ Σ exp(Z[k,:]),  k = 1 … 2  ()"],
    ),
    "rows of a softmax of columns": (
        ["P = softmax(Y)  (3, 5)", "J = Σ exp(P[2 … 3,:])  ()"],
        ["J = Σ exp(softmax(Y[2 … 3,:]))  ()"],
    ),
    "another number": ([Z, "J = 1/m·Σ Z  ()"], [Z, "J = 2/m·Σ Z  ()"]),
    "a size": ([Z, "J = 1/m·Σ Z  ()"], [Z, "J = 1/5·Σ Z  ()"]),
    "another sign": (["J = Σ (b − g)  ()"], ["J = Σ (b + g)  ()"]),
    "another axis": (["J = Σ softmax(W)  ()"], ["J = Σ softmaxⱼ(W)  ()"]),
    "another input": (["J = Σ X  ()"], ["J = Σ Y  ()"]),
    "another order of a product": (["J = Σ W·X·Yᵀ  ()"], ["J = Σ Y·Xᵀ·Wᵀ·Y·Yᵀ  ()"]),
    "another step": (
        ["H[t] = tanh(H[t−1]),  t = 1 … 5,  H[0] = g  (3,)", "J = Σ H[5]  ()"],
        ["H[t] = tanh(H[t−1]),  t = 1 … 4,  H[0] = g  (3,)", "J = Σ H[4]  ()"],
    ),
    "another start": (
        ["H[t] = tanh(H[t−1]),  t = 1 … 5,  H[0] = g  (3,)", "J = Σ H[5]  ()"],
        ["H[t] = tanh(H[t−1]),  t = 1 … 5,  H[0] = b  (3,)", "J = Σ H[5]  ()"],
    ),
    "a gradient": (
        [Z, "J = Σ Z  ()", "\nbackward", "db = Σⱼ Y  (3,)"],
        [Z, "J = Σ Z  ()", "\nbackward", "db = Y·y  (3,)"],
    ),
    "a slope at 0": (["J = Σ heaviside(W)  ()"], ["J = Σ step(W)  ()"]),
    "many lines": (
        ["A = tanh(W)  (3, 4)", "B = exp(A)  (3, 4)", "C = sin(B)  (3, 4)", "J = Σ C  ()"],
        ["J = Σ sin(exp(tanh(W)))  ()"],
    ),
}


@pytest.mark.parametrize(("ours", "theirs"), SAME.values(), ids=SAME)
def test_same(ours, theirs):
    assert differences(of(*ours), of(*theirs)) == []


@pytest.mark.parametrize(("ours", "theirs"), OTHER.values(), ids=OTHER)
def test_other(ours, theirs):
    assert differences(of(*ours), of(*theirs)) != []


def test_a_difference_is_named():
    ours, theirs = ([Z, "J = Σ Z  ()", "\nbackward", f"db = {value}  (3,)"] for value in ("Σⱼ Y", "Y·y"))
    assert differences(of(*ours), of(*theirs)) == ["db"]
