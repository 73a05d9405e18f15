"""Find: the scalar operations of a tape become formulas on arrays.

May import ``lifting.record``, ``lifting.formula``, ``formulas`` and ``engine``.
"""
