"""What each column of a table is to a network: numbers, categories, the target, or nothing to learn from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.datasets.table import Advice, Remark, Table, TableError
from nn.registry import entry_named

__all__ = [
    "ROLES",
    "Column",
    "categories_of",
    "column_of",
    "described",
    "has_many_words",
    "is_dates",
    "is_identity",
    "is_quantity",
    "numbers_of",
    "stand_ins",
]

# What can be said of a column with ``roles``.
ROLES = {
    "number": "its numbers",
    "category": "an input for each of its values: 1 where it is that value, 0 elsewhere",
    "ignore": "left out",
}
MOST_CATEGORIES = 50
MOST_CLASSES_OF_NUMBERS = 10  # different whole numbers that may be names of classes: digits are
LIKELY_CLASSES_OF_NUMBERS = 30  # up to here it is said that they may be
STRAY = 0.1  # share of words among numbers from which on a column is one of words
ENOUGH = 20  # cells for a share to say something

_IDENTITY = re.compile(r"(?:^|[\W_])(?:id|ids|index|idx|key|uuid|guid|nr|no\.?|row|rownames|unnamed: 0)$")
_CAMEL = re.compile(r"[a-z](?:Id|ID|Nr|No|Index|Key)$")
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?"
_DATE = re.compile(
    rf"(?:\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})|"
    rf"\d{{1,2}}[ -]{_MONTH},?[ -]\d{{2,4}}|{_MONTH} \d{{1,2}},? \d{{4}})(?:[t ,]+{_TIME})?|{_TIME}",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    """A column, and what it is read as.

    Attributes:
        name: as in the table.
        role: ``"number"``, ``"category"``, ``"target"`` or ``"ignore"``.
        values: the different words of a category, or the classes of a target, in order.
        says: what it holds, or why it is left out, for people.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from nn.datasets import load_csv
    >>> path = Path(tempfile.mkdtemp()) / "plants.csv"
    >>> _ = path.write_text("height,kind\\n1.5,fern\\n0.5,moss\\n")
    >>> [(each.name, each.role) for each in load_csv(path).columns]
    [('height', 'number'), ('kind', 'target')]
    """

    name: str
    role: str
    values: tuple[str, ...] = ()
    says: str = ""

    def features(self) -> list[str]:
        """The names of the inputs that it becomes."""
        if self.role == "category":
            return [f"{self.name}={value}" for value in self.values]
        return [self.name] if self.role == "number" else []


def column_of(table: Table, j: int, said: str | None) -> tuple[Column, tuple[Remark, ...]]:
    """What the column is read as, as was said, or else as its cells look; and a remark on near ties.

    Raises:
        TableError: for a cell that is no number among numbers.
        ValueError: for a role that there is not.
    """
    if said is not None:
        entry_named("role of a column", said, ROLES)
        return described(table, j, said, "as was said" if said == "ignore" else "")
    cells, numerals, missing = table.columns[j], table.numerals[j], table.missing(j)
    present = cells if not missing.any() else [c for c, gone in zip(cells, missing, strict=True) if not gone]
    if not present:
        return described(table, j, "ignore", "it is empty")
    if len(set(present)) == 1 and len(cells) > 1 and not (numerals.count and len(present) < len(cells)):
        where = "everywhere" if len(present) == len(cells) else "wherever it is known"
        return described(table, j, "ignore", f"it is {present[0]!r} {where}")
    if numerals.count and (numerals.wrong < 0 or (numerals.mostly and not has_many_words(table, j))):
        return _of_numbers(table, j)
    if is_dates(present):
        return described(table, j, "ignore", f"dates or times, such as {present[0]}")
    return _of_words(table, j, present)


def is_dates(cells: Sequence[str]) -> bool:
    """Whether all of these are dates or times of day."""
    return all(map(_DATE.fullmatch, cells))


def has_many_words(table: Table, j: int) -> bool:
    """Whether a column that is mostly numbers has too many words for slips of the pen."""
    numerals = table.numerals[j]
    return numerals.present >= ENOUGH and numerals.count < (1.0 - STRAY) * numerals.present


def _of_numbers(table: Table, j: int) -> tuple[Column, tuple[Remark, ...]]:
    name, numerals, cells = table.called(j), table.numerals[j], table.columns[j]
    if numerals.wrong < 0:
        values = numerals.values
        known = values[~np.isnan(values)]
        whole = bool((known == np.floor(known)).all())
        different = len(np.unique(known))
        first = j == 0 and np.array_equal(values, values[0] + np.arange(len(values))) and len(values) > 2
        counts = first and values[0] in (0.0, 1.0)
        if counts and not table.names[j]:
            return described(table, j, "ignore", f"numbers of rows, from {values[0]:g} on")
        if whole and is_identity(name) and (different > len(known) / 2 or different > MOST_CATEGORIES):
            return described(table, j, "ignore", "numbers that identify samples, by its name")
        if whole and is_identity(name):
            text = f"column {name!r} identifies something, by its name, and is read as a number"
            each = Advice("roles", {name: "category"}, "makes an input of each of its values")
            return described(table, j, "number")[0], (Remark(text, (each,)), *stand_ins(name, values))
        if whole and "date" in name.lower() and all(map(_is_compact_date, known)):
            return described(table, j, "ignore", f"dates, such as {known[0]:.0f}")
        if counts:
            text = f"column {name!r} counts {', '.join(cells[:3])}, …, as if it numbered the rows"
            leave = Advice("roles", {name: "ignore"}, "leaves it out")
            return described(table, j, "number")[0], (Remark(text, (leave,)),)
    return described(table, j, "number")[0], stand_ins(name, numerals.values)


def stand_ins(name: str, values: Any) -> tuple[Remark, ...]:
    """A remark for each number in a column, of shape (m,), that looks as if it meant a missing value.

    People write -99, -999, 9999 and the like for it: nines only, several times, and farther from all
    other numbers than these are from each other.
    """
    known = values[~np.isnan(values)]
    found = []
    for extreme in np.unique([known.min(), known.max()]) if len(known) else ():
        others = known[known != extreme]
        count = len(known) - len(others)
        if count < 2 or not len(others) or not re.fullmatch(r"9{2,6}", f"{abs(extreme):g}"):
            continue
        if np.abs(others - extreme).min() > np.ptp(others) > 0.0:
            text = f"column {name!r}: {extreme:g} stands there {count} times, far from all other numbers"
            found.append(
                Remark(text, (Advice("na", (f"{extreme:g}",), "says that it means a missing value"),))
            )
    return tuple(found)


def _of_words(table: Table, j: int, present: Sequence[str]) -> tuple[Column, tuple[Remark, ...]]:
    different = len(set(present))
    if different > max(2, len(present) / 2):
        return described(table, j, "ignore", f"{different:,} different texts in {len(present):,} samples")
    if different > MOST_CATEGORIES:
        return described(table, j, "ignore", f"{different:,} different texts are many for categories")
    if is_identity(table.called(j)) and different > ENOUGH:
        return described(table, j, "ignore", "it identifies something, by its name")
    return described(table, j, "category")


def described(table: Table, j: int, role: str, why: str = "") -> tuple[Column, tuple[Remark, ...]]:
    """The column with that role, and a remark on words that are written alike; ``why`` it is left out."""
    name = table.called(j)
    if role == "ignore":
        return Column(name, role, says=why), ()
    if role == "number":
        values = numbers_of(table, j)
        return Column(name, role, says=_range(values[~np.isnan(values)])), ()
    words, remarks = categories_of(table, j)
    return Column(name, role, words, _listed(words)), remarks


def numbers_of(table: Table, j: int, advice: Sequence[Advice] | None = None) -> Any:
    """The numbers in a column, of shape (m,), nan where they are missing.

    Args:
        advice: what helps if a cell is no number; the other roles if left out.

    Raises:
        TableError: for a cell that is no number, and for numbers that can be read in two ways.
    """
    numerals, name = table.numerals[j], table.called(j)
    if numerals.wrong >= 0:
        cell = table.columns[j][numerals.wrong]
        if advice is None:
            advice = (
                Advice("roles", {name: "category"}, "reads the column as categories"),
                Advice("roles", {name: "ignore"}, "leaves it out"),
            )
        raise TableError(f"{table.place(numerals.wrong, j)}: {cell!r} is not a finite number", *advice)
    if numerals.unclear:
        s, cell = next((s, cell) for s, cell in enumerate(table.columns[j]) if "," in cell)
        point, comma = cell.replace(",", ""), cell.replace(",", ".")
        raise TableError(
            f"{table.place(s, j)}: {cell!r} can be {point} or {comma}",
            Advice("decimal", "point", f"reads {point}"),
            Advice("decimal", "comma", f"reads {comma}"),
        )
    return numerals.values


def categories_of(table: Table, j: int) -> tuple[tuple[str, ...], tuple[Remark, ...]]:
    """The different words in a column, and a remark if some differ only in how they are written."""
    missing = table.missing(j)
    counts = Counter(cell for cell, gone in zip(table.columns[j], missing.tolist(), strict=True) if not gone)
    return _in_order(counts), _written_alike(table.called(j), counts)


def _in_order(words: Iterable[str]) -> tuple[str, ...]:
    """Numbers by size, other words by the alphabet."""
    words = list(words)
    try:
        return tuple(sorted(words, key=lambda word: (float(word), word)))
    except ValueError:
        return tuple(sorted(words))


def _written_alike(name: str, counts: Mapping[str, int]) -> tuple[Remark, ...]:
    """A remark for each group of words that differ in capitals, blanks or zeros only: Yes, yes."""
    groups: dict[str, list[str]] = {}
    for word in counts:
        groups.setdefault(_spelt(word), []).append(word)
    return tuple(
        Remark(
            f"column {name!r}: "
            + " and ".join(f"{word!r} ({counts[word]}×)" for word in group)
            + " are read as different; if they mean the same, write them alike"
        )
        for group in groups.values()
        if len(group) > 1
    )


def _spelt(word: str) -> str:
    try:
        return repr(float(word))
    except ValueError:
        return re.sub(r"[\W_]+", "", word.casefold()) or word


def is_quantity(values: Any) -> tuple[bool, str]:
    """Whether the numbers of a target, of shape (m,), are a quantity, and not names of classes; and what
    makes it a near tie, or ``""``.

    Two different numbers are classes; up to ten whole ones, of five samples or more each, too.
    """
    known = np.unique(values[~np.isnan(values)])
    whole = bool((known == np.floor(known)).all())
    if len(known) <= 2 < len(values) and len(values) >= 2 * len(known):
        return False, ""
    what = f"{len(known)} different whole numbers"
    if whole and len(known) <= MOST_CLASSES_OF_NUMBERS and len(values) >= 5 * len(known):
        return False, what
    return True, what if whole and len(known) <= LIKELY_CLASSES_OF_NUMBERS and len(values) >= ENOUGH else ""


def is_identity(name: str) -> bool:
    """Whether a column of that name identifies samples: ``PassengerId``, ``user_id``, ``No.``."""
    return bool(_IDENTITY.search(name.lower()) or _CAMEL.search(name))


def _is_compact_date(number: float) -> bool:
    month, day = divmod(int(number) % 10000, 100)
    return 18000101 <= number <= 21001231 and 1 <= month <= 12 and 1 <= day <= 31


def _range(values: Any) -> str:
    return f"{values.min():.6g} to {values.max():.6g}" if len(values) else ""


def _listed(words: Sequence[str], most: int = 6) -> str:
    return ", ".join(words) if len(words) <= most else f"{', '.join(words[: most - 1])}, … ({len(words)})"
