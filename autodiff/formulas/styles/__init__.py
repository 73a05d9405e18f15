"""The languages that expressions are printed in, a module each: text, LaTeX, MathML, NumPy, JavaScript.

May import ``formulas.printing`` and ``engine``.
"""
