"""A large table: 100,000 samples of 30 measurements, read, trained for one epoch, and compared.

By ``python -m nn compare --data FILE --epochs 1``, in a process of its own, which also draws. The
system counts its processor time and memory, those of its child processes included.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.results import Row

__all__ = ["add_arguments", "run"]

SECONDS, GIGABYTES = 20.0, 1.0  # what it may take
HOW = "Counted by the system for the process and its children, once; time is what a clock on the wall says."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks large``."""
    parser.add_argument("--samples", type=int, default=100_000, help="rows of the table (default: 100,000)")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows.

    Raises:
        RuntimeError: if the command fails, or takes more processor time or memory than it may.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / "large.csv", options.samples)
        case = f"{options.samples:,} × 30 ({path.stat().st_size / 1e6:.0f} MB)"
        wall, processor, gigabytes = measured(path)
    quantities = [("time", "s", wall), ("processor time", "s", processor), ("memory", "GB", gigabytes)]
    for quantity, unit, found in quantities:
        console.print(f"{case}: {quantity} {found:.2f} {unit}")
    console.print(HOW, style="dim")
    if processor > SECONDS or gigabytes > GIGABYTES:
        raise RuntimeError(f"it takes more than {SECONDS:g} s or {GIGABYTES:g} GB")
    return [Row.alone("large", case, "duograd", *quantity, HOW) for quantity in quantities]


def write(path: Path, samples: int) -> Path:
    """A table of two classes, which differ in a product of measurements."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(samples, 30))
    y = X[:, 0] + X[:, 1] * X[:, 2] > 0.0
    names = ",".join([*(f"x{j}" for j in range(30)), "y"])
    np.savetxt(path, np.column_stack([X, y]), fmt="%.6g", delimiter=",", header=names, comments="")
    return path


def measured(path: Path) -> tuple[float, float, float]:
    """Seconds by the clock, seconds of processor, and the most memory at once, in GB."""
    command = [sys.executable, "-m", "nn", "compare", "--data", str(path), "--epochs", "1"]
    begin = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--out", str(path.parent / "out")], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    complaint = process.stderr.read().decode()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {complaint.strip()}")
    unit = 1.0 if sys.platform == "darwin" else 1024.0  # of the memory that the system counts, in bytes
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 1e9
