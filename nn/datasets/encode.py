"""From a table to a ``Dataset``: what is missing, what is learnt from, and what is to be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nn.datasets.dataset import Dataset, fill_missing
from nn.datasets.roles import (
    Column,
    categories_of,
    column_of,
    described,
    has_many_words,
    is_dates,
    is_quantity,
    numbers_of,
    stand_ins,
)
from nn.datasets.table import Advice, Remark, Table, TableError
from nn.model.module import Array
from nn.registry import entry_named

__all__ = ["MISSING_CHOICES", "Choices", "as_dataset", "measurements"]

MISSING_CHOICES = {
    "refuse": "raise an error",
    "drop": "leave the samples out",
    "mean": "put the mean of the column there; a sample without a target is left out",
    "keep": "leave nan there, for fill_missing after a split; a sample without a target is left out",
}
# What the columns of targets are called, in tables whose last column is something else.
TARGETS = ("target", "class", "label", "species", "outcome", "diagnosis", "survived", "quality")


@dataclass(frozen=True)
class Choices:
    """What was said about a table; the arguments of ``load_csv``."""

    target: str | int = -1
    classes: bool | None = None
    missing: str = "refuse"
    roles: Mapping[str, str] = field(default_factory=dict)
    na: Sequence[str | float] = ()


def as_dataset(table: Table, choices: Choices) -> Dataset:
    """The data set in a table.

    Raises:
        TypeError, ValueError: for choices that do not fit the table; TableError for cells that do not.
    """
    entry_named("treatment of missing values", choices.missing, MISSING_CHOICES)
    table = table.without(choices.na)
    y = table.position(choices.target)
    said = {table.position(name): role for name, role in choices.roles.items()}
    columns, remarks = {}, list(table.remarks)
    for j in range(len(table.names)):
        if j != y:
            columns[j], notes = column_of(table, j, said.get(j))
            remarks += notes
    quantity, notes = _is_quantity(table, y, choices, said.get(y))
    remarks += notes
    used = [j for j in columns if columns[j].role != "ignore"]
    if not used:
        reasons = ", ".join(f"{column.name} ({column.says})" for column in columns.values())
        raise TableError(
            f"{table.source} has nothing to learn {table.called(y)!r} from: left out are {reasons}"
        )
    kept, notes = _kept(table, used, y, choices.missing)
    remarks += notes
    if not kept.all():
        table = _rows(table, kept)
        columns |= {j: described(table, j, columns[j].role)[0] for j in used}
    targets, columns[y], notes = _targets(table, y, quantity)
    remarks += [*notes, *_hints(table, columns, y, choices)]
    X = _encoded(table, {j: columns[j] for j in used})
    return Dataset(
        Path(table.source).name if table.row == "line" else table.source,
        fill_missing(X) if choices.missing == "mean" else X,
        targets,
        tuple(name for j in used for name in columns[j].features()),
        table.called(y),
        () if quantity else columns[y].values,
        tuple(columns[j] for j in sorted(columns)),
        tuple(remarks),
    )


def measurements(table: Table, columns: Sequence[Column]) -> tuple[Array, list[str] | None]:
    """The inputs in another table, as the columns of a first one were read, and its targets, if it has any.

    Columns go by their names, or by their order where tables have none.

    Returns:
        X: shape (n, m), nan where a value is missing.
        actual: the m cells of the target, or None.

    Raises:
        TableError: for a column that is not there, and a cell that means nothing to it.
    """
    wanted = list(columns)
    if not table.headed and len(table.names) == len(columns) - 1:
        wanted = [column for column in columns if column.role != "target"]
    places = {table.called(j): j for j in range(len(table.names))}
    if not table.headed:
        places = {column.name: j for j, column in enumerate(wanted)} if len(wanted) == len(places) else {}
    lacking = [c.name for c in wanted if c.role in ("number", "category") and c.name not in places]
    if lacking:
        names = [table.called(j) for j in range(len(table.names))]
        raise TableError(
            f"{table.source} has the columns {_few(names)}, but the model was trained on "
            f"{_few([c.name for c in columns if c.role in ('number', 'category')])}"
        )
    used = {places[c.name]: c for c in wanted if c.role in ("number", "category")}
    target = next((places[c.name] for c in wanted if c.role == "target" and c.name in places), None)
    actual = None if target is None else list(table.columns[target])
    return _encoded(table, used), actual


def _encoded(table: Table, columns: Mapping[int, Column]) -> Array:
    """The inputs, of shape (n, m), nan where a value is missing."""
    blocks = []
    for j, column in columns.items():
        if column.role == "number":
            blocks.append(np.array(numbers_of(table, j, ()))[None])
            continue
        missing = table.missing(j)
        index = {value: k for k, value in enumerate(column.values)}
        cells = table.columns[j]
        for s in np.flatnonzero(~missing).tolist():
            if cells[s] not in index:
                known = ", ".join(column.values)
                raise TableError(f"{table.place(s, j)}: {cells[s]!r} is none of the values {known}")
        chosen = np.array([index.get(cell, -1) for cell in cells])
        block = np.asarray(chosen == np.arange(len(column.values))[:, None], dtype=np.float64)
        block[:, missing] = np.nan
        blocks.append(block)
    return np.vstack(blocks)


def _is_quantity(table: Table, y: int, choices: Choices, said: str | None) -> tuple[bool, tuple[Remark, ...]]:
    """Whether the targets are numbers, and not names of classes; and a remark on a near tie."""
    name, numerals = table.called(y), table.numerals[y]
    if said is not None:
        entry_named("role of a target", said, {"number": "", "category": ""})
        return said == "number", ()
    if choices.classes is not None:
        return not choices.classes, ()
    if numerals.wrong >= 0:
        return numerals.mostly and not has_many_words(table, y), ()
    if not numerals.count:
        return False, ()
    quantity, near = is_quantity(numerals.values)
    if not near:
        return quantity, ()
    if quantity:
        text = f"the {near} in column {name!r} are taken for a quantity"
        return True, (Remark(text, (Advice("classes", True, "takes them for names of classes"),)),)
    text = f"the {near} in column {name!r} are taken for names of classes"
    return False, (Remark(text, (Advice("classes", False, "takes them for a quantity"),)),)


def _targets(
    table: Table, y: int, quantity: bool
) -> tuple[npt.NDArray[np.intp] | Array, Column, tuple[Remark, ...]]:
    """The targets, of shape (m,), their column, and what is odd about them."""
    name, cells = table.called(y), table.columns[y]
    other = Advice("target", "NAME", "takes another column than the last for the target")
    where = f"{table.source}: column {name!r}"
    if quantity:
        meant = Advice("classes", True, "takes the targets for names of classes, if they are")
        column, _ = described(table, y, "number") if table.numerals[y].wrong < 0 else (None, ())
        values = numbers_of(table, y, (meant, other))
        remarks = stand_ins(name, values)
        if len(values) > 1 and np.ptp(values / max(1.0, np.abs(values).max())) == 0.0:
            raise TableError(f"{where} is {cells[0]} everywhere; there is nothing to learn", other)
        return values, Column(name, "target", says=f"a number, {column.says if column else ''}"), remarks
    if len(cells) > 2 and is_dates(cells):
        raise TableError(f"{where} holds dates or times, which are no targets", other)
    words, remarks = categories_of(table, y)
    if len(words) == 1:
        raise TableError(f"{where} holds one class only, {words[0]!r}; to learn takes two", other)
    if len(words) > max(2, len(cells) // 2):
        many = f"{where} has {len(words)} different values in {len(cells)} samples, too many for classes"
        raise TableError(
            "; ".join([many, *(remark.text for remark in remarks)]),
            Advice("classes", False, "takes them for quantities, if they are numbers"),
            other,
        )
    index = {word: k for k, word in enumerate(words)}
    classes = np.array([index[cell] for cell in cells], dtype=np.intp)
    return classes, Column(name, "target", words, says=described(table, y, "category")[0].says), remarks


def _kept(
    table: Table, used: Sequence[int], y: int, treatment: str
) -> tuple[npt.NDArray[np.bool_], tuple[Remark, ...]]:
    """Which samples are learnt from, of shape (m,), and a remark on what was missing."""
    masks = {j: table.missing(j) for j in (*used, y)}
    incomplete = np.logical_or.reduce(list(masks.values()))
    if not incomplete.any():
        return ~incomplete, ()
    counts = {table.called(j): int(mask.sum()) for j, mask in masks.items() if mask.any()}
    total = sum(counts.values())
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    what = f"{total} values are missing in {incomplete.sum()} of {len(table)} samples ({listed})"
    if treatment == "refuse":
        s = int(np.argmax(incomplete))
        j = next(j for j in sorted(masks) if masks[j][s])
        cell = table.columns[j][s]
        means = f"{cell!r} means that the value is missing" if cell else "the cell is empty"
        raise TableError(
            f"{table.place(s, j)}: {means}{f'; {what}' if total > 1 else ''}",
            Advice("missing", "drop", "leaves such samples out"),
            Advice("missing", "mean", "puts the mean of the column there"),
        )
    kept = ~incomplete if treatment == "drop" else ~masks[y]
    if not kept.any():
        raise TableError(
            f"{table.source}: {what}, so none is left to learn from",
            Advice("missing", "mean", "puts the mean of the column there"),
            Advice("roles", {max(counts, key=lambda name: counts[name]): "ignore"}, "leaves that column out"),
        )
    done = [] if kept.all() else [f"{len(kept) - kept.sum()} samples are left out"]
    if treatment != "drop" and (incomplete & kept).any():
        done.append("the mean of the column stands there (for a word, the shares of all words)")
    return kept, (Remark(f"{what}; {', '.join(done)}"),)


def _rows(table: Table, kept: npt.NDArray[np.bool_]) -> Table:
    chosen = np.flatnonzero(kept).tolist()
    columns = tuple([cells[s] for s in chosen] for cells in table.columns)
    return replace(table, columns=columns, rows=[table.rows[s] for s in chosen])


def _hints(table: Table, columns: Mapping[int, Column], y: int, choices: Choices) -> tuple[Remark, ...]:
    """A remark if another column looks more like a target than the last one, which nobody chose."""
    if choices.target != -1:
        return ()
    if table.called(y).lower() in TARGETS:
        return ()
    likely = [c.name for c in columns.values() if c.name.lower() in TARGETS and c.role != "target"]
    words = [j for j, column in columns.items() if column.role == "category"]
    if not columns[y].values and words == [0]:
        likely.append(columns[0].name)
    return tuple(
        Remark(
            f"the target is {table.called(y)!r}, as it is the last column",
            (Advice("target", name, "takes that column"),),
        )
        for name in dict.fromkeys(likely)
    )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "")
