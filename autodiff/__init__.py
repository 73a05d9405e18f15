"""Scalar automatic differentiation on a graph that can be looked at."""

import importlib
from typing import Any

from autodiff import functions
from autodiff.arrays import Array, leaves
from autodiff.engine.errors import DomainError
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value
from autodiff.fast import switch_on
from autodiff.functions import *  # noqa: F403
from autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

switch_on()  # the quick versions of the engine's parts

_LATER = {
    "autodiff.debug.anomaly": ["AnomalyError", "detect_anomaly"],
    "autodiff.debug.differences": ["gradcheck"],
    "autodiff.explaining.gradient": ["explain"],
    "autodiff.lifting": ["BranchError", "LiftError", "Program", "lift"],
    "autodiff.operations": ["operation"],
    "autodiff.parsing": ["ExpressionError", "expression"],
    "autodiff.staging": ["lifted"],
}
"""What reads graphs, by its modules, is imported when it is first asked for: it is more than all the rest."""

__all__ = [
    "Array",
    "DomainError",
    "Value",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaves",
    "topological_order",
    "value_and_grad",
    "vjp",
]
__all__ += functions.__all__
__all__ += [name for names in _LATER.values() for name in names]


def __getattr__(name: str) -> Any:
    room = f"{__name__}.{name}"
    if any(module == room or module.startswith(f"{room}.") for module in _LATER):
        return importlib.import_module(room)
    for module, names in _LATER.items():
        if name in names:
            globals()[name] = found = getattr(importlib.import_module(module), name)
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
