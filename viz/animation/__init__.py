"""Pictures that move: the forward and the backward pass, one change a frame.

``steps`` says what changes when, in the order in which the engine goes; ``scene`` is a picture as shapes
and texts, read from Graphviz; ``frames`` says what of it is seen in each frame. ``painting`` paints a
frame with matplotlib, ``moving`` writes one SVG that moves by itself. ``api`` is ``animate``. Imports
``viz.drawing`` and ``viz.layout``.
"""

from viz.animation.api import animate

__all__ = ["animate"]
