"""What the package exports: the stub names what is there, and matplotlib is imported by what paints."""

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import viz

STUB = ast.parse(Path(viz.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))


def test_the_stub_says_where_each_name_comes_from():
    imports = [node for node in STUB.body if isinstance(node, ast.ImportFrom)]
    told = {each.name: node.module for node in imports for each in node.names}
    assert sorted(told) == viz.__all__
    assert ast.literal_eval(STUB.body[-1].value) == viz.__all__
    for name, module in told.items():
        assert getattr(viz, name) is getattr(import_module(module), name)


def test_an_import_leaves_matplotlib_alone():
    before = "import sys, viz; assert 'matplotlib' not in sys.modules"
    code = f"{before}; viz.plot_history; assert 'matplotlib' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
