"""The explorer: one page to step through a graph and pull on its numbers.

``arrays`` are the matrices shown beside the scalar nodes, ``contents`` is all the page is told about
a graph, with the ``card_size`` of each card, ``bundle`` makes one file of that and of the parts in
``page/``, which ``joining`` puts together, and ``api`` is ``explore``.
Imports ``viz.graph`` and ``viz.layout``.
"""

from viz.explorer.api import explore

__all__ = ["explore"]
