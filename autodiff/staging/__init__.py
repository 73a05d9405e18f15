"""Staging: a function of arrays is recorded in one call, and runs as a program in the next.

* ``lifted``     the decorator: which recording fits a call, and when there is to be a new one
* ``recording``  one call on Values, and the programs made of it
* ``arguments``  the arguments of a call taken apart
* ``labels``     integer arguments, whose numbers are known when a call comes
* ``reads``      what takes numbers out of the graph while it is recorded
* ``captured``   what a function reads besides its arguments
* ``kinds``      what numbers and arrays say of their type meanwhile
* ``asks``       what of that cannot be answered, and is refused
* ``namespace``  what ``np`` and ``math`` mean while it is recorded

May import all of the other rooms.
"""

from autodiff.staging.lifted import Lifted, lifted

__all__ = ["Lifted", "lifted"]
