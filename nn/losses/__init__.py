"""Losses: how wrong outputs are, once for Values and arrays, and the derivative as a matrix.

``base`` says what a loss is; ``regression`` and ``classification`` hold those there are, ``own`` makes one of
a function, and ``by_name`` finds them. ``regularised`` adds a penalty on weights: the J that training
differentiates.
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
from nn.losses.own import OwnLoss
from nn.losses.regression import MAE, MSE, GaussianNLL, Huber, gaussian_nll, huber, mae, mse

__all__ = [
    "LOSSES",
    "MAE",
    "MSE",
    "BinaryCrossEntropy",
    "CrossEntropy",
    "GaussianNLL",
    "Hinge",
    "Huber",
    "Loss",
    "OwnLoss",
    "binary_cross_entropy",
    "cross_entropy",
    "gaussian_nll",
    "hinge",
    "huber",
    "loss_named",
    "mae",
    "mse",
    "one_hot",
]
