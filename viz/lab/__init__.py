"""The lab: one page in which an expression becomes its graph while it is typed, a network is trained while
one watches, and the graph of either is taken apart.

The page is one file that needs nothing else. ``bundle`` makes it, of the parts in ``page/`` and of the
explorer's (``viz/explorer/page``), whose graph room it takes over as it is. What the page has to know of
Python comes from Python, so that no rule is written twice:

* ``grammar`` is what an expression may hold and how its operators bind, read off the table of operations
  and off Python's own parser; ``page/reading.js`` reads by it.
* ``learning`` is what there is to choose for training. Losses, optimisers and initialisers are recorded on
  Values as ``tapes``, which the page runs by the table; a network's layers are the matrix formulas of
  ``nn.model.matrix``, and its random numbers NumPy's, so that training in the page is ``fit``.
* the table of operations itself is ``table.js``, as in the explorer.
* the sizes of cards and the spacing of a layout are those of ``viz.explorer`` and ``viz.layout``.

Graphs are laid out in the page, by the Graphviz of ``viz.layout``, in a worker: typing never waits for it.
``page/README.md`` says which module of the page does what. Imports ``viz.explorer`` and ``viz.layout``.
"""

from viz.lab.api import write_lab

__all__ = ["write_lab"]
