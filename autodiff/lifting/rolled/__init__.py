"""Rolled: equal formulas of steps, of a recurrence or of layers, become one loop where a program is read.

``search`` finds the steps, ``first_step`` and ``last_step`` those at the ends that look otherwise, and
``rolling`` makes a plan in which the steps' arrays are parts of one, H[1] to H[12].
"""

from autodiff.lifting.rolled.rolling import Rolled, Rounds, roll

__all__ = ["Rolled", "Rounds", "roll"]
