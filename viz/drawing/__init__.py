"""Pictures of graphs by Graphviz, in one design language.

``subject`` makes cards of whatever can be drawn, ``dot`` writes them as DOT with the texts of
``card_text`` in the look of ``style``, and ``picture`` shows itself in a notebook. ``api`` is
``draw``. Imports ``viz.graph`` and ``viz.layout``.
"""

from viz.drawing.api import DIRECTIONS, draw
from viz.drawing.picture import Picture
from viz.drawing.subject import LEVELS

__all__ = ["DIRECTIONS", "LEVELS", "Picture", "draw"]
