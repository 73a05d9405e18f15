"""What type checkers, editors and help() know of the functions and methods that the table makes."""

import inspect
import os
import re
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path

import pytest

import autodiff
from autodiff import Value
from autodiff.engine.ops import OPS
from autodiff.functions.stubs import STUBS

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]
ROWS = pytest.mark.parametrize("op", OPS.values(), ids=OPS)


@pytest.mark.parametrize("path", STUBS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_stubs_are_those_of_the_table(path):
    """If not, ``python -m autodiff.functions.stubs`` writes them."""
    assert path.read_text(encoding="utf-8") == STUBS[path]()


@ROWS
def test_help_shows_operands_formula_and_derivatives(op):
    function = getattr(autodiff, op.name)
    parameters = inspect.signature(function).parameters.values()
    assert [each.name for each in parameters] == list("xz"[: op.arity])
    assert [each.default for each in parameters if each.default is not each.empty] == list(op.defaults)
    assert f"y = {op.name}({', '.join('xz'[: op.arity])})" in function.__doc__
    assert [f"∂y/∂{name} = " in function.__doc__ for name in "xz"] == [True, op.arity == 2]
    assert list(inspect.signature(getattr(Value, op.name)).parameters) == ["self", "other"][: op.arity]


TYPED = """\
from typing_extensions import assert_type
from autodiff import Value, exp, leaky_relu, maximum

x = Value(1.0)
assert_type(exp(x), Value)
assert_type(exp(1.0), float)
assert_type(maximum(x, 1.0), Value)
assert_type(maximum(1.0, x), Value)
assert_type(leaky_relu(x), Value)
assert_type(x.tanh(), Value)
assert_type(x.maximum(2), Value)
assert_type(x.data, float)
"""

MISTAKES = """\
from autodiff import taanh
from autodiff.functions import taanh
x.taanh()
exp(x, x)
"""

# NumPy's own stubs take longer to read than all of this.
CONFIG = """\
[mypy]
strict = True
cache_dir = /dev/null
[mypy-numpy.*,rich.*,matplotlib.*]
follow_imports = skip
"""


def test_a_type_checker_knows_the_functions_and_finds_misspelt_ones(tmp_path):
    file, config = tmp_path / "typed.py", tmp_path / "mypy.ini"
    file.write_text(TYPED + MISTAKES, encoding="utf-8")
    config.write_text(CONFIG.replace("/dev/null", os.devnull), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(config), "--no-error-summary", str(file)]
    result = subprocess.run(command, capture_output=True, text=True)
    lines = [int(line) for line in re.findall(r"typed\.py:(\d+): error: ", result.stdout)]
    right, wrong = TYPED.count("\n"), MISTAKES.count("\n")
    assert sorted(set(lines)) == list(range(right + 1, right + wrong + 1)), result.stdout + result.stderr


def test_a_wheel_holds_the_stubs():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    data = setup["options.package_data"]
    for path in STUBS:
        package = ".".join(path.parent.relative_to(ROOT).parts)
        assert "*.pyi" in data[package].replace(" ", "").split(",")
