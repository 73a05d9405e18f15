"""Data to learn from. Columns of X are samples, as everywhere."""

from nn.datasets.dataset import Dataset, split, standardise
from nn.datasets.load import load, load_csv

__all__ = ["Dataset", "load", "load_csv", "split", "standardise"]
