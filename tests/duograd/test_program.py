"""What the commands of all packages have in common."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "autodiff": ["tanh(w*x)", "w=0.5", "x=2"],
    "viz": ["draw", "w*x", "w=0.5", "x=2"],
    "nn": ["train", "--data", "iris", "--epochs", "2"],
    "benchmarks": ["draw", "--rounds", "1", "--widths", "1"],
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes end otherwise on Windows")
@pytest.mark.parametrize("package", COMMANDS)
def test_a_command_ends_silently_once_nobody_reads_what_it_prints(package, tmp_path):
    command = [sys.executable, "-m", package, *COMMANDS[package]]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, stdout=writer, stderr=subprocess.PIPE, timeout=120
        )
    finally:
        os.close(writer)
    assert done.stderr == b""
    assert done.returncode != 0
