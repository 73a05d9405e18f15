"""Data to learn from. Columns of X are samples, as everywhere.

``load`` reads tables, shipped ones too, ``generators`` draw points, from ``true_distributions`` where
these can be written down, and ``dataset`` splits and standardises. Of ``nn`` this room imports
``nn.model``, ``nn.probability`` and ``nn.registry``.
"""

from nn.datasets.dataset import Dataset, split, standardise
from nn.datasets.generators import (
    GENERATORS,
    blobs,
    circles,
    moons,
    sine,
    spirals,
    xor,
    yin_yang,
)
from nn.datasets.load import load, load_csv
from nn.datasets.true_distributions import blobs_truth, circles_truth, sine_truth, xor_truth

__all__ = [
    "GENERATORS",
    "Dataset",
    "blobs",
    "blobs_truth",
    "circles",
    "circles_truth",
    "load",
    "load_csv",
    "moons",
    "sine",
    "sine_truth",
    "spirals",
    "split",
    "standardise",
    "xor",
    "xor_truth",
    "yin_yang",
]
