"""Scalar automatic differentiation on a graph that can be looked at."""

from typing import Any

from autodiff import functions
from autodiff.anomaly import AnomalyError, detect_anomaly
from autodiff.checking import gradcheck
from autodiff.explain import explain
from autodiff.expression import ExpressionError, expression
from autodiff.functions import *  # noqa: F403
from autodiff.graph import topological_order
from autodiff.labels import leaves
from autodiff.lift import LiftError, Program, lift
from autodiff.numeric import DomainError
from autodiff.transforms import grad, hessian, hvp, jacobian, jvp
from autodiff.value import Value

__all__ = [
    "AnomalyError",
    "DomainError",
    "ExpressionError",
    "LiftError",
    "Program",
    "Value",
    "detect_anomaly",
    "explain",
    "expression",
    "grad",
    "gradcheck",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "leaves",
    "lift",
    "topological_order",
    *functions.__all__,
]


def __getattr__(name: str) -> Any:  # the type checker's view of the functions made from the table
    raise AttributeError(f"module 'autodiff' has no attribute {name!r}")
