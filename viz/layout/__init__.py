"""Where Graphviz puts things: one ``policy`` for what it may spend, for all pictures.

``process`` runs Graphviz on DOT, ``nesting`` writes boxes inside boxes, ``positions`` gives
centres of cards and curves of edges to pages that draw for themselves. Imports ``viz.graph``.
"""
