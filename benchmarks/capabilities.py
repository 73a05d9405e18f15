"""What each engine can and cannot do: the table in the READMEs, each cell tried or read.

A cell of an engine that can be installed is an experiment, a method of its class here, which
returns whether it worked; ``tests/test_capabilities.py`` runs it and holds it against the table. The
other cells were read, in the sources named here.
"""

from __future__ import annotations

import importlib
import inspect
import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CAPABILITIES", "ENGINES", "SOURCES", "Capability", "experiment", "table"]

DEEP = 100_000  # operations in a chain
SHORT = 200  # lines


class Duograd:
    """This library."""

    def __init__(self) -> None:
        self.autodiff: Any = importlib.import_module("autodiff")
        self.Value = self.autodiff.Value

    def scalars(self) -> bool:
        x = self.Value(2.0)
        (x * x + 3.0 * x).backward()
        return bool(x.grad == 7.0)

    def short(self) -> bool:
        return _lines(Path(self.autodiff.__file__).parent.rglob("*.py")) < SHORT

    def arrays(self) -> bool:
        W = self.autodiff.leaves("W", np.ones((2, 3)))
        product = (W @ np.ones((3, 4))).sum()
        return len(self.autodiff.topological_order(product)) < 10

    def tanh(self) -> bool:
        return bool(self.Value(1.0).tanh().data == math.tanh(1.0))

    def deep(self) -> bool:
        return _deep(self.Value(1.0))

    def second(self) -> bool:
        x = self.Value(2.0)
        slope = self.autodiff.grad(x**3, x, create_graph=True)
        return bool(self.autodiff.grad(slope, x) == 12.0)

    def domain(self) -> bool:
        try:
            self.Value(0.0, "p").log()
        except ValueError as error:
            return "log" in str(error) and "p" in str(error)
        return False

    def check(self) -> bool:
        try:
            return bool(self.autodiff.gradcheck(lambda x: x.tanh(), [0.5]))
        except AssertionError:
            return False

    def draw(self) -> bool:
        x = self.Value(1.5, "x")
        y = x * 3.25
        y.backward()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "graph.svg")
            importlib.import_module("viz").render(y, path)
            text = path.read_text(encoding="utf-8")
        return all(number in text for number in ("1.5", "4.875", "3.25"))

    def judge(self) -> bool:
        nn: Any = importlib.import_module("nn")
        forgotten = nn.compare(nn.MLP(2, [3, 1]), [[0.5, 1.0], [-1.0, 2.0]], [1.0, 0.0], dZ=lambda dA: dA)
        return "dZ" in forgotten.diagnoses[0].text

    def lift(self) -> bool:
        graphs: Any = importlib.import_module("benchmarks.graphs")
        graph = graphs.mlp((2, 3, 1), 4)
        return "Z1 = W1·X + b1" in str(self.autodiff.lift(graph.loss, graph.inputs, graph.params))


class Micrograd:
    """micrograd, as published on PyPI."""

    def __init__(self) -> None:
        self.engine: Any = importlib.import_module("micrograd.engine")
        self.nn: Any = importlib.import_module("micrograd.nn")
        self.Value = self.engine.Value

    scalars, deep = Duograd.scalars, Duograd.deep

    def short(self) -> bool:
        return _lines([Path(self.engine.__file__)]) < SHORT

    def arrays(self) -> bool:
        try:
            self.Value(np.ones((2, 3))) @ self.Value(np.ones((3, 4)))
        except TypeError:
            return False
        return True

    def tanh(self) -> bool:
        return hasattr(self.Value, "tanh")

    def second(self) -> bool:
        x = self.Value(2.0)
        (x**3).backward()
        return hasattr(x.grad, "backward")

    def domain(self) -> bool:
        return hasattr(self.Value, "log")

    def check(self) -> bool:
        return self._has("check")

    def draw(self) -> bool:
        return self._has("draw", "dot", "render", "graph")

    def _has(self, *words: str) -> bool:
        names = [*vars(self.engine), *vars(self.nn), *vars(self.Value)]
        return any(word in name.lower() for name in names for word in words)


