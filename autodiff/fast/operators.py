"""Every row of the table in one function, as a method or operator of Value: ``+``, ``tanh``, ``maximum``.

``Value.__add__`` goes through ``apply``, ``record`` and the two rules of its row: five calls, which cost more
than the addition. Here the rules are written out, by applying them to *names*: what a rule does with these
becomes a line of Python for each operation, in the rule's own order. Of tanh and its slope,

    t1 = tanh(x)
    t2 = abs(x)
    t3 = -t2
    t4 = exp(t3)
    ...

stand between the lines that read the operands and those that make the node. A test holds every function to
its row, bit by bit. What is out of the ordinary is left to the row itself: operands of a subclass, what is
no number, and what leaves a domain or overflows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from textwrap import indent
from types import MappingProxyType
from typing import Any

from autodiff.engine.namespaces import FLOATS, Namespace
from autodiff.engine.ops import OPS, Op
from autodiff.engine.special import GELU_PRIME, SINC_PRIME
from autodiff.engine.value import Operand, Value, as_value, record

__all__ = ["OPERATORS"]

EXACT = 2**53  # up to which a float holds every int

_INLINE = {
    "maximum": "{0} if {0} > {1} else {1}",
    "minimum": "{0} if {0} < {1} else {1}",
    "step": "1.0 if {0} > 0.0 else 0.0",
    "sign": "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else 0.0",
    "choose": "{1} if {0} > 0.0 else {2}",
    "abs": "{0} if {0} > 0.0 else 0.0 - {0}",
    "pow": "{0}**{1} if {0} > 0.0 else pow_({0}, {1})",
    "power_slope": "{1} * {0}**({1} - 1.0) if {0} > 0.0 and 0.5 <= {1} else power_slope_({0}, {1})",
    "exponent_slope": "{1} * log_({0}) if {0} > 0.0 and {1} > 0.0 else exponent_slope_({0}, {1})",
    "hypot_slope": "{0} / {2} if {2} > 1e-290 else hypot_slope_({0}, {1}, {2})",
    "sin_pi": "sin_(3.141592653589793 * ({0} if -0.5 <= {0} <= 0.5 else (1.0 if {0} > 0.0 else -1.0) - {0})) "
    "if -1.0 <= {0} <= 1.0 else sin_pi_({0})",
    "cos_pi": "sin_(3.141592653589793 * (0.5 - fabs({0}))) if -1.0 <= {0} <= 1.0 else cos_pi_({0})",
    "normal_tail": "0.5 * erfc_(0.7071067811865476 * ({0} if {0} > 0.0 else -{0})) * {1} "
    "if -1.0 < {0} < 1.0 else normal_tail_({0}, {1})",
    "gelu_prime": GELU_PRIME,
    "sinc_prime": SINC_PRIME,
}
"""Functions of floats that are quicker in place than called, where they have a short way at least that."""


class _Name:
    """A number known by its name in the function that is written."""

    def __init__(self, written: _Written, text: str) -> None:
        self.written, self.text = written, text

    def __add__(self, other: Any) -> _Name:
        return self.written.line("{} + {}", self, other)

    def __radd__(self, other: Any) -> _Name:
        return self.written.line("{} + {}", other, self)

    def __sub__(self, other: Any) -> _Name:
        return self.written.line("{} - {}", self, other)

    def __rsub__(self, other: Any) -> _Name:
        return self.written.line("{} - {}", other, self)

    def __mul__(self, other: Any) -> _Name:
        return self.written.line("{} * {}", self, other)

    def __rmul__(self, other: Any) -> _Name:
        return self.written.line("{} * {}", other, self)

    def __truediv__(self, other: Any) -> _Name:
        return self.written.line("{} / {}", self, other)

    def __rtruediv__(self, other: Any) -> _Name:
        return self.written.line("{} / {}", other, self)

    def __neg__(self) -> _Name:
        negative = self.written.line("-{}", self)
        self.written.negated[negative.text] = self
        return negative


class _Written(Namespace):
    """Functions on names: each call is a line, and what was computed before is not computed again.

    Attributes:
        lines: what was computed, and its name.
        negated: the name of -x: x.
        positive: whether x > 0; None where this is not known, and what depends on it is a line.
        sign_decides: whether anything has asked for that.
    """

    def __init__(self, positive: bool | None) -> None:
        self.lines: dict[str, _Name] = {}
        self.negated: dict[str, _Name] = {}
        self.positive, self.sign_decides = positive, False

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name in _INLINE:
            return lambda *operands: self.line(_INLINE[name], *operands)
        if name in vars(type(FLOATS)):
            call = f"{name}_({{}})"
            return lambda *operands: self.line(call.format(", ".join(["{}"] * len(operands))), *operands)
        return super().__getattr__(name)

    def abs(self, x: _Name) -> _Name:
        """Of -x as of x, so that exp(-|x|) is computed once in σ(x)·σ(-x)."""
        x = self.negated.get(x.text, x)
        if x.text != "x" or self.positive is None:
            return self.line(_INLINE["abs"], x)
        return x if self.positive else self.line("0.0 - {}", x)

    def choose(self, c: Any, a: Any, b: Any) -> Any:
        """One of the two, where the sign of x is known."""
        if _text(c) == "x":
            self.sign_decides = True
            if self.positive is not None:
                return a if self.positive else b
        elif self.positive and self.negated.get(_text(c), c).text == "x":
            return b
        return self.line(_INLINE["choose"], c, a, b)

    def over_squares(self, x: Any, z: Any) -> _Name:
        """With the sum of squares, whose order does not matter, computed once in both slopes of atan2."""
        square = self.line("{0} * {0} + {1} * {1}", *sorted((x, z), key=_text))
        return self.line("{0} / {1} if 1e-290 < {1} < 1e290 else over_squares_({0}, {2})", x, square, z)

    def line(self, template: str, *operands: Any) -> _Name:
        text = template.format(*map(_text, operands))
        if text not in self.lines:
            self.lines[text] = _Name(self, f"t{len(self.lines) + 1}")
        return self.lines[text]


def _as_floats_have_it(name: str) -> property:
    return property(lambda written: written.__getattr__(name))


for _name in sorted(vars(Namespace).keys() & vars(type(FLOATS)).keys()):
    if _name[0] != "_" and _name not in vars(_Written):  # floats have a quicker way
        setattr(_Written, _name, _as_floats_have_it(_name))


def _text(operand: Any) -> str:
    return operand.text if isinstance(operand, _Name) else repr(float(operand))


# A result of plain Values, by far the most, is one: that comes first, and costs two comparisons. One of a
# subclass is made here, too, unless its __init__ makes it.
_NUMBERS = """\
    kind = Value
    if other.__class__ is not Value or self.__class__ is not Value:
        if self.__class__ is not Value:
            kind = self.result_kind
            if kind.__init__ is not init:
                return general(self, other)
{number}        if other.__class__ is not kind:
            value = operand(kind, other)
            if value is None:
                return general(self, other)
            other = value
