"""Networks of Values, and their matrix twins."""

from nn import activations, init, losses, optim
from nn.compare import compare
from nn.comparison import Comparison
from nn.matrix import MatrixMLP
from nn.mlp import MLP, Layer, Neuron
from nn.module import Module
from nn.training import History, fit

__all__ = [
    "MLP",
    "Comparison",
    "History",
    "Layer",
    "MatrixMLP",
    "Module",
    "Neuron",
    "activations",
    "compare",
    "fit",
    "init",
    "losses",
    "optim",
]
