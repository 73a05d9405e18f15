"""Which methods of the node are replaced, by what; the one place that does it."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from autodiff.engine.value import Value
from autodiff.fast.backward import backward
from autodiff.fast.folded import add_products
from autodiff.fast.operators import OPERATORS
from autodiff.fast.powers import power

__all__ = ["PLAIN", "QUICK", "switch_off", "switch_on"]


def _read_by_c(name: str) -> property:
    """The property of that name, read by C code: 0.8 of the time of a function in Python."""
    plain = vars(Value)[name]
    return property(attrgetter(f"_{name}"), plain.fset, doc=plain.__doc__)


QUICK: Mapping[str, Any] = MappingProxyType(
    {
        **OPERATORS,
        "__pow__": power,
        "add_products": add_products,
        "backward": backward,
        "data": _read_by_c("data"),
        "grad": _read_by_c("grad"),
    }
)
"""Name of the method: its quick version."""

PLAIN: Mapping[str, Any] = MappingProxyType({name: vars(Value)[name] for name in QUICK})
"""Name of the method: its plain version."""


def switch_on() -> None:
    """Let Value use the quick versions, from now on in the whole process."""
    for name, quick in QUICK.items():
        setattr(Value, name, quick)


def switch_off() -> None:
    """Let Value use the plain versions again."""
    for name, plain in PLAIN.items():
        setattr(Value, name, plain)
