"""The engine: the node, the table of operations and the backward pass. It imports no other room.

Read ``autodiff/tiny.py`` first: the whole idea in one page. Then here, in this order:

1. ``value``      the node: its operators, and what it keeps of the operation that made it
2. ``graph``      the topological order of a graph
3. ``backward``   the chain rule along that order
4. ``ops``        the table: one row per operation, its rule and its derivatives
5. ``namespaces`` what the rules are applied to: floats, arrays; ``primitives`` lists what they must have

and when they are needed: ``special`` (a few long rules), ``notation`` (how rows are written), ``tracing``
(what rules are made of), ``real`` (what counts as a number), ``errors``, ``methods`` (what the table gives
a Value), ``handmade`` and ``lectures`` (nodes made by hand, and what lectures call their parts), ``limits``
(slopes at the edge of a domain), ``exact`` (the pass again, where a product of slopes is nan), ``systems``
(what elimination solved), ``copying`` (copies and pickles).

``value`` imports ``backward`` and ``copying`` inside the methods that offer them, and only there: these
know Value.

``autodiff.fast`` replaces some of the node's methods by quicker ones that do the same, and
``autodiff.arrays`` teaches NumPy's functions to take Values.
"""
