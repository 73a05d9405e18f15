"""The table in a text: what separates its cells, which line holds the names, and what is no sample.

Weighed against a library. pandas imports in 0.5 s and takes 84 MB, polars 0.3 s and 180 MB; both leave to
their caller what goes wrong here: which sign separates cells and decimals, whether the first line is a
sample, what a column of 0, 1, 2, … is, and the line of a cell that is no number. Python's ``csv`` splits
the lines, quotes included, in a second for three million cells.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from nn.datasets.decode import read_text
from nn.datasets.numerals import MISSING, is_number
from nn.datasets.table import Advice, Remark, Table, TableError
from nn.registry import entry_named

__all__ = ["read_table"]

SEPARATORS = ("\t", ";", "|", ",")  # the sooner one serves, the likelier it is: commas stand in numbers, too
SAMPLED = 50  # lines, to find it


@dataclass(frozen=True)
class _Row:
    line: int
    cells: list[str]


def read_table(path: str | os.PathLike[str], header: bool | None = None, decimal: str | None = None) -> Table:
    """The table in a file.

    Args:
        path: of a file of text, compressed if its name ends in ``.gz``.
        header: whether the first line holds the names of the columns; if left out, that is guessed.
        decimal: ``"point"`` or ``"comma"``, if the file leaves it open.

    Raises:
        OSError: if the file cannot be read.
        TableError: for what is not a table, with the line.
    """
    if decimal is not None:
        entry_named("decimal sign", decimal, {"point": ".", "comma": ","})
    path = Path(path)
    text, remarks = read_text(path)
    lines = io.StringIO(text, newline=None).read().removesuffix("\n").split("\n")
    if "".join(lines).strip() == "":
        raise TableError(f"{path} is empty")
    begin, separator, comments = _beginning(lines)
    if begin == len(lines):
        raise TableError(f"{path} holds comments only")
    separator = separator or _separator(lines[begin:])
    rows = _rows(path, lines, begin, separator)
    if not rows:
        raise TableError(f"{path} is empty: none of its cells holds anything")
    rows = _without_empty_column(rows)
    if comments and (names := _commented_names(comments[-1], separator, rows)):
        rows, header = [_Row(begin, names), *rows], True
    first = rows[0]
    if len(first.cells) < 2:
        raise TableError(
            f"{path}, line {first.line} has one column; measurements and the target stand in columns, "
            "separated by commas, semicolons, tabs, | or blanks"
        )
    _check_widths(path, rows, separator)
    headed, guesses = _headed(path, rows) if header is None else (header, ())
    names = first.cells if headed else [""] * len(first.cells)
    for name in names:
        if name and names.count(name) > 1:
            raise TableError(
                f"{path}, line {first.line}: {names.count(name)} columns are called {name!r}",
                Advice("header", False, "takes that line for a sample, if it is one"),
            )
    samples = rows[1:] if headed else rows
    if not samples:
        raise TableError(f"{path} has a header but no samples")
    columns = tuple(zip(*(row.cells for row in samples), strict=True))
    numbers = [row.line for row in samples]
    return Table(
        str(path),
        tuple(names),
        columns,
        numbers,
        separator=separator,
        decimal=decimal,
        headed=headed,
        remarks=remarks + guesses,
    )


def _beginning(lines: Sequence[str]) -> tuple[int, str, list[str]]:
    """The first line of the table, the separator if a line such as ``sep=;`` names it, and the comments
    before the table."""
    separator, comments = "", []
    for begin, line in enumerate(lines):
        named = re.fullmatch(r'"?sep=(.)"?', line.strip("\ufeff ").replace("\\t", "\t"), re.IGNORECASE)
        if named:
            separator = named[1]
        elif line.lstrip().startswith("#"):
            comments.append(line.lstrip("# "))
        elif line.strip():
            return begin, separator, comments
    return len(lines), separator, comments


def _separator(lines: Sequence[str]) -> str:
    """What separates cells: what cuts every line into as many; or else what the first has most of."""
    sample = [line for line in islice(lines, SAMPLED) if line.strip() and not line.startswith("#")]
    for separator in (*SEPARATORS, " "):
        widths = {len(cells) for cells in _split(sample, separator)}
        if len(widths) == 1 and widths != {1}:
            return separator
    return max(SEPARATORS, key=lambda separator: sample[0].count(separator))


def _split(lines: Sequence[str], separator: str) -> Iterator[list[str]]:
    """The cells of lines, without blanks around them; of blanks that separate, any number counts as one."""
    stripped = (line.strip(" ") if separator == " " else line for line in lines)
    reader = csv.reader(
        (f"{line}\n" for line in stripped), delimiter=separator, skipinitialspace=separator in " ,"
    )
    return ([cell.strip() for cell in cells] for cells in reader)


def _rows(path: Path, lines: Sequence[str], begin: int, separator: str) -> list[_Row]:
    """The rows of the table from a line on; blank ones, and comments, are left out."""
    rows = []
    text = (f"{line.strip(' ') if separator == ' ' else line}\n" for line in islice(lines, begin, None))
    blank = separator == " "
    reader = csv.reader(text, delimiter=separator, skipinitialspace=blank, strict=True)
    try:
        for cells in reader:
            cells = [cell.strip() for cell in cells]
            if any(cells):
                rows.append(_Row(begin + reader.line_num, cells))
    except csv.Error as error:
        raise TableError(f"{path}, line {begin + reader.line_num}: {error}") from None
    width = len(rows[0].cells) if rows else 0
    return [row for row in rows if len(row.cells) == width or not row.cells[0].startswith("#")]


def _without_empty_column(rows: list[_Row]) -> list[_Row]:
    """The rows without a last column that is empty, header and all, as a comma at every end makes it, and
    with a name ``""`` for a first one that has none, as R writes the names of rows."""
    width = max(len(row.cells) for row in rows)
    first, others = rows[0], rows[1:]
    if not others or any(len(row.cells) != width for row in others):
        return rows
    trailing = not any(row.cells[-1] for row in others)
    names_of_rows = [row.cells[0] for row in others]
    numbered = names_of_rows == [str(i) for i in range(1, len(others) + 1)]
    worded = len(set(names_of_rows)) == len(others) and not any(map(is_number, names_of_rows))
    if len(first.cells) == width - 1 and not trailing and (numbered or worded):
        return [_Row(first.line, ["", *first.cells]), *others]
    if trailing and (len(first.cells) < width or not first.cells[-1]) and width > 2:
        return [
            _Row(first.line, first.cells[: width - 1]),
            *(_Row(row.line, row.cells[:-1]) for row in others),
        ]
    return rows


def _commented_names(comment: str, separator: str, rows: Sequence[_Row]) -> list[str]:
    """The names in a comment right before the table, as ``np.savetxt`` writes them; empty if it has none."""
    names = next(_split([comment], separator), [])
    numbers_first = any(map(is_number, rows[0].cells))
    fits = len(names) == len(rows[0].cells) and numbers_first
    return names if fits and all(names) and not any(map(is_number, names)) else []


def _check_widths(path: Path, rows: Sequence[_Row], separator: str) -> None:
    width = len(rows[0].cells)
    for row in rows:
        if len(row.cells) != width:
            hint = "; a comma inside a number or a text needs quotes around it" if separator == "," else ""
            raise TableError(
                f"{path}, line {row.line} has {len(row.cells)} columns, but line {rows[0].line} has "
                f"{width}{hint}"
            )


def _headed(path: Path, rows: Sequence[_Row]) -> tuple[bool, tuple[Remark, ...]]:
    """Whether the first row holds names, and a remark if that is not plain.

    Names are no numbers, but for years and the numbers of columns; a sample of words occurs again.
    """
    first = rows[0].cells
    below = list(zip(*(row.cells for row in rows[1:]), strict=True))
    place = f"{path}, line {rows[0].line}"
    if not below:
        return not any(map(is_number, first)), ()
    names = Remark(f"{place} is taken for names", (Advice("header", False, "takes it for a sample"),))
    sample = Remark(f"{place} is taken for a sample", (Advice("header", True, "takes it for names"),))
    numeric = [_all_numbers(cells) for cells in below]
    named = [
        j for j, cell in enumerate(first) if not is_number(cell) and (cell.lower() not in MISSING or not cell)
    ]
    if len(named) == len(first):
        repeated = all(cell in cells for cell, cells in zip(first, below, strict=True))
        return (False, (sample,)) if repeated and len(below[0]) > 2 else (True, ())
    counted = _counted([cell for j, cell in enumerate(first) if j not in named])
    if any(numeric[j] and first[j] for j in named) and (counted or len(named) > len(first) / 2):
        return True, (names,)
    words = [below[j] for j in named if first[j]]
    alone = [first[j] not in below[j] for j in named if first[j]]
    recurring = all(len(set(cells)) <= len(cells) / 2 for cells in words)
    measured = any(
        numeric[j] and not all(cell.lstrip("-").isdigit() for cell in below[j]) for j in range(len(first))
    )
    if counted and all(alone) and recurring and (words or measured):
        return True, (names,)
    return False, (sample,) if words and all(alone) and recurring and len(below[0]) > 2 else ()


def _all_numbers(cells: Sequence[str]) -> bool:
    present = [cell for cell in islice(cells, 1000) if cell]
    return bool(present) and all(map(is_number, present))


def _counted(cells: Sequence[str]) -> bool:
    """Whether cells are the numbers of columns, 0, 1, 2, … or 1, 2, 3, …, or years."""
    if not cells or not all(re.fullmatch(r"\d{1,4}", cell) for cell in cells):
        return False
    numbers = list(map(int, cells))
    years = numbers == sorted(set(numbers)) and 1800 <= numbers[0] <= numbers[-1] <= 2100
    return years or (
        len(cells) > 1 and numbers[0] < 2 and numbers == list(range(numbers[0], numbers[-1] + 1))
    )
