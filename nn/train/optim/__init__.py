"""Optimisers: what a step does with the gradients; and schedules, which let the learning rate change.

One implementation serves the Values of a scalar network, a matrix twin and a lifted program:
it works on arrays by name, and Values that are labelled ``W1[0,2]`` gather into such arrays.

``base`` is what all have in common, the clipping of ``clipping`` included; ``rules`` are those there
are, ``schedules`` what their learning rates may be, and ``by_name`` finds both. ``settings`` checks numbers.
"""

from nn.train.optim.base import Optimizer
from nn.train.optim.by_name import (
    OPTIMIZERS,
    SCHEDULES,
    OptimizerChoice,
    optimizer_named,
    schedule_named,
    scheduled,
)
from nn.train.optim.clipping import clip
from nn.train.optim.rules import SGD, Adagrad, Adam, AdamW, RMSprop
from nn.train.optim.schedules import (
    Constant,
    Cosine,
    OneCycle,
    ReduceLROnPlateau,
    Schedule,
    Step,
    WarmUp,
)

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "Constant",
    "Cosine",
    "OneCycle",
    "Optimizer",
    "OptimizerChoice",
    "RMSprop",
    "ReduceLROnPlateau",
    "Schedule",
    "Step",
    "WarmUp",
    "clip",
    "optimizer_named",
    "schedule_named",
    "scheduled",
]
