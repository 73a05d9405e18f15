"""Compile: formulas and their adjoints become NumPy calls on preallocated arrays.

May import ``lifting.formula``, ``formulas`` and ``engine``.
"""
