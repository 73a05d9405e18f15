"""Pictures of graphs by Graphviz, in one design language.

``subject`` makes cards of whatever can be drawn, ``dot`` writes them as DOT with the texts of
``card_text`` in the look of ``style``, and ``picture`` shows itself in a notebook. ``sizes`` finds the
way to draw that fits a place. ``svg``, ``tikz`` and ``mermaid`` write formats that Graphviz does not,
``files`` all of them. ``api`` is ``draw``, ``side_by_side`` is ``compare_picture``. Imports
``viz.graph`` and ``viz.layout``.
"""

from viz.drawing.api import DIRECTIONS, draw
from viz.drawing.files import FORMATS, content
from viz.drawing.look import SHOWN
from viz.drawing.picture import Picture
from viz.drawing.side_by_side import compare_picture
from viz.drawing.sizes import SIZES
from viz.drawing.subject import LEVELS

__all__ = [
    "DIRECTIONS",
    "FORMATS",
    "LEVELS",
    "SHOWN",
    "SIZES",
    "Picture",
    "compare_picture",
    "content",
    "draw",
]
