"""Numbers as people write them: ``1,234.50``, ``1.234,5``, ``$3``, ``12 %``, ``(40)``, ``−2``, ``5 kg``.

``1,234`` alone can be 1234 and 1.234. Which it is, the other cells of its column say, or else those of the
table, or else nobody: then it is read as neither.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nn.model.module import Array

__all__ = ["MISSING", "Numerals", "decimal_sign", "decimal_signs", "is_number", "is_plain", "missing_cells"]

# How people write, in any case, that they do not know; the second only among numbers, where
# these cannot be words of their own.
MISSING = {"", "?", "na", "n/a", "nan", "null", "<na>", "#n/a", "nat"}
MISSING_NUMBER = {
    "none",
    "-",
    "--",
    "–",
    ".",
    "..",
    "unknown",
    "missing",
    "#div/0!",
    "#value!",
    "#num!",
    "#ref!",
}

_FORM = re.compile(
    r"(?P<bracket>\()?(?P<sign>[+\-−–]?)\s*(?P<currency>[$€£¥₩]?)\s*(?P<later>[\-−]?)"
    r"(?P<digits>[\d.,'’ \u00a0\u202f]*\d[.,]?)(?P<power>[eEdD][+\-−]?\d+)?"
    r"\s*(?P<unit>[^\d\s()][^\d()]*)?(?(bracket)\))"
)
_SPACES = "'’ \u00a0\u202f"
_DIGITS = {  # by decimal sign: groups of three with the same separator, or no groups
    "point": re.compile(rf"\d{{1,3}}(?:([,{_SPACES}])\d{{3}})(?:\1\d{{3}})*(?:\.\d*)?|\d+\.?\d*|\.\d+"),
    "comma": re.compile(rf"\d{{1,3}}(?:([.{_SPACES}])\d{{3}})(?:\1\d{{3}})*(?:,\d*)?|\d+,?\d*|,\d+"),
}
_GROUPING = {"point": re.compile(rf"[,{_SPACES}]"), "comma": re.compile(rf"[.{_SPACES}]")}


@dataclass(frozen=True)
class Numerals:
    """The numbers in a column.

    Attributes:
        values: shape (m,), nan where a cell is none.
        present: how many cells are not missing.
        wrong: the first cell that is neither missing nor a number; -1 if there is none.
        unclear: whether its numbers can be read in two ways.
    """

    values: Array
    present: int
    wrong: int
    unclear: bool = False

    @property
    def count(self) -> int:
        """How many cells are numbers."""
        return int(np.count_nonzero(~np.isnan(self.values)))

    @property
    def mostly(self) -> bool:
        """Whether half or more of the cells that are there are numbers."""
        return 0 < self.count >= self.present / 2

    @classmethod
    def of(cls, cells: Sequence[str], signs: set[str], sign: str | None) -> Numerals:
        """The numbers in these cells, whose own decimal sign is one of ``signs``, the table's is ``sign``.

        With no sign of the table a point is one, as in every program; a comma alone may be anything.
        """
        plain = _plain(cells)
        if plain is not None and not ("comma" in signs and sign == "comma"):
            return cls(plain, len(plain), -1)
        forms = _forms(cells)
        chosen, unclear = next(iter(signs)) if len(signs) == 1 else sign, False
        if chosen is None:
            chosen = "point"
            unclear = len(signs) == 2 and any("," in cell for cell in cells)
        known = {cell: math.nan if form is None else _value(form, chosen) for cell, form in forms.items()}
        values = np.array([known[cell] for cell in cells])
        absent = missing_cells(cells, in_numbers=True)
        wrong = np.flatnonzero(np.isnan(values) & ~absent)
        return cls(values, int(len(cells) - absent.sum()), int(wrong[0]) if len(wrong) else -1, unclear)


def is_number(cell: str) -> bool:
    """Whether a single cell is a number, however it is written."""
    form = _FORM.fullmatch(cell)
    return is_plain(cell) or (
        form is not None and any(not math.isnan(_value(form, sign)) for sign in _DIGITS)
    )


def is_plain(cell: str) -> bool:
    """Whether a single cell is a finite number as Python writes it."""
    return _plain([cell]) is not None


def missing_cells(cells: Sequence[str], in_numbers: bool) -> npt.NDArray[np.bool_]:
    """Which cells say that their value is missing, of shape (m,)."""
    words = MISSING | MISSING_NUMBER if in_numbers else MISSING
    known = {cell: cell.lower() in words for cell in set(cells)}
    return np.array([known[cell] for cell in cells], dtype=np.bool_)


def decimal_signs(cells: Sequence[str]) -> set[str]:
    """The decimal signs, ``"point"`` and ``"comma"``, with which most cells are numbers.

    >>> decimal_signs(["1,5", "2"]), decimal_signs(["1,234.5", "1,234"])
    ({'comma'}, {'point'})
    >>> sorted(decimal_signs(["1,234"]))
    ['comma', 'point']

    It is empty where it does not matter, as in whole numbers or words.
    """
    if _plain(cells) is not None:  # then most cells tell at once, of however many there are
        dotted = [cell for cell in cells if "." in cell]
        clear = any(not _DIGITS["comma"].fullmatch(cell.lstrip("+-")) for cell in dotted)
        return {"point"} if clear else set(_DIGITS) if dotted else set()
    written = {cell for cell in cells if "." in cell or "," in cell}
    if not written:
        return set()
    forms = [form for form in _forms(list(written)).values() if form is not None]
    values = {sign: [_value(form, sign) for form in forms] for sign in _DIGITS}
    count = {sign: sum(not math.isnan(value) for value in values[sign]) for sign in _DIGITS}
    most = max(count.values(), default=0)
    return {sign for sign in _DIGITS if count[sign] == most} if most else set()


def decimal_sign(columns: Sequence[set[str]], separator: str) -> str | None:
    """The decimal sign of a table, from those of its columns; None if they leave it open.

    Where commas separate the cells, they are no decimal signs unless a column says so.
    """
    clear = {next(iter(signs)) for signs in columns if len(signs) == 1}
    if len(clear) == 1:
        return clear.pop()
    return "point" if separator == "," and not clear else None


def _plain(cells: Sequence[str]) -> Array | None:
    """The cells as Python reads them, if all are finite numbers; None otherwise."""
    try:
        values = np.array(list(map(float, cells)))
    except ValueError:
        return None
    return values if np.isfinite(values).all() and not any("_" in cell for cell in cells) else None


def _forms(cells: Sequence[str]) -> dict[str, re.Match[str] | None]:
    """The parts of each different cell; None for those that are no number, or one in another unit than
    most: ``5 %`` among ``0.3`` and ``0.4``."""
    forms = {cell: _FORM.fullmatch(cell) for cell in set(cells)}
    units = Counter(_unit(form) for form in forms.values() if form)
    usual = units.most_common(1)[0][0] if units else ""
    return {cell: form if form and _unit(form) == usual else None for cell, form in forms.items()}


def _unit(form: re.Match[str]) -> str:
    return f"{form['currency']}{(form['unit'] or '').strip()}"


def _value(form: re.Match[str], sign: str) -> float:
    digits = form["digits"]
    if not _DIGITS[sign].fullmatch(digits) or (form["sign"] and form["later"]):
        return math.nan
    digits = _GROUPING[sign].sub("", digits).replace(",", ".")
    power = (form["power"] or "").replace("−", "-").lower().replace("d", "e")
    value = float(f"{digits}{power}")
    negative = (form["sign"] + form["later"]) in ("-", "−", "–") or form["bracket"] is not None
    return math.nan if math.isinf(value) else -value if negative else value
