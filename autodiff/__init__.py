"""Scalar automatic differentiation on a graph that can be looked at."""

import lazy_loader

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
    "debug.anomaly": ["AnomalyError", "detect_anomaly"],
    "debug.differences": ["gradcheck"],
    "explaining.gradient": ["explain"],
    "lifting": ["BranchError", "LiftError", "Program", "lift"],
    "operations": ["operation"],
    "parsing": ["ExpressionError", "expression"],
    "staging": ["lifted"],
}
"""What reads graphs, by its modules, is imported when it is first asked for: it is more than all the rest."""

__getattr__, _, _ = lazy_loader.attach(__name__, {name.partition(".")[0] for name in _LATER}, _LATER)

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


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
