"""Scalar automatic differentiation on a graph that can be looked at."""

from typing import Any

from autodiff import functions
from autodiff.debug.anomaly import AnomalyError, detect_anomaly
from autodiff.debug.differences import gradcheck
from autodiff.engine.errors import DomainError
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value
from autodiff.explaining.gradient import explain
from autodiff.functions import *  # noqa: F403
from autodiff.labels import leaves
from autodiff.lifting import LiftError, Program, lift
from autodiff.parsing import ExpressionError, expression
from autodiff.transforms import grad, hessian, hvp, jacobian, jvp

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