"""
_REFLECTED = """\
    kind = self.result_kind
    if kind.__init__ is not init:
        return general(self, other)
{number}    value = operand(kind, other)
    if value is None:
        return general(self, other)
    self, other = value, self
"""
_ALONE = """\
    kind = Value
    if self.__class__ is not Value:
        kind = self.result_kind
        if kind.__init__ is not init:
            return record(row, self)
"""
_NODE = """\
    try:
{rules}
    except (ValueError, ArithmeticError):
        return record({given})
    if {y} - {y} != 0.0:  # 0 for every finite y and nan for the others: the cheapest test for overflow
        return record({given})
    node = new(kind)
    node._data = {y}
    node._grad = 0.0
    node.op = {name!r}
    node._a = self
    node._b = {b}
    node._da = {da}
    node._db = {db}
    return node
"""


_NUMBER = """\
given = other.__class__
if given is float or (given is int and -{exact} <= other <= {exact}):
    {value} = self._data
    {number} = 1.0 * other
    try:
{rules}
    except (ValueError, ArithmeticError):
        return general(self, other)
    if ({y} - {y}) + ({number} - {number}) != 0.0:
        return general(self, other)
    node = new(kind)
    node._data = {y}
    node._grad = 0.0
    node.op = {name!r}
    node._a = {a}
    node._b = {b}
    node._da = {da}
    node._db = {db}
    return node
