"""The mistakes that people make in a backward pass, each as a formula that makes it.

A mistake is recognised by its numbers: put into the right backward pass, it must reproduce those
that are to be explained. A row states what is computed instead, from what is at hand in the layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nn.model.activations import Activation
from nn.model.matrix import Cache, MatrixMLP
from nn.model.module import Array

__all__ = ["BY_OUTPUT", "MISTAKES", "LayerOperands", "Mistake"]


@dataclass(frozen=True)
class LayerOperands:
    """What the formulas of layer l are computed from, and what the one in question rightly gives.

    The formula of dA belongs to the layer whose W it uses: layer l computes dA[l-1].
    """

    l: int
    twin: MatrixMLP
    cache: Cache
    dA: Array
    dZ: Array
    right: Array
    l2: float

    @property
    def W(self) -> Array:
        return self.twin.W[self.l]

    @property
    def g(self) -> Activation:
        return self.twin.g[self.l]

    @property
    def Z(self) -> Array:
        return self.cache.Z[self.l]

    @property
    def A(self) -> Array:
        return self.cache.A[self.l]

    @property
    def before(self) -> Array:
        """A[l-1]."""
        return self.cache.A[self.l - 1]

    @property
    def m(self) -> int:
        return int(self.before.shape[1])


@dataclass(frozen=True)
class Mistake:
    """One mistake in the formula of one quantity.

    Attributes:
        name: in a few words.
        quantity: "dZ", "dW", "db" or "dA".
        rule: what is computed instead; it may raise KeyError or ValueError where that is not possible.
        formula: the same for people; ``{right}`` is the right formula, ``{l}``, ``{p}`` and
            ``{pp}`` are the layer and those before it, ``{g}`` is the activation, and ``{penalty}``
            what a penalty adds.
        remedy: what to do.
    """

    name: str
    quantity: str
    rule: Callable[[LayerOperands], Array]
    formula: str
    remedy: str


# g' by the output a instead of the input z, where that is how textbooks write it.
BY_OUTPUT: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda a: a * (1.0 - a),
    "tanh": lambda a: 1.0 - a * a,
    "softplus": lambda a: 1.0 - np.exp(-a),
}


def _slope_at_A(p: LayerOperands) -> Array:
    return p.dA * p.g.derivative(p.A, p.g.forward(p.A))


def _slope_by_Z(p: LayerOperands) -> Array:
    return p.dA * BY_OUTPUT[p.g.name](p.Z)


def _diagonal(p: LayerOperands) -> Array:
    if p.g.elementwise:
        raise KeyError("the Jacobian has nothing else")
    return p.dA * p.A * (1.0 - p.A)


def _product(p: LayerOperands, dZ: Array, A: Array) -> Array:
    """dZ·A, and the penalty as it should be."""
    return dZ @ A + p.l2 * p.W if p.l2 else dZ @ A


def _penalty(times: float) -> Callable[[LayerOperands], Array]:
    return lambda p: p.right + times * p.l2 * p.W


def _for_all(quantity: str) -> tuple[Mistake, ...]:
    return (
        Mistake("sign flipped", quantity, lambda p: -p.right, "-({right})", "drop the minus"),
        Mistake(
            "transposed",
            quantity,
            lambda p: p.right.T,
            "({right})ᵀ",
            "a gradient has the shape of its quantity",
        ),
        Mistake(
            "1/m twice",
            quantity,
            lambda p: p.right / p.m,
            "({right})/m",
            "the mean is in ∂J/∂A of the last layer already, so do not divide again",
        ),
        Mistake(
            "1/m missing",
            quantity,
            lambda p: p.right * p.m,
            "m·({right})",
            "J is a mean, and its 1/m came with ∂J/∂A of the last layer: do not remove it",
        ),
    )


def _dA_for_dZ(quantity: str, rule: Callable[[LayerOperands], Array], formula: str) -> Mistake:
    return Mistake("dA used instead of dZ", quantity, rule, formula, "go through g′ first: dZ, not dA")


MISTAKES: tuple[Mistake, ...] = (
    Mistake("g′ forgotten", "dZ", lambda p: p.dA, "dA{l}", "multiply by g′(Z{l}), element by element"),
    Mistake(
        "g′ taken at A instead of Z",
        "dZ",
        _slope_at_A,
        "dA{l} ⊙ {g}′(A{l})",
        "g′ is the slope at the number that went into g, Z{l}",
    ),
    Mistake(
        "g′ taken at Z instead of A",
        "dZ",
        _slope_by_Z,
        "dA{l} ⊙ {g}′ by its output, but of Z{l}",
        "this way to write g′ takes the output of g, A{l}",
    ),
    Mistake(
        "g used instead of g′", "dZ", lambda p: p.dA * p.A, "dA{l} ⊙ {g}(Z{l})", "take the derivative of g"
    ),
    Mistake(
        "softmax treated as element-wise",
        "dZ",
        _diagonal,
        "dA{l} ⊙ A{l} ⊙ (1 - A{l})",
        "each output depends on every z: the rest of the Jacobian, -aᵢ·aⱼ, is missing",
    ),
    *_for_all("dZ"),
    Mistake(
        "this layer's A used",
        "dW",
        lambda p: _product(p, p.dZ, p.A.T),
        "dZ{l}·A{l}ᵀ{penalty}",
        "W{l} was multiplied by the activations before it, A{p}",
    ),
    Mistake(
        "the A of a layer too early used",
        "dW",
        lambda p: _product(p, p.dZ, p.cache.A[p.l - 2].T),
        "dZ{l}·A{pp}ᵀ{penalty}",
        "W{l} was multiplied by A{p}",
    ),
    Mistake(
        "Z used instead of A",
        "dW",
        lambda p: _product(p, p.dZ, p.cache.Z[p.l - 1].T),
        "dZ{l}·Z{p}ᵀ{penalty}",
        "W{l} was multiplied by A{p}, which is g(Z{p})",
    ),
    _dA_for_dZ("dW", lambda p: _product(p, p.dA, p.before.T), "dA{l}·A{p}ᵀ{penalty}"),
    Mistake(
        "summed over the wrong axis",
        "dW",
        lambda p: _product(p, p.dZ.T, p.before),
        "dZ{l}ᵀ·A{p}{penalty}",
        "the product must sum over the samples, which are the columns of both",
    ),
    Mistake(
        "A not transposed",
        "dW",
        lambda p: _product(p, p.dZ, p.before),
        "dZ{l}·A{p}{penalty}",
        "the product must sum over the samples, which are the columns of both",
    ),
    Mistake(
        "the penalty forgotten",
        "dW",
        _penalty(-1.0),
        "dZ{l}·A{p}ᵀ",
        "add the derivative of the penalty, λ·W{l}",
    ),
    Mistake(
        "the penalty counted twice",
        "dW",
        _penalty(1.0),
        "dZ{l}·A{p}ᵀ + 2·λ·W{l}",
        "the derivative of λ/2·W² is λ·W",
    ),
    *_for_all("dW"),
    Mistake(
        "the shape of a bias lost",
        "db",
        lambda p: p.right,
        "row sums of dZ{l}, without keepdims",
        "keep b's shape (m_l, 1) with keepdims=True, or a later step broadcasts",
    ),
    Mistake(
        "summed over the wrong axis",
        "db",
        lambda p: p.dZ.sum(axis=0),
        "column sums of dZ{l}",
        "b{l} went into every column of Z{l}: sum over these, axis=1",
    ),
    Mistake(
        "not summed over the samples",
        "db",
        lambda p: p.dZ,
        "dZ{l}",
        "b{l} was broadcast to every column of Z{l}, so its gradient sums over them: axis=1",
    ),
    Mistake(
        "summed over all neurons",
        "db",
        lambda p: np.full(p.right.shape, p.dZ.sum()),
        "the sum of all of dZ{l}",
        "every neuron has a bias of its own: sum over axis=1 only",
    ),
    _dA_for_dZ("db", lambda p: p.dA.sum(axis=1, keepdims=True), "row sums of dA{l}"),
    *_for_all("db"),
    Mistake(
        "W not transposed",
        "dA",
        lambda p: p.W @ p.dZ,
        "W{l}·dZ{l}",
        "W{l} leads forward, its transpose leads back",
    ),
    _dA_for_dZ("dA", lambda p: p.W.T @ p.dA, "W{l}ᵀ·dA{l}"),
    Mistake(
        "the W of another layer used",
        "dA",
        lambda p: p.twin.W[p.l - 1].T @ p.dZ,
        "W{p}ᵀ·dZ{l}",
        "dZ{l} goes back through the weights of its own layer",
    ),
    *_for_all("dA"),
)
