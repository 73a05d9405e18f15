"""Lines with indices: what no matrix formula says is said for each value of some letters.

    Z[s,k] = K[k] ∗ X[s] + b[k],  s = 1 … 2,  k = 1 … 2

``reading`` finds along which axes a formula reads what it reads, ``subscripts`` says so, ``composing`` and
``windows`` write the right side in what is left of the axes, and ``lines`` chooses the letters. ``values``
writes formulas so, ``shares`` what their operands get of a cotangent, ``squares`` finds poolings, ``arrays``
the axes with which an array is shown, and ``apart`` sees to it that a loop is one.
"""

from autodiff.lifting.write.regular.apart import apart
from autodiff.lifting.write.regular.formulas import RegularFormulas
from autodiff.lifting.write.regular.lines import Written
from autodiff.lifting.write.regular.shares import Share

__all__ = ["RegularFormulas", "Share", "Written", "apart"]
