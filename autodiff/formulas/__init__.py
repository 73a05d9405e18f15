"""Expressions that print themselves: as text, LaTeX, MathML, NumPy and JavaScript source.

May import ``engine`` only.
"""
