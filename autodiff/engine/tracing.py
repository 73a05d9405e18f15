"""What a rule is made of, found by running it on stand-ins: nothing has to be said twice in a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["functions_of", "is_number"]


class Unknown:
    """An operand nobody knows: whatever is computed from it is unknown as well."""

    def _unknown(self, *others: Any) -> Unknown:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = _unknown


class Asked:
    """A namespace that has every function, and keeps the names of those a rule asked for."""

    def __init__(self) -> None:
        self.names: dict[str, None] = {}

    def __getattr__(self, name: str) -> Callable[..., Unknown]:
        self.names[name] = None
        return lambda *operands: Unknown()


def functions_of(rule: Callable[..., Any], operands: int) -> tuple[tuple[str, ...], Any]:
    """The names of the functions that a rule asks a namespace for, and its result.

    Args:
        rule: a forward rule, or one for partial derivatives.
        operands: how many arguments it takes after the namespace.

    >>> functions_of(lambda m, x: m.abs(x) + m.exp(x), 1)[0]
    ('abs', 'exp')
    """
    asked = Asked()
    result = rule(asked, *(Unknown() for _ in range(operands)))
    return tuple(asked.names), result


def is_number(result: Any) -> bool:
    """Whether a rule's result is the same number whatever its operands are."""
    return not isinstance(result, Unknown)
