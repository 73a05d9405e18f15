"""What the page trains with: every choice there is in ``nn``, recorded as tapes or drawn as numbers.

An optimiser, a loss and the spread of an initialiser are computed here on Values, once, and the page
repeats these operations (``tapes``). So there is no second optimiser to keep equal to the first.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff import Value, dot
from nn import MLP
from nn.datasets import GENERATORS, load, standardise
from nn.datasets.dataset import Dataset
from nn.losses import LOSSES, Loss
from nn.losses.base import mean_of_terms
from nn.model.activations import ACTIVATIONS
from nn.model.init import INITIALISERS, Initialiser
from nn.train.optim import OPTIMIZERS, OptimizerChoice
from viz.explorer.arrays import Factor, Formula, Grid, network
from viz.lab.tapes import tape

__all__ = ["MOST_OUTPUTS", "learning_contents"]

MOST_OUTPUTS = 10  # of a network that is trained in the page
MOST_TAKEN_APART = 4  # samples whose graph is drawn
LIMITS = {"bytes": 2_000_000, "lines": 2000, "inputs": 16, "outputs": MOST_OUTPUTS}  # of a table of one's own
USUAL = {
    "data": "moons",
    "hidden": [8, 8],
    "activation": "tanh",
    "loss": "binary_cross_entropy",
    "init": "xavier_uniform",
    "seed": 0,
    "optimizer": "adam",
    "rate": OPTIMIZERS["adam"].rate,
    "batch": 50,
    "penalty": 0.0,
}
DATA = {"moons": 200, "circles": 200, "spirals": 200, "xor": 200, "yin_yang": 300, "sine": 100}  # samples


def learning_contents() -> dict[str, Any]:
    """What the page is told about training.

    Keys:
        usual: what is chosen at first; limits: of a table that a reader brings.
        activations: by name the row and the numbers of its further operands; none for the identity.
        losses: by name ``tapes`` by the number of outputs, from ``a0``, … and ``y0``, … to ``loss``; and
            how classes become targets.
        optimizers: by name the usual ``rate``, and the ``tape`` of an update of one number.
        initialisers: by name what is drawn, and the ``tape`` of the two numbers it is drawn with.
        neuron, means: the tapes of a term of a weighted sum, and of the mean of so many losses.
        data: the data sets, columns are samples.
        arrays: how the cells of a layer come about, see ``_layers``.
    """
    return {
        "usual": USUAL,
        "limits": LIMITS,
        "activations": {
            name: [g.op.name, *g.op.defaults] if g.op else []
            for name, g in ACTIVATIONS.items()
            if g.elementwise
        },
        "losses": {name: _loss(loss) for name, loss in LOSSES.items()},
        "optimizers": {name: _optimizer(choice) for name, choice in OPTIMIZERS.items()},
        "initialisers": {name: _initialiser(draw) for name, draw in INITIALISERS.items()},
        "neuron": _neuron(),
        "means": {m: _mean(m) for m in range(1, MOST_TAKEN_APART + 1)},
        "data": {name: _data(GENERATORS[name](m)) for name, m in DATA.items()} | {"iris": _iris()},
        "arrays": {"curved": _layers("tanh"), "identity": _layers("linear")},
    }


def _loss(loss: Loss) -> dict[str, Any]:
    tapes = {}
    for outputs in range(1, MOST_OUTPUTS + 1):
        try:
            rows = loss.rows(outputs)
        except ValueError:  # it has no meaning for so many
            continue
        a = {f"a{k}": Value(0.1 * k) for k in range(outputs)}
        y = {f"y{k}": Value(0.5) for k in range(rows)}
        tapes[outputs] = tape(a | y, {"loss": loss.formula([*a.values()], [*y.values()])})
    return {
        "tapes": tapes,
        "classes": loss.for_classes,
        "least": loss.outputs(2 if loss.two_outputs else 1),
        "each": loss.outputs(2) // 2,
        "boundary": loss.boundary,
        "one": loss.from_classes([0, 1], 1)[0].tolist(),
        "many": loss.from_classes([1], 2)[:, 0].tolist(),
    }


def _optimizer(choice: OptimizerChoice) -> dict[str, Any]:
    """An update of one number p by its gradient g, in the step after t others, and of what it remembers."""
    tried = choice.make(1.0)
    tried.update("p", np.ones(1), np.ones(1))
    p, g, t, rate = (Value(0.5) for _ in range(4))
    memory = {name: Value(0.25) for name in tried.memory}
    recorded: Any = choice.make(1.0)
    recorded.t, recorded.slowed = t, rate  # the rate is 1 · what slows it
    recorded.memory = {name: np.array([each], dtype=object) for name, each in memory.items()}
    parameter, gradient = (np.array([each], dtype=object) for each in (p, g))
    move = recorded.update("p", parameter, recorded.decayed(parameter, gradient))
    kept = {name: recorded.memory[name][0] for name in memory}
    inputs = {"p": p, "g": g, "t": t, "rate": rate, **memory}
    return {"rate": choice.rate, "tape": tape(inputs, {"move": move[0], **kept})}


class _Draws:
    """Stands for a generator: notes what is drawn."""

    def __init__(self) -> None:
        self.noted: tuple[str, Any, Any] | None = None

    def uniform(self, low: Any, high: Any, shape: Any) -> Any:
        self.noted = ("uniform", low, high)
        return np.zeros(1)

    def normal(self, mean: Any, spread: Any, shape: Any) -> Any:
        self.noted = ("normal", mean, spread)
        return np.zeros(1)


def _initialiser(draw: Initialiser) -> dict[str, Any]:
    draws: Any = _Draws()
    draw(draws, 1, 1)
    if draws.noted is None:
        return {"draws": ""}
    n, m = Value(1.0), Value(1.0)
    sizes: tuple[Any, Any] = n, m
    draw(draws, *sizes)
    kind, first, second = draws.noted
    return {"draws": kind, "tape": tape({"n": n, "m": m}, {"first": first, "second": second})}


def _neuron() -> dict[str, Any]:
    so_far, w, x = (Value(0.5) for _ in range(3))
    return tape({"sum": so_far, "w": w, "x": x}, {"sum": dot([w], [x], so_far)})


def _mean(m: int) -> dict[str, Any]:
    losses = {f"loss{s}": Value(0.5) for s in range(m)}
    return tape(losses, {"mean": mean_of_terms([*losses.values()])})


def _data(data: Dataset) -> dict[str, Any]:
    return {
        "X": data.X.tolist(),
        "y": data.y.tolist(),
        "features": list(data.features),
        "classes": list(data.classes),
    }


def _iris() -> dict[str, Any]:
    data = load("iris")
    return _data(data) | {"X": standardise(data.X).tolist()}


def _layers(activation: str) -> dict[str, Any]:
    """The arrays of a first and of a later layer by name: how an element and its gradient come about.

    They are those of layers 1 and 2 of a network of three, and the page numbers them anew.
    """
    model = MLP(1, [1, 1, 1], activation=activation, output=activation)
    groups = network(model, np.ones((1, 1)), None, None).groups
    names = ("input", "first", "later")
    return {name: [_grid(grid) for grid in group.grids] for name, group in zip(names, groups)}


def _grid(grid: Grid) -> dict[str, Any]:
    return {
        "name": grid.name,
        "about": grid.about,
        "index": grid.index,
        "value": grid.value and _formula(grid.value),
        "gradient": grid.gradient and _formula(grid.gradient),
    }


def _formula(formula: Formula) -> dict[str, Any]:
    return {
        "factors": [_factor(each) for each in formula.factors],
        "over": formula.over,
        "plus": formula.plus and _factor(formula.plus),
        "g": formula.g,
        "slope": formula.slope and _factor(formula.slope),
    }


def _factor(factor: Factor) -> list[Any]:
    return [factor.array, factor.index, factor.gradient]
