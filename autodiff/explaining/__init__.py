"""Why a gradient is what it is: every path from an input to an output, or a backward pass step by step.

May import ``engine``, ``formulas`` and the transforms.
"""
