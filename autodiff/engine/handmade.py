"""Nodes made by hand: a number, its operands, and what their gradients get, all said by the caller.

Two ways of writing them are in use. micrograd (A. Karpathy, 2020) names the operation, and then says in a
function what is added to the gradients; microgpt (2026) gives the local derivatives as numbers::

    out = Value(math.tanh(x.data), (x,), "tanh")
    def back():
        x.grad += (1 - out.data**2) * out.grad
    out._backward = back

    log_p = Value(math.log(p.data), (p,), (1 / p.data,))

The engine knows only what it was told. So such a node differentiates once: of its slope no derivative is
known. ``autodiff.operation`` makes a row of it, which has all of them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from types import CodeType
from typing import Any

from autodiff.engine.errors import described
from autodiff.engine.ops import OPS, Op
from autodiff.engine.real import NoPlainNumber, real_number

__all__ = [
    "BY_HAND",
    "UNKNOWN",
    "HandMade",
    "check_has_rule",
    "made_by_hand",
    "operands_of",
    "put_hand",
    "row_of",
]

BY_HAND = "by hand"
"""``op`` of a node that was made by hand."""

UNKNOWN = "by hand"
"""The name of an operation that was given none."""
NEAR = 2.0**-40


class HandMade:
    """What is known of a node made by hand; it stands in the node's slot for the first operand.

    Attributes:
        operands: the Values that the node was made of.
        name: of the operation, as it was given.
        slopes: the local derivatives, or None where ``closure`` says what goes back.
        closure: adds to the gradients of the operands; None where nobody has said yet.
        place: file and line that made the node.
        op: ``BY_HAND``, for passes that go through this as through a node.
    """

    __slots__ = ("__weakref__", "_at", "_code", "_grad", "_seen", "closure", "name", "operands", "slopes")

    operands: tuple[Any, ...]
    name: str
    slopes: tuple[float, ...] | None
    closure: Callable[[], Any] | None
    op = BY_HAND
    _code: CodeType
    _at: int
    _grad: float
    _seen: tuple[float, ...]

    @staticmethod
    def of(
        operands: tuple[Any, ...], name: str, slopes: tuple[float, ...] | None, calls: int = 2
    ) -> HandMade:
        """What is known now; the place is that of the innermost call that is neither in this room nor in an
        ``__init__``, and so many calls up at least: to look at those on the way here takes as long as all the
        rest. No ``__init__`` itself, for the same reason."""
        hand: HandMade = _new(HandMade)
        hand.operands, hand.name, hand.slopes = operands, name, slopes
        hand.closure = None
        hand._grad = 0.0
        # What a closure reads when it is called has to be what it was when the node was made.
        hand._seen = (operands[0]._data,) if len(operands) == 1 else (*map(_data_of, operands),)
        frame = _frame(calls)
        while (code := frame.f_code).co_name == "__init__" or code.co_filename.startswith(_HERE):
            if frame.f_back is None:
                break
            frame = frame.f_back
        hand._code, hand._at = code, frame.f_lasti
        return hand

    @property
    def place(self) -> tuple[str, int]:
        """Found when it is asked for, which takes as long as all the rest of a node."""
        lines = (line for start, end, line in self._code.co_lines() if start <= self._at < end and line)
        return self._code.co_filename, next(lines, self._code.co_firstlineno)

    def shares(self, cotangent: float) -> tuple[tuple[Any, ...], Sequence[float], float]:
        """The operands, a factor for each, and the number which times them is what the operand is passed.

        The ``grad`` of the node has to be its ``cotangent`` by now, for a closure reads it there.

        Raises:
            ValueError: where nobody has said what goes back, or an operand's data was changed since.
        """
        operands = self.operands
        if self.slopes is not None:
            return operands, self.slopes, cotangent
        closure = self.closure
        if closure is None or len(operands) > 1:
            return operands, self._given_back(), 1.0
        (operand,) = operands  # most often: the same in short
        if operand._data != self._seen[0]:
            self.check_unchanged()
        kept = operand._grad
        operand._grad = 0.0
        try:
            closure()
            return operands, (operand._grad,), 1.0
        finally:
            operand._grad = kept

    def local_derivatives(self, node: Any) -> tuple[float, ...]:
        """∂node/∂operand for each operand; what a closure gives back for the gradients 1 and 2 says it.

        Raises:
            ValueError: as ``shares`` does, and for a closure that is not linear in ``out.grad``.
        """
        if self.slopes is not None:
            return self.slopes
        before = node._grad
        try:
            node._grad = 1.0
            once = self._given_back()
            node._grad = 2.0
            twice = self._given_back()
        finally:
            node._grad = before
        for one, two in zip(once, twice):
            if abs(two - 2.0 * one) > NEAR * abs(two):
                raise ValueError(
                    f"{self.described()} passes {one!r} for out.grad = 1 and {two!r} for 2: a derivative is "
                    "the factor of out.grad, and this is none; backward() alone can do with it"
                )
        return tuple(once)

    def _given_back(self) -> list[float]:
        """What the closure adds to the gradient of each operand; their gradients stay as they were."""
        if self.closure is None:
            raise ValueError(
                f"{self.described()} has operands, but nothing says what their gradients get: set "
                "out._backward = closure, or make it Value(data, children, local_derivatives)"
            )
        self.check_unchanged()
        before = [*map(_grad_of, self.operands)]
        try:
            for operand in self.operands:
                operand._grad = 0.0
            self.closure()
            return [*map(_grad_of, self.operands)]
        finally:
            for operand, grad in zip(self.operands, before):
                operand._grad = grad

    def let_pass_back(self, closure: Callable[[], Any]) -> None:
        """Let a function say what goes back from now on. It adds to the gradient of an operand that is there
        twice all that this gets, so that this is there once."""
        self.closure, self.slopes = closure, None
        self.operands = (*dict.fromkeys(self.operands),)
        self._seen = (*map(_data_of, self.operands),)

    def check_unchanged(self) -> None:
        """Raise ValueError where the data of an operand is not what it was when the node was made."""
        if (*map(_data_of, self.operands),) == self._seen:
            return
        for operand, data in zip(self.operands, self._seen):
            if operand._data != data:
                raise ValueError(
                    f"{self.described()} was made where an operand was {data!r}, which is "
                    f"{described(operand)} now: a .data was changed since; build the graph again, then "
                    "differentiate it"
                )

    def described(self) -> str:
        """The operation, and where the node was made."""
        file, line = self.place
        name = "" if self.name == UNKNOWN else f"{self.name!r} "
        return f"the node {name}made at {os.path.basename(file)}:{line}"

    @property
    def row(self) -> Op:
        """A row to show the operation by: it has a name and a symbol, and no rules."""
        return Op(self.name if self.name.isidentifier() else "f", self.name, _no_rule, _no_rule)


def _no_rule(*operands: Any) -> Any:
    raise LookupError("an operation made by hand has no rule")


def row_of(node: Any) -> Op:
    """The row of the operation that made a node, which is no leaf."""
    hand = node._a
    return hand.row if hand.__class__ is HandMade else OPS[node.op]


def check_has_rule(node: Any) -> None:
    """Raise ValueError for a node made by hand, whose slope is a number and has no derivative."""
    hand = node._a
    if hand.__class__ is HandMade:
        raise ValueError(
            f"{hand.described()} was made by hand: its local derivatives are numbers, so that it "
            "differentiates once; autodiff.operation makes a row of it, which has derivatives of any order"
        )


def made_by_hand(
    node: Any, children: Any, third: Any = "", label: str = "", *, names: dict[str, Any] | None = None
) -> None:
    """Make a new leaf a node as the caller says: see ``Value``.

    Args:
        children: the operands; or the label, as a str.
        third: the operation's name, or the local derivatives.
        names: what was given by the names that the arguments have elsewhere.
    """
    if names:
        children, third = _by_other_names(children, third, names)
    elif (
        children.__class__ is tuple
        and len(children) == 1
        and (third.__class__ is str or _is_slope(third))
        and isinstance(children[0], NoPlainNumber)
    ):
        _of_one(node, children, third)
        if label:
            node.label = label
        return
    if isinstance(children, str):
        if third != "":
            raise TypeError(f"Value(data, label) takes no third argument, got {third!r:.40}")
        label, children = label or children, ()
    operands = operands_of(children) if children else ()
    if operands:
        if not isinstance(third, str):
            put_hand(node, HandMade.of(operands, UNKNOWN, _slopes(third, operands), 3))
        else:
            if len(operands) > 1:
                operands = (*dict.fromkeys(operands),)
            put_hand(node, HandMade.of(operands, third or UNKNOWN, None, 3))
    elif third and isinstance(third, str):
        node._op = third
    elif third:
        raise ValueError(f"a Value with local derivatives {third!r:.40} needs as many children, got none")
    if label:
        node.label = label


def _is_slope(third: Any) -> bool:
    return third.__class__ is tuple and len(third) == 1 and third[0].__class__ is float


def _of_one(node: Any, operands: tuple[Any], third: Any) -> None:
    """A node of one operand, with a name or a slope: most often, and the same in short as ``put_hand`` with
    ``HandMade.of``."""
    hand: HandMade = _new(HandMade)
    hand.operands, hand.closure = operands, None
    if third.__class__ is str:
        hand.name, hand.slopes = third or UNKNOWN, None
    else:
        hand.name, hand.slopes = UNKNOWN, third
    hand._grad = 0.0
    hand._seen = (operands[0]._data,)
    frame = _frame(3)
    while frame.f_code.co_name == "__init__" and frame.f_back is not None:
        frame = frame.f_back
    hand._code, hand._at = frame.f_code, frame.f_lasti
    node.op, node._a, node._da = BY_HAND, hand, 1.0


def _by_other_names(children: Any, third: Any, names: dict[str, Any]) -> tuple[Any, Any]:
    for name, given in names.items():
        if name in ("_children", "children") and children == "":
            children = given
        elif name in ("_op", "op", "local_grads", "_local_grads") and third == "":
            third = given
        else:
            raise TypeError(
                f"Value() got {name}={given!r:.40}; it takes data and label, and for a node made by hand "
                "children and op, or children and local_grads"
            )
    return children, third


def put_hand(node: Any, hand: HandMade) -> None:
    """Let a node be made by hand from now on."""
    node.op = BY_HAND
    node._a, node._b = hand, None
    node._da, node._db = 1.0, 0.0


def operands_of(children: Any) -> tuple[Any, ...]:
    """The operands that somebody gives: Values, in any sequence.

    Raises:
        TypeError: for what is no sequence of Values.
    """
    if children.__class__ is not tuple and not isinstance(children, Iterable):
        raise TypeError(
            f"children is a tuple of the Values a node is made of, got {children!r:.60}; of one Value it "
            "is (x,), with a comma"
        )
    operands = children if children.__class__ is tuple else tuple(children)
    for operand in operands:
        if not isinstance(operand, NoPlainNumber):
            raise TypeError(
                f"children are Values, got {operand!r:.60} of type {type(operand).__name__}; a number that "
                "takes part is Value(number)"
            )
    return operands


def _slopes(given: Any, operands: Sequence[Any]) -> tuple[float, ...]:
    if given.__class__ is not tuple and not isinstance(given, Iterable):
        raise TypeError(
            f"the third argument is the operation's name or a tuple of local derivatives, got {given!r:.40}"
        )
    slopes = (*(each if each.__class__ is float else real_number(each, finite=False) for each in given),)
    if len(slopes) != len(operands):
        raise ValueError(
            f"a node made by hand has a local derivative for each child, got {len(slopes)} for "
            f"{len(operands)} children"
        )
    return slopes


_HERE = os.path.dirname(__file__) + os.sep
_frame, _new = sys._getframe, object.__new__
_data_of, _grad_of = attrgetter("_data"), attrgetter("_grad")
