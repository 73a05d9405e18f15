"""``Value``: a float that remembers how it was computed, and can say what it depends on.

``autodiff/tiny.py`` is the same idea in one page. More than there, a Value here

* knows every operation of the table ``autodiff.engine.ops.OPS``, as operator, method and NumPy function;
* checks what comes in, and names operation, operands and labels where a domain is left;
* takes NumPy's numbers, new attributes, copies and pickles, and is safe to use from several threads;
* keeps its local derivatives as numbers in slots of its own instead of in a closure;
* can be made by hand, as lectures make it (``autodiff.engine.handmade``), and subclassed.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, TypeAlias, overload

import numpy as np

from autodiff.engine.choices import note
from autodiff.engine.errors import described, domain_error
from autodiff.engine.handmade import HandMade, made_by_hand
from autodiff.engine.lectures import LectureNames
from autodiff.engine.limits import limits
from autodiff.engine.methods import RowMethods, give_methods
from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS, Op
from autodiff.engine.real import NoPlainNumber, Number, NumberToCome, real_number

__all__ = [
    "WITH_NUMBERS",
    "Number",
    "Operand",
    "Value",
    "apply",
    "as_value",
    "is_constant",
    "operand_slots",
    "record",
]

_new = object.__new__
EXACT = 2**53  # up to which a float holds every int
WITH_NUMBERS = frozenset(
    op.name for op in OPS.values() if op.arity == 2 and (op.notation.operator or op.defaults)
)
"""Names of the operations in which an operand may be a number still; see ``autodiff.engine.constants``."""


class Value(RowMethods, NoPlainNumber, LectureNames):
    """A scalar node of a computation graph.

    Arithmetic on Values computes floats and records the graph behind them. Each node holds
    its operands and the local derivatives ∂(this)/∂(operand) at the moment it was made, so
    ``backward()`` is the chain rule and nothing else.

    Everything lies in slots of the node itself: the garbage collector visits each container
    it tracks, and one object a node is a third of what a node, a tuple and a closure cost.

    Results are of the class of their operands: what a subclass adds of its own, they have as well. Where
    it has an ``__init__`` of its own they are made by ``kind(data)``.

    Args:
        data: an int, float, NumPy scalar or 0-d array. It must be finite, and an int must be
            one that a float holds exactly (every int up to 2**53 is).
        label: the name shown in pictures, tables and error messages.
        children: the operands of a node that is made by hand; see ``autodiff.engine.handmade``.
        op: what it did with them, in words, and ``out._backward = closure`` then says what goes back; or
            the local derivatives by the children, as numbers.

    Attributes:
        data: the value, a float. What is assigned is converted or refused as above.
        grad: ∂(output)/∂(this), a float. Leaves accumulate over ``backward()`` calls until you
            set them to 0.0; other nodes hold the result of the latest call.
        op: name of the row in ``autodiff.engine.ops.OPS`` that made this node, ``""`` for a leaf,
            ``"by hand"`` for a node made by hand.

    Raises:
        TypeError: for data that is not one real number.
        ValueError: for data that is infinite, not a number, or an int no float holds exactly.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    # _data, _grad: the numbers. _a, _b: the operands, None where there is none. _da, _db: the local
    # derivatives by them; in a leaf, which has none, 1.0 in _da marks a number that became a Value as
    # an operand, as 2.0 in 2.0 * x, whose gradient nobody waits for. Before somebody asks for it, it need not
    # have become one: see ``autodiff.engine.constants``. In a node made by hand a HandMade is in _a.
    # Read and written by the modules of this room that make nodes or fill in gradients, and by
    # ``autodiff.fast``; by no other room.
    __slots__ = ("__dict__", "__weakref__", "_a", "_b", "_da", "_data", "_db", "_grad", "op")

    op: str
    label: str = ""
    _data: float
    _grad: float
    _a: Any
    _b: Value | None
    _da: float
    _db: float
    _solves: Any = None  # see ``autodiff.engine.systems``

    # What code asks of NumPy's numbers, ``assert cost.shape == ()``; the methods are in ``autodiff.arrays``.
    shape: tuple[int, ...] = ()
    ndim: int = 0
    size: int = 1

    result_kind: ClassVar[type[Value]]
    """The class that results of an operator on these are of."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        code = getattr(vars(cls).get("__init__"), "__code__", None)
        if code is not None and "__init__" not in code.co_names:
            raise TypeError(
                f"{cls.__name__}.__init__ has to call super().__init__(data), which makes the node; what it "
                "takes besides data needs defaults, for results are made as well"
            )
        cls.result_kind = vars(cls).get("result_kind", cls)

    @overload
    def __init__(self, data: Number, label: str = "", /) -> None: ...
    @overload
    def __init__(self, data: Number, *, label: str = "") -> None: ...
    @overload
    def __init__(self, data: Number, children: Iterable[Value], op: str = "", label: str = "") -> None: ...
    @overload
    def __init__(self, data: Number, children: Iterable[Value], op: Iterable[float]) -> None: ...
    def __init__(self, data: Number, children: Any = "", op: Any = "", label: Any = "", **names: Any) -> None:
        self._data = data if data.__class__ is float and data - data == 0.0 else _checked(data)
        self._grad = 0.0
        self.op = ""
        self._a = self._b = None
        self._da = self._db = 0.0
        if children or op or names:
            made_by_hand(self, children, op, label, names=names)
        elif label:
            self.label = label

    def __mul__(self, other: Operand) -> Value:
        return apply(OPS["mul"], self, other)

    def __rmul__(self, other: Operand) -> Value:
        return apply(OPS["mul"], other, self)

    def __add__(self, other: Operand) -> Value:
        return apply(OPS["add"], self, other)

    def __radd__(self, other: Operand) -> Value:
        return apply(OPS["add"], other, self)

    def __sub__(self, other: Operand) -> Value:
        return apply(OPS["sub"], self, other)

    def __rsub__(self, other: Operand) -> Value:
        return apply(OPS["sub"], other, self)

    def __truediv__(self, other: Operand) -> Value:
        return apply(OPS["div"], self, other)

    def __rtruediv__(self, other: Operand) -> Value:
        return apply(OPS["div"], other, self)

    def __pow__(self, other: Operand) -> Value:
        return apply(OPS["pow"], self, other)

    def __rpow__(self, other: Operand) -> Value:
        return apply(OPS["pow"], other, self)

    def __neg__(self) -> Value:
        return record(OPS["neg"], self)

    def __abs__(self) -> Value:
        return record(OPS["abs"], self)

    def __pos__(self) -> Value:
        return self

    def add_products(self, ws: Sequence[Operand], xs: Sequence[Operand]) -> Value:
        """self + w₁·x₁ + w₂·x₂ + …, added from left to right; ``autodiff.dot`` with its start."""
        total = self
        for w, x in zip(ws, xs, strict=True):
            total = total + as_value(w) * as_value(x)
        return total

    @property
    def operands(self) -> tuple[Value, ...]:
        """The Values this one was computed from: none, one or two."""
        a, b = self._a, self._b
        if a is not None and b is not None:
            return (a, b)
        if not self.op:
            return ()
        if a.__class__ is HandMade:
            return a.operands
        if self.op not in WITH_NUMBERS:
            return (a,)
        # Done by a later module, which knows Value: hence the import.
        from autodiff.engine.constants import with_number

        return with_number(self)

    @property
    def stored_operands(self) -> Sequence[Value]:
        """``operands``, but of a sum that ``autodiff.fast`` has folded all that it reads: it stays folded."""
        return self.operands

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """∂(this)/∂(operand) for each operand, in their order."""
        if self._a.__class__ is HandMade:
            return self._a.local_derivatives(self)
        count = len(self.operands)
        return (self._da, self._db)[:count]

    @property
    def data(self) -> float:
        """The value, a finite float."""
        return self._data

    @data.setter
    def data(self, data: Number) -> None:
        self._data = data if data.__class__ is float and data - data == 0.0 else _checked(data)

    @property
    def grad(self) -> float:
        """∂(output)/∂(this), a float, which may be inf or nan."""
        return self._grad

    @grad.setter
    def grad(self, grad: Number) -> None:
        self._grad = grad if grad.__class__ is float else _checked(grad, finite=False)

    # What follows is offered here and done by later modules, which know Value: hence the imports.

    def backward(self, gradient: float = 1.0) -> None:
        """Compute gradient · ∂(this)/∂(node) for every node this one depends on, into ``grad``.

        Leaves add the result to the ``grad`` they had; the other nodes are overwritten. No
        recursion, so a graph may be of any depth; nothing is marked in the nodes, so threads may
        share them. ``autodiff.engine.backward`` is the algorithm.
        """
        from autodiff.engine.backward import backward_pass

        backward_pass(self, gradient)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from autodiff.engine.copying import deep_copy

        return deep_copy(self, memo)

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        from autodiff.engine.copying import reduced

        return reduced(self)

    # Order, truth and formatting go by data; equality and hash by identity. What Python decides by them
    # is noted (``autodiff.engine.choices``), so that ``lift`` knows of it.

    def __lt__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compared("<", operator.lt, self, other)

    def __le__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compared("<=", operator.le, self, other)

    def __gt__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compared(">", operator.gt, self, other)

    def __ge__(self, other: Operand) -> bool:  # type: ignore[misc]
        return _compared(">=", operator.ge, self, other)

    def __bool__(self) -> bool:
        note("bool", (self,), outcome := bool(self._data))
        return outcome

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value({self._data!r}, grad={self._grad!r}{label})"


Operand: TypeAlias = Value | Number

operand_slots: Callable[[Value], tuple[Value | None, Value | None]] = operator.attrgetter("_a", "_b")
"""The two operands of a node, None where there is none: ``operands`` for loops that are in a hurry.
A sum that ``autodiff.fast`` has folded has none here until it is unfolded."""


def as_value(operand: Operand) -> Value:
    """The operand itself if it is a Value, else a constant leaf; an array is refused with NotImplemented,
    so that NumPy can take the operation element by element."""
    if isinstance(operand, Value):
        return operand
    if operand.__class__ is int and -EXACT <= operand <= EXACT:
        operand = float(operand)
    if operand.__class__ is not float or operand - operand != 0.0:
        if isinstance(operand, np.ndarray) and (operand.ndim or operand.dtype == object):
            return NotImplemented  # type: ignore[no-any-return]
        if isinstance(operand, NumberToCome):
            return NotImplemented if operand.ndim else operand.value()
        operand = _checked(operand)
    constant = _new(Value)
    constant._data = operand
    constant._grad = 0.0
    constant.op = ""
    constant._a = constant._b = None
    constant._da, constant._db = 1.0, 0.0
    return constant


def is_constant(node: Value) -> bool:
    """Whether a node is a number that became a Value as an operand, as 2.0 in ``2.0 * x``.

    >>> x = Value(3.0)
    >>> [is_constant(operand) for operand in (2.0 * x).operands]
    [True, False]
    """
    return not node.op and node._da == 1.0


def apply(op: Op, a: Operand, *others: Operand) -> Value:
    """A new node of one or two Values or numbers; NotImplemented as ``as_value`` gives it."""
    x = as_value(a)
    z = as_value(*others) if others else None
    return NotImplemented if x is NotImplemented or z is NotImplemented else record(op, x, z)


def _blank(y: float, a: Value, b: Value | None) -> Value:
    """A node for the result y, of the class that results of a and b are of."""
    kind = a.result_kind
    if b is not None and issubclass(b.result_kind, kind):
        kind = b.result_kind
    if kind.__init__ is Value.__init__:
        return _new(kind)
    try:
        return kind(y)
    except TypeError as error:
        raise TypeError(
            f"a result of an operation on a {kind.__name__} is made by {kind.__name__}(data), which raised: "
            f"{error}; give the other parameters of its __init__ defaults"
        ) from error


def record(op: Op, a: Value, b: Value | None = None) -> Value:
    """A new node ``op(a)`` or ``op(a, b)``, through the row's own rule.

    Raises:
        DomainError: where the operation is not defined or overflows; the message names the
            operation, the operands' values and their labels.
    """
    x = a._data
    try:
        y = op.forward(FLOATS, x) if b is None else op.forward(FLOATS, x, b._data)
        if y - y != 0.0:  # y - y is 0 for every finite y and nan for the others
            raise OverflowError
    except (ValueError, ArithmeticError) as error:
        raise domain_error(op.name, described(a) if b is None else described(a, b), error) from None
    plain = a.result_kind is Value and (b is None or b.result_kind is Value)
    node = _new(Value) if plain else _blank(y, a, b)
    node._data = y
    try:
        if b is None:
            (node._da,) = op.partials(FLOATS, x, y)
            node._db = 0.0
        else:
            node._da, node._db = op.partials(FLOATS, x, b._data, y)
    except (ValueError, ArithmeticError):
        node._da, node._db = limits(op, x, y) if b is None else limits(op, x, b._data, y)
    node._grad = 0.0
    node.op = op.name
    node._a = a
    node._b = b
    return node


def _checked(data: Any, finite: bool = True) -> float:
    """``data`` as a float, or an error that says why it cannot be one."""
    if isinstance(data, Value):
        raise TypeError(f"Value() takes a number, got {data!r}; use that Value, or its .data for a leaf")
    return real_number(data, finite)


def _compared(kind: str, relation: Callable[[float, float], bool], value: Value, other: Operand) -> bool:
    other = as_value(other)
    if other is NotImplemented:
        return NotImplemented  # type: ignore[no-any-return]
    note(kind, (value, other), outcome := relation(value._data, other._data))
    return outcome


Value.result_kind = Value
give_methods(Value, record, apply)
