"""Lectures: the names that micrograd and microgpt have for the parts of a node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from autodiff.engine.handmade import BY_HAND, UNKNOWN, HandMade, operands_of, put_hand
from autodiff.engine.ops import OPS

__all__ = ["LectureNames"]

NOTHING: frozenset[Any] = frozenset()
SIGNS = {name: op.notation.sign or name for name, op in OPS.items()}
"""By the names of rows, those that were there from the start."""


class LectureNames:
    """A base of Value: what its parts are called in lectures.

    ``_prev``, ``_op`` and ``_backward`` are micrograd's names, ``_children`` and ``_local_grads``
    microgpt's. With them a backward pass written by hand, node by node, works on any node::

        loss.grad = 1.0
        for node in reversed(order):
            node._backward()
    """

    __slots__ = ()

    _leaf_op: str = ""
    """What a leaf was told to have been made by."""

    @property
    def _prev(self: Any) -> frozenset[Any]:
        """The operands; each is there once."""
        a, b = self._a, self._b
        if a is not None and b is not None:
            return frozenset((a, b))
        return frozenset(self.operands) if self.op else NOTHING

    @_prev.setter
    def _prev(self: Any, operands: Iterable[Any]) -> None:
        if self.op and self.op != BY_HAND:
            raise _is_recorded("_prev", self)
        given = dict.fromkeys(operands_of(operands))
        if not given and not self.op:
            return  # a leaf stays one
        hand = HandMade.of((*given,), self._op or UNKNOWN, None)
        if self.op:
            hand.closure = self._a.closure
        put_hand(self, hand)

    @property
    def _op(self: Any) -> str:
        """Sign or name of the operation, as given if the node was made by hand; ``""`` for a leaf."""
        name: str = self.op
        if not name:
            return self._leaf_op  # type: ignore[no-any-return]
        if name == BY_HAND:
            return str(self._a.name)
        return SIGNS.get(name) or OPS[name].notation.sign or name

    @_op.setter
    def _op(self: Any, name: str) -> None:
        if not self.op:
            self._leaf_op = name
        elif self._a.__class__ is HandMade:
            self._a.name = name
        else:
            raise _is_recorded("_op", self)

    @property
    def _backward(self: Any) -> Callable[[], Any]:
        """Adds what goes back from this node, by its ``grad``, to the gradients of its operands."""
        hand = self._a
        if hand.__class__ is HandMade and hand.closure is not None:
            return hand.closure
        return self._pass_on  # type: ignore[no-any-return]

    @_backward.setter
    def _backward(self: Any, closure: Callable[[], Any]) -> None:
        hand = self._a
        if hand.__class__ is HandMade and callable(closure):
            if hand.slopes is None:
                hand.closure = closure  # most often
            else:
                hand.let_pass_back(closure)
            return
        if not callable(closure):
            raise TypeError(f"_backward is a function that adds to gradients, got {closure!r:.60}")
        operands = self.operands
        if not operands:
            raise ValueError(
                "a leaf passes nothing on, so that its _backward would never be called: make it with what it "
                'was computed from, Value(data, (x,), "name")'
            )
        put_hand(self, HandMade.of((*dict.fromkeys(operands),), self._op, None))
        self._a.closure = closure

    def _pass_on(self: Any) -> None:
        a, b = self._a, self._b
        if a.__class__ is not HandMade and (a is not None or b is not None or not self.op):
            # As most nodes are: the same in short. A number that is no Value yet has no gradient to add to.
            if a is not None:
                a._grad += self._da * self._grad
            if b is not None:
                b._grad += self._db * self._grad
            return
        for operand, local in zip(self.operands, self.local_derivatives, strict=True):
            operand.grad += local * self.grad

    @property
    def _children(self: Any) -> tuple[Any, ...]:
        """The operands."""
        return self.operands  # type: ignore[no-any-return]

    @_children.setter
    def _children(self: Any, operands: Any) -> None:
        raise _is_recorded("_children", self)

    @property
    def _local_grads(self: Any) -> tuple[float, ...]:
        """The local derivatives by the operands."""
        return self.local_derivatives  # type: ignore[no-any-return]

    @_local_grads.setter
    def _local_grads(self: Any, slopes: Any) -> None:
        raise _is_recorded("_local_grads", self)


def _is_recorded(name: str, node: Any) -> AttributeError:
    what = f"the operation {node.op!r} was recorded with its operands" if node.op else "this is a leaf"
    return AttributeError(
        f"{what}, and {name} only tells of them: make a node by hand, Value(data, children, op) or "
        "Value(data, children, local_derivatives)"
    )
