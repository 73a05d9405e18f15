"""The READMEs: code runs as written and prints what stands there; there are two commands."""

import os
import re
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.capabilities import SOURCES
from benchmarks.readme import (
    PICTURES,
    blocks,
    explorer_page,
    lab_page,
    neuron,
    picture_of_text,
    printed,
    shown,
    text_of,
    with_ratios,
)
from benchmarks.results import RESULTS, read

README = Path(__file__).parents[1] / "README.md"
CODE = list(blocks(README.read_text(encoding="utf-8")))


@pytest.mark.parametrize("block", CODE, ids=lambda block: block["code"].split("\n")[0])
def test_code_prints_what_the_readme_shows(block):
    assert printed(block["code"]) == (block["output"] or "")


def test_there_are_four_uses_in_about_ten_lines_each():
    assert len(CODE) == 4
    assert all(len([*filter(str.strip, block["code"].splitlines())]) <= 12 for block in CODE)


def test_there_are_exactly_two_commands_for_a_fresh_machine():
    lines = README.read_text(encoding="utf-8").splitlines()
    commands = [line for line in lines if line.startswith("python3 -m venv")]
    assert len(commands) == 2
    assert all(" pip install" in each.replace("/bin/pip", " pip") for each in commands)


SCRIPT = "from duograd.entries import DUOGRAD; DUOGRAD.enter()"  # as pip's script, held to it in its tests
SHELL = README.read_text("utf-8").replace("\n", " ")


@pytest.mark.parametrize(
    "command", re.findall(r"`(python -m (?:autodiff|nn|viz) [^`]+|duograd [^`]+)`", SHELL)
)
def test_the_commands_are_there_that_it_shows(command, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(README.parent), "PYTHONIOENCODING": "utf-8"}
    program, *words = shlex.split(command)
    start = ["-c", SCRIPT] if program == "duograd" else []
    done = subprocess.run(
        [sys.executable, *start, *words], cwd=tmp_path, env=environment, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout
    assert done.stderr == b""


def test_every_picture_is_there():
    pictures = re.findall(r"!\[[^]]*\]\(([^)]+)\)", README.read_text(encoding="utf-8"))
    assert pictures
    for picture in pictures:
        assert (README.parent / picture).stat().st_size > 1000


def test_the_korean_readme_is_of_equal_standing():
    english = README.read_text(encoding="utf-8")
    korean = README.with_name("README.ko.md").read_text(encoding="utf-8")
    for shared in (r"```.*?```", r"^## ", r"^\| `[a-z]+/` \|", r"\]\((?!README)[^)]+\)"):
        parts = re.findall(shared, english, re.DOTALL | re.MULTILINE)
        assert parts and parts == re.findall(shared, korean, re.DOTALL | re.MULTILINE)
    assert "](README.ko.md)" in english and "](README.md)" in korean


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_ratios_are_those_that_were_measured(name):
    text = README.with_name(name).read_text(encoding="utf-8")
    rows = read(README.parent / RESULTS)[1]
    assert with_ratios(text, rows) == text
    lifted = next(row for row in rows if row.contestant == "lifted" and row.ratio != 1)
    assert f"lifted {lifted.ratio:.2f}" in text
    step = {row.contestant: row for row in rows if row.benchmark == "eager" and row.quantity == "time"}
    node_by_node = step["micrograd"].median / step["duograd, + and *"].median
    assert f"{node_by_node:.0f} times as long" in text or f"{node_by_node:.0f}배가 걸립니다" in text
    assert (
        f"micrograd's {step['micrograd'].ratio:.0f}" in text
        or f"micrograd의 {step['micrograd'].ratio:.0f}" in text
    )


def test_links_lead_somewhere():
    for readme in (README, README.with_name("README.ko.md")):
        links = re.findall(r"\]\(([^)#]+)\)", readme.read_text(encoding="utf-8"))
        assert links
        here = set(links).difference(SOURCES.values())  # which are elsewhere
        assert [link for link in here if not (README.parent / link).exists()] == []


@pytest.mark.parametrize("name", ["comparison.svg", "formulas.svg"])
def test_a_picture_of_text_shows_what_the_code_gives(name):
    kept = (README.parent / PICTURES / name).read_text(encoding="utf-8")
    now = picture_of_text(shown()[name], Path(name).stem)
    assert [but_rounding(line) for line in text_of(kept)] == [but_rounding(line) for line in text_of(now)]


@pytest.mark.parametrize("name", ["comparison.svg", "formulas.svg"])
def test_a_picture_of_text_loads_nothing_from_a_network(name):
    kept = (README.parent / PICTURES / name).read_text(encoding="utf-8")
    assert "@font-face" not in kept and "url(http" not in kept


def test_the_drawn_neuron_is_what_render_draws(tmp_path):
    neuron(tmp_path / "neuron.svg")
    texts = [
        [each.text.strip() for each in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]
        for path in (README.parent / PICTURES / "neuron.svg", tmp_path / "neuron.svg")
    ]
    assert texts[0] == texts[1]
    assert {"w", "x", "b", "y", "0.4621", "1.5729"} <= set(texts[0])


@pytest.mark.parametrize(
    ("name", "opened", "says"),
    [("explorer.png", explorer_page, "Step downhill"), ("lab.png", lab_page, "step 400, epoch 100: J = ")],
)
def test_the_picture_of_a_page_shows_it_as_it_is(chromium, name, opened, says):
    def now():
        with opened(chromium) as page:
            return page.inner_text("body")

    with ThreadPoolExecutor(1) as other:  # playwright may already be at work in this thread
        text = other.submit(now).result()
    kept = Image.open(README.parent / PICTURES / name)
    assert kept.size == (1440, 900)
    assert kept.text["Description"] == text
    assert says in text


def but_rounding(line: str) -> str:
    """A line of the table without the differences, which are rounding errors and depend on the machine."""
    return re.sub(r"\d\.\de[-+]\d\d.*(?=[✓✗])", "", line)
