"""Losses: how wrong outputs are, once for Values and arrays, and the derivative as a matrix.

``base`` says what a loss is; ``regression`` and ``classification`` hold those there are, and
``by_name`` finds them. ``regularised`` adds a penalty on weights: the J that training differentiates.
Of ``nn`` this room imports ``nn.model`` and ``nn.registry``.
"""

from nn.losses.base import Loss, one_hot
from nn.losses.by_name import LOSSES, loss_named
from nn.losses.classification import (
    BinaryCrossEntropy,
    CrossEntropy,
    Hinge,
    binary_cross_entropy,
    cross_entropy,
    hinge,
)
from nn.losses.regression import MAE, MSE, GaussianNLL, gaussian_nll, mae, mse

__all__ = [
    "LOSSES",
    "MAE",
    "MSE",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "GaussianNLL",
    "Hinge",
    "Loss",
    "binary_cross_entropy",
    "cross_entropy",
    "gaussian_nll",
    "hinge",
    "loss_named",
    "mae",
    "mse",
    "one_hot",
]
