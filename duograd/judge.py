"""``python -m nn judge FILE``: the verdicts on somebody's backward pass, as a table."""

from __future__ import annotations

import argparse

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from duograd.job import UsageError, explained
from nn.judging.submitted_file import SAMPLES, judge_file

__all__ = ["run_judge"]


def run_judge(options: argparse.Namespace, console: Console) -> int:
    """Judge a file and print the verdicts: 0 if all is right, 1 if something is wrong."""
    if options.layers and len(options.layers) < 2:
        raise UsageError("--layers names the number of inputs and at least one layer, such as 3,4,2")
    loss, output = options.loss or "mse", options.output or options.activation
    with explained():
        verdicts = judge_file(
            options.file,
            loss=loss,
            activation=options.activation,
            output=output,
            layers=options.layers,
            timeout=options.timeout,
        )
    g = f"{options.activation}, outputs {output}, loss {loss}, {SAMPLES} samples"
    table = Table(
        title=f"{options.file.name} with {g}", title_justify="left", box=box.SIMPLE_HEAD, show_lines=True
    )
    for header in ("judged", "on", "verdict"):
        table.add_column(header, overflow="fold", no_wrap=header != "verdict")
    for verdict in verdicts:
        text = Text(verdict.text, "green" if verdict.right else "red")
        table.add_row(verdict.judged, verdict.on, text)
    console.print(table)
    return 0 if all(verdict.right for verdict in verdicts) else 1
