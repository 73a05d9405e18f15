"""One training step's gradients of an MLP, by each contestant: loss and dW1, db1, dW2, …

Everybody computes in double precision from the same numbers: hinge loss for one output, softmax
cross-entropy for several, averaged over the samples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.problem import Problem

__all__ = ["Network", "contestants", "hand_written", "jax_loss", "torch_loss"]

Array = npt.NDArray[np.float64]
Step = Callable[[], tuple[float, list[Array]]]


@dataclass(frozen=True)
class Network:
    """Parameters and data.

    Attributes:
        activation: ``"relu"`` or ``"tanh"``, between the layers.
        W, b: of shapes (m_l, m_{l-1}) and (m_l,).
        X: (n, m), columns are samples.
        Y: (m,) of ±1 for the hinge loss, one-hot (K, m) for cross-entropy.
    """

    activation: str
    W: list[Array]
    b: list[Array]
    X: Array
    Y: Array

    @classmethod
    def random(cls, sizes: tuple[int, ...], m: int, activation: str, seed: int = 0) -> Network:
        rng = np.random.default_rng(seed)
        W = [rng.standard_normal((rows, columns)) * columns**-0.5 for columns, rows in pairwise(sizes)]
        b = [rng.standard_normal(rows) * 0.1 for rows in sizes[1:]]
        K = sizes[-1]
        labels = rng.integers(max(K, 2), size=m)
        Y: Array = np.array(2.0 * labels - 1.0 if K == 1 else np.eye(K)[:, labels])
        return cls(activation, W, b, rng.standard_normal((sizes[0], m)), Y)

    def problem(self) -> Problem:
        """The same for engines of scalars, if it has one output."""
        layers = [(W.tolist(), b.tolist()) for W, b in zip(self.W, self.b, strict=True)]
        return Problem(layers, self.X.T.tolist(), self.Y.tolist())


def contestants(network: Network, skip: set[str]) -> Iterator[tuple[str, Step | ImportError]]:
    """The peers by name, or why one is not here."""
    peers = {
        "NumPy by hand": hand_written,
        "PyTorch eager": torch_eager,
        "JAX jit": jax_jit,
        "CasADi": casadi_machine,
    }
    for name, make in peers.items():
        if name.split()[0].lower() not in skip:
            try:
                yield name, make(network)
            except ImportError as error:
                yield name, error


def hand_written(network: Network) -> Step:
    """NumPy as a good engineer writes it: one expression a formula, nothing computed twice."""
    X, Y, W, b = network.X, network.Y, network.W, [each[:, None] for each in network.b]
    m, L = X.shape[1], len(W)
    relu = network.activation == "relu"

    def step() -> tuple[float, list[Array]]:
        A = [X]
        for l in range(L - 1):
            Z = W[l] @ A[l] + b[l]
            A.append(np.maximum(Z, 0.0) if relu else np.tanh(Z))
        Z = W[-1] @ A[-1] + b[-1]
        if len(Z) == 1:
            margin = 1.0 - Y * Z
            loss = np.maximum(margin, 0.0).sum() / m
            dZ = (margin > 0.0) * (Y / -m)
        else:
            Z -= Z.max(axis=0)
            P = np.exp(Z)
            total = P.sum(axis=0)
            loss = (np.log(total).sum() - (Y * Z).sum()) / m
            P /= total
            dZ = P
            dZ -= Y
            dZ /= m
        grads: list[Array] = []
        for l in reversed(range(L)):
            grads += [dZ.sum(axis=1), dZ @ A[l].T]
            if l:
                dZ = W[l].T @ dZ
                dZ *= (A[l] > 0.0) if relu else 1.0 - A[l] * A[l]
        return float(loss), grads[::-1]

    return step


def torch_loss(network: Network) -> tuple[list[Any], Callable[[], Any]]:
    """Leaves of PyTorch for W1, b1, W2, …, biases as columns, and what records the loss of them."""
    import torch

    X, Y = torch.from_numpy(network.X), torch.from_numpy(network.Y)
    W = [torch.from_numpy(each.copy()).requires_grad_() for each in network.W]
    b = [torch.from_numpy(each[:, None].copy()).requires_grad_() for each in network.b]
    g = getattr(torch, network.activation)
    classes = Y.argmax(0) if Y.ndim == 2 else None

    def loss() -> Any:
        A = X
        for l in range(len(W) - 1):
            A = g(torch.addmm(b[l], W[l], A))
        Z = torch.addmm(b[-1], W[-1], A)
        if classes is None:
            return (1.0 - Y * Z[0]).relu().mean()
        return torch.nn.functional.cross_entropy(Z.T, classes)

    return [each for pair in zip(W, b, strict=True) for each in pair], loss


def torch_eager(network: Network) -> Step:
    """PyTorch, recording and differentiating anew in each step."""
    import torch

    parameters, loss = torch_loss(network)

    def step() -> tuple[float, list[Array]]:
        J = loss()
        grads = torch.autograd.grad(J, parameters)
        return J.item(), [
            each.numpy().reshape(each.shape if i % 2 == 0 else -1) for i, each in enumerate(grads)
        ]

    return step


def jax_loss(network: Network) -> tuple[list[Any], Callable[[Any, Any, Any], Any]]:
    """The pairs (W1, b1), (W2, b2), … as arrays of JAX, and the loss as a function of them, X and Y."""
    import jax
    import jax.numpy as jnp

    config: Any = jax.config  # untyped, and Any where JAX is not installed
    config.update("jax_enable_x64", True)
    g = jax.nn.relu if network.activation == "relu" else jnp.tanh

    def loss(parameters: Any, X: Any, Y: Any) -> Any:
        A = X
        for W, b in parameters[:-1]:
            A = g(W @ A + b[:, None])
        W, b = parameters[-1]
        Z = W @ A + b[:, None]
        if len(W) == 1:
            return jnp.maximum(1.0 - Y * Z[0], 0.0).mean()
        return (jax.nn.logsumexp(Z, axis=0) - (Y * Z).sum(axis=0)).mean()

    return [(jnp.asarray(W), jnp.asarray(b)) for W, b in zip(network.W, network.b, strict=True)], loss


def jax_jit(network: Network) -> Step:
    """JAX, the whole step compiled."""
    import jax
    import jax.numpy as jnp

    parameters, loss = jax_loss(network)
    X, Y = jnp.asarray(network.X), jnp.asarray(network.Y)
    compiled = jax.jit(jax.value_and_grad(loss))

    def step() -> tuple[float, list[Array]]:
        value, grads = compiled(parameters, X, Y)
        return float(value), [np.asarray(each) for pair in grads for each in pair]

    return step


def casadi_machine(network: Network) -> Step:
    """CasADi, matrix expressions run by its own virtual machine on buffers that stay."""
    import casadi

    ca: Any = casadi  # its types miss half of what it takes
    m = network.X.shape[1]
    W = [ca.MX.sym(f"W{l}", *each.shape) for l, each in enumerate(network.W, 1)]
    b = [ca.MX.sym(f"b{l}", len(each)) for l, each in enumerate(network.b, 1)]
    X, Y = ca.MX.sym("X", *network.X.shape), ca.MX.sym("Y", *np.atleast_2d(network.Y).shape)
    A = X
    for l in range(len(W)):
        Z = W[l] @ A + ca.repmat(b[l], 1, m)
        A = ca.fmax(Z, 0.0) if network.activation == "relu" else ca.tanh(Z)
    if len(network.W[-1]) == 1:
        loss = ca.sum2(ca.fmax(1.0 - Y * Z, 0.0)) / m
    else:
        normalisers = ca.horzcat(*map(ca.logsumexp, ca.horzsplit(Z)))
        loss = (ca.sum2(normalisers) - ca.dot(Y, Z)) / m
    parameters = [each for pair in zip(W, b, strict=True) for each in pair]
    function = ca.Function(
        "step", [*parameters, X, Y], [loss, *(ca.gradient(loss, each) for each in parameters)]
    )
    arrays = [each for pair in zip(network.W, network.b, strict=True) for each in pair]
    buffer, run = function.buffer()
    # Column after column, as CasADi has it.
    given: list[Any] = [each.T.copy() for each in (*arrays, network.X, np.atleast_2d(network.Y))]
    value, grads = np.zeros(1), [np.zeros(each.shape[::-1]) for each in arrays]
    taken: list[Any] = [value, *grads]
    for i, each in enumerate(given):
        buffer.set_arg(i, memoryview(each))
    for i, each in enumerate(taken):
        buffer.set_res(i, memoryview(each))

    def step(_: Any = (buffer, given)) -> tuple[float, list[Array]]:  # ``run`` does not keep them alive
        run()
        return value.item(), [each.T.copy() for each in grads]

    return step
