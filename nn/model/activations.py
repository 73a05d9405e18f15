"""Activations: what a layer does to its weighted sums, as nodes and as a matrix formula.

Both sides come from one row of ``autodiff.engine.ops.OPS``, so there is one for every row that takes
one operand and suits: it has a value and a slope of moderate size on the whole real line, is not
flat everywhere, and is not the slope of another row. Softmax is the one that is not element-wise.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from autodiff import Value, functions, grad, softmax
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import OPS, Op
from autodiff.engine.value import record
from autodiff.operations import Operation
from nn.model.module import Array
from nn.registry import entry_named

__all__ = ["ACTIVATIONS", "Activation", "OwnActivation", "Softmax", "activation_named"]


@dataclass(frozen=True)
class Activation:
    """An element-wise function g.

    One of your own is a function of one Value, see ``OwnActivation``; or an operation, which is faster, and
    known by its name to printed formulas and pictures.

    >>> from autodiff import operation
    >>> from nn import MLP
    >>> with operation("bent", lambda m, x: x + m.sin(x), lambda m, x, y: 1.0 + m.cos(x)) as bent:
    ...     MLP(2, [3, 1], activation=bent).layers[0].activation.name
    'bent'

    Attributes:
        name: how it is chosen: ``MLP(2, [3], activation="tanh")``.
        op: its row in the table of operations; None for the identity, which makes no node.
    """

    name: str
    op: Op | None = None
    elementwise: ClassVar[bool] = True

    @property
    def identity(self) -> bool:
        """Whether g(z) = z, by which no node is made."""
        return type(self) is Activation and self.op is None

    def __deepcopy__(self, memo: Any) -> Activation:
        return self  # it never changes, and its row is the one of the table or your own

    def __call__(self, z: Value) -> Value:
        """a = g(z), as a node."""
        return z if self.op is None else record(self.op, z, *map(Value, self.op.defaults))

    def layer(self, z: Sequence[Value]) -> list[Value]:
        """The a of a whole layer from its z, for one sample."""
        if type(self) is not Activation or self.op is None or self.op.defaults:
            return [self(each) for each in z]
        return [record(self.op, each) for each in z]

    def forward(self, Z: Array) -> Array:
        """A = g(Z), of the same shape."""
        if self.op is None:
            return Z.copy()
        return np.asarray(self.op.forward(ARRAYS, Z, *self.op.defaults), dtype=np.float64)

    def derivative(self, Z: Array, A: Array) -> Array:
        """g'(Z), of the same shape; A is g(Z), which many rules can use."""
        if self.op is None:
            return np.ones_like(Z)
        partial = self.op.partials(ARRAYS, Z, *self.op.defaults, A)[0]
        return np.array(np.broadcast_to(partial, Z.shape), dtype=np.float64)

    def magnitude(self, Z: Array, A: Array) -> Array:
        """How large the terms are, at most, that ``derivative`` adds up; of its shape."""
        return np.abs(self.derivative(Z, A))


@dataclass(frozen=True)
class Softmax(Activation):
    """aᵢ = exp(zᵢ) / Σⱼ exp(zⱼ): probabilities. Each depends on every z of its sample, so g' is no
    number for each z but a matrix for each sample, the Jacobian."""

    name: str = "softmax"
    elementwise: ClassVar[bool] = False

    def __call__(self, z: Value) -> Value:
        raise TypeError("softmax is of a whole layer, a single neuron cannot compute it; use a Layer")

    def layer(self, z: Sequence[Value]) -> list[Value]:
        return softmax(z)  # type: ignore[no-any-return]

    def forward(self, Z: Array) -> Array:
        """A of Z's shape (K, m), whose columns add up to 1."""
        return np.asarray(softmax(Z))

    def derivative(self, Z: Array, A: Array) -> Array:
        """The Jacobian of each sample s, ∂A[i,s]/∂Z[j,s] = A[i,s]·(1 if i = j else 0) - A[i,s]·A[j,s],
        of shape (K, K, m)."""
        return np.asarray(np.eye(len(A))[:, :, None] * A - A[:, None] * A)

    def magnitude(self, Z: Array, A: Array) -> Array:
        return np.asarray(np.eye(len(A))[:, :, None] * A + A[:, None] * A)


