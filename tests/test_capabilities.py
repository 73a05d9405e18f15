"""The READMEs' table of what engines can do: cells that can be tried are tried, all others cite."""

import importlib
from pathlib import Path

import pytest

from benchmarks.capabilities import CAPABILITIES, ENGINES, SOURCES, experiment, table
from benchmarks.experiments import SHORT

pytestmark = pytest.mark.long

README = Path(__file__).parents[1] / "README.md"
MODULES = {"duograd": "autodiff", "micrograd": "micrograd", "HIPS autograd": "autograd", "PyTorch": "torch"}


def installed():
    for engine, module in MODULES.items():
        try:
            importlib.import_module(module)
        except ImportError:
            continue
        yield engine


@pytest.mark.parametrize("engine", list(installed()))
@pytest.mark.parametrize("capability", CAPABILITIES, ids=lambda each: each.key)
def test_a_cell_says_what_its_experiment_finds(capability, engine):
    cell = capability.cells[list(ENGINES).index(engine)]
    tried = experiment(capability, engine)
    if tried is None:
        assert capability.read[engine]
    else:
        assert tried() == (cell == "y")


def test_each_cell_is_tried_or_read_and_not_both():
    for capability in CAPABILITIES:
        assert len(capability.cells) == len(ENGINES)
        for engine, make in ENGINES.items():
            tried = make is not None and hasattr(make, capability.key)
            assert tried != (engine in capability.read), (capability.key, engine)


def test_this_library_is_tried_throughout_but_for_the_gpu():
    assert [each.key for each in CAPABILITIES if "duograd" in each.read] == ["gpu"]


def test_the_others_win_some_rows():
    assert sum(each.cells[0] != "y" for each in CAPABILITIES) == 3


def test_the_reference_is_the_short_file_that_the_table_says_it_is():
    lines = (README.parent / "autodiff/tiny.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) < SHORT


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_readmes_show_the_table(name):
    text = README.with_name(name).read_text(encoding="utf-8")
    assert "\n".join(table(name)) in text
    assert all(source in text for source in SOURCES.values())
