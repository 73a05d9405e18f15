"""The explorer's page as a widget of a notebook: what is moved in it moves Values, and the other way round.

``graph`` moves the leaves of a recorded graph and says why some numbers are refused, ``decisions`` what
Python decided by numbers while it was recorded, ``linked`` is the widget, a model of anywidget, ``bundle``
makes its page of the explorer's parts and of ``page/link.js``, and ``api`` is ``widget``. The extra
``notebook`` is needed only once a widget is made.

    page (link.js) — a port — notebook (widget.js) — traits — kernel (linked.py) — names, numbers — graph.py

The page computes by the table's rows as Python does, so that it answers at once. It asks Python for each
change of a leaf all the same, and Python tells it the numbers that hold: those, or others that an observer
has set, or, with a sentence, those there were.
"""

from viz.live.api import widget

__all__ = ["widget"]
