"""Text is text on the console, and work that takes long is not silent."""

import io
import time

import pytest
from rich.table import Table
from rich.text import Text

from duograd import console as module
from duograd.console import Console, visible

NAMES = [
    "length [cm]",
    "[small]",
    "[/x]",
    ":x:",
    "[bold]a[/bold]",
    "a\x1b[31mb",
    "\u202egnp.x",
    "\\[x]",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_printed_as_it_is_wherever_it_stands(name):
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system=None)
    table = Table(name, title=name)
    table.add_row(name)
    table.add_row(Text(name, "red"))
    console.print(name)
    console.print(Text(name))
    console.print(table)
    shown = console.file.getvalue()
    assert shown.count(visible(name)) == 6
    assert visible(name) == name or name not in shown


def test_letters_of_any_language_and_line_ends_are_no_orders():
    text = "größe\tשלום\nسلام 你好 👩‍🔬 a⊙b"
    assert visible(text) == text


@pytest.mark.parametrize("terminal", [False, True])
def test_work_is_spoken_of_only_if_it_takes_long(monkeypatch, terminal):
    monkeypatch.setattr(module, "PATIENCE", 0.02)
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal)
    with console.doing("reading [small].csv"):
        pass
    time.sleep(0.05)
    assert console.file.getvalue() == ""
    with pytest.raises(ValueError), console.doing("reading [small].csv"):
        begin = time.monotonic()
        while not console.file.getvalue() and time.monotonic() < begin + 20:
            time.sleep(0.01)
        raise ValueError
    assert "reading [small].csv" in console.file.getvalue()
