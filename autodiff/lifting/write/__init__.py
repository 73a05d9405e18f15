"""Write: formulas and their adjoints as text, as NumPy source and as LaTeX.

May import ``lifting.formula``, ``formulas`` and ``engine``.
"""
