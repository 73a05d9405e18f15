"""``python -m benchmarks COMMAND``: measure, print ratios against peers, say how they were taken.

A command is a module with ``add_arguments(parser)`` and ``run(options, console)``; ``run`` prints
its tables and returns what it measured as a dict that JSON can hold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from autodiff.files import replacing
from benchmarks import eager, lift, readme
from benchmarks.machine import machine, one_line

COMMANDS = {"eager": eager, "lift": lift, "readme": readme}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure against peers.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        summary = (module.__doc__ or "").partition("\n")[0]
        command = commands.add_parser(name, help=summary, description=summary)
        command.add_argument("--json", type=Path, metavar="PATH", help="also write every number to this file")
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    options = parser.parse_args(arguments)
    if options.json and not options.json.absolute().parent.is_dir():
        parser.error(f"there is no folder to put {str(options.json)!r} in")

    console = Console(highlight=False)
    surroundings = machine()
    console.print(one_line(surroundings))
    results: dict[str, Any] = {"command": options.command, "machine": surroundings}
    results |= options.run(options, console)
    if options.json:
        try:
            with replacing(options.json) as path:
                path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
        except OSError as error:
            print(f"error: cannot write {options.json}: {error}", file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
