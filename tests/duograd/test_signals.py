"""A command that is told to end ends, and whatever it started ends with it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from duograd.entries import DUOGRAD
from tests.marked import alive, end_soon, wait_for

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
HANGS = "while True: pass\n"

# Words with which a command works without an end, and how many processes are at work then: the command, and
# where it has others compute, the one that guards them and the one that computes.
LASTING = {
    "train": (["--engine", "matrix", "--epochs", "100000000"], 1),
    "compare": (["--epochs", "0", "--samples", "1", "--layers", "2,3"], 3),
    "judge": (["mine.py", "--timeout", "600"], 3),
    "draw": (["w*x", "w=1", "x=2", "-o", "a.svg"], 3),
    "explore": (["w*x", "w=1", "x=2"], 3),
}
ALONE = {"predict", "explain", "lab"}  # at once done, and without another process


def test_every_command_is_tried():
    assert LASTING.keys() | ALONE == set(DUOGRAD.commands)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it is not promised")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
@pytest.mark.parametrize("command", LASTING)
def test_no_process_is_left_after_a_signal(tmp_path, command, name):
    words, at_work = LASTING[command]
    (tmp_path / "pygraphviz").mkdir()
    for module in ("pygraphviz/__init__", "pygraphviz/graphviz", "pygraphviz/_graphviz", "mine"):
        (tmp_path / f"{module}.py").write_text(HANGS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}", "MARK": str(tmp_path)}
    start = [sys.executable, "-c", "from duograd.entries import DUOGRAD; DUOGRAD.enter()", command, *words]
    with subprocess.Popen(
        start, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        if at_work == 1:
            assert process.stdout.readline()
        assert wait_for(lambda: len(alive(str(tmp_path))) >= at_work, 60)
        assert end_soon(str(tmp_path), process, name)
    assert process.returncode != 0 or (command, name) == ("train", "SIGINT")  # it keeps what it has learnt


@pytest.mark.parametrize("words", [["explain", "x*y", "x=1", "y=2"], ["predict", "net.npz"], ["lab"]])
def test_the_others_start_no_process(tmp_path, monkeypatch, capsys, words):
    monkeypatch.chdir(tmp_path)
    assert DUOGRAD.main(["train", "--epochs", "1", "--engine", "matrix", "--save", "net.npz"]) == 0
    monkeypatch.setattr(subprocess, "Popen", None)
    assert DUOGRAD.main(words) == 0
    assert capsys.readouterr().err == ""
