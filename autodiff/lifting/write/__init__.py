"""Write: formulas and their adjoints as text, as NumPy source and as LaTeX.

``rendered`` has expressions in the three languages, ``operands`` the arrays that formulas read,
``forward_lines`` and ``backward_lines`` make assignments of formulas, and ``listing`` programs of those.

May import ``plan``, ``formula``, ``block_names`` and ``record`` of ``lifting``, ``formulas`` and
``engine``; nothing of ``find`` and ``compile``.
"""
