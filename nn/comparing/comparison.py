"""``Comparison``: what ``compare`` found, as a table for people and as files."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

import autodiff
from autodiff.console import as_html, as_text
from autodiff.labels import Place
from nn.comparing.differences import Slopes
from nn.diagnosing.diagnosis import Diagnosis
from nn.files import replacing
from nn.model.module import Array

__all__ = ["Comparison", "Difference", "Row"]

EXACT, NUMERIC = 1e-12, 1e-5  # largest relative differences of formulas, and of finite differences


@dataclass(frozen=True)
class Difference:
    """Where a column is farthest from the scalar graph.

    Attributes:
        column: "matrix", "numeric", …
        absolute: the largest |column - scalar|.
        relative: that over ``Row.scale``.
        at: label of the element, such as ``dW1[0,2]``.
        agrees: whether the relative difference is within the tolerance.
        found, expected: the column's and the scalar graph's number there, or the two shapes
            where these differ.
    """

    column: str
    absolute: float
    relative: float
    at: str
    agrees: bool
    found: str
    expected: str


@dataclass(frozen=True)
class Row:
    """One quantity, computed in several ways.

    Attributes:
        quantity: its name, such as ``"dW1"``.
        formula: how the matrix side computes it.
        scale: how large the numbers are that it is added up from, at most; relative differences
            are relative to this, so that a result in which much cancels does not look wrong.
        values: an array of the quantity's shape for "scalar", "matrix" and what else was compared.
        slopes: the finite differences, for gradients; those that meet a kink are left out.
        noise: how far rounding alone may move these.
        form_scale: like ``scale``, but for any algebraic form of the formulas; for "yours".
    """

    quantity: str
    formula: str
    scale: float
    values: Mapping[str, Array]
    slopes: Slopes | None = None
    noise: float = 0.0
    form_scale: float = 0.0

    @property
    def shape(self) -> tuple[int, ...]:
        return self.values["scalar"].shape

    @property
    def columns(self) -> list[str]:
        """What is compared with the scalar graph here."""
        return [*(name for name in self.values if name != "scalar"), *(["numeric"] if self.slopes else [])]

    @property
    def agrees(self) -> bool:
        return all(self.difference(column).agrees for column in self.columns)

    def label(self, index: tuple[int, ...]) -> str:
        """The name of an element; a bias has one index, as its Value's label has."""
        return Place(self.quantity, index[:1] if Place(self.quantity).letter == "db" else index).label

    def relative(self, gap: float) -> float:
        """A difference relative to ``scale``."""
        return gap / self.scale if self.scale else np.inf if gap else 0.0

    def difference(self, column: str) -> Difference:
        """The largest difference between a column and the scalar graph."""
        scalar = self.values["scalar"]
        if column == "numeric" and self.slopes:
            given = np.where(self.slopes.unusable, scalar, self.slopes.central)
            allowed = NUMERIC * self.scale + self.noise
        else:
            given = np.asarray(self.values[column], dtype=np.float64)
            allowed = EXACT * (self.form_scale if column == "yours" else self.scale)
        if given.shape != scalar.shape:
            shapes = f"shape {given.shape}", f"shape {scalar.shape}"
            return Difference(column, np.inf, np.inf, self.quantity, False, *shapes)
        gap = np.nan_to_num(np.abs(given - scalar), nan=np.inf, posinf=np.inf)
        index = tuple(map(int, np.unravel_index(np.argmax(gap), gap.shape)))
        largest = float(gap[index])
        relative = self.relative(largest)
        numbers = f"{given[index]:.10g}", f"{scalar[index]:.10g}"
        return Difference(column, largest, relative, self.label(index), largest <= allowed, *numbers)


