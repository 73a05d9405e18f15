"""Attention of positions to those before them is completed to matrices; what is masked otherwise is not."""

import math
import re

import numpy as np
import pytest

from autodiff import DomainError, dot, exp, log, softmax
from autodiff.functions import sum
from tests.autodiff.lifting.find.named.listed import held, line, recorded

D, T = 4, 5  # features, positions
WEIGHTS = {name: (D, D) for name in ("K", "Q", "V")}


def causal(t):
    return range(t + 1)


def attention(seen=causal, heads=1, share=softmax, after=lambda mixed, shares: mixed):
    """Σ of what position t finds in the positions ``seen(t)``, and of how surprising it is; or so."""

    def loss(K, Q, V, X, Y):
        keys, queries, values = ([[dot(row, x) for row in W] for x in X.T] for W in (K, Q, V))
        size = D // heads
        total = 0.0
        for t, (q, y) in enumerate(zip(queries, Y.T)):
            mixed = []
            for h in range(heads):
                part = slice(h * size, (h + 1) * size)
                scores = [dot(q[part], keys[j][part]) / math.sqrt(size) for j in seen(t)]
                shares = share(scores)
                mixed += [dot(shares, [values[j][i] for j in seen(t)]) for i in range(D)[part]]
            found = after(mixed, shares)
            total = total + sum([(a - b) ** 2 for a, b in zip(found, y)])
        return total

    return held(loss, WEIGHTS, {"X": (D, T), "Y": (D, T)}, reads=False)


def by_hand(scores):
    powers = [exp(s) for s in scores]
    return [p / sum(powers) for p in powers]


def less_the_first(scores):
    return by_hand([s - scores[0] for s in scores])


@pytest.mark.parametrize("share", [softmax, by_hand])
def test_causal_attention_is_three_products_of_matrices(share):
    program = attention(share=share)
    assert line(program, "P[1 … t,t]") == "softmax(S[1 … t,t]),  t = 1 … 5"
    assert line(program, "S") == "1/√d·Z_Kᵀ·Z_Q"
    assert re.search(r"^sizes +d = 4$", str(program), re.M)
    assert line(program, "dS") == "P ⊙ (dP - Σᵢ P ⊙ dP)"
    assert "[…]" not in str(program)


def test_heads_are_a_stack():
    program = attention(heads=2)
    assert line(program, "P[h,1 … t,t]") == "softmax(S[h,1 … t,t]),  h = 1 … 2,  t = 1 … 5"
    assert line(program, "S[k]") == "1/√d·Z_K[2k-1 … 2k,:]ᵀ·Z_Q[2k-1 … 2k,:],  k = 1 … 2"
    assert re.search(r"^sizes +d = 2$", str(program), re.M)


def test_what_else_reads_the_shares_reads_them_there():
    def entropy(mixed, shares):
        return [*mixed[1:], -sum([p * log(p) for p in shares])]

    program = attention(after=entropy)
    assert line(program, "P[1 … t,t]") == "softmax(S[1 … t,t]),  t = 1 … 5"


def test_the_order_of_positions_may_be_the_other():
    program = attention(seen=lambda t: range(t, T))
    assert "softmax(S[1 … t,t])" in str(program)


@pytest.mark.parametrize("seen", [lambda t: range(max(0, t - 2), t + 1), lambda t: range(t // 2 + 1)])
def test_another_mask_is_no_causal_one(seen):
    assert "softmax(S[1 … t,t])" not in str(attention(seen=seen))


def test_nearly_a_softmax_is_none():
    def with_one_more(scores):
        powers = [exp(s) for s in scores]
        return [p / (1.0 + sum(powers)) for p in powers]

    def of_the_first(scores):
        return [exp(s - scores[0]) / sum([exp(x) for x in scores]) for s in scores]

    for share in (with_one_more, of_the_first):
        assert "softmax" not in str(attention(share=share))


def test_scores_may_lie_in_several_arrays():
    attention(share=less_the_first)


def test_scores_of_later_positions_are_not_looked_at():
    """The score of the last key would outweigh all others."""

    def loss(K, Q, V, Y):
        total = 0.0
        for t in range(T):
            shares = softmax([dot(K[j], Q[t]) for j in range(t + 1)])
            total = total + (dot(shares, [V[j] for j in range(t + 1)]) - Y[t]) ** 2
        return total

    program = held(loss, {"K": (T, 2), "Q": (T, 2), "V": (T,)}, {"Y": (T,)}, reads=False)
    keys, queries = np.ones((T, 2)), np.ones((T, 2))
    keys[-1], queries[0] = 1e3, 1e3
    program.params.update({"K": keys, "Q": queries, "V": np.ones(T)})
    assert program(Y=np.zeros(T)).loss == pytest.approx(T)
    assert "softmax" in str(program)


def test_an_error_elsewhere_is_not_blamed_on_the_scores_below():
    def loss(K, V, Y):
        total = 0.0
        for t in range(T):
            shares = softmax([K[j] * Y[t] for j in range(t + 1)])
            total = total + log(dot(shares, [V[j] for j in range(t + 1)]))
        return total

    numbers = {"K": np.ones(T), "V": np.ones(T), "Y": np.ones(T)}
    program = recorded(loss, numbers, ["Y"])
    program.params["V"] = -np.ones(T)
    with pytest.raises(DomainError, match="log"):
        program(Y=np.ones(T))
