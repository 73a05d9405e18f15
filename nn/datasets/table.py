"""``Table``: cells as they were written, by column; and how what is odd about one is said."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from nn.datasets.numerals import Numerals, decimal_sign, decimal_signs, is_plain, missing_cells
from nn.registry import entry_named

__all__ = ["Advice", "Remark", "Table", "TableError"]


@dataclass(frozen=True)
class Advice:
    """An option that helps, written as ``load_csv`` takes it and as a command does.

    >>> Advice("roles", {"age": "number"}, "reads numbers").in_python()
    "roles={'age': 'number'} reads numbers"
    >>> Advice("roles", {"age": "number"}, "reads numbers").in_a_command()
    '--roles age=number reads numbers'
    """

    option: str
    value: Any
    effect: str

    def in_python(self) -> str:
        """As a keyword argument."""
        return f"{self.option}={self.value!r} {self.effect}"

    def in_a_command(self) -> str:
        """As words of a command line."""
        value = self.value
        if isinstance(value, tuple):
            (value,) = value
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if isinstance(value, Mapping):
            ((name, role),) = value.items()
            value = f"{name}={role}"
        return f"--{self.option} {shlex.quote(str(value))} {self.effect}"


@dataclass(frozen=True)
class Remark:
    """Something to know about a table, and what can be done about it.

    >>> print(Remark("one column has no name"))
    Remark(text='one column has no name', advice=())
    """

    text: str
    advice: tuple[Advice, ...] = ()

    def in_python(self) -> str:
        """With options as keyword arguments."""
        return "; ".join([self.text, *(advice.in_python() for advice in self.advice)])

    def in_a_command(self) -> str:
        """With options as words of a command line."""
        return "; ".join([self.text, *(advice.in_a_command() for advice in self.advice)])


class TableError(ValueError):
    """A table cannot be learnt from as it stands.

    Attributes:
        remark: why, and the options that help.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn.datasets import load_csv
    >>> path = Path(tempfile.mkdtemp()) / "empty.csv"
    >>> _ = path.write_text("height,kind\\n")
    >>> load_csv(path)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nn.datasets.table.TableError: ...empty.csv has a header but no samples
    """

    def __init__(self, text: str, *advice: Advice) -> None:
        self.remark = Remark(text, advice)
        super().__init__(self.remark.in_python())

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.remark.text, *self.remark.advice)


@dataclass(frozen=True)
class Table:
    """A table of text, one sample a row.

    Attributes:
        source: where it comes from, for messages.
        names: of the columns; ``""`` for one without a name.
        columns: the cells of each, without blanks around them.
        rows: the number of each sample, for messages: its line in a file.
        row: what these numbers count, ``"line"`` or ``"row"``.
        separator: what stood between the cells, if it was one sign.
        decimal: ``"point"`` or ``"comma"`` if that was said, or None.
        headed: whether the names stand in the table.
        remarks: what was taken for granted in reading it.
    """

    source: str
    names: tuple[str, ...]
    columns: tuple[Sequence[str], ...]
    rows: Sequence[int]
    row: str = "line"
    separator: str = ""
    decimal: str | None = None
    headed: bool = True
    remarks: tuple[Remark, ...] = ()

    def __len__(self) -> int:
        """The number of samples."""
        return len(self.rows)

    def position(self, column: str | int) -> int:
        """Where a column stands, from 0 on, by its name or position; a negative one counts from the end.

        Raises:
            TypeError: if it is neither a name nor a position.
            ValueError: if there is no such column; the message suggests the nearest name.
        """
        if isinstance(column, bool) or not isinstance(column, (str, int, np.integer)):
            raise TypeError(f"target is the name of a column or its position, got {column!r}")
        if isinstance(column, str):
            positions = {self.called(j): j for j in range(len(self.names))}
            return entry_named(f"column in {self.source}", column, positions)
        if not -len(self.names) <= column < len(self.names):
            raise ValueError(f"{self.source} has {len(self.names)} columns, from 0 on; there is no {column}")
        return int(column) % len(self.names)

    def called(self, j: int) -> str:
        """The name of a column, or ``column 3`` for the third where it has none."""
        return self.names[j] or f"column {j + 1}"

    def place(self, s: int, j: int) -> str:
        """Where the cell of sample s in column j stands, for messages."""
        place, name = f"column {j + 1}", self.called(j)
        named = "" if name == place else f" ({name})"
        return f"{self.source}, {self.row} {self.rows[s]}, {place}{named}"

    def without(self, words: Sequence[str | float]) -> Table:
        """The table with empty cells in place of these words; a number among them is meant however it is
        written.

        Raises:
            TypeError: for what is neither text nor a number.
        """
        if isinstance(words, (str, int, float)):
            words = (words,)
        for word in words:
            if isinstance(word, bool) or not isinstance(word, (str, int, float, np.number)):
                raise TypeError(f"na holds what means a missing value, such as -999, got {word!r:.60}")
        texts = {str(word).strip() for word in words}
        if not texts:
            return self
        numbers = {float(text) for text in texts if is_plain(text)}

        def meant(cell: str) -> bool:
            return cell in texts or (is_plain(cell) and float(cell) in numbers)

        columns = []
        for cells in self.columns:
            known = {cell: "" if meant(cell) else cell for cell in set(cells)}
            columns.append([known[cell] for cell in cells])
        return replace(self, columns=tuple(columns))

    @cached_property
    def numerals(self) -> tuple[Numerals, ...]:
        """Each column as numbers, as far as it holds them."""
        signs = [decimal_signs(cells) for cells in self.columns]
        sign = self.decimal or decimal_sign(signs, self.separator)
        return tuple(
            Numerals.of(cells, {self.decimal} if self.decimal else own, sign)
            for cells, own in zip(self.columns, signs, strict=True)
        )

    def missing(self, j: int) -> Any:
        """Which cells of a column say that their value is missing, of shape (m,)."""
        if not np.isnan(self.numerals[j].values).any():
            return np.zeros(len(self), dtype=np.bool_)
        return missing_cells(self.columns[j], in_numbers=self.numerals[j].mostly)
