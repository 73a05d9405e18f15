"""Hashing: numbers for sets, which are sums of scattered numbers and do not depend on an order."""

from __future__ import annotations

import numpy as np

from autodiff.lifting.record import Ints

__all__ = ["mix"]


def mix(keys: Ints) -> Ints:
    """Scatter integers over 64 bits (the finaliser of splitmix64), so that sums of them differ."""
    with np.errstate(over="ignore"):
        z = keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (z ^ (z >> np.uint64(31))).astype(np.int64)
