"""Things: what a textbook has a name for, and the derivative that it prints beside it.

A *thing* is made of several operations, and known by one name: the softmax of each column, the
cross-entropy. Its row here says how it is written, and which share of its cotangent each operand gets,
by a rule against a namespace ``m`` of expressions, as in the table of operations. In a rule ``y`` is the
thing, ``d`` its cotangent, and ``total(·)`` and ``average(·)`` the sum and the mean over the axes that the
thing runs over, where a column or row of one number stays in their place. What is computed is what was
recorded; only its derivative is taken as a whole, which saves the backward pass its detours.

Let p = softmax(x), so pᵢ = exp(xᵢ)/Σₖ exp(xₖ). From ∂pᵢ/∂xⱼ = pᵢ·(δᵢⱼ - pⱼ) follow all four rules.

From A·X = B follows dA·X + A·dX = dB, so dX = A⁻¹·(dB - dA·X): with G = A⁻ᵀ·D for the cotangent D of X, B
gets G, and A gets -G·Xᵀ.

Let s = √(c·Σᵢ xᵢ² + ε). From ∂s/∂xⱼ = c·xⱼ/s follows ∂(xᵢ/s)/∂xⱼ = (δᵢⱼ - c·yᵢ·yⱼ)/s for y = x/s, and so the
rules of norms. A root s that the steps of a thing compute is an operand of its rule, behind the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from autodiff.engine.special import normal_pdf
from autodiff.formulas.expr import Expr, as_expr

__all__ = [
    "BINARY_CROSS_ENTROPY",
    "CAUSAL_SOFTMAX",
    "CROSS_ENTROPY",
    "CROSS_ENTROPY_OF_SHARES",
    "DISTANCES",
    "ENTROPY",
    "EXTREMES",
    "FROM_LOGITS",
    "INVERSE",
    "INVERSE_MATRIX",
    "LAYER_NORM",
    "LENGTH",
    "LOGSUMEXP",
    "LOG_SIGMOID",
    "LOG_SOFTMAX",
    "NORMAL_CDF",
    "PROPORTIONS",
    "RMS_NORM",
    "SIGMOID",
    "SOFTMAX",
    "SOFTPLUS",
    "SOLVE",
    "UNIT",
    "Reciprocal",
    "Thing",
    "average",
    "total",
    "variance",
]


def total(x: Any) -> Expr:
    """The sum over the axes of a thing."""
    return Expr("total", (as_expr(x),))


def average(x: Any) -> Expr:
    """The mean over the axes of a thing."""
    return Expr("average", (as_expr(x),))


def _turned(x: Any) -> Expr:
    """The transpose of a matrix."""
    return Expr("turned", (as_expr(x),))


def _product(x: Any, z: Any) -> Expr:
    """The product of two matrices."""
    return Expr("product", (as_expr(x), as_expr(z)))


def _solved(x: Any, z: Any) -> Expr:
    """x⁻¹·z of a square matrix and another."""
    return Expr("solved", (as_expr(x), as_expr(z)))


def _variance(x: Expr) -> Expr:
    return Expr("variance", (x,))


@dataclass(frozen=True)
class Reciprocal:
    """What a rule divides by, where 1 over it is at hand."""

    inverse: Expr


def _over(x: Expr, s: Expr | Reciprocal) -> Expr:
    return x * s.inverse if isinstance(s, Reciprocal) else x / s


@dataclass(frozen=True)
class Thing:
    """A row of what has a name.

    Attributes:
        name: of the function, in text and source; empty where it is written by operations.
        letter: by which its result is called; empty where it has no usual one.
        shares: ``shares(m, *operands, *inner, y, d)``, for each operand the share of the cotangent d that
            it gets, or None where it gets none.
        written: which operands stand in its call.
        coded: which do in the source, whose functions keep all digits.
        spelt: ``spelt(m, *operands, *numbers)``, the thing by operations.
        within: likewise, what its steps compute and its rule takes.
        inverse: whether the steps compute 1 over that.
        causal: whether column t of a square is made of its elements 1 … t only, and is 0 below.
        code: the name of the function in the source, if it is another.
        read: ``read(m, *operands, *inner, y, d)``, the rule as a textbook writes it, if that is shorter.
        of_matrices: ``of_matrices(*operands)``, what it is, where that and its rule are made of products of
            matrices and the like; nothing computes it by steps.
    """

    name: str
    letter: str
    shares: Callable[..., tuple[Expr | None, ...]]
    written: tuple[int, ...] = (0,)
    coded: tuple[int, ...] = (0,)
    spelt: Callable[..., Expr] | None = None
    within: Callable[..., Expr] | None = None
    inverse: bool = False
    causal: bool = False
    code: str = ""
    read: Callable[..., tuple[Expr | None, ...]] | None = None
    of_matrices: Callable[..., Expr] | None = None


def _softmax(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """Σᵢ dᵢ·∂pᵢ/∂xⱼ = pⱼ·dⱼ - pⱼ·Σᵢ dᵢ·pᵢ."""
    return (y * (d - total(y * d)),)


def _log_softmax(m: Any, x: Expr, p: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """∂(log pᵢ)/∂xⱼ = δᵢⱼ - pⱼ, so Σᵢ dᵢ·∂(log pᵢ)/∂xⱼ = dⱼ - pⱼ·Σᵢ dᵢ."""
    return d - p * total(d), None


def _logsumexp(m: Any, x: Expr, p: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """∂(log Σ exp(xᵢ))/∂xⱼ = exp(xⱼ)/Σ exp(xᵢ) = pⱼ."""
    return d * p, None


def _cross_entropy(m: Any, p: Expr, x: Expr, t: Expr, *rest: Expr) -> tuple[Expr | None, ...]:
    """-Σᵢ tᵢ·log pᵢ has by xⱼ the derivative -Σᵢ tᵢ·(δᵢⱼ - pⱼ) = pⱼ·Σᵢ tᵢ - tⱼ, and -log pⱼ by tⱼ."""
    *logarithms, _, d = rest
    by_targets = [-d * logarithms[0], None] if logarithms else [None]
    return None, d * (p * total(t) - t), *by_targets


def _cross_entropy_of_shares(m: Any, p: Expr, x: Expr, t: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """The same with Σᵢ tᵢ = 1."""
    return None, d * (p - t), None


def _entropy(m: Any, p: Expr, x: Expr, t: Expr, logarithm: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """With t = p itself the derivative by xⱼ, for t held still, is pⱼ·Σᵢ pᵢ - pⱼ = 0, as Σᵢ pᵢ = 1."""
    return None, None, -d * logarithm, None


def _from_logits(m: Any, p: Expr, x: Expr, t: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """log Σ exp(xᵢ) - Σ tᵢ·xᵢ has the derivatives pⱼ - tⱼ by xⱼ, and -xⱼ by tⱼ."""
    return None, d * (p - t), -d * x


def _sigmoid(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """1/(1 + exp(-x)) = σ(x) has the derivative σ(x)·(1 - σ(x)), and 1 - σ(x) = σ(-x)."""
    return (d * y * m.sigmoid(-x),)


def _log_sigmoid(m: Any, a: Expr, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """log σ(x) has the derivative σ(x)·(1 - σ(x))/σ(x) = 1 - σ(x) = σ(-x)."""
    return None, d * m.sigmoid(-x)


def _softplus(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """log(1 + exp(x)) has the derivative exp(x)/(1 + exp(x)) = σ(x)."""
    return (d * m.sigmoid(x),)


def _normal_cdf(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """Φ(x), the integral of the normal density up to x, has that density as derivative."""
    return (d * normal_pdf(m, x),)


def _binary_cross_entropy(m: Any, a: Expr, x: Expr, t: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """For a = σ(x), log a = x - softplus(x) and log(1 - a) = -softplus(x). So -t·log a - (1 - t)·log(1 - a)
    is softplus(x) - t·x, with the derivatives σ(x) - t = a - t by x and -x by t."""
    return None, d * (a - t), -d * x


def _distances(m: Any, x: Expr, z: Expr, v: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """Σ v² with v = x - z has the derivatives 2·v by x and -2·v by z."""
    return 2.0 * d * v, -2.0 * d * v


def _distances_turned(m: Any, x: Expr, z: Expr, v: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """The same with v = z - x."""
    return -2.0 * d * v, 2.0 * d * v


def _largest(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """Each of k largest numbers gets 1/k of d; none is above y, so 1 - step(y - x) is 1 where x is y."""
    top = 1.0 - m.step(y - x)
    return (d * top / total(top),)


def _smallest(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """The same with none below y."""
    top = 1.0 - m.step(x - y)
    return (d * top / total(top),)


def _at_extreme(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """d where x is y, as books have it, who pass over ties."""
    return (d * Expr("equals", (x, y)),)


def _root(m: Any, square: Expr, epsilon: float) -> Expr:
    return as_expr(m.sqrt(square + epsilon))


def _unit(m: Any, x: Expr, s: Any, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """With c = 1, Σᵢ dᵢ·∂yᵢ/∂xⱼ = (dⱼ - yⱼ·Σᵢ yᵢ·dᵢ)/s."""
    return (_over(d - y * total(y * d), s),)


def _length(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """y = √(Σᵢ xᵢ²) has the derivative xⱼ/y, and 0 where y is 0 and all x are."""
    return (d * (x / m.maximum(y, 1.0 - m.step(y))),)


def _length_read(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    return (d * (x / y),)


def _proportions(m: Any, x: Expr, s: Any, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """yᵢ = xᵢ/s with s = Σ x has ∂yᵢ/∂xⱼ = (δᵢⱼ - yᵢ)/s, so Σᵢ dᵢ·∂yᵢ/∂xⱼ = (dⱼ - Σᵢ yᵢ·dᵢ)/s."""
    return (_over(d - total(y * d), s),)


def _rms_norm(m: Any, x: Expr, s: Any, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """With c = 1/n, Σᵢ dᵢ·∂yᵢ/∂xⱼ = (dⱼ - yⱼ·mean(y ⊙ d))/s."""
    return (_over(d - y * average(y * d), s),)


def _layer_norm(m: Any, x: Expr, s: Any, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """That is the share of v = x - mean(x); x gets it less its mean. As Σ y = 0, the mean is mean(d)/s."""
    return (_over(d - average(d) - y * average(y * d), s),)


def _solve(m: Any, a: Expr, b: Expr, x: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """See above."""
    g = _solved(_turned(a), d)
    return -_product(g, _turned(x)), g


def _inverse_matrix(m: Any, a: Expr, x: Expr, d: Expr) -> tuple[Expr | None, ...]:
    """With B = 1 the X above is A⁻¹, and G = Xᵀ·D."""
    return (-_product(_product(_turned(x), d), _turned(x)),)


def variance(n: int) -> Thing:
    """The variance of columns of n numbers: the mean of squares of x - mean(x)."""

    def shares(m: Any, x: Expr, y: Expr, d: Expr) -> tuple[Expr | None, ...]:
        """∂(Σᵢ vᵢ²/n)/∂vⱼ = 2·vⱼ/n with v = x - mean(x), and x gets it less its mean, which is 0."""
        return (2.0 / n * d * (x - average(x)),)

    return Thing("var", "σ2", shares)


LENGTH = Thing("", "", _length, read=_length_read)
SOFTMAX = Thing("softmax", "P", _softmax)
CAUSAL_SOFTMAX = replace(SOFTMAX, causal=True)
LOG_SOFTMAX = Thing("log_softmax", "", _log_softmax)
LOGSUMEXP = Thing("logsumexp", "", _logsumexp)
CROSS_ENTROPY = Thing("cross_entropy", "", _cross_entropy, (0, 2), (1, 2))
CROSS_ENTROPY_OF_SHARES = Thing("cross_entropy", "", _cross_entropy_of_shares, (0, 2), (1, 2))
ENTROPY = replace(CROSS_ENTROPY, shares=_entropy)
FROM_LOGITS = Thing("softmax_cross_entropy", "", _from_logits, (1, 2), (1, 2))
SIGMOID = Thing("sigmoid", "", _sigmoid)
LOG_SIGMOID = Thing("ln", "", _log_sigmoid, (0,), (1,), code="log_sigmoid")
SOFTPLUS = Thing("softplus", "", _softplus)
NORMAL_CDF = Thing("normal_cdf", "", _normal_cdf)
BINARY_CROSS_ENTROPY = Thing("binary_cross_entropy", "", _binary_cross_entropy, (0, 2), (1, 2))
DISTANCES = (
    Thing("squared_distances", "D", _distances, within=lambda m, x, z: x - z),
    Thing("squared_distances", "D", _distances_turned, within=lambda m, x, z: z - x),
)
"""Of each vector (J, T) to each (S, T), which are read as (J, S, T), by steps that take x - z, or z - x."""
EXTREMES = {
    "maximum": Thing("max", "", _largest, read=_at_extreme),
    "minimum": Thing("min", "", _smallest, read=_at_extreme),
}
"""By the reduction that computes it, the largest and the smallest of several numbers."""
SOLVE = Thing("solve", "", _solve, (0, 1), (0, 1), of_matrices=_solved)
INVERSE_MATRIX = Thing("inv", "", _inverse_matrix, of_matrices=lambda a: Expr("inverse", (a,)))
UNIT = Thing(
    "",
    "",
    _unit,
    spelt=lambda m, x, epsilon: x / _root(m, total(x * x), epsilon),
    within=lambda m, x, epsilon: _root(m, total(x * x), epsilon),
)
PROPORTIONS = Thing("", "", _proportions, spelt=lambda m, x: x / total(x), within=lambda m, x: total(x))
RMS_NORM = Thing(
    "rms_norm",
    "N",
    _rms_norm,
    spelt=lambda m, x, epsilon: x / _root(m, average(x * x), epsilon),
    within=lambda m, x, epsilon: _root(m, average(x * x), epsilon),
)
LAYER_NORM = Thing(
    "layer_norm",
    "N",
    _layer_norm,
    spelt=lambda m, x, epsilon: (x - average(x)) / _root(m, _variance(x), epsilon),
    within=lambda m, x, epsilon: _root(m, _variance(x), epsilon),
)
INVERSE = {thing: replace(thing, inverse=True) for thing in (UNIT, RMS_NORM, LAYER_NORM)}
"""Norms whose steps compute 1/s."""
