"""``python -m tests.newcomer``: what somebody new waits for, from a clone and from a wheel.

A clone of what is committed here, and the README's first command in it; a wheel, in an empty environment
elsewhere, the first picture, *A first hour* line by line, a file that is judged, and the lab. Printed
are seconds by the clock, with the load of the machine at the end of each step.

Taken on 1 December 2026 at c6b2d3f, two processors with nothing beside it: clone 0.3 s, the README's first
command 31 s, wheel 7 s, environment 6 s, installation 18 s, the first picture 1.5 s, the lines of the first
hour 1.0 s, a judged file 1.4 s, the lab 0.9 s. The README's second command took about four and a half minutes
there, of which its tests are 191 s.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FIRST_HOUR = "docs/tutorials/first_hour.rst"

PICTURE = """\
from autodiff import Value
from viz import render
w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(-0.5, "b")
y = (w * x + b).tanh()
y.backward()
render(y, "graph.svg")
"""
TYPED = """\
import doctest, sys
failed, tried = doctest.testfile(sys.argv[1], module_relative=False)
sys.exit(failed or not tried)
"""
HOMEWORK = """\
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.mean(axis=0)
"""


def steps(folder: Path) -> Iterator[tuple[str, list[str], Path, int]]:
    """What is done, as which command, where, and how it has to end."""
    clone, elsewhere = folder / "clone", folder / "elsewhere"
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    first = re.search(r"^python3 -m venv.*", readme, re.MULTILINE)
    assert first
    python = str(elsewhere / ("venv/Scripts/python" if os.name == "nt" else "venv/bin/python"))
    yield "clone", ["git", "clone", "-q", str(ROOT), str(clone)], folder, 0
    yield "the README's first command", ["bash", "-c", first[0]], clone, 0
    make = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", ".", "-w", str(folder)]
    yield "wheel", make, clone, 0
    elsewhere.mkdir()
    (elsewhere / "homework.py").write_text(HOMEWORK, encoding="utf-8")
    (wheel,) = folder.glob("*.whl")
    yield "empty environment", [sys.executable, "-m", "venv", "venv"], elsewhere, 0
    yield "install the wheel", [python, "-m", "pip", "install", "-q", str(wheel)], elsewhere, 0
    yield "first picture", [python, "-c", PICTURE], elsewhere, 0
    yield "the first hour, typed", [python, "-c", TYPED, str(clone / FIRST_HOUR)], elsewhere, 0
    yield "a file judged", [python, "-m", "nn", "judge", "homework.py"], elsewhere, 1
    yield "the lab", [python, "-m", "viz", "lab", "-o", "lab.html"], elsewhere, 0


def main() -> None:
    """Print a line for each step."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, words, where, code in steps(Path(folder)):
            begin = time.perf_counter()
            ran = subprocess.run(words, cwd=where, env=clean, capture_output=True, text=True)
            seconds = time.perf_counter() - begin
            assert ran.returncode == code, f"{name}: {ran.stdout}{ran.stderr}"
            load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
            print(f"{name:28} {seconds:6.1f} s  {load}", flush=True)


if __name__ == "__main__":
    main()
