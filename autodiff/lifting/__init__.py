"""Scalar graphs as array programs: record, fold, group, recognise, emit, name.

The README works one layer of 2×2 numbers through these stages. ``record`` makes a tape of a graph;
``find`` makes a ``Plan`` of the tape, formulas and the blocks of numbers that they fill; ``compile`` and
``write`` make code and text of the plan; ``program`` runs it, and ``entry`` is the way in.

May import ``formulas``, ``labels`` and ``engine``. What ``__init__.pyi`` names is imported when it is first
asked for.
"""

import lazy_loader

__getattr__, __dir__, _ = lazy_loader.attach_stub(__name__, __file__)

__all__ = ["BranchError", "LiftError", "Program", "Result", "lift", "lift_leaves", "lift_with_nodes"]
