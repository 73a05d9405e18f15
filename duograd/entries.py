"""The programs: ``duograd`` with every command, and each package with its own.

``duograd`` is a script, on whose path the working folder is not: a ``random.py`` that lies there is not
taken for Python's. ``python -m nn`` looks there first, as Python does for ``-m``.
"""

from __future__ import annotations

from duograd.program import Program

__all__ = ["AUTODIFF", "DUOGRAD", "NN", "VIZ"]

LEARNING = {
    "compare": "train, then compare the gradients of four ways",
    "train": "train a network, and say how well and how fast",
    "predict": "use a network that was saved",
    "judge": "find the mistake in a backward pass of your own",
}
DRAWING = {
    "draw": "draw an expression's graph, with data and gradients",
    "explore": "write a page to step through a graph and change its numbers",
    "lab": "write the page to build graphs, train networks, and take both apart",
}
EXPLAINING = {"explain": "compute an expression and its gradients, and say why they are so"}

DUOGRAD = Program(
    "duograd",
    "Backpropagation twice: on a graph of scalars, and as the matrix formulas it becomes.",
    {**LEARNING, **DRAWING, **EXPLAINING},
)
AUTODIFF = Program("python -m autodiff", "Expressions and their gradients.", EXPLAINING, "autodiff")
NN = Program("python -m nn", "Networks of scalars and of matrices.", LEARNING)
VIZ = Program("python -m viz", "Pictures of computation graphs.", DRAWING, "viz")
