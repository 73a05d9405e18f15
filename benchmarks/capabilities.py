"""What each engine can and cannot do: the table in the READMEs, each cell tried or read.

A cell of an engine that can be installed is an experiment, a method of its class in
``benchmarks.experiments``; ``tests/test_capabilities.py`` runs it and holds it against the table. The
other cells were read, in the sources named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.experiments import DEEP, SHORT, Autograd, Duograd, Micrograd, Torch

__all__ = ["CAPABILITIES", "ENGINES", "SOURCES", "Capability", "experiment", "table"]


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

EXERCISE = {"README.md": "exercise", "README.ko.md": "과제"}
TINY = {
    "README.md": "✗; its reference [tiny.py](autodiff/tiny.py) is",
    "README.ko.md": "✗; 그 기준인 [tiny.py](autodiff/tiny.py)는 그렇다",
}


@dataclass(frozen=True)
class Capability:
    """A row of the table.

    Attributes:
        key: the name of the experiments' methods.
        english, korean: what is asked.
        cells: a letter for each engine: y for yes, n for no, e for what is left to the student, t for
            what only the reference of an engine does.
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
        "tynynn",
        {
            "minitorch": "scalar.py, scalar_functions.py, autodiff.py and the tensors",
            "microgpt": "all of it, the transformer included",
            "PyTorch": "C++",
        },
    ),
    Capability(
        "arrays",
        "a matrix product is one node",
        "행렬 곱이 노드 하나다",
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
        "0인 잎에 log를 취하면 그 잎의 이름을 알려 주는 오류가 난다",
        "ynnnnn",
        {"minitorch": "operators.py: log(x + 1e-6)", "microgpt": "math.log raises, without the name"},
    ),
    Capability(
        "check",
        "checks gradients against finite differences",
        "기울기를 유한 차분과 비교한다",
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
    marks = {"y": "✓", "n": "✗", "e": EXERCISE[readme], "t": TINY[readme]}
    for each in CAPABILITIES:
        title = each.korean if readme == "README.ko.md" else each.english
        yield f"| {title} | " + " | ".join(marks[cell] for cell in each.cells) + " |"
