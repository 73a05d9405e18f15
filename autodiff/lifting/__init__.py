"""Scalar graphs as array programs: record, fold, group, recognise, emit, name."""

from autodiff.lifting.program import LiftError, Program, Result, lift

__all__ = ["LiftError", "Program", "Result", "lift"]
