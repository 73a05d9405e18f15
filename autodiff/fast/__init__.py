"""The quick versions of parts of the engine: they do the same in less time.

``engine`` is complete without this room, as Python's ``heapq`` is without its half in C. What is
replaced, and what it is worth, stands at the replacement:

* ``operators``  every row in one function, written out by applying its rules to names
* ``powers``     ``x**2``, whose exponent becomes a node when somebody looks at it
* ``folded``     a sum of products as one object, which unfolds when it is looked into
* ``backward``   the backward pass in one loop, without an order and a dict of all nodes
* ``switch``     the list of replacements; ``autodiff/__init__.py`` switches them on

It imports ``engine`` and nothing else. Tests run the plain and the quick version of everything.
"""

from autodiff.fast.folded import FoldedSum, FoldedTerms
from autodiff.fast.switch import PLAIN, QUICK, switch_off, switch_on

__all__ = ["PLAIN", "QUICK", "FoldedSum", "FoldedTerms", "switch_off", "switch_on"]
