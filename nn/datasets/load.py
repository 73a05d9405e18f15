"""Data sets from CSV files: those that are shipped, and your own."""

from __future__ import annotations

import csv
import gzip
import io
import math
import os
import zlib
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np

from nn.datasets.dataset import Dataset
from nn.registry import entry_named

__all__ = ["SHIPPED", "load", "load_csv"]

# The file of each, and whether its targets are classes.
SHIPPED = {"iris": ("iris.csv", True), "digits": ("digits.csv.gz", True), "cars": ("cars.csv", False)}

MISSING = {"?", "na", "n/a", "nan", "null"}  # how people write, in any case, that they do not know


def load(name: str) -> Dataset:
    """A data set that is shipped; where it comes from stands in the ``.md`` file beside it.

    Raises:
        ValueError: for another name.

    >>> load("iris").X.shape
    (4, 150)
    """
    file, classes = entry_named("data set", name, SHIPPED)
    with resources.as_file(resources.files("nn.datasets") / file) as path:
        return replace(load_csv(path, classes=classes), name=name)


def load_csv(
    path: str | os.PathLike[str],
    target: str | int = -1,
    classes: bool | None = None,
) -> Dataset:
    """A data set from a CSV file with one sample a line.

    The first line is a header if no cell of it is a number. Columns are separated by commas,
    semicolons or tabs, whichever the first line has most of.

    Args:
        path: of a file in UTF-8, compressed if its name ends in ``.gz``.
        target: name or position of the column with the targets; the last if left out. All other
            columns are measurements.
        classes: whether targets are names of classes, also where these are numbers. If left
            out, they are unless most of them are numbers.

    Raises:
        OSError: if the file cannot be read.
        TypeError: if ``target`` is neither a name nor a position.
        ValueError: for text that is not a table, and for a cell that is empty, says that its value
            is missing, or is not a number where it should be; the message says in which line and
            column.
    """
    table = _read(Path(path))
    column = table.column(target)
    features = [j for j in range(len(table.names)) if j != column]
    X = np.array([table.numbers(j) for j in features])
    labels = table.texts(column)
    hint = ""
    if classes is None:
        classes = sum(map(_is_number, labels)) <= len(labels) / 2
        hint = "; if the targets are names of classes, say so with classes=True"
    known = _classes(f"{path}: column {table.names[column]!r}", labels) if classes else []
    y = np.array([known.index(label) for label in labels] if classes else table.numbers(column, hint))
    names = tuple(table.names[j] for j in features)
    return Dataset(table.path.name, X, y, names, table.names[column], tuple(known))


@dataclass(frozen=True)
class _Table:
    path: Path
    names: list[str]
    lines: list[tuple[int, list[str]]]  # number in the file, and cells

    def column(self, target: str | int) -> int:
        """The position of a column."""
        if isinstance(target, bool) or not isinstance(target, (str, int, np.integer)):
            raise TypeError(f"target is the name of a column or its position, got {target!r}")
        if isinstance(target, str):
            return entry_named(
                f"column in {self.path}", target, {name: j for j, name in enumerate(self.names)}
            )
        if not -len(self.names) <= target < len(self.names):
            raise ValueError(f"{self.path} has {len(self.names)} columns, from 0 on; there is no {target}")
        return target % len(self.names)

    def texts(self, j: int) -> list[str]:
        """The cells of a column, none of them without a value."""
        for line, cells in self.lines:
            if not cells[j]:
                raise ValueError(f"{self._place(line, j)}: the cell is empty")
            if cells[j].lower() in MISSING:
                what = f"{cells[j]!r} means that the value is missing; leave that sample out"
                raise ValueError(f"{self._place(line, j)}: {what}")
        return [cells[j] for _, cells in self.lines]

    def numbers(self, j: int, hint: str = "") -> list[float]:
        """The cells of a column, all of them numbers; the hint is for who meant something else."""
        for (line, _), cell in zip(self.lines, self.texts(j), strict=True):
            if not _is_number(cell):
                raise ValueError(f"{self._place(line, j)}: {cell!r} is not a finite number{hint}")
        return [float(cell) for cell in self.texts(j)]

    def _place(self, line: int, j: int) -> str:
        place, name = f"column {j + 1}", self.names[j]
        return f"{self.path}, line {line}, {place}" + ("" if name in ("", place) else f" ({name})")


def _read(path: Path) -> _Table:
    """The table in a file; lines that are blank are left out."""
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
        first = text.lstrip().partition("\n")[0]
        reader = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=first.count), strict=True)
        lines = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path} is not a whole gzip file: {error}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not text in UTF-8: {error.reason} at byte {error.start}") from None
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num}: {error}") from None
    lines = [(line, cells) for line, cells in lines if cells not in ([], [""])]
    if not lines:
        raise ValueError(f"{path} is empty")
    start, top = lines[0]
    if len(top) < 2:
        raise ValueError(
            f"{path}, line {start} has one column; measurements and the target stand in columns, "
            "separated by commas, semicolons or tabs"
        )
    for line, cells in lines:
        if len(cells) != len(top):
            raise ValueError(f"{path}, line {line} has {len(cells)} columns, but line {start} has {len(top)}")
    if any(map(_is_number, top)):
        return _Table(path, [f"column {j}" for j in range(1, len(top) + 1)], lines)
    for name in top:
        if name and top.count(name) > 1:
            raise ValueError(f"{path}, line {start}: {top.count(name)} columns are called {name!r}")
    if len(lines) == 1:
        raise ValueError(f"{path} has a header but no samples")
    return _Table(path, top, lines[1:])


def _classes(column: str, labels: list[str]) -> list[str]:
    """The different labels: numbers by size, others by the alphabet."""
    known = sorted(set(labels), key=float if all(map(_is_number, labels)) else str)
    if len(known) == 1:
        raise ValueError(f"{column} holds one class only, {known[0]!r}; to learn takes two")
    if len(known) > max(2, len(labels) // 2):
        raise ValueError(
            f"{column} has {len(known)} different values in {len(labels)} samples, too many for classes; "
            "if they are quantities, choose a loss for numbers, such as mse"
        )
    return known


def _is_number(cell: str) -> bool:
    try:
        return "_" not in cell and math.isfinite(float(cell))
    except ValueError:
        return False