class Autograd:
    """HIPS autograd."""

    def __init__(self) -> None:
        self.autograd: Any = importlib.import_module("autograd")
        self.np: Any = importlib.import_module("autograd.numpy")

    def scalars(self) -> bool:
        return bool(self.autograd.grad(lambda x: x * x + 3.0 * x)(2.0) == 7.0)

    def short(self) -> bool:
        return _lines([Path(inspect.getfile(self.autograd), "..", "core.py").resolve()]) < SHORT

    def arrays(self) -> bool:
        grad = self.autograd.grad(lambda W: (W @ np.ones((3, 4))).sum())(np.ones((2, 3)))
        return bool((grad == 4.0).all())

    def tanh(self) -> bool:
        return bool(self.autograd.grad(self.np.tanh)(0.0) == 1.0)

    def deep(self) -> bool:
        def chain(x: Any) -> Any:
            for _ in range(DEEP):
                x = x * 1.0
            return x

        return bool(self.autograd.grad(chain)(1.0) == 1.0)

    def second(self) -> bool:
        grad = self.autograd.grad
        return bool(grad(grad(lambda x: x**3))(2.0) == 12.0)

    def domain(self) -> bool:
        with np.errstate(divide="ignore"):
            return bool(self.autograd.grad(self.np.log)(0.0) != math.inf)

    def check(self) -> bool:
        importlib.import_module("autograd.test_util").check_grads(self.np.tanh, modes=["rev"])(0.5)
        return True


class Torch:
    """PyTorch."""

    def __init__(self) -> None:
        self.torch: Any = importlib.import_module("torch")

    def scalars(self) -> bool:
        x = self._leaf(2.0)
        (x * x + 3.0 * x).backward()
        return bool(x.grad == 7.0)

    def arrays(self) -> bool:
        W = self.torch.ones(2, 3, requires_grad=True)
        (W @ self.torch.ones(3, 4)).sum().backward()
        return bool((W.grad == 4.0).all())

    def gpu(self) -> bool:
        return bool(self.torch.device("cuda").type == "cuda")

    def tanh(self) -> bool:
        return bool(self._leaf(0.0).tanh() == 0.0)

    def deep(self) -> bool:
        return _deep(self._leaf(1.0))

    def second(self) -> bool:
        x = self._leaf(2.0)
        (slope,) = self.torch.autograd.grad(x**3, x, create_graph=True)
        return bool(self.torch.autograd.grad(slope, x)[0] == 12.0)

    def domain(self) -> bool:
        return bool(self._leaf(0.0).log() != -math.inf)

    def check(self) -> bool:
        return bool(self.torch.autograd.gradcheck(self.torch.tanh, self._leaf(0.5)))

    def _leaf(self, number: float) -> Any:
        return self.torch.tensor(number, dtype=self.torch.float64, requires_grad=True)


def _lines(paths: Any) -> int:
    """Lines that are not blank."""
    return sum(bool(line.strip()) for path in paths for line in path.read_text(encoding="utf-8").splitlines())


def _deep(x: Any) -> bool:
    """Whether a chain of many operations is differentiated."""
    y = x
    for _ in range(DEEP):
        y = y * 1.0
    try:
        y.backward()
    except RecursionError:
        return False
    return bool(x.grad == 1.0)


# In the order of the table's columns; None for what cannot be installed.
ENGINES: dict[str, Callable[[], Any] | None] = {
    "duograd": Duograd,
    "micrograd": Micrograd,
    "minitorch": None,
    "microgpt": None,
    "HIPS autograd": Autograd,
    "PyTorch": Torch,
}

SOURCES = {
    "minitorch": "https://github.com/minitorch/minitorch",
    "microgpt": "https://gist.github.com/karpathy/8627fe009c40f57531cb18360106ce95",
}

MARKS = {"y": "✓", "n": "✗"}
EXERCISE = {"README.md": "exercise", "README.ko.md": "과제"}


@dataclass(frozen=True)
class Capability:
    """A row of the table.

    Attributes:
        key: the name of the experiments' methods.
        english, korean: what is asked.
        cells: a letter for each engine: y for yes, n for no, e for what is left to the student.
        read: where the cells without an experiment were read, by engine.
    """

    key: str
    english: str
    korean: str
    cells: str
    read: dict[str, str]


_NUMPY_ONLY = "computes with NumPy"
_NO_SUCH = "no such function in its documentation"
_TWO_FILES = "engine.py and nn.py are all of it"
_NO_MORE = "the class Value has nothing more"

