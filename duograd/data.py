"""Where commands have their data from, and how a table is to be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path

from rich.table import Table
from rich.text import Text

from duograd.options import Options, checked, option
from duograd.program import UsageError
from nn.datasets import Dataset, TableError, load, load_csv
from nn.datasets.load import SHIPPED
from nn.datasets.roles import ROLES
from nn.losses import Loss
from nn.registry import entry_named

__all__ = ["DataOptions", "TableOptions", "advised", "columns_table", "is_file"]

MOST_SHOWN = 24  # columns in the table before training


@checked
def yes_or_no(word: str) -> bool:
    """The answer to a question."""
    return entry_named("answer", word, {"yes": True, "no": False})


@checked
def role(word: str) -> tuple[str, str]:
    """``NAME=ROLE``; the name may hold ``=``."""
    name, equals, chosen = word.rpartition("=")
    if not equals:
        raise ValueError(f"give NAME=ROLE, such as age=number, not {word!r}")
    entry_named("role", chosen, ROLES)
    return name, chosen


@dataclass(frozen=True, kw_only=True)
class TableOptions(Options):
    """How the text of a table is read."""

    header: bool | None = option(
        type=yes_or_no, metavar="yes|no", help="whether the first line holds names (as it looks)"
    )
    decimal: str | None = option(
        choices=("point", "comma"), help="the decimal sign, where a file leaves it open"
    )


@dataclass(frozen=True, kw_only=True)
class DataOptions(TableOptions):
    """A data set, and how its table is read."""

    data: str = option(
        default="iris",
        metavar="NAME|CSV",
        help=f"a shipped data set ({', '.join(SHIPPED)}) or a file of text with a sample a line (iris)",
    )
    target: str | None = option(
        metavar="NAME", help="the column to predict, such as 'column 1' where none has a name (the last)"
    )
    classes: bool | None = option(
        type=yes_or_no, metavar="yes|no", help="whether targets are names of classes (as they look)"
    )
    missing: str = option(
        choices=("refuse", "drop", "mean"),
        default="refuse",
        help="what to do about missing values: drop the samples, or put the mean of the column (%(default)s)",
    )
    na: list[str] | None = option(
        action="append",
        metavar="VALUE",
        help="what means a missing value in this table, such as -999; may be given several times",
    )
    roles: list[tuple[str, str]] | None = option(
        type=role,
        action="append",
        metavar="NAME=ROLE",
        help=f"read a column as {', '.join(ROLES)} (as it looks); may be given several times",
    )

    def dataset(self, loss: Loss | None = None, missing: str | None = None) -> Dataset:
        """The data set, its targets read as the loss needs them.

        Args:
            missing: a treatment of missing values instead of the one that was chosen.

        Raises:
            UsageError: if the table cannot be learnt from; the message names the option that helps.
            ValueError: if there is no data set of that name.
        """
        if not is_file(self.data):
            _check_shipped(self)
            return load(self.data)
        with advised():
            return load_csv(
                self.data,
                -1 if self.target is None else self.target,
                _classes(self, loss),
                missing=missing or self.missing,
                na=self.na or (),
                roles=dict(self.roles or ()),
                header=self.header,
                decimal=self.decimal,
            )


@contextmanager
def advised() -> Iterator[None]:
    """Turn what is odd about a table into a message that names options as the command line has them."""
    try:
        yield
    except TableError as error:
        raise UsageError(error.remark.in_a_command()) from error


def is_file(name: str) -> bool:
    """Whether that is the name of a file, and not of a shipped data set.

    Raises:
        ValueError: if it is neither, with the nearest name.
    """
    if name not in SHIPPED and (Path(name).suffix or Path(name).exists()):
        return True
    entry_named("data set or file", name, SHIPPED)
    return False


def _check_shipped(options: DataOptions) -> None:
    """Refuse options that mean nothing to a shipped data set."""
    for each in fields(DataOptions):
        if each.name != "data" and getattr(options, each.name) not in (None, "refuse"):
            raise UsageError(f"--{each.name} is for a file of your own; {options.data} is read as it is")


def _classes(options: DataOptions, loss: Loss | None) -> bool | None:
    """Whether targets are classes, as an option says, or else as the loss needs them."""
    if loss and loss.for_classes:
        if options.classes is False:
            raise UsageError(f"{loss.name} is a loss for classes, --classes no is for another, such as mse")
        return True
    return options.classes


def columns_table(data: Dataset) -> Table:
    """A table: column, read as, values. Of very many numbers only the first are shown."""
    table = Table(title="how the table is read", title_justify="left")
    for heading in ("column", "read as", "values"):
        table.add_column(heading, overflow="fold")
    shown = data.columns
    if len(shown) > MOST_SHOWN:
        numbers = [column for column in shown if column.role == "number"][MOST_SHOWN // 2 :]
        shown = tuple(column for column in shown if column not in numbers)
    else:
        numbers = []
    for column in shown:
        words = {
            "number": "a number",
            "category": f"{len(column.values)} inputs, one a value",
            "ignore": "left out",
            "target": f"target, {len(column.values)} classes" if column.values else "target",
        }
        row = (column.name, words[column.role], column.says)
        table.add_row(*map(Text, row), style="dim" if column.role == "ignore" else None)
    if numbers:
        table.add_row(Text(f"{numbers[0].name} … {numbers[-1].name}"), f"{len(numbers)} more numbers", "")
    return table
