"""Arrays of Values: NumPy programs as they are written record operations of the table.

The structure of the graph follows from shapes alone: what NumPy would decide by comparing is recorded as rows
(``maximum``, ``step``) that choose anew for other data, and what Python decides is noted as a choice.

* ``array``           ``Array`` and ``Mask``: NumPy arrays whose elements are Values
* ``labelled``        ``leaves``, an Array of named Values from which a graph starts
* ``elementwise``, ``reductions``, ``products``, ``shapes``, ``choosing``, ``calculus``, ``linear_algebra``,
  ``decisions``, ``filling``  what is recorded for NumPy's functions
* ``table``           which function is recorded as what: the one list; ``refusals``: what instead of others
* ``dispatch``        NumPy's protocols, which look up the table
* ``indexing``        ``A[index]`` and ``A[index] = …``
* ``methods``         gives Array its methods, and NumPy's protocols to Values

The room may import ``functions`` and what that may.
"""

from autodiff.arrays import methods  # noqa: F401
from autodiff.arrays.array import Array, Mask
from autodiff.arrays.labelled import leaves
from autodiff.arrays.refusals import REFUSED
from autodiff.arrays.table import FUNCTIONS, Supported

__all__ = ["FUNCTIONS", "REFUSED", "Array", "Mask", "Supported", "leaves"]
