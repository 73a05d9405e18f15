"""The page on judging a class: its files are handed in, its commands run, its Python tried."""

import json
import os
import re
import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how_to/judge_a_class.rst"
TEXT = PAGE.read_text(encoding="utf-8")
FILES = re.findall(r"\.\. code-block:: python\n   :caption: (\S+)\n\n((?:   .*\n|\n)+)", TEXT)
COMMANDS = re.findall(r"   \$ python (.+)\n   \$ echo \$\?\n   (\d)\n", TEXT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where its files lie and its commands are run, in their order."""
    folder = tmp_path_factory.mktemp("page")
    for name, code in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(textwrap.dedent(code), encoding="utf-8")
    return folder


def test_it_shows_files_and_commands():
    assert len(FILES) == 3 and len(COMMANDS) == 5 == TEXT.count("$ python")


@pytest.mark.parametrize(("words", "code"), COMMANDS)
def test_its_commands_end_as_it_says(folder, words, code):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, *shlex.split(words)], cwd=folder, env=environment, capture_output=True
    )
    assert (ran.returncode, ran.stderr) == (int(code), b"")
    out = folder / words.rpartition("--out ")[2].split()[0]
    if "gradescope" in words:
        assert json.loads((out / "results.json").read_text(encoding="utf-8"))["score"] == 2.0
    elif "--out" in words:
        page = (out / "report.html").read_text(encoding="utf-8")
        assert {"report.html", "report.csv", "verdicts"} == {each.name for each in out.iterdir()}
        assert ("sign flipped" in page) == ("--hint" not in words)


def test_what_it_installs_is_an_extra():
    extra = re.search(r"pip install 'duograd\[(\w+)\]'", TEXT)[1]
    assert re.search(rf"^{extra} =\n    dask", (ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)