CAPABILITIES = (
    Capability(
        "scalars",
        "differentiates expressions of scalars",
        "스칼라 식을 미분한다",
        "yyeyyy",
        {"minitorch": "autodiff.py: backpropagate is Task 1.4", "microgpt": "Value.backward"},
    ),
    Capability(
        "short",
        f"the engine is a file of under {SHORT} lines",
        f"엔진이 {SHORT}줄이 안 되는 파일 하나다",
        "nynynn",
        {
            "minitorch": "scalar.py, scalar_functions.py, autodiff.py and the tensors",
            "microgpt": "all of it, the transformer included",
            "PyTorch": "C++",
        },
    ),
    Capability(
        "arrays",
        "a matrix product is one node",
        "행렬곱이 노드 하나다",
        "nnenyy",
        {"minitorch": "tensor_functions.py, Module 2", "microgpt": "linear() sums products of Values"},
    ),
    Capability(
        "gpu",
        "runs on a GPU",
        "GPU에서 돈다",
        "nnenny",
        {
            "duograd": _NUMPY_ONLY,
            "micrograd": "Python floats",
            "minitorch": "cuda_ops.py is Task 3.3",
            "microgpt": "Python floats",
            "HIPS autograd": _NUMPY_ONLY,
        },
    ),
    Capability(
        "tanh",
        "knows tanh",
        "tanh를 안다",
        "ynnnyy",
        {
            "minitorch": "scalar_functions.py: log, exp, sigmoid, relu",
            "microgpt": "Value: log, exp, relu, a power",
        },
    ),
    Capability(
        "deep",
        f"differentiates a chain of {DEEP:,} operations",
        f"연산 {DEEP:,}개의 사슬을 미분한다",
        "ynenyy",
        {"minitorch": "autodiff.py: topological_sort is Task 1.4", "microgpt": "build_topo calls itself"},
    ),
    Capability(
        "second",
        "second derivatives",
        "이차 도함수",
        "ynnnyy",
        {"minitorch": "Scalar.derivative is a float", "microgpt": "Value.grad is a number"},
    ),
    Capability(
        "domain",
        "log of a leaf that is 0 is an error that names the leaf",
        "0인 잎의 log는 그 잎의 이름을 대는 오류가 된다",
        "ynnnnn",
        {"minitorch": "operators.py: log(x + 1e-6)", "microgpt": "math.log raises, without the name"},
    ),
    Capability(
        "check",
        "checks gradients against finite differences",
        "기울기를 유한차분과 견준다",
        "ynynyy",
        {"minitorch": "scalar.py: derivative_check", "microgpt": _NO_MORE},
    ),
    Capability(
        "draw",
        "draws a graph with each value and gradient",
        "값과 기울기를 모두 적어 그래프를 그린다",
        "ynnnnn",
        {
            "minitorch": "project/show_expression.py: names and operations, no numbers",
            "microgpt": _NO_MORE,
            "HIPS autograd": "examples/dot_graph.py: operations, no numbers",
            "PyTorch": "torch.fx draws traced modules, without gradients",
        },
    ),
    Capability(
        "judge",
        "says which formula of your own matrix backward is wrong",
        "직접 쓴 행렬 역전파에서 어느 공식이 틀렸는지 말한다",
        "ynnnnn",
        {
            "micrograd": _TWO_FILES,
            "minitorch": "its tests judge its own tasks",
            "microgpt": _NO_MORE,
            "HIPS autograd": "test_util.check_grads says that a gradient is wrong",
            "PyTorch": "autograd.gradcheck says which Jacobian is wrong",
        },
    ),
    Capability(
        "lift",
        "finds the matrix formulas in a graph of scalars",
        "스칼라 그래프에서 행렬 공식을 찾아낸다",
        "ynnnnn",
        {
            "micrograd": _TWO_FILES,
            "minitorch": "scalars and tensors are two engines",
            "microgpt": _NO_MORE,
            "HIPS autograd": _NO_SUCH,
            "PyTorch": _NO_SUCH,
        },
    ),
)


def experiment(capability: Capability, engine: str) -> Callable[[], bool] | None:
    """The experiment of a cell, None for one that was read.

    Raises:
        ImportError: if the engine is not installed.
    """
    make = ENGINES[engine]
    if make is None or engine in capability.read:
        return None
    tried: Callable[[], bool] = getattr(make(), capability.key)
    return tried


def table(readme: str) -> Iterator[str]:
    """The lines of the table for ``"README.md"`` or ``"README.ko.md"``."""
    columns = [f"[{engine}]({SOURCES[engine]})" if engine in SOURCES else engine for engine in ENGINES]
    yield "| | " + " | ".join(columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    marks = {**MARKS, "e": EXERCISE[readme]}
    for each in CAPABILITIES:
        title = each.korean if readme == "README.ko.md" else each.english
        yield f"| {title} | " + " | ".join(marks[cell] for cell in each.cells) + " |"
