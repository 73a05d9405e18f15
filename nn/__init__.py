"""Networks of Values, and their matrix twins."""

from nn import activations, datasets, init, losses, optim, probability
from nn.check_scalar import check_scalar
from nn.checkpoint import CheckpointError, load_model, save_model
from nn.compare import compare
from nn.comparison import Comparison
from nn.history import History
from nn.matrix import MatrixMLP
from nn.mlp import MLP, Layer, Neuron
from nn.module import Module
from nn.run import Diverged
from nn.training import fit

__all__ = [
    "MLP",
    "CheckpointError",
    "Comparison",
    "Diverged",
    "History",
    "Layer",
    "MatrixMLP",
    "Module",
    "Neuron",
    "activations",
    "check_scalar",
    "compare",
    "datasets",
    "fit",
    "init",
    "load_model",
    "losses",
    "optim",
    "probability",
    "save_model",
]