@dataclass(frozen=True)
class OwnActivation(Activation):
    """g from a function of one Value, such as ``lambda z: z * z.sigmoid()``; its slope is found by the graph.

    In matrix form every element is computed on Values, so that the function may be any program; an
    ``autodiff.operation``, which has a rule for its slope, is faster.

    >>> from nn import MLP
    >>> MLP(2, [3, 1], activation=lambda z: z / (1 + abs(z)), seed=0)([0.5, -1.0])
    [Value(0.26587350023777745, grad=0.0)]
    """

    function: Callable[[Any], Any] = abs

    def __call__(self, z: Value) -> Value:
        """a = g(z), as a node.

        Raises:
            TypeError: if the function returns something else than a Value.
        """
        a = self.function(z)
        if not isinstance(a, Value):
            raise TypeError(
                f"an activation computes with the Value it is given, and returns one; {self.name} returned "
                f"{a!r:.60} of type {type(a).__name__}"
            )
        return a

    def forward(self, Z: Array) -> Array:
        """A = g(Z), of the same shape."""
        return np.array([self(Value(z)).data for z in Z.flat], dtype=np.float64).reshape(Z.shape)

    def derivative(self, Z: Array, A: Array) -> Array:
        """g'(Z), of the same shape."""
        leaves = [Value(z) for z in Z.flat]
        return np.array([grad(self(z), z) for z in leaves], dtype=np.float64).reshape(Z.shape)


_SLOPES = {f"{name}_slope" for name in OPS}  # rows that are there for second derivatives, such as σ′


def _suits(op: Op) -> bool:
    if op.arity - len(op.defaults) != 1 or op.name in _SLOPES:
        return False
    slopes = []
    for x in (-1000.0, -math.pi / 2, -1.0, -0.25, 0.0, 0.25, 1.0, math.pi / 2, 1000.0):
        try:
            y = op.forward(FLOATS, x, *op.defaults)
            slopes.append(op.partials(FLOATS, x, *op.defaults, y)[0])
        except (ValueError, ArithmeticError):
            return False
    return any(slopes) and all(abs(slope) < 10.0 for slope in slopes)


ACTIVATIONS: dict[str, Activation] = {
    "linear": Activation("linear"),
    **{name: Activation(name, op) for name, op in OPS.items() if _suits(op)},
    "softmax": Softmax(),
}


def activation_named(name: str | Callable[[Any], Any]) -> Activation:
    """The activation of that name, or of an operation or a function of your own with one operand;
    ``"identity"`` is another name of ``"linear"``.

    Raises:
        TypeError: for anything else, and an operation of more operands.
        ValueError: if there is none of that name; the message suggests the nearest.
    """
    if isinstance(name, Activation):
        return name
    if isinstance(name, Operation):
        row = name.row
        if row.arity - len(row.defaults) != 1:
            raise TypeError(f"an activation has one operand, {row.name} has {row.arity}")
        return Activation(row.name, row)
    known = getattr(name, "__name__", "")
    if known in ACTIVATIONS and any(getattr(room, known, None) is name for room in (functions, Value, np)):
        return ACTIVATIONS[known]  # np.tanh of a Value is the table's tanh
    if callable(name):
        return OwnActivation(getattr(name, "__name__", type(name).__name__), function=name)
    if name in OPS and name not in ACTIVATIONS and _suits(OPS[name]):
        return Activation(name, OPS[name])  # a row that was added since
    return entry_named("activation", "linear" if name == "identity" else name, ACTIVATIONS)
