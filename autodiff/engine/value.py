"""``Value``: a float that remembers how it was computed, and can say what it depends on."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff.engine.backward import backward
from autodiff.engine.copying import deep_copy, reduced
from autodiff.engine.errors import DomainError, described, domain_error, not_a_number
from autodiff.engine.namespaces import ARRAYS, FLOATS
from autodiff.engine.ops import OPS, Op

__all__ = ["Number", "Value", "as_value", "record"]

_new = object.__new__
_unfolding = Lock()


class Value:
    """A scalar node of a computation graph.

    Arithmetic on Values computes floats and records the graph behind them. Each node holds
    its operands and the local derivatives ∂(this)/∂(operand) at the moment it was made, so
    ``backward()`` is the chain rule and nothing else.

    Everything lies in slots of the node itself: the garbage collector visits each container
    it tracks, and one object a node is a third of what a node, a tuple and a closure cost. For
    the same reason ``dot`` folds its sum of products into one object, which unfolds into the
    nodes it stands for as soon as somebody asks for its operands.

    Args:
        data: an int, float, NumPy scalar or 0-d array. It must be finite, and an int must be
            one that a float holds exactly (every int up to 2**53 is).
        label: the name shown in pictures, tables and error messages.

    Attributes:
        data: the value, a float.
        grad: ∂(output)/∂(this), a float. Leaves accumulate over ``backward()`` calls until you
            set them to 0.0; other nodes hold the result of the latest call.
        op: name of the row in ``autodiff.engine.ops.OPS`` that made this node, ``""`` for a leaf.

    Raises:
        TypeError: for data that is not one real number.
        ValueError: for data that is infinite, not a number, or an int no float holds exactly.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    __slots__ = ("__dict__", "__weakref__", "_a", "_b", "_da", "_db", "data", "grad", "op")

    data: float
    grad: float
    op: str
    _a: Value | FoldedSum | None
    _b: Value | None
    _da: float
    _db: float
    label: str = ""

    if TYPE_CHECKING:  # the methods made from the table, and whatever a learner attaches

        def __getattr__(self, name: str) -> Any: ...
        def __neg__(self) -> Value: ...
        def __abs__(self) -> Value: ...
        def __sub__(self, other: Operand) -> Value: ...
        def __truediv__(self, other: Operand) -> Value: ...
        def __pow__(self, other: Operand) -> Value: ...
        def __radd__(self, other: Operand) -> Value: ...
        def __rsub__(self, other: Operand) -> Value: ...
        def __rmul__(self, other: Operand) -> Value: ...
        def __rtruediv__(self, other: Operand) -> Value: ...
        def __rpow__(self, other: Operand) -> Value: ...

    def __init__(self, data: Number, label: str = "") -> None:
        self.data = data if data.__class__ is float and data - data == 0.0 else _real(data)
        self.grad = 0.0
        self.op = ""
        self._a = self._b = None
        self._da = self._db = 0.0
        if label:
            self.label = label

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values this one was computed from: none, one or two."""
        if isinstance(self._a, tuple):
            self._unfold()
        if self._a is None:
            return ()
        return (self._a,) if self._b is None else (self._a, self._b)  # type: ignore[return-value]

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂(this)/∂(operand) for each operand, in their order."""
        return (self._da, self._db)[: len(self.operands)]

    def _unfold(self) -> None:
        """Make the multiplications and additions of a folded sum, this being the last of them.

        Their numbers are those of the moment the sum was made. Its gradient is theirs too, for
        an addition passes on what it gets.
        """
        with _unfolding:
            if not isinstance(self._a, tuple):
                return  # another thread was here first
            (total, *factors), (_, *locals_), y = self._a
            columns = factors[::2], factors[1::2], locals_[::2], locals_[1::2]
            for w, x, dw, dx in zip(*columns, strict=True):
                product, last = _new(Value), total
                product.data, product.grad, product.op = dw * dx, self.grad, "mul"
                product._a, product._b, product._da, product._db = w, x, dw, dx
                total = _new(Value)
                total.data, total.grad, total.op = y + product.data, self.grad, "add"
                total._a, total._b, total._da, total._db = last, product, 1.0, 1.0
                y = total.data
            self._b = product
            self._a = last  # at the end: until then other threads see it folded

    # Addition and multiplication are most of every graph, so their rows are written out here.
    # x - x is 0 for every finite x and nan for the others: the cheapest test for overflow.

    def __add__(self, other: Operand) -> Value:
        if other.__class__ is not Value:
            other = as_value(other)
            if other is NotImplemented:
                return NotImplemented
        node = _new(Value)
        node.data = y = self.data + other.data
        if y - y != 0.0:
            raise _overflow("add", self, other)
        node.grad = 0.0
        node.op = "add"
        node._a = self
        node._b = other
        node._da = node._db = 1.0
        return node

    def __mul__(self, other: Operand) -> Value:
        if other.__class__ is not Value:
            other = as_value(other)
            if other is NotImplemented:
                return NotImplemented
        node = _new(Value)
        node._db = x = self.data
        node._da = z = other.data
        node.data = y = x * z
        if y - y != 0.0:
            raise _overflow("mul", self, other)
        node.grad = 0.0
        node.op = "mul"
        node._a = self
        node._b = other
        return node

    def __pos__(self) -> Value:
        return self

    def __lt__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compare(operator.lt, self, other)

    def __le__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compare(operator.le, self, other)

    def __gt__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compare(operator.gt, self, other)

    def __ge__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compare(operator.ge, self, other)

    def __float__(self) -> float:
        return self.data

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value({self.data!r}, grad={self.grad!r}{label})"

    def backward(self) -> None:
        """Compute ∂(this)/∂(node) for every node this one depends on, into ``grad``.

        Leaves add the result to the ``grad`` they had; the other nodes are overwritten. No
        recursion, so a graph may be of any depth; nothing is marked in the nodes, so threads may
        share them. ``autodiff.engine.backward`` is the algorithm.
        """
        backward(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return deep_copy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        return reduced(self)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Let NumPy's functions take Values: ``np.tanh(v)``, ``np.add(v, array_of_values)``."""
        for each in inputs:
            if isinstance(each, np.ndarray) and each.ndim and each.dtype != object:
                raise TypeError(not_a_number(each))
        boxed = map(_boxed, inputs)
        if ufunc in _UFUNCS and method == "__call__" and not options:
            return np.frompyfunc(_UFUNCS[ufunc], ufunc.nin, 1)(*boxed)
        # NumPy's own loop over objects calls the operator, or the method of the ufunc's name.
        result = getattr(ufunc, method)(*boxed, **options)
        return result.item() if isinstance(result, np.ndarray) and result.ndim == 0 else result


FoldedSum = tuple[list[Value], list[float], float]
"""What the slot ``_a`` of a folded sum start + Σ wᵢ·xᵢ holds: the operands start, w₁, x₁, … wₙ, xₙ,
the derivative by each, and the data of start."""

Number = int | float | np.number[Any] | np.ndarray[Any, Any]
Operand = Value | Number


def as_value(operand: Operand) -> Value:
    """The operand itself if it is a Value, else a constant leaf; an array of Values is refused
    with NotImplemented, so that NumPy can take the operation element by element."""
    if isinstance(operand, Value):
        return operand
    if isinstance(operand, np.ndarray) and operand.ndim and operand.dtype == object:
        return NotImplemented  # type: ignore[no-any-return]
    return Value(operand)


def folded_sum(y: float, operands: list[Value], derivatives: list[float]) -> Value:
    """y = start + w₁·x₁ + w₂·x₂ + …, as one object that unfolds when it is looked into.

    Args:
        y: the sum, added from left to right.
        operands: start, w₁, x₁, … wₙ, xₙ, with n at least 1.
        derivatives: of y by each operand.
    """
    node = _new(Value)
    node.data = y
    node.grad = 0.0
    node.op = "add"
    node._a = (operands, derivatives, operands[0].data)
    node._b = None
    node._da = node._db = 1.0
    return node


def record(op: Op, a: Value, b: Value | None = None) -> Value:
    """A new node ``op(a)`` or ``op(a, b)``, through the row's own rule.

    Raises:
        DomainError: where the operation is not defined or overflows; the message names the
            operation, the operands' values and their labels.
    """
    x = a.data
    try:
        y = op.forward(FLOATS, x) if b is None else op.forward(FLOATS, x, b.data)
    except (ValueError, ArithmeticError) as error:
        raise domain_error(op.name, described(a) if b is None else described(a, b), error) from None
    if y - y != 0.0:
        raise _overflow(op.name, a, b)
    node = _new(Value)
    node.data = y
    try:
        if b is None:
            (node._da,) = op.partials(FLOATS, x, y)
            node._db = 0.0
        else:
            node._da, node._db = op.partials(FLOATS, x, b.data, y)
    except (ValueError, ArithmeticError):
        node._da, node._db = _limits(op, x, y) if b is None else _limits(op, x, b.data, y)
    node.grad = 0.0
    node.op = op.name
    node._a = a
    node._b = b
    return node


def _limits(op: Op, *operands_and_result: float) -> tuple[float, float]:
    """Local derivatives where Python's floats refuse: at the edge of a domain (sqrt at 0) the
    value exists and the slope does not; IEEE arithmetic gives its limit, inf, or nan where
    there is none."""
    with np.errstate(all="ignore"):
        partials = op.partials(ARRAYS, *map(np.float64, operands_and_result))
    return float(partials[0]), float(partials[1]) if len(partials) == 2 else 0.0


def _real(data: Any) -> float:
    """``data`` as a float, or an error that says why it cannot be one."""
    if isinstance(data, Value):
        raise TypeError(f"Value() takes a number, got {data!r}; use that Value, or its .data for a leaf")
    if isinstance(data, np.generic) or (isinstance(data, np.ndarray) and data.ndim == 0):
        data = data.item()
    if not isinstance(data, (int, float, np.number)) or isinstance(data, np.complexfloating):
        raise TypeError(not_a_number(data))
    try:
        number = float(data)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"a Value holds a finite number, got {data!s:.40}; mask or clean such data first")
    if isinstance(data, int) and int(number) != data:
        raise ValueError(
            f"no float holds the int {data} exactly; pass float({data}) if the rounded {number!r} is meant"
        )
    return number


