"""Packages whose names are imported when they are first asked for: each stub says where from."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import nn
import viz
from autodiff import lifting

lazy = pytest.mark.parametrize("package", [lifting, nn, viz], ids=["autodiff.lifting", "nn", "viz"])


def stub_of(package):
    return ast.parse(Path(package.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))


@lazy
def test_the_stub_says_where_each_name_comes_from(package):
    stub = stub_of(package)
    told = {
        each.name: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    }
    assert {*package.__all__} <= {*told} <= {*dir(package)}
    assert ast.literal_eval(stub.body[-1].value) == package.__all__
    for name, module in told.items():
        if module is None:
            assert getattr(package, name) is import_module(f"{package.__name__}.{name}")
        else:
            assert getattr(package, name) is getattr(import_module(f"{package.__name__}.{module}"), name)


@pytest.mark.parametrize(
    ("asked", "later"),
    [
        ("import nn, viz", ["autodiff.lifting", "matplotlib", "nn.model", "rich", "viz.drawing"]),
        ("from nn import MLP", ["autodiff.lifting", "matplotlib", "nn.judging", "nn.train", "rich"]),
        ("from nn import fit", ["autodiff.lifting.entry", "nn.judging"]),
        ("from viz import draw", ["autodiff.lifting.entry", "matplotlib"]),
    ],
)
def test_nobody_waits_for_what_was_not_asked_for(asked, later):
    code = f"{asked}; import sys; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert {*told.split()} & {*later} == set()


def test_what_paints_brings_matplotlib():
    subprocess.run(
        [sys.executable, "-c", "import sys, viz; viz.plot_history; assert 'matplotlib' in sys.modules"],
        check=True,
    )
