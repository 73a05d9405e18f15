"""Tables that are in memory already: data frames, arrays, dicts of columns."""

from __future__ import annotations

import importlib
import operator
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.datasets.table import Table, TableError

__all__ = ["table_of"]

WHAT = "a DataFrame, a two-dimensional NumPy array with a sample a row, or a dict of columns by name"

# Who reads what a frame lends by a protocol: modules and their functions, the first that is installed.
LENT = {
    "__arrow_c_stream__": {"pyarrow": "table", "polars": "DataFrame", "pandas": "DataFrame.from_arrow"},
    "__dataframe__": {"pyarrow.interchange": "from_dataframe", "pandas.api.interchange": "from_dataframe"},
}


def table_of(frame: Any) -> Table:
    """The table in a DataFrame of pandas, polars or pyarrow, an array of shape (m, n), or a dict.

    Any frame serves that gives its names, as ``columns`` or ``column_names``, and a column by
    ``frame[name]`` that NumPy can read; or that lends its memory by Arrow's protocol
    (``__arrow_c_stream__``) or the interchange protocol (``__dataframe__``), if pyarrow, polars or pandas is
    installed. Its index is no column.

    Raises:
        TypeError: for anything else, and for a frame that none of these can read.
        TableError: if there are no samples, or columns of different lengths.
    """
    if type(frame).__name__ == "LazyFrame":  # of polars, which computes nothing before it is collected
        frame = frame.collect()
    source = f"the {type(frame).__name__}"
    names, columns = _columns(frame)
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
        frame = frame if _gives_columns(frame) else _borrowed(frame)
        keys = _names(frame)
    return list(map(str, keys)), [_column(frame[key]) for key in keys]


def _gives_columns(frame: Any) -> bool:
    return hasattr(frame, "__getitem__") and (hasattr(frame, "column_names") or hasattr(frame, "columns"))


def _names(frame: Any) -> list[Any]:
    """The names of a frame's columns, by which it gives these; pyarrow's ``columns`` are these themselves."""
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def _borrowed(frame: Any) -> Any:
    """What a library that is installed makes of a frame that lends its memory by a protocol.

    Raises:
        TypeError: if it lends nothing, or nobody here can read that.
    """
    lent = [protocol for protocol in LENT if hasattr(frame, protocol)]
    if not lent:
        raise TypeError(f"a table is {WHAT}, got {frame!r:.60} of type {type(frame).__name__}")
    failures = []
    for protocol in lent:
        for module, function in LENT[protocol].items():
            try:
                with warnings.catch_warnings():  # the interchange protocol is to give way to Arrow's
                    warnings.simplefilter("ignore", DeprecationWarning)
                    read = operator.attrgetter(function)(importlib.import_module(module))(frame)
                    if protocol == "__dataframe__":
                        _check_missing(frame.__dataframe__(), read)
                    return read
            except ModuleNotFoundError:
                continue
            except Exception as error:  # whatever a library says of a frame that it does not understand
                reason = str(error).partition("\n")[0]
                failures.append(f"; {module} says: {reason}")
    raise TypeError(
        f"the {type(frame).__name__} lends its columns by {' and '.join(lent)}, and nothing installed reads "
        f"these{''.join(failures)}; install pyarrow, or give a dict of the columns by name"
    )


def _check_missing(lent: Any, read: Any) -> None:
    """pandas 3.1 reads a missing category as the last one, and a missing truth value as False.

    Raises:
        ValueError: if a column has lost what was missing in it.
    """
    for name in lent.column_names():
        count, found = lent.get_column_by_name(name).null_count, _column(read[name]).tolist()
        if count and sum(map(_is_missing, found)) < count:
            raise ValueError(f"it lost which of the values of column {name!r} are missing")


def _column(column: Any) -> npt.NDArray[Any]:
    if hasattr(column, "to_pylist"):  # of pyarrow, whose __array__ reads a missing word as another one
        column = column.to_pylist()
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
    if _is_missing(cell):
        return ""
    return repr(cell).removesuffix(".0") if isinstance(cell, float) else str(cell).strip()


def _is_missing(cell: Any) -> bool:
    """Whether it is None, nan, or what pandas has for these."""
    return cell is None or type(cell).__name__ in ("NAType", "NaTType") or bool(cell != cell)
