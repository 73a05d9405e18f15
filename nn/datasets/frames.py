"""Tables that are in memory already: data frames, arrays, dicts of columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.datasets.table import Table, TableError

__all__ = ["table_of"]

WHAT = "a DataFrame, a two-dimensional NumPy array with a sample a row, or a dict of columns by name"


def table_of(frame: Any) -> Table:
    """The table in a DataFrame of pandas, polars or pyarrow, an array of shape (m, n), or a dict.

    Any frame serves that gives its names, as ``columns``, ``column_names`` or by the interchange protocol
    (``__dataframe__``), and a column by ``frame[name]`` that NumPy can read. Its index is no column.

    Raises:
        TypeError: for anything else.
        TableError: if there are no samples, or columns of different lengths.
    """
    if type(frame).__name__ == "LazyFrame":  # of polars, which computes nothing before it is collected
        frame = frame.collect()
    names, columns = _columns(frame)
    source = f"the {type(frame).__name__}"
    lengths = {name: len(column) for name, column in zip(names, columns, strict=True)}
    if len(columns) < 2:
        raise TableError(f"{source} has {len(columns)} columns; measurements and the target are two or more")
    if len(set(lengths.values())) > 1:
        raise TableError(f"the columns of {source} have different lengths: {lengths}")
    if not len(columns[0]):
        raise TableError(f"{source} has no samples")
    for name in names:
        if name and names.count(name) > 1:
            raise TableError(f"{names.count(name)} columns of {source} are called {name!r}")
    texts = tuple(_texts(column) for column in columns)
    return Table(
        source, tuple(names), texts, range(len(columns[0])), "row", decimal="point", headed=any(names)
    )


def _columns(frame: Any) -> tuple[list[str], list[npt.NDArray[Any]]]:
    """Names and columns, the latter of shape (m,)."""
    if isinstance(frame, np.ndarray) and frame.dtype.names is None:
        if frame.ndim != 2:
            raise TypeError(f"a table is {WHAT}, got an array of shape {frame.shape}")
        return [""] * frame.shape[1], list(_unmasked(frame).T)
    if isinstance(frame, np.ndarray):
        keys = list(frame.dtype.names or ())
    elif isinstance(frame, Mapping):
        keys = list(frame)
    else:
        keys = _names(frame)
        if not keys or not hasattr(frame, "__getitem__"):
            raise TypeError(f"a table is {WHAT}, got {frame!r:.60} of type {type(frame).__name__}")
    return list(map(str, keys)), [_column(frame[key]) for key in keys]


def _names(frame: Any) -> list[Any]:
    """The names of a frame's columns, by which it gives these."""
    for attribute in ("column_names", "columns"):  # pyarrow's columns are these themselves
        if hasattr(frame, attribute):
            return list(getattr(frame, attribute))
    return list(frame.__dataframe__().column_names()) if hasattr(frame, "__dataframe__") else []


def _column(column: Any) -> npt.NDArray[Any]:
    array = np.asarray(_unmasked(column), dtype=None if hasattr(column, "dtype") else object)
    if array.ndim != 1:
        raise TypeError(f"a column has one cell a sample, got shape {array.shape}")
    return array


def _unmasked(array: Any) -> Any:
    """A masked array with None where it is masked."""
    if not isinstance(array, np.ma.MaskedArray):
        return array
    cells = np.asarray(array.data).astype(object)
    cells[np.ma.getmaskarray(array)] = None
    return cells


def _texts(column: npt.NDArray[Any]) -> Sequence[str]:
    """Each cell as a file would hold it: ``""`` where its value is missing, floats to the last digit."""
    return (
        [_text(cell) for cell in column.tolist()]
        if column.dtype.kind != "M"
        else ["" if cell == "NaT" else cell for cell in np.datetime_as_string(column).tolist()]
    )


def _text(cell: Any) -> str:
    if cell is None or type(cell).__name__ in ("NAType", "NaTType") or cell != cell:  # of pandas, and nan
        return ""
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell).strip()
