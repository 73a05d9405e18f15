"""How the words of a command line become a checked, frozen object.

The options of a command are the fields of a dataclass, each with its type, default and help in one place:

    @dataclass(frozen=True, kw_only=True)
    class DrawOptions(ExpressionOptions):
        out: Path = option("-o", type=Path, default="graph.svg", metavar="FILE", help="…")

``DrawOptions.parse(parser, ["x*y", "x=1", "y=2"])`` adds ``-o/--out`` to the parser and gives the object.
Whatever can be checked without the other options is checked there: a loss is a ``Loss`` from then on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from autodiff import ExpressionError, Value, expression

__all__ = [
    "ExpressionOptions",
    "Options",
    "checked",
    "not_negative",
    "option",
    "positional",
    "positive",
    "share",
    "sizes",
    "variables",
    "whole",
]

T = TypeVar("T")
O = TypeVar("O", bound="Options")


def option(*short: str, **settings: Any) -> Any:
    """A field that is set by ``--its-name``, or by a short name; the settings are those of argparse.

    A default that is text is read like a word of the command line.
    """
    return field(metadata={"short": short, **settings})


def positional(**settings: Any) -> Any:
    """A field that is set by its place among the words."""
    return field(metadata=settings)


@dataclass(frozen=True, kw_only=True)
class Options:
    """Options of a command, as a subclass lists them."""

    @classmethod
    def parse(cls: type[O], parser: argparse.ArgumentParser, words: Iterable[str]) -> O:
        """The object that the words describe.

        Raises:
            SystemExit: from the parser: 0 after ``--help``, 2 and a message if it refuses a word.
        """
        for each in fields(cls):
            settings = dict(each.metadata)
            short = settings.pop("short", None)
            if short is None:
                parser.add_argument(each.name, **settings)
            else:
                parser.add_argument(*short, f"--{each.name.replace('_', '-')}", dest=each.name, **settings)
        return cls(**vars(parser.parse_intermixed_args(list(words))))


@dataclass(frozen=True, kw_only=True)
class ExpressionOptions(Options):
    """An expression and its variables: ``"tanh(w*x + b)" w=0.5 x=2 b=1``."""

    expression: str = positional(help="arithmetic and functions of the table, in quotes")
    variables: list[str] = positional(nargs="*", metavar="NAME=NUMBER", help="a value for each name in it")

    @classmethod
    def parse(cls: type[O], parser: argparse.ArgumentParser, words: Iterable[str]) -> O:
        """As of any options, but an expression may begin with a minus.

        argparse takes ``-x**2`` for options of one letter; a space before it says that it is none.
        """
        short = {"-h", *(name for each in fields(cls) for name in each.metadata.get("short", ()))}
        spaced = (
            f" {word}" if word[:1] == "-" != word[1:2] and word not in short else word for word in words
        )
        return super().parse(parser, spaced)

    def graph(self) -> tuple[Value, dict[str, Value]]:
        """The expression as a graph, its output labelled ``y`` if nothing else is, and its leaves by name.

        Raises:
            ExpressionError: if the expression is none, or the variables do not fit it.
            DomainError: where the values lie outside the domain of an operation.
        """
        leaves = variables(self.variables)
        y = expression(self.expression.strip(), **leaves)
        if y.op and "y" not in leaves:
            y.label = "y"
        return y, leaves


def variables(assignments: Iterable[str]) -> dict[str, Value]:
    """Leaves by name, from the words of a command line.

    Raises:
        ExpressionError: for a text that is not NAME=NUMBER, or a name given twice.

    >>> variables(["w=0.5", "x=2"])
    {'w': Value(0.5, grad=0.0, label='w'), 'x': Value(2.0, grad=0.0, label='x')}
    """
    leaves: dict[str, Value] = {}
    for assignment in assignments:
        name, equals, number = assignment.partition("=")
        if not equals or not name.isidentifier():
            raise ExpressionError(f"a variable is given as NAME=NUMBER, got {assignment!r}")
        if name in leaves:
            raise ExpressionError(f"{name} is given twice")
        try:
            leaves[name] = Value(float(number), name)
        except ValueError:
            raise ExpressionError(f"{name} is to be a finite number, got {number!r}") from None
    return leaves


def checked(read: Callable[[str], T]) -> Callable[[str], T]:
    """A type for argparse that shows the message of the ValueError with which ``read`` refuses a word."""

    def typed(word: str) -> T:
        try:
            return read(word)
        except argparse.ArgumentTypeError:
            raise
        except (ValueError, OverflowError) as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return typed


@checked
def positive(word: str) -> float:
    """A finite number above 0."""
    try:
        number = float(word)
    except ValueError:
        number = 0.0
    if not 0.0 < number < float("inf"):
        raise ValueError(f"give a positive number, not {word!r}")
    return number


@checked
def not_negative(word: str) -> float:
    """A finite number, 0 or more."""
    try:
        number = float(word)
    except ValueError:
        number = -1.0
    if not 0.0 <= number < float("inf"):
        raise ValueError(f"give a number, 0 or more, not {word!r}")
    return number


@checked
def share(word: str) -> float:
    """A number above 0 and below 1."""
    number = positive(word)
    if number >= 1.0:
        raise ValueError(f"give a share above 0 and below 1, not {word!r}")
    return number


@checked
def sizes(word: str) -> tuple[int, ...]:
    """Neurons of each layer, as ``8,3``."""
    try:
        layers = tuple(map(int, word.split(",")))
    except ValueError:
        raise ValueError(f"give sizes such as 8,3, not {word!r}") from None
    if min(layers) < 1:
        raise ValueError(f"a layer has at least one neuron, not {min(layers)} as in {word!r}")
    return layers


def whole(least: int) -> Callable[[str], int]:
    """The type of whole numbers from ``least`` on."""

    @checked
    def typed(word: str) -> int:
        try:
            number = int(word)
        except ValueError:
            number = least - 1
        if number < least:
            raise ValueError(f"give a whole number, {least} or more, not {word.strip()!r}")
        return number

    return typed
