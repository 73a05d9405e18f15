"""Scalar graphs as array programs: record, fold, group, recognise, emit, name.

The README works one layer of 2×2 numbers through these stages. ``record`` makes a tape of a graph;
``find`` makes a ``Plan`` of the tape, formulas and the blocks of numbers that they fill; ``compile`` and
``write`` make code and text of the plan; ``program`` is the way in.

May import ``formulas``, ``labels`` and ``engine``.
"""

from autodiff.lifting.program import LiftError, Program, Result, lift

__all__ = ["LiftError", "Program", "Result", "lift"]
