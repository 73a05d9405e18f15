"""The script ``duograd``: its commands, and that nothing in the working folder is taken for a module."""

import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

from duograd.entries import AUTODIFF, DUOGRAD, NN, VIZ

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
POISON = "from pathlib import Path\nPath('imported').touch()\nraise SystemExit('from the working folder')\n"
RIGHT = "def db(dZ):\n    return dZ.sum(axis=1, keepdims=True)\n"


@pytest.fixture
def script(tmp_path):
    """Run the script that pip makes of setup.cfg, in a folder of files named like modules."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    entry = setup["options.entry_points"]["console_scripts"].strip()
    name, module, attribute = re.fullmatch(r"(\w+) = ([\w.]+):([\w.]+)", entry).groups()
    assert name == "duograd"
    outermost = attribute.partition(".")[0]
    made = tmp_path / "bin" / name
    made.parent.mkdir()
    made.write_text(
        f"import sys\nfrom {module} import {outermost}\nsys.exit({attribute}())\n", encoding="utf-8"
    )
    (tmp_path / "bin" / "mine.py").write_text(RIGHT, encoding="utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    for each in ("random", "json", "signal", "autodiff", "nn", "viz", "duograd", "numpy", "pygraphviz"):
        (folder / f"{each}.py").write_text(POISON, encoding="utf-8")

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            [sys.executable, str(made), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
        )
        assert not (folder / "imported").exists()
        return done

    return run


COMMANDS = {
    "compare": ["--layers", "1,3", "--epochs", "0", "--samples", "1"],
    "train": ["--epochs", "1", "--plot", "curve.png"],
    "judge": ["../bin/mine.py"],
    "draw": ["w*x", "w=1", "x=2"],
    "explore": ["w*x", "w=1", "x=2"],
    "lab": [],
    "explain": ["w*x", "w=1", "x=2"],
}


def test_every_command_is_tried_in_a_folder_of_files_named_like_modules():
    assert COMMANDS.keys() == DUOGRAD.commands.keys() - {"predict"}, "predict is tried after train"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_nothing_from_the_working_folder(script, command):
    done = script(command, *COMMANDS[command])
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_predict_imports_nothing_from_the_working_folder(script):
    assert script("train", "--epochs", "1", "--save", "iris.npz").returncode == 0
    done = script("predict", "iris.npz")
    assert (done.returncode, done.stderr) == (0, "")


def test_help_has_a_line_for_each_command(capsys):
    with pytest.raises(SystemExit) as stopped:
        DUOGRAD.main(["--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    for name, summary in DUOGRAD.commands.items():
        assert re.search(rf"^  {name} +{re.escape(summary)}$", out, re.MULTILINE)


@pytest.mark.parametrize("command", DUOGRAD.commands)
def test_each_command_has_a_help_of_its_own(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        DUOGRAD.main([command, "--help"])
    assert stopped.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: duograd {command} [-h]")
    assert "%(" not in out


@pytest.mark.parametrize(("typed", "meant"), [("trian", "train"), ("compere", "compare"), ("Draw", "draw")])
def test_a_mistyped_command_suggests_the_nearest(typed, meant, capsys):
    with pytest.raises(SystemExit) as stopped:
        DUOGRAD.main([typed])
    assert stopped.value.code == 2
    assert (
        f"duograd: error: there is no command {typed!r}; did you mean {meant!r}?" in capsys.readouterr().err
    )


def test_without_a_command_it_says_that_one_is_missing(capsys):
    with pytest.raises(SystemExit) as stopped:
        DUOGRAD.main([])
    assert stopped.value.code == 2
    assert "duograd: error: the following arguments are required: command" in capsys.readouterr().err


def test_every_command_belongs_to_one_package():
    together = [name for program in (NN, VIZ, AUTODIFF) for name in program.commands]
    assert sorted(together) == sorted(DUOGRAD.commands)


def test_names_of_files_are_no_markup(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    assert DUOGRAD.main(["draw", "w*x", "w=1", "x=2", "-o", "[red]:smile:.svg"]) == 0
    assert capsys.readouterr().out.startswith("wrote [red]:smile:.svg: 3 nodes")
