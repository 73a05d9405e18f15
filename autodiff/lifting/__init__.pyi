"""Scalar graphs as array programs."""

from .compile.run import Result
from .entry import lift, lift_leaves, lift_with_nodes
from .errors import LiftError
from .guards import BranchError
from .program import Program

__all__ = ["BranchError", "LiftError", "Program", "Result", "lift", "lift_leaves", "lift_with_nodes"]
