# pyright: strict, reportUnnecessaryTypeIgnoreComment=true
"""How somebody else's typed program uses the public names; no test runs it.

CI has mypy --strict read it against the source, and pyright against what a wheel installs. Both
complain where a type is unknown, and where a line that must be refused, marked by a comment, is not.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

import autodiff
from autodiff import (
    DomainError,
    ExpressionError,
    LiftError,
    Program,
    Value,
    detect_anomaly,
    exp,
    explain,
    expression,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacobian,
    jvp,
    leaves,
    lift,
    log,
    softmax,
    tanh,
    topological_order,
)
from nn import (
    MLP,
    CheckpointError,
    Comparison,
    Diverged,
    History,
    MatrixMLP,
    check_scalar,
    compare,
    datasets,
    fit,
    judge,
    load_model,
    losses,
    optim,
    save_model,
)
from viz import GraphvizError, draw, explore, plot_history, render, summary

ERRORS: tuple[type[Exception], ...] = (
    CheckpointError,
    Diverged,
    DomainError,
    ExpressionError,
    GraphvizError,
    LiftError,
)


def product(a: Value, b: Value) -> Value:
    """A function to check."""
    return a * b


def gradients() -> tuple[float, list[float], Value]:
    """Nodes, functions and methods of the table, and gradients of each form."""
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y: Value = tanh(w * x) + exp(w).sigmoid() - log(x) / 3 + max(w, x) ** 2
    y.tanh().backward()
    number: float = tanh(0.5)
    array: npt.NDArray[np.float64] = tanh(np.zeros(3))
    chances: list[Value] = softmax([w, x])
    second: Value = grad(y, w, create_graph=True)
    with detect_anomaly():
        slopes: list[float] = grad(y, [w, x])
    assert gradcheck(product, [w, x])
    return number + float(array.sum()) + second.data, slopes, chances[0]


def more_gradients(y: Value, x: Value) -> str:
    """Matrices of derivatives, products with them, and words."""
    H, J = hessian(y, [x]), jacobian([y], [x])
    print(H.shape, J.shape, jvp(y, {x: 1.0}), hvp(y, [x], [1.0]), len(topological_order(y)))
    return str(explain(expression("x*x", x=x)))


def lifted(model: MLP, X: npt.NDArray[Any], Y: npt.NDArray[Any]) -> Program:
    """A program found in a graph, and what a call of it gives."""
    loss = losses.MSE().mean([model(x) for x in X.T.tolist()], Y.T.tolist())
    program = lift(loss, inputs={"X": leaves("X", X), "Y": leaves("Y", Y)}, params=model)
    result = program(X=X, Y=Y)
    print(result.loss + 1.0, result.grads["W1"].shape, program.source(), program.latex())
    return program


def squares(w: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
    """A loss and its gradient by hand."""
    return float(w @ w), 2.0 * w


def networks() -> History:
    """Training, comparing, keeping."""
    data = datasets.load("iris")
    model = MLP(4, [8, 3], activation="tanh", seed=0)
    history = fit(model, data.X, data.y, loss="cross_entropy", optimizer=optim.Adam(0.01), epochs=2)
    twin = MatrixMLP.from_scalar(model)
    print(twin.forward(data.X).A[2].shape, check_scalar(Value))
    verdict = judge(squares, w=data.X[0])
    print(bool(verdict), [(each.quantity, each.right, each.name, each.text) for each in verdict.findings])
    comparison: Comparison = compare(model, data.X, data.y, loss="cross_entropy")
    assert comparison.agrees and comparison.max_abs_error < 1e-8
    save_model(model, "model.npz")
    print(load_model("model.npz")[0])
    return history


def pictures(y: Value, history: History) -> None:
    """Files and plots."""
    render(draw(y, level="layer"), "graph.svg")
    print(explore(y, "page.html").name, summary(y).upper())
    plot_history(history)


def mistyped(y: Value) -> None:
    """Names that are not there."""
    print(autodiff.taanh(y))  # type: ignore[attr-defined]
    print(y.taanh())  # type: ignore[attr-defined]
