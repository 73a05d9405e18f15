"""``MatrixMLP``: the network of ``nn.model.mlp`` in matrix formulas.

Columns are samples: X is (n, m), W[l] is (m_l, m_{l-1}), b[l] is (m_l, 1), Z[l] and A[l] are
(m_l, m). J is the mean loss over the m samples, and dQ is ∂J/∂Q, of Q's shape. The factor 1/m
enters once, with dA of the last layer, which the loss gives; no formula here repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autodiff import DomainError, softmax
from nn.model.activations import Activation
from nn.model.mlp import MLP
from nn.model.module import Array
from nn.model.samples import as_batch

__all__ = ["Cache", "Gradients", "MatrixMLP", "through"]


@dataclass(frozen=True)
class Cache:
    """What ``forward`` computed; ``A[0]`` is X, and ``A[L]`` the output."""

    Z: dict[int, Array]
    A: dict[int, Array]


@dataclass(frozen=True)
class Gradients:
    """What ``backward`` computed; ``dA[0]`` is ∂J/∂X."""

    dZ: dict[int, Array]
    dW: dict[int, Array]
    db: dict[int, Array]
    dA: dict[int, Array]

    @property
    def params(self) -> dict[str, Array]:
        """The gradients of the parameters by the names and shapes of ``MatrixMLP.params``."""
        return _named(self.dW, self.db)


@dataclass(frozen=True)
class MatrixMLP:
    """A network of L fully connected layers; ``W[1]`` belongs to the first, ``W[L]`` to the last.

    Attributes:
        W: weights by layer.
        b: biases by layer.
        g: activations by layer.

    >>> from nn import MLP
    >>> twin = MatrixMLP.from_scalar(MLP(2, [3, 1], seed=0))
    >>> cache = twin.forward(np.ones((2, 5)))
    >>> cache.Z[1].shape, cache.A[2].shape
    ((3, 5), (1, 5))
    >>> twin.backward(cache, np.ones((1, 5))).dW[1].shape
    (3, 2)
    """

    W: dict[int, Array]
    b: dict[int, Array]
    g: dict[int, Activation]

    @classmethod
    def from_scalar(cls, model: MLP) -> MatrixMLP:
        """The twin of a scalar network: a copy of its weights, its activations."""
        twin = cls(W={}, b={}, g={})
        for l, layer in enumerate(model.layers, start=1):
            twin.W[l] = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
            twin.b[l] = np.array([[neuron.b.data] for neuron in layer.neurons])
            twin.g[l] = layer.activation
        return twin

    @classmethod
    def from_params(cls, model: MLP, params: Mapping[str, Array]) -> MatrixMLP:
        """The twin whose weights are views of these arrays, of the names and shapes of ``params``."""
        layers = range(1, len(model.layers) + 1)
        return cls(
            W={l: params[f"W{l}"] for l in layers},
            b={l: params[f"b{l}"][:, None] for l in layers},
            g={l: model.layers[l - 1].activation for l in layers},
        )

    @property
    def L(self) -> int:
        """Number of layers."""
        return len(self.W)

    def forward(self, X: npt.ArrayLike) -> Cache:
        """Every Z and A for a batch X of shape (n, m).

        Z[l] = W[l]·A[l-1] + b[l]
        A[l] = g(Z[l])

        Raises:
            ValueError: if X has another shape.
            DomainError: where a Z is too large for floats, as in the scalar network.
        """
        W, b, g = self.W, self.b, self.g
        A = {0: as_batch(X, W[1].shape[1])}
        Z = {}
        for l in range(1, self.L + 1):
            with np.errstate(over="ignore", invalid="ignore"):
                Z[l] = W[l] @ A[l - 1] + b[l]
            if not np.isfinite(Z[l]).all():
                raise DomainError(f"Z{l} = W{l}·A{l - 1} + b{l} overflows: a result is too large for a float")
            A[l] = g[l].forward(Z[l])
        return Cache(Z, A)

    def backward(self, cache: Cache, dA: npt.ArrayLike, l2: float = 0.0) -> Gradients:
        """Every gradient, from ``cache`` of a forward run and dA = ∂J/∂A[L], of A[L]'s shape.

        dZ[l]   = dA[l] ⊙ g'(Z[l])    of softmax: Jᵀ·dA[l] for each sample's Jacobian J
        dW[l]   = dZ[l]·A[l-1]ᵀ       summed over the samples by the product
        db[l]   = row sums of dZ[l]   b[l] went into every column of Z[l]
        dA[l-1] = W[l]ᵀ·dZ[l]

        With a penalty λ/2·ΣW² in J, λ·W[l] is added to dW[l]; ``l2`` is that λ.

        Raises:
            ValueError: if dA has another shape.
        """
        W, g, Z, A, L = self.W, self.g, cache.Z, cache.A, self.L
        grads = Gradients(dZ={}, dW={}, db={}, dA={L: np.asarray(dA, dtype=np.float64)})
        if grads.dA[L].shape != A[L].shape:
            raise ValueError(f"dA has the shape of A[{L}], {A[L].shape}, got {grads.dA[L].shape}")
        for l in range(L, 0, -1):
            slope = g[l].derivative(Z[l], A[l])
            grads.dZ[l] = grads.dA[l] * slope if g[l].elementwise else through(slope, grads.dA[l])
            grads.dW[l] = grads.dZ[l] @ A[l - 1].T
            if l2:
                grads.dW[l] += l2 * W[l]
            grads.db[l] = grads.dZ[l].sum(axis=1, keepdims=True)
            grads.dA[l - 1] = W[l].T @ grads.dZ[l]
        return grads

    def features(self, X: npt.ArrayLike) -> Array:
        """φ(x) of each sample, shape (m_{L-1}, m): A[L-1], as ``MLP.features``."""
        return self.forward(X).A[self.L - 1]

    def feature_kernel(self, X: npt.ArrayLike, X2: npt.ArrayLike | None = None) -> Array:
        """k(x, x') = φ(x)·φ(x') for each pair of samples, the Gram matrix φ(X)ᵀ·φ(X2).

        A gradient step on the last layer alone is a step in this kernel: with dW = dZ·φ(X)ᵀ and
        db the row sums of dZ, the change of W·φ(x') + b at any x' is

            ΔZ(x') = -η Σₛ dZ[:,s]·(k(xₛ, x') + 1)

        Args:
            X: shape (n, m), columns are samples.
            X2: shape (n, m2); X itself if left out.

        Returns:
            Shape (m, m2).
        """
        features = self.features(X)
        return np.asarray(features.T @ (features if X2 is None else self.features(X2)))

    @property
    def params(self) -> dict[str, Array]:
        """The parameters by the names and shapes of ``MLP.state_dict``, as live views: write
        into them and the network changes."""
        return _named(self.W, self.b)

    def predict_proba(self, X: npt.ArrayLike) -> Array:
        """P(y = k | x) of shape (classes, m), as ``MLP.predict_proba``."""
        logits = self.forward(X).A[self.L]
        if self.g[self.L].name == "softmax":
            return logits
        return np.asarray(softmax(logits if len(logits) > 1 else np.vstack([np.zeros_like(logits), logits])))


def through(J: Array, dA: Array) -> Array:
    """Jᵀ·dA for each sample, from Jacobians of shape (K, K, m) and dA of shape (K, m)."""
    return np.asarray(np.einsum("ijs,is->js", J, dA))


def _named(W: dict[int, Array], b: dict[int, Array]) -> dict[str, Array]:
    named = {}
    for l in W:
        named[f"W{l}"], named[f"b{l}"] = W[l], b[l][:, 0]
    return named
