"""Data sets from tables: those that are shipped, and your own, from files and from memory."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import resources
from typing import Any

from nn.datasets.dataset import Dataset
from nn.datasets.encode import Choices, as_dataset
from nn.datasets.frames import table_of
from nn.datasets.read import read_table
from nn.registry import entry_named

__all__ = ["SHIPPED", "load", "load_csv", "load_frame"]

# The file of each, and whether its targets are classes.
SHIPPED = {"iris": ("iris.csv", True), "digits": ("digits.csv.gz", True), "cars": ("cars.csv", False)}


def load(name: str) -> Dataset:
    """A data set that is shipped; where it comes from stands in the ``.md`` file beside it.

    Raises:
        ValueError: for another name.

    >>> load("iris").X.shape
    (4, 150)
    """
    file, classes = entry_named("data set", name, SHIPPED)
    with resources.as_file(resources.files("nn.datasets") / file) as path:
        table = read_table(path, header=True)
    numbers = {column: "number" for column in table.names[:-1]}
    data = as_dataset(table, Choices(classes=classes, roles=numbers))
    return replace(data, name=name)


def load_csv(
    path: str | os.PathLike[str],
    target: str | int = -1,
    classes: bool | None = None,
    *,
    missing: str = "refuse",
    na: Sequence[str | float] = (),
    roles: Mapping[str, str] | None = None,
    header: bool | None = None,
    decimal: str | None = None,
) -> Dataset:
    """A data set from a file of text with one sample a line.

    Cells are separated by commas, semicolons, tabs, ``|`` or blanks. Encoding, separator, decimal sign
    and header are found out. So is what each column is: numbers; categories, which become an input for
    each of their values; or nothing to learn from, such as row numbers, dates and what is the same in all
    samples. ``columns`` and ``remarks`` of the result say what was taken for what.

    Args:
        path: compressed if its name ends in ``.gz``.
        target: name or position of the column with the targets; the last if left out.
        classes: whether targets are names of classes. If left out, words are, and numbers if there are
            two different ones, or up to ten whole ones.
        missing: what to do about missing values: ``"refuse"``, ``"drop"`` the samples, put the ``"mean"``
            of the column there, or ``"keep"`` them as nan.
        na: what means a missing value in this table, such as -999, beside empty cells, ``NA`` and the like.
        roles: ``"number"``, ``"category"`` or ``"ignore"`` for columns by name, instead of a guess.
        header: whether the first line holds the names of columns.
        decimal: the decimal sign, ``"point"`` or ``"comma"``.

    Raises:
        OSError: if the file cannot be read.
        TypeError, ValueError: for arguments that mean nothing here.
        TableError: a ValueError, for text that is not a table, and for a cell that is empty or not a number
            where it should be; the message says in which line and column, and which argument helps.

    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "plants.csv"
    >>> _ = path.write_text("height,leaves,kind\\n1.5,3,fern\\n0.5,4,moss\\n1.25,3,fern\\n")
    >>> data = load_csv(path, target="kind")
    >>> data.features, data.classes, data.y
    (('height', 'leaves'), ('fern', 'moss'), array([0, 1, 0]))
    """
    table = read_table(path, header, decimal)
    return as_dataset(table, Choices(target, classes, missing, roles or {}, na))


def load_frame(
    frame: Any,
    target: str | int = -1,
    classes: bool | None = None,
    *,
    missing: str = "refuse",
    na: Sequence[str | float] = (),
    roles: Mapping[str, str] | None = None,
) -> Dataset:
    """A data set from a DataFrame (of pandas, polars, pyarrow, or what lends its columns by Arrow's or the
    interchange protocol, if one of these is installed), an array of shape (m, n) with a sample a
    row, or a dict of columns by name.

    Its columns are read like those of a file; arguments and errors are those of ``load_csv``. The index of a
    DataFrame is no column.

    >>> frame = {"width": [1.0, 2.0, 3.0, 4.0], "colour": ["red", "blue"] * 2, "kind": list("abab")}
    >>> data = load_frame(frame)
    >>> data.features, data.classes
    (('width', 'colour=blue', 'colour=red'), ('a', 'b'))
    """
    return as_dataset(table_of(frame), Choices(target, classes, missing, roles or {}, na))
