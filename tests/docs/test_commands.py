"""Every command line of the pages is run: here, or by the tests of the page that it stands on."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("**/*.rst"))
WITH_TESTS = {"judge_a_class", "train_beyond_one_machine"}  # test_judging_page.py, test_beyond_one_machine.py
COMMAND = re.compile(r"(?:``|\$ )python -m ((?:autodiff|nn|viz|duograd)\b[^`\n]*)")
HOMEWORK = """\
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""


def commands():
    for page in PAGES:
        if page.stem not in WITH_TESTS:
            for words in COMMAND.findall(page.read_text(encoding="utf-8")):
                if len(words.split()) > 2:  # a program's or a command's name alone is no command line
                    yield words.strip()


@pytest.mark.parametrize("words", sorted(set(commands())))
def test_a_command_of_a_page_ends_well(tmp_path, words):
    (tmp_path / "network.py").write_text(HOMEWORK, encoding="utf-8")
    words = words.replace("FILE", "network.py")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8", "BROWSER": "true"}
    ran = subprocess.run(
        [sys.executable, "-m", *shlex.split(words)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=120,
    )
    assert (ran.returncode, ran.stderr) == (0, b""), ran.stdout.decode()
    assert ran.stdout or len([*tmp_path.iterdir()]) > 1


def test_there_are_commands():
    assert len({*commands()}) >= 2
