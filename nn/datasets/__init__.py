"""Data to learn from. Columns of X are samples, as everywhere."""

from nn.datasets.dataset import Dataset, split, standardise
from nn.datasets.generators import (
    GENERATORS,
    blobs,
    blobs_truth,
    circles,
    moons,
    sine,
    sine_truth,
    spirals,
    xor,
    yin_yang,
)
from nn.datasets.load import load, load_csv

__all__ = [
    "GENERATORS",
    "Dataset",
    "blobs",
    "blobs_truth",
    "circles",
    "load",
    "load_csv",
    "moons",
    "sine",
    "sine_truth",
    "spirals",
    "split",
    "standardise",
    "xor",
    "yin_yang",
]