@dataclass(frozen=True, repr=False)
class Comparison:
    """The result of ``compare``: true if everything agrees; print it to see the table.

    Attributes:
        title: which network, loss and batch.
        rows: one per quantity, in the order in which they are computed.
        program: what ``lift`` found in the scalar graph of the batch.
        diagnoses: where a backward pass of your own is wrong, and why it probably is.

    >>> from nn import MLP, compare
    >>> comparison = compare(MLP(1, [2, 1], seed=0), [[0.5, 1.0]], [[1.0, 0.0]])
    >>> comparison.agrees, len(comparison.rows) > 0
    (True, True)
    """

    title: str
    rows: list[Row]
    program: autodiff.Program
    diagnoses: list[Diagnosis] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return self.first_difference is None

    def __bool__(self) -> bool:
        return self.agrees

    @property
    def columns(self) -> list[str]:
        """What was compared with the scalar graph: "matrix", "numeric", …"""
        return list(dict.fromkeys(column for row in self.rows for column in row.columns))

    @property
    def max_abs_error(self) -> float:
        """The largest |matrix - scalar| of all quantities."""
        return max(row.difference("matrix").absolute for row in self.rows)

    @property
    def first_difference(self) -> tuple[Row, Difference] | None:
        """The first quantity, in order of computation, that disagrees: there the mistake is."""
        for row in self.rows:
            for column in row.columns:
                difference = row.difference(column)
                if not difference.agrees:
                    return row, difference
        return None

    def verdict(self) -> str:
        """The result in a sentence."""
        first = self.first_difference
        if first is None:
            count = sum(row.values["scalar"].size for row in self.rows)
            return f"All {len(self.rows)} quantities agree in all their {count:,} elements."
        row, difference = first
        return (
            f"First difference, in order of computation: {row.quantity} = {row.formula}. "
            f"{difference.at} is {difference.found} by {NAMES.get(difference.column, difference.column)}, "
            f"and {difference.expected} by the scalar graph."
            + "".join(f"\n{diagnosis.text}" for diagnosis in self.diagnoses)
        )

    def table(self) -> Table:
        """One line per quantity."""
        columns = [column for column in self.columns if column != "matrix"]
        table = Table(
            title=self.title,
            title_style="bold",
            title_justify="left",
            box=box.SIMPLE_HEAD,
            show_edge=False,
            padding=0,
        )
        table.add_column("quantity", style="cyan")
        for header in ("shape", "count", "abs", "rel"):
            table.add_column(header, justify="right")
        table.add_column("at")
        for column in columns:
            table.add_column(column, justify="right")
        table.add_column("ok")
        for row in self.rows:
            cells = _line(row, columns)
            table.add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells))  # no markup
        return table

    def __rich__(self) -> RenderableType:
        verdict = Text(self.verdict(), "bold green" if self.agrees else "bold red")
        return Group(self.table(), Text(), verdict, Text(self._legend(), "dim"))

    def _legend(self) -> str:
        kinks = sum(int(row.slopes.kinks.sum()) for row in self.rows if row.slopes)
        many = sum(
            int(row.slopes.left_out.sum())
            for row in self.rows
            if row.slopes and row.slopes.left_out is not None
        )
        return (
            "abs: the largest |matrix − scalar|, found at the element named. rel: that over the largest sum "
            f"of absolute values which the formula adds up, to be at most {EXACT:g}. "
            "lifted: the program found in the scalar graph, against that graph, relative likewise. "
            f"numeric: finite differences against scalar, relative likewise, to be at most {NUMERIC:g}."
            + (f" {kinks} of them meet a kink, such as that of relu, and are left out." if kinks else "")
            + (f" {many:,} others were not measured, as they are many." if many else "")
        )

    def __str__(self) -> str:
        return as_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return as_html(self)

    def to_html(self, path: str | os.PathLike[str]) -> Path:
        """Write the table as a page; a file that was there is replaced once this is complete."""
        with replacing(path) as unfinished:
            unfinished.write_text(as_html(self, PAGE), encoding="utf-8")
        return Path(path)

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write every element: quantity, element, its number in each column, and the absolute and
        relative difference of each column. A file that was there is replaced once this is complete."""
        columns = self.columns
        with replacing(path) as unfinished, unfinished.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            differences = [f"{column} {kind}" for column in columns for kind in ("difference", "relative")]
            writer.writerow(["quantity", "element", "scalar", *columns, *differences])
            for row in self.rows:
                writer.writerows(_elements(row, columns))
        return Path(path)


def _line(row: Row, columns: list[str]) -> Iterator[RenderableType]:
    """The cells of a row of the table, of which ``columns`` are those after "at"."""
    differences = {column: row.difference(column) for column in row.columns}
    wrong = [each for each in differences.values() if not each.agrees]
    matrix = differences["matrix"]
    worst = wrong[0] if wrong else matrix
    shape = "×".join(map(str, row.shape))
    yield f"{row.quantity} = {row.formula}"
    yield shape or "1"
    yield f"{row.values['scalar'].size}"
    yield f"{matrix.absolute:.1e}"
    yield f"{matrix.relative:.1e}"
    yield worst.at if worst.absolute else ""
    for column in columns:
        yield f"{differences[column].relative:.1e}" if column in differences else ""
    yield Text(f"✗ {', '.join(each.column for each in wrong)}", "bold red") if wrong else Text("✓", "green")


NAMES = {
    "matrix": "the matrix formula",
    "lifted": "the lifted program",
    "numeric": "finite differences",
    "yours": "your backward pass",
}

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Scalars and matrices compared</title></head>
<body style="color: {foreground}; background: {background}">
<pre style="font-family: Menlo, 'DejaVu Sans Mono', Consolas, monospace">{code}</pre></body></html>
"""


def _elements(row: Row, columns: list[str]) -> Iterator[list[object]]:
    arrays = {**row.values, **({"numeric": row.slopes.central} if row.slopes else {})}
    for index, scalar in np.ndenumerate(row.values["scalar"]):
        given = [arrays[c][index] if c in arrays and arrays[c].shape == row.shape else None for c in columns]
        given = [None if number is None or np.isnan(number) else number for number in given]
        gaps = [None if number is None else float(abs(number - scalar)) for number in given]
        both = [each for gap in gaps for each in (gap, None if gap is None else row.relative(gap))]
        numbers = (None if number is None else float(number) for number in (scalar, *given, *both))
        yield [row.quantity, row.label(index), *numbers]