def _overflow(name: str, *operands: Any) -> DomainError:
    """The error for a result that is not finite."""
    operands = tuple(each for each in operands if each is not None)
    if all(math.isfinite(each.data) for each in operands):
        return domain_error(name, described(*operands), OverflowError())
    return DomainError(f"{name}({described(*operands)}): an operand was set to a number that is not finite")


def _compare(relation: Callable[[float, float], bool], value: Value, other: Operand) -> bool:
    other = as_value(other)
    return NotImplemented if other is NotImplemented else relation(value.data, other.data)


def _boxed(operand: Any) -> np.ndarray[Any, Any]:
    """``operand`` as an array of objects; NumPy scalars as plain numbers, or their operators
    would come back here."""
    if isinstance(operand, np.ndarray) and operand.ndim:
        return operand
    box = np.empty((), dtype=object)
    box[()] = operand.item() if isinstance(operand, (np.generic, np.ndarray)) else operand
    return box


_UFUNCS: dict[np.ufunc, Callable[..., Value]] = {}


def _install(op: Op) -> None:
    """Give Value what a row entitles it to: a method, the operator if Python has one of that
    name, and the name by which NumPy's loop over an array of objects looks for it."""

    def unary(self: Value) -> Value:
        return record(op, self)

    def binary(self: Value, other: Operand) -> Value:
        other = as_value(other)
        return NotImplemented if other is NotImplemented else record(op, self, other)

    def reflected(self: Value, other: Operand) -> Value:
        other = as_value(other)
        return NotImplemented if other is NotImplemented else getattr(other, dunder)(self)

    method: Callable[..., Value] = unary if op.arity == 1 else binary
    binary.__defaults__ = op.defaults or None
    method.__name__, method.__qualname__ = op.name, f"Value.{op.name}"
    method.__doc__ = f"The row {op.name!r} ({op.symbol}) of ``autodiff.engine.ops.OPS``."
    names = {op.name}
    ufunc = getattr(type(ARRAYS), op.name, None)
    if isinstance(ufunc, np.ufunc):
        _UFUNCS[ufunc] = lambda operand, *others: method(as_value(operand), *others)
        names.add(ufunc.__name__)
    stem = op.notation.operator
    dunder = f"__{stem}__"
    if stem:
        names.add(dunder)
        if op.arity == 2:
            setattr(Value, f"__r{stem}__", reflected)
    for name in names:
        if name not in Value.__dict__:
            setattr(Value, name, method)


for _row in OPS.values():
    _install(_row)
