"""Write: formulas and their adjoints as text, as NumPy source and as LaTeX.

``rendered`` has expressions in the three languages, ``operands`` the arrays that formulas read,
``forward_lines`` and ``backward_lines`` make assignments of formulas, ``regular`` those that take indices,
and ``listing`` programs of those. ``why`` says why something is gathered, ``kept`` how what is kept is shown.

May import ``plan``, ``formula``, ``block_names`` and ``record`` of ``lifting``, ``formulas`` and
``engine``; nothing of ``find`` and ``compile``.
"""
