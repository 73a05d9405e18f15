"""What the commands of all packages have in common."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nn import load_model

pytestmark = pytest.mark.long

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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes end otherwise on Windows")
def test_a_training_whose_reader_leaves_says_where_it_is_kept(tmp_path):
    """Own data, the reader gone in the middle: the checkpoint is whole, nothing else is left."""
    rows = [f"{i % 7},{i % 5},{i % 2}" for i in range(60)]
    (tmp_path / "a.csv").write_text("\n".join(["a,b,c", *rows]), encoding="utf-8")
    words = ["train", "--data", "a.csv", "--epochs", "20", "--save", "a.npz", "--engine", "matrix"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", "nn", *words]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes) as process:
        process.stdout.readline()
        process.stdout.close()
        told = process.stderr.read()
        code = process.wait(60)
    assert code == 141, told
    assert told in (b"", b"nobody reads what is printed; a.npz holds the training\n")
    left = {path.name for path in tmp_path.iterdir()}
    assert left in ({"a.csv"}, {"a.csv", "a.npz"})  # it may have been gone before training began
    assert (told != b"") == ("a.npz" in left)
    if "a.npz" in left:
        load_model(tmp_path / "a.npz")
