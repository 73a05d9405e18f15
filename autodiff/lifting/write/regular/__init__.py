"""Lines with indices: what no matrix formula says is said for each value of some letters.

    Z[s,k] = K[k] ∗ X[s] + b[k],  s = 1 … 2,  k = 1 … 2

``reading`` finds along which axes a formula reads what it reads, ``subscripts`` says so, ``composing`` and
``windows`` write the right side in what is left of the axes, ``lines`` chooses the letters, ``formulas``
writes a formula and the shares of its cotangent, and ``apart`` sees to it that a loop is one.
"""

from autodiff.lifting.write.regular.apart import apart
from autodiff.lifting.write.regular.formulas import RegularFormulas, Share
from autodiff.lifting.write.regular.lines import Written

__all__ = ["RegularFormulas", "Share", "Written", "apart"]
