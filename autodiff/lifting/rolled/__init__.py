"""Rolled: equal formulas of steps, of a recurrence or of layers, become one loop where a program is read.

``search`` finds the steps, ``first_step`` and ``last_step`` those at the ends that look otherwise, ``apart``
takes apart what is computed together, and ``reading`` makes a plan in which the steps' arrays are parts of
one, H[1] to H[12]. What runs stays as it is; its code has loops of its own (`compile.rolling`).
"""

from autodiff.lifting.rolled.reading import Rolled, Rounds
from autodiff.lifting.rolled.rolling import blocks_by_step, roll

__all__ = ["Rolled", "Rounds", "blocks_by_step", "roll"]
