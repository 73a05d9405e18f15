"""``python -m benchmarks [COMMAND]``: measure, print ratios against peers, say how they were taken.

A command is a module with ``add_arguments(parser)`` and ``run(options, console)``; ``run`` prints
its tables and returns rows. Without a command all are measured, and ``benchmarks/results.json`` and
its picture ``benchmarks/results.svg`` are written.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks import call, data, devices, draw, eager, fit, lab, large, lift, microgpt, readme, start, train
from benchmarks.against import command as against
from benchmarks.machine import machine, one_line
from benchmarks.programs import command as programs
from benchmarks.results import RESULTS, write, write_picture
from benchmarks.suite import command as suite
from duograd.program import leave_with

MEASURING = {
    "eager": eager,
    "lift": lift,
    "call": call,
    "train": train,
    "fit": fit,
    "microgpt": microgpt,
    "start": start,
    "draw": draw,
}
COMMANDS = {
    **MEASURING,
    "against": against,
    "data": data,
    "devices": devices,
    "lab": lab,
    "large": large,
    "programs": programs,
    "readme": readme,
    "suite": suite,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command, or all that measure; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against peers.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", help="default: all that measure")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        command.add_argument("--json", type=Path, metavar="PATH", help="also write every row to this file")
        module.add_arguments(command)
    options = parser.parse_args(arguments)
    path = options.json if options.command else RESULTS
    if path and not path.absolute().parent.is_dir():
        parser.error(f"there is no folder to put {str(path)!r} in")

    console = Console(highlight=False)
    surroundings = machine()
    console.print(one_line(surroundings))
    rows = []
    for name in [options.command] if options.command else MEASURING:
        console.rule(name)
        rows += COMMANDS[name].run(options if options.command else parser.parse_args([name]), console)
    try:
        if path:
            write(path, surroundings, rows)
        if not options.command:
            write_picture(path.with_suffix(".svg"), rows)
    except OSError as error:
        print(f"error: cannot write {path}: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    leave_with(main)
