"""Copies and pickles of graphs of any depth.

``copy`` and ``pickle`` follow an object's parts by recursion, which a long chain of nodes would
overflow. Here operands come before their consumers, so each node finds its operands done.
"""

from __future__ import annotations

import copy
import threading
import weakref
from collections.abc import Sequence
from typing import Any

from autodiff.engine.graph import topological_order
from autodiff.engine.handmade import BY_HAND, HandMade, put_hand
from autodiff.engine.value import Value

__all__ = ["deep_copy", "rebuilt", "reduced"]


def rebuilt(
    kind: type[Value],
    op: str,
    data: float,
    grad: float,
    operands: Sequence[Value] = (),
    local_derivatives: Sequence[float] | None = (),
    name: str = "",
) -> Value:
    """A node of these parts, as they were in another: nothing is computed or checked.

    A closure of one made by hand knows the nodes it was written for, and so is not copied: its local
    derivatives are, as numbers.
    """
    node = kind.__new__(kind)
    node.op, node._data, node._grad = op, data, grad
    if op == BY_HAND:
        slopes = None if local_derivatives is None else tuple(local_derivatives)
        put_hand(node, HandMade.of(tuple(operands), name, slopes))
        return node
    assert local_derivatives is not None
    node._a, node._b = (*operands, None, None)[:2]
    node._da, node._db = (*local_derivatives, 0.0, 0.0)[:2]
    return node


def deep_copy(output: Value, memo: dict[int, Any]) -> Value:
    """``copy.deepcopy`` of a node and all it depends on; what is in ``memo`` is copied already."""
    for node in topological_order(output):
        if id(node) not in memo:
            memo[id(node)] = twin = rebuilt(*_parts(node, [memo[id(operand)] for operand in node.operands]))
            if vars(node):
                vars(twin).update(copy.deepcopy(vars(node), memo))
    return memo[id(output)]  # type: ignore[no-any-return]


def reduced(node: Value) -> tuple[Any, ...]:
    """What ``pickle`` needs to write the node: see ``object.__reduce_ex__``.

    Where an operand is not written yet, all the nodes behind this one go first, as a list in
    topological order. While pickle goes through that list it asks here for each of them, and
    finds its operands among the written.
    """
    written = _this_thread.written()
    state = vars(node) or None
    known = written if written is not None else ()
    if all(not operand.operands or operand in known for operand in node.operands):
        if written is not None:
            written.add(node)
        return rebuilt, _parts(node, node.operands), state
    before = topological_order(node)[:-1]
    end = None
    if written is None:
        end = _Written()
        _this_thread.written = weakref.ref(end)
    else:
        written.add(node)
    return _rebuilt_after, (before, end, *_parts(node, node.operands)), state


class _Written(set[Value]):
    """The nodes that the pickle being made in this thread holds already.

    It stands at their end in the pickle, so that writing it says that they are complete. A pickle
    that fails on the way drops it, and it is gone, for there are only weak references to it.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        _this_thread.written = _nothing
        return tuple, ()


def _nothing() -> None:
    return None


class _ThisThread(threading.local):
    written: Any = staticmethod(_nothing)


_this_thread = _ThisThread()


def _parts(node: Value, operands: Any) -> tuple[Any, ...]:
    if node.op == BY_HAND:
        hand = node._a
        known = hand.slopes is not None or hand.closure is not None
        slopes = node.local_derivatives if known else None
        return type(node), node.op, node.data, node.grad, tuple(operands), slopes, hand.name
    return type(node), node.op, node.data, node.grad, tuple(operands), node.local_derivatives


def _rebuilt_after(before: list[Value], end: Any, *parts: Any) -> Value:
    return rebuilt(*parts)
