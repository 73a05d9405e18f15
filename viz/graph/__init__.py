"""What a picture of a graph shows; nothing of how it looks or where it lies.

``structure`` finds neurons, layers and samples in a scalar graph. ``cards`` makes a card of each
node, ``fold`` one of each neuron or array, ``programs`` one of each formula of a lifted program, which
``formulas`` finds in any graph, with the nodes that each stands for.
``cut`` leaves the nearest of them, ``titles`` makes any label fit to be shown. Imports ``autodiff``,
and nothing else of ``viz``.
"""
