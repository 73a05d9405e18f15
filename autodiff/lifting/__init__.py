"""Scalar graphs as array programs: record, fold, group, recognise, emit, name.

The README works one layer of 2×2 numbers through these stages. ``record`` makes a tape of a graph;
``find`` makes a ``Plan`` of the tape, formulas and the blocks of numbers that they fill; ``compile`` and
``write`` make code and text of the plan; ``program`` runs it, and ``entry`` is the way in.

May import ``formulas``, ``labels`` and ``engine``.
"""

from autodiff.lifting.compile.run import Result
from autodiff.lifting.entry import lift
from autodiff.lifting.errors import LiftError
from autodiff.lifting.guards import BranchError
from autodiff.lifting.program import Program

__all__ = ["BranchError", "LiftError", "Program", "Result", "lift"]
