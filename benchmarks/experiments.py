"""Experiments: what an engine can do, tried. A class for each engine that can be installed; its methods
return whether what they try worked, and bear the keys of the rows in ``benchmarks.capabilities``.
"""

from __future__ import annotations

import importlib
import inspect
import math
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["DEEP", "SHORT", "Autograd", "Duograd", "Micrograd", "Torch"]

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


def _lines(paths: Iterable[Path]) -> int:
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
