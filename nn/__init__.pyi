"""Networks of Values, and their matrix twins."""

from . import comparing as comparing
from . import datasets, losses, probability
from . import diagnosing as diagnosing
from . import judging as judging
from . import model as model
from . import train as train
from .comparing.comparison import Comparison
from .comparing.four_ways import compare
from .judging.functions import judge
from .judging.scalar_class import check_scalar
from .model import activations, init
from .model.matrix import MatrixMLP
from .model.mlp import MLP, Layer, Neuron
from .model.module import Module
from .train import optim
from .train.checkpoint import CheckpointError, load_model, save_model
from .train.fit_loop import fit
from .train.history import History
from .train.training import Diverged

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
