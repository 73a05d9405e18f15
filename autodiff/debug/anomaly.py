"""Where a number stops being finite: ``with detect_anomaly():`` names the node and its source line."""

from __future__ import annotations

import inspect
import linecache
import math
import os
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from traceback import walk_tb
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from autodiff.engine.errors import DomainError, described
from autodiff.engine.exact import flat_edges
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value, record
from autodiff.fast import QUICK
from autodiff.transforms import pull

__all__ = ["AnomalyError", "detect_anomaly"]


class AnomalyError(DomainError):
    """A value or a gradient that is not finite; the message says which, and where it was made.

    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     Value(0.0, "x").log()
    Traceback (most recent call last):
    autodiff.debug.anomaly.AnomalyError: log(x=0.0) is outside the domain of log, at ...
    """


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Inside the block, stop at the first node whose value or gradient is not finite.

    Put the forward and the backward pass inside it: it remembers which line made each node. The
    error names the node, its label, its operands and that line. Before ``backward()`` or ``grad``
    does its work, the whole pass is tried out, so that an error leaves every ``.grad`` as it was.

    Inside the block everything runs several times slower, outside nothing does: it works as a
    profiler (``sys.setprofile``) that sees functions return. Like one it watches only the thread
    that opened it. A block inside a block adds nothing; a profiler that was on goes on.

    Raises:
        AnomalyError: for a value that leaves the domain of its operation or overflows, and for a
            gradient that is not finite.

    >>> x = Value(0.0, "x")
    >>> with detect_anomaly():  # doctest: +ELLIPSIS
    ...     x.sqrt().backward()
    Traceback (most recent call last):
    autodiff.debug.anomaly.AnomalyError: the gradient of x = 0.0, used at ... sqrt(x=0.0), ...
    """
    before = sys.getprofile()
    if isinstance(before, _Watch):
        yield
        return
    sys.setprofile(_Watch(before))
    try:
        yield
    except AnomalyError:
        raise
    except DomainError as error:
        steps = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
        place = [step for step in steps if _outside(step[0])][-1]
        raise AnomalyError(f"{error}, at {_quoted(place)}") from error
    finally:
        sys.setprofile(before)


Place = tuple[str, int]  # file and line


class _Watch:
    """A profile function that notes where Values are made and tries out backward passes."""

    def __init__(self, before: Any) -> None:
        self.before = before
        self.places: WeakKeyDictionary[Value, Place] = WeakKeyDictionary()

    def __call__(self, frame: FrameType, event: str, result: Any) -> None:
        if self.before is not None:
            self.before(frame, event, result)
        code = frame.f_code
        if event == "call" and code is Value.backward.__code__:
            self.try_out(frame.f_locals[code.co_varnames[0]])
        elif event == "call" and code is pull.__code__:
            self.try_out(frame.f_locals["output"], frame.f_locals["path"])
        elif event == "return" and code is Value.__init__.__code__:
            self.places[frame.f_locals["self"]] = _caller(frame)
        elif event == "return" and isinstance(result, Value) and code in _MAKERS:
            arguments = [frame.f_locals[name] for name in code.co_varnames[: code.co_argcount]]
            if result not in arguments and result not in self.places:
                self.places[result] = _caller(frame)

    def try_out(self, output: Value, path: Container[Value] | None = None) -> None:
        """Raise AnomalyError at the first gradient, consumers first, that is not finite; with a path,
        only for gradients along it."""
        order = topological_order(output)
        gradients = {output: 1.0}
        for node in reversed(order):
            if node not in gradients:
                continue
            edges = zip(node.operands, node.local_derivatives, flat_edges(node), strict=True)
            for operand, local, flat in edges:
                if flat or (path is not None and operand not in path):
                    continue
                if operand in node.operands[1:] and not (
                    math.isfinite(local) or operand.operands or operand.label
                ):
                    continue  # the 2 of x**2 has no slope where x < 0, and needs none
                gradients[operand] = gradient = gradients.get(operand, 0.0) + gradients[node] * local
                if not math.isfinite(gradient):
                    raise AnomalyError(
                        f"the gradient of {self.described(operand, order)} is {gradient}: it comes from "
                        f"{self.described(node, order)}, whose local derivative is {local}"
                    )

    def described(self, node: Value, order: list[Value]) -> str:
        """The node's label, operation and operands, and where it was made; or if that was outside
        the block or in ``dot``, where it was used."""
        said = f"{node.op}({described(*node.operands)})" if node.op else repr(node.data)
        said = f"{node.label} = {said}" if node.label else said if node.op else f"the leaf {said}"
        if node in self.places:
            return f"{said}, made at {_quoted(self.places[node])}"
        while node not in self.places and node is not order[-1]:
            node = next(user for user in order if node in user.operands)
        return f"{said}, used at {_quoted(self.places[node])}" if node in self.places else said


_HERE = os.path.dirname(os.path.dirname(__file__)) + os.sep
# All that makes a node of others.
_MAKERS = {record.__code__} | {
    part.__code__ for name, part in QUICK.items() if name != "backward" and inspect.isfunction(part)
}


def _outside(file: str) -> bool:
    """Whether the file is none of this package."""
    return not file.startswith(_HERE)


def _caller(frame: FrameType) -> Place:
    """The innermost line outside this package."""
    while not _outside(frame.f_code.co_filename) and frame.f_back is not None:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def _quoted(place: Place) -> str:
    """``lesson.py:12 (y = x.sqrt())``"""
    file, line = place
    return f"{os.path.basename(file)}:{line} ({linecache.getline(file, line).strip()})"
