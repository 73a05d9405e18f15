"""Data to learn from. Columns of X are samples, as everywhere.

``load`` reads tables, shipped ones too: ``decode`` finds their text, ``read`` its cells, ``frames`` those in
memory, ``numerals`` their numbers, ``roles`` what each column is, and ``encode`` makes a ``Dataset`` of it.
``generators`` draw points, from ``true_distributions`` where these can be written down, ``dataset``
splits and standardises, and ``words`` has names to spell. Of ``nn`` this room imports
``nn.model``, ``nn.probability`` and ``nn.registry``.
"""

from nn.datasets.dataset import Dataset, fill_missing, split, standardise
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
from nn.datasets.load import load, load_csv, load_frame
from nn.datasets.roles import Column
from nn.datasets.table import Remark, TableError
from nn.datasets.true_distributions import blobs_truth, circles_truth, sine_truth, xor_truth
from nn.datasets.words import first_names

__all__ = [
    "GENERATORS",
    "Column",
    "Dataset",
    "Remark",
    "TableError",
    "blobs",
    "blobs_truth",
    "circles",
    "circles_truth",
    "fill_missing",
    "first_names",
    "load",
    "load_csv",
    "load_frame",
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
