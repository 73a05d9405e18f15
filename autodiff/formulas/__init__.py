"""Expressions that print themselves: as text, LaTeX, MathML, NumPy and JavaScript source.

``expr`` has the trees, and two namespaces by which a row of the table becomes one. ``printing`` makes
a line of a tree, in a language of ``styles``. ``names`` is what the nodes of a graph are called in
formulas; ``preludes`` is what printed source needs to run.

May import ``engine`` only.
"""
