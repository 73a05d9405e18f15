"""A scalar class of a submission, as ``check_scalar`` uses one: each node stands for one in its process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autodiff.engine.ops import OPS
from nn.judging.asking import Submission

__all__ = ["remote_class"]

_REFLECTED = {
    "__radd__": "add",
    "__rsub__": "sub",
    "__rmul__": "mul",
    "__rtruediv__": "truediv",
    "__rpow__": "pow",
}
_DIRECT = {f"__{name}__": name for name in ("add", "sub", "mul", "truediv", "pow")}


class _Steps:
    """What is to be done with nodes, kept until a number is asked for."""

    def __init__(self, submission: Submission, kind: str) -> None:
        self._submission, self._kind = submission, kind
        self._waiting: list[list[Any]] = [["reset", None]]
        self.count = 0

    def node(self, *step: Any) -> int:
        """The number of the node that a step makes."""
        what, *operands = step
        self._waiting.append([what, self.count, *operands])
        self.count += 1
        return self.count - 1

    def do(self, *step: Any) -> Any:
        """What a step gives, after all that waited."""
        what, *operands = step
        steps, self._waiting = [*self._waiting, [what, None, *operands]], []
        return self._submission.ask(do="scalars", kind=self._kind, steps=steps)


def remote_class(submission: Submission, name: str) -> Callable[[float], Any]:
    """A class whose nodes are those of the class ``name`` of a submission.

    An operation that fails there raises here, when a number is asked for: AttributeError for one that it does
    not have.
    """
    steps = _Steps(submission, name)

    class Node:
        """A node over there."""

        def __init__(self, data: Any = None, number: int | None = None) -> None:
            object.__setattr__(self, "_number", steps.node("make", data) if number is None else number)

        @property
        def data(self) -> Any:
            return steps.do("number", _sent(self))

        @property
        def grad(self) -> Any:
            return steps.do("get", _sent(self), "grad")

        def __setattr__(self, key: str, value: Any) -> None:
            steps.do("set", _sent(self), key, value)

        def __neg__(self) -> Any:
            return Node(number=steps.node("neg", _sent(self)))

        def backward(self) -> None:
            steps.do("backward", _sent(self))

        def chain(self, operation: str, times: int) -> Any:
            """The same operation, again and again."""
            return Node(number=steps.node("chain", _sent(self), operation, times))

        def __getattr__(self, key: str) -> Any:
            if key.startswith("__") or key not in OPS:
                raise AttributeError(key)
            if not steps.do("has", _sent(self), key):
                raise AttributeError(key)
            return lambda *others: Node(number=steps.node(key, _sent(self), *map(_sent, others)))

    def _sent(thing: Any) -> Any:
        return {"node": thing._number} if isinstance(thing, Node) else thing

    def direct(what: str) -> Any:
        return lambda self, other: Node(number=steps.node(what, _sent(self), _sent(other)))

    def reflected(what: str) -> Any:
        return lambda self, other: Node(number=steps.node(what, _sent(other), _sent(self)))

    for method, what in _DIRECT.items():
        setattr(Node, method, direct(what))
    for method, what in _REFLECTED.items():
        setattr(Node, method, reflected(what))
    Node.__name__ = name
    return Node