"""
"""Where the other operand is a number, no node is made of it: see ``autodiff.engine.constants``."""


def _with_number(op: Op, reflected: bool) -> str:
    """The lines for an operand that is a number, the first one if ``reflected``."""
    slope, of_other = ("dz", "dx") if reflected else ("dx", "dz")
    value, number = ("z", "x") if reflected else ("x", "z")
    lines, text = _rules(op, "y", slope, *([of_other] if op.product else []))
    of_value, of_number = ("self", text[slope]), ("None", text[of_other] if op.product else number)
    (a, da), (b, db) = (of_number, of_value) if reflected else (of_value, of_number)
    return _NUMBER.format(
        exact=EXACT,
        value=value,
        number=number,
        rules=indent("\n".join(lines), " " * 8),
        y=text["y"],
        name=op.name,
        **{"a": a, "b": b, "da": da, "db": db},
    )


def _rules(op: Op, *results: str) -> tuple[list[str], dict[str, str]]:
    """The lines that compute y, dx or dz, which are a row's value and its slopes by x and z; and their names.

    A row that asks for the sign of x has its rules written out for either, so that what one side has no use
    for, as elu has none for exp where x > 0, is not computed there.
    """
    m, text = _applied(op)
    if not m.sign_decides:
        every = [f"{name.text} = {line}" for line, name in m.lines.items()]  # some serve to leave a domain
        whole = len(results) > op.arity
        return every if whole else _asked_for(m, *(text[each] for each in results)), text
    lines = []
    for head, positive in (("if x > 0.0:", True), ("else:", False)):
        m, text = _applied(op, positive)
        side = _asked_for(m, *(text[each] for each in results)) + [
            f"{each} = {text[each]}" for each in results
        ]
        lines += [head, *(f"    {line}" for line in side)]
    return lines, {each: each for each in results}


def _applied(op: Op, positive: bool | None = None) -> tuple[_Written, dict[str, str]]:
    """The rules of a row applied to the names x and z; and what y and the slopes are called then."""
    m = _Written(positive)
    operands = [_Name(m, letter) for letter in "xz"[: op.arity]]
    y = op.forward(m, *operands)
    return m, dict(zip(("y", "dx", "dz"), map(_text, (y, *op.partials(m, *operands, y)))))


def _asked_for(m: _Written, *names: str) -> list[str]:
    """The lines that these names, and no others, are made by."""
    needed, lines = {*names}, []
    for text, name in reversed(m.lines.items()):
        if name.text in needed:
            needed |= {*re.findall(r"\bt\d+\b", text)}
            lines.append(f"{name.text} = {text}")
    return lines[::-1]


def _source(op: Op, function: str, reflected: bool = False) -> str:
    """The function of a row; its operands' data are x and z."""
    rules, text = _rules(op, *("y", "dx", "dz")[: 1 + op.arity])
    read = ["x = self._data", "z = other._data"][: op.arity]
    other = "" if op.arity == 1 else ", other" + "".join(f"={default}" for default in op.defaults)
    node = _NODE.format(
        rules=indent("\n".join([*read, *rules]), " " * 8),
        given="row, self" if op.arity == 1 else "row, self, other",
        y=text["y"],
        name=op.name,
        b="None" if op.arity == 1 else "other",
        da=text["dx"],
        db=text["dz"] if op.arity == 2 else "0.0",
    )
    arithmetic = (
        function[0] == "_" and op.arity == 2 and not op.functions
    )  # powers have a module of their own
    number = _with_number(op, reflected) if arithmetic or op.defaults else ""
    number = indent(number, " " * (4 if reflected else 8))
    head = _ALONE if op.arity == 1 else (_REFLECTED if reflected else _NUMBERS).format(number=number)
    return f"def {function}(self{other}):\n{head}{node}"


def _operand(kind: type[Value], b: Operand) -> Value | None:
    """The other operand as a Value, if the result is of this class then; else None, and the row decides."""
    number: Any = b
    if number.__class__ is int and -EXACT <= number <= EXACT:
        number = float(number)
    if number.__class__ is float and number - number == 0.0:
        constant = _new(Value)  # as ``as_value`` makes it
        constant._data = number
        constant._grad = 0.0
        constant.op = ""
        constant._a = constant._b = None
        constant._da, constant._db = 1.0, 0.0
        return constant
    b = as_value(b)
    return b if b is not NotImplemented and b.result_kind in (Value, kind) else None


_new = object.__new__


def _functions() -> dict[str, Any]:
    functions: dict[str, Any] = {}
    of_floats = {f"{each}_": getattr(FLOATS, each) for each in vars(type(FLOATS)) if each[0] != "_"}
    of_floats |= {"fabs": math.fabs, "Value": Value, "record": record, "operand": _operand, "new": _new}
    of_floats["init"] = Value.__init__
    for op in OPS.values():
        operator = op.notation.operator
        names = [(op.name, False), *([(f"__{operator}__", False)] if operator else [])]
        if operator and op.arity == 2:
            names.append((f"__r{operator}__", True))
        for name, reflected in names:
            general = vars(Value)[name]
            scope = {**of_floats, "row": op, "general": general}
            exec(compile(_source(op, name, reflected), __file__, "exec"), scope)
            functions[name] = scope[name]
            functions[name].__doc__, functions[name].__qualname__ = general.__doc__, f"Value.{name}"
    return functions


OPERATORS: Mapping[str, Any] = MappingProxyType(_functions())
"""Name of the method or operator: its function."""
