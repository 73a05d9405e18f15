"""Scalar automatic differentiation on a graph that can be looked at."""

from autodiff import functions
from autodiff.arrays import Array, leaves
from autodiff.debug.anomaly import AnomalyError, detect_anomaly
from autodiff.debug.differences import gradcheck
from autodiff.engine.errors import DomainError
from autodiff.engine.graph import topological_order
from autodiff.engine.value import Value
from autodiff.explaining.gradient import explain
from autodiff.fast import switch_on
from autodiff.functions import *  # noqa: F403
from autodiff.lifting import BranchError, LiftError, Program, lift
from autodiff.operations import operation
from autodiff.parsing import ExpressionError, expression
from autodiff.staging import lifted
from autodiff.transforms import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

switch_on()  # the quick versions of the engine's parts

__all__ = [
    "AnomalyError",
    "Array",
    "BranchError",
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
    "lifted",
    "operation",
    "topological_order",
    "value_and_grad",
    "vjp",
]
__all__ += functions.__all__
