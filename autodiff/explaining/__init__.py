"""Why a gradient is what it is: every path from an input to an output, or a backward pass step by step.

``gradient`` has the way in, ``explain``. ``paths`` and ``steps`` hold what it gives; ``search`` finds
the largest of many paths; ``phrases`` are the parts that their texts have in common.

May import ``engine``, ``formulas`` and the transforms.
"""
