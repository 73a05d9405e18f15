"""Clipping: gradients that are not larger than they should be, whatever computed them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from nn.model.module import Array

__all__ = ["clip"]

SMALL = 1e-6  # what PyTorch adds to the norm


def clip(
    gradients: Mapping[str, Array], norm: float | None = None, value: float | None = None
) -> dict[str, Array]:
    """Gradients by name, clipped: first each number to ±value, then all of them together to a norm.

        g ← min(max(g, -value), value)
        g ← g · min(1, norm / (‖g‖ + 10⁻⁶))      ‖g‖ = √Σg² over the numbers of all arrays

    Source: Pascanu et al., On the difficulty of training recurrent neural networks (2013), algorithm 1, in
    the form of PyTorch's ``clip_grad_norm_`` and ``clip_grad_value_``.
    """
    clipped = dict(gradients)
    if value is not None:
        clipped = {name: np.clip(each, -value, value) for name, each in clipped.items()}
    if norm is not None:
        # In units of the largest, so that no square leaves the range of floats.
        largest = max((float(np.max(np.abs(each), initial=0.0)) for each in clipped.values()), default=0.0)
        unit = largest if 0.0 < largest < math.inf else 1.0
        length = unit * math.sqrt(math.fsum(float(np.sum((each / unit) ** 2)) for each in clipped.values()))
        scale = min(1.0, norm / (length + SMALL))
        clipped = {name: each * scale for name, each in clipped.items()}
    return clipped
