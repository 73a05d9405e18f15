"""Networks of Values, and their matrix twins.

The rooms, each of which imports only those before it: ``model``; ``losses``; ``probability`` and
``datasets``; ``train``; ``diagnosing``, ``comparing`` and ``judging``. ``registry`` finds things by
name, ``files`` writes them whole, ``processes`` starts what ends with its parent, as ``guardian`` sees to;
these are for all rooms.
"""

from nn import datasets, losses, probability
from nn.comparing.comparison import Comparison
from nn.comparing.four_ways import compare
from nn.judging.functions import judge
from nn.judging.scalar_class import check_scalar
from nn.model import activations, init
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP, Layer, Neuron
from nn.model.module import Module
from nn.train import optim
from nn.train.checkpoint import CheckpointError, load_model, save_model
from nn.train.fit_loop import fit
from nn.train.history import History
from nn.train.training import Diverged

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
    "judge",
    "load_model",
    "losses",
    "optim",
    "probability",
    "save_model",
]
