"""Devices: what a step of training on eight devices sends, read off its compiled form; on paper for 64.

The eight are one processor, which JAX is told to count as eight, in a process of its own; what is sent is the
same as between eight machines.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import asdict

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.results import Row
from nn import MLP
from nn.losses.regularised import RegularisedLoss
from nn.train.devices import JaxEngine
from nn.train.traffic import Collective, collectives, on_paper

__all__ = ["GRIDS", "SAMPLES", "SIZES", "add_arguments", "run", "table"]

SIZES, SAMPLES = (256, 256, 256, 10), 4096
CASE = f"a step of MLP(256, [256, 256, 10]) on {SAMPLES:,} samples"
GRIDS = {(8, 1): (64, 1), (4, 2): (32, 2)}  # what is measured, and what is computed of as many parts
HOW = (
    "Bytes that each device sends in a ring, 2·S·(D - 1)/D for a sum of S bytes over D devices. Of eight "
    "devices S and D are read off the step as XLA has compiled it, for 64 they are computed."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """This command has no options of its own."""


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows.

    Raises:
        RuntimeError: if a step sends something else than was computed.
    """
    if importlib.util.find_spec("jax") is None:
        console.print("JAX is not installed, so there are no devices. The extra 'bench' installs it.")
        return []
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-m", "benchmarks.devices"]
    done = subprocess.run(command, env={**os.environ, **flags}, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    found = [
        [Collective(**{**each, "shapes": tuple(map(tuple, each["shapes"]))}) for each in step]
        for step in json.loads(done.stdout)
    ]
    rows = []
    for (grid, larger), measured in zip(GRIDS.items(), found, strict=True):
        if total(measured) != total(on_paper(SIZES, SAMPLES, *grid)):
            raise RuntimeError(f"on devices {grid} a step sends something else than was computed: {measured}")
        for devices, sums in ((grid, measured), (larger, on_paper(SIZES, SAMPLES, *larger))):
            sent = sum(each.sent() for each in sums)
            rows.append(Row.alone("devices", CASE, f"devices={devices}", "sent", "bytes", sent, HOW))
    console.print(table(found))
    console.print(HOW, style="dim")
    return rows


def total(sums: list[Collective]) -> dict[int, int]:
    """Bytes by the number of devices that add them up."""
    bytes_of: dict[int, int] = {}
    for each in sums:
        bytes_of[each.devices] = bytes_of.get(each.devices, 0) + each.size
    return bytes_of


def table(found: list[list[Collective]]) -> Table:
    """A line for each sum of each grid."""
    lines = Table(box=None, pad_edge=False, title=CASE, title_justify="left")
    for heading in ("devices", "is added up", "bytes S", "over D", "each sends"):
        lines.add_column(heading, justify="left" if heading in ("devices", "is added up") else "right")
    for (grid, larger), measured in zip(GRIDS.items(), found, strict=True):
        steps = ((grid, measured, ""), (larger, on_paper(SIZES, SAMPLES, *larger), ", computed"))
        for devices, sums, how in steps:
            for each in sums:
                what = "Z2" if len(each.shapes) == 1 else "all gradients and the loss"
                numbers = (f"{each.size:,}", f"{each.devices}", f"{each.sent():,.0f}")
                lines.add_row(f"{devices}{how}", what, *numbers)
    return lines


def measured() -> list[list[Collective]]:
    """The sums of a step on each grid, where there are eight devices."""
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(SIZES[0], SAMPLES)), np.eye(SIZES[-1])[:, rng.integers(0, SIZES[-1], SAMPLES)]
    model, loss = MLP(SIZES[0], SIZES[1:], seed=0), RegularisedLoss.of("cross_entropy", 0.0)
    engines = [JaxEngine(model, loss, X[:, 0], Y[:, 0], devices=grid) for grid in GRIDS]
    return [collectives(engine.compiled_step(X, Y)) for engine in engines]


if __name__ == "__main__":
    print(json.dumps([[asdict(each) for each in step] for step in measured()]))
