"""CONTRIBUTING's examples are right, what it names is there, and all places that check agree."""

import json
import re
from configparser import ConfigParser
from pathlib import Path

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad, grad

from autodiff import Value, gradcheck
from autodiff.engine.namespaces import ARRAYS
from autodiff.engine.value import record

ROOT = Path(__file__).parents[1]
CI = (ROOT / ".ci/run").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
HOOKS = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
WORKFLOW = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")


def example(section):
    """The names that the code of a section of CONTRIBUTING defines."""
    text = CONTRIBUTING.partition(f"## {section}\n")[2].partition("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(code, names)
    return names


def test_the_operation_is_right():
    row = example("Add an operation")["row"]
    x = np.array([-1e150, -40.0, -1.5, -1e-9, 0.0, 1e-300, 0.25, 3.0, 1e16])
    y = row.forward(ARRAYS, x)
    (slope,) = row.partials(ARRAYS, x, y)

    def softsign(x):
        return x / (1.0 + anp.abs(x))

    np.testing.assert_allclose(y, softsign(x), rtol=1e-15)
    # Its oracle is 1 - |y|/(1 + |x|), which cancels for a large x.
    np.testing.assert_allclose(slope, elementwise_grad(softsign)(x), rtol=1e-13, atol=1e-15)
    assert gradcheck(lambda v: record(row, v), [0.7])


def test_the_loss_is_right():
    loss = example("Add a loss")["LogCosh"]()
    rng = np.random.default_rng(0)
    A, Y = rng.normal(scale=3.0, size=(2, 3, 5))

    def J(A):
        return anp.mean(anp.log(anp.cosh(A - Y)))

    assert loss.J(A, Y) == pytest.approx(J(A), rel=1e-13)
    np.testing.assert_allclose(loss.dA(A, Y), grad(J)(A), rtol=1e-12)
    nodes = [[Value(a) for a in column] for column in A.T]
    loss.mean(nodes, Y.T.tolist()).backward()
    grads = np.array([[a.grad for a in column] for column in nodes]).T
    np.testing.assert_allclose(grads, grad(J)(A), rtol=1e-12)


def test_contributing_names_only_what_is_there():
    named = re.findall(r"`((?:[\w.]+/)+[\w.]*)`|\]\(([\w./]+)\)", CONTRIBUTING)
    paths = {first or second for first, second in named}
    assert {"autodiff/engine/ops.py", "nn/losses", "lessons/", "CHANGELOG.md"} <= paths
    assert {path for path in paths if not (ROOT / path).exists()} == set()


def test_contributing_tells_how_to_add_an_operation_a_loss_and_a_lesson():
    assert {"Set up", "Test", "Add an operation", "Add a loss", "Add a lesson"} <= set(
        re.findall(r"^## (.+)$", CONTRIBUTING, re.MULTILINE)
    )


def test_the_changelog_speaks_of_the_version_that_is_made():
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert setup["metadata"]["version"] in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_profile_decides_the_number_of_random_examples():
    tests = ROOT.glob("tests/**/test_*.py")
    own = [path for path in tests if re.search(r"max_examples=\d", path.read_text(encoding="utf-8"))]
    assert own == []


def test_libraries_that_may_be_missing_are_asked_for_in_one_place():
    """By the fixtures ``torch`` and ``jax``, which mark a test for the step that installs these."""
    asks = re.compile(r"pytest\.importorskip|^ +import (torch|jax)\b", re.MULTILINE)
    paths = ROOT.glob("tests/**/*.py")
    asking = [path.name for path in paths if asks.search(path.read_text(encoding="utf-8"))]
    assert asking == ["conftest.py"]


@pytest.mark.parametrize("tool", ["ruff check", "ruff format", "mypy", "lint-imports"])
def test_hooks_run_the_linters_of_ci(tool):
    assert re.search(rf"^\$bin/{tool}\b", CI, re.MULTILINE)
    assert re.search(rf"^ +entry: (python -m )?{tool}\b", HOOKS, re.MULTILINE)
    assert tool in CONTRIBUTING


def test_the_workflow_is_ci_on_every_python_and_system():
    assert re.search(r"^\s+run: bash \.ci/run$", WORKFLOW, re.MULTILINE)
    pythons = json.loads(re.search(r"python: (\[.*\])", WORKFLOW)[1])
    assert pythons == [f"3.{minor}" for minor in range(10, 15)]
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    assert setup["options"]["python_requires"] == f">={pythons[0]}"
    systems = re.search(r"os: \[(.*)\]", WORKFLOW)[1].split(", ")
    assert {system.partition("-")[0] for system in systems} == {"ubuntu", "macos", "windows"}
