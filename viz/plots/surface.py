"""``plot_loss_surface``: the loss over a plane through the weights, and the way training took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from nn.losses import Loss, loss_named
from nn.model.matrix import MatrixMLP
from nn.model.mlp import MLP
from nn.model.module import Array
from viz.plots.figure import HEAT, figure_of, one_panel

__all__ = ["plot_loss_surface"]

State = Mapping[str, Array]


def plot_loss_surface(
    model: MLP,
    X: npt.ArrayLike,
    Y: npt.ArrayLike,
    loss: str | Loss = "mse",
    *,
    path: Sequence[State] = (),
    directions: tuple[State, State] | None = None,
    span: float = 1.0,
    resolution: int = 31,
    seed: int = 0,
    ax: Axes | None = None,
) -> Figure:
    """J at θ + α·d₁ + β·d₂, where θ are the weights of the model.

    Along the path of training d₁ and d₂ are the two directions in which it spread most, its principal
    components; without one they are random, each layer's part as long as the layer's weights are.

    Source: Li et al., Visualizing the loss landscape of neural nets (2018), sections 4 and 7.

    Args:
        model: a network; it is not changed.
        X: inputs of shape (n, m), columns are samples.
        Y: targets, as ``nn.fit`` takes them.
        loss: a name from ``nn.losses``.
        path: what ``model.state_dict()`` returned in the course of training.
        directions: d₁ and d₂ as ``state_dict`` returns them, if you choose your own.
        span: how far to go, as a multiple of the length of each direction; a path is seen in any case.
        resolution: points along each direction.
        seed: of random directions.
        ax: where to draw, in place of a new figure.

    Raises:
        ValueError: for shapes that do not fit, or fewer than 2 points along a direction.

    >>> from nn import MLP
    >>> from nn.datasets import xor
    >>> data = xor(20)
    >>> figure = plot_loss_surface(MLP(2, [4, 2]), data.X, data.y, "cross_entropy", resolution=5)
    >>> figure.axes[0].get_xlabel() != ""
    True
    """
    if resolution < 2 or not span > 0.0:
        raise ValueError(f"resolution is 2 or more and span positive, got {resolution} and {span}")
    start = {name: np.array(array) for name, array in model.state_dict().items()}
    theta = _flat(start, start)
    steps = np.array([_flat(state, start) - theta for state in path]).reshape(len(path), theta.size)
    d1, d2 = _directions(start, theta, steps, directions, seed)
    plane = np.column_stack([d1, d2])
    ways = np.linalg.lstsq(plane, steps.T, rcond=None)[0] if len(steps) else np.zeros((2, 0))
    sides = []
    for way in ways:
        low, high = min(-span, *way, 0.0), max(span, *way, 0.0)
        margin = 0.1 * (high - low) if len(way) else 0.0
        sides.append(np.linspace(low - margin, high + margin, resolution))
    kind, targets = loss_named(loss), None
    surface = np.empty((resolution, resolution))
    for i, beta in enumerate(sides[1]):
        for j, alpha in enumerate(sides[0]):
            twin = MatrixMLP.from_params(model, _unflat(theta + alpha * d1 + beta * d2, start))
            A = twin.forward(X).A[twin.L]
            targets = kind.targets(Y, *A.shape) if targets is None else targets
            surface[i, j] = kind.J(A, targets)
    axes = one_panel(ax, 5.6, 4.4)
    ground = axes.contourf(*sides, surface, levels=20, cmap=HEAT, alpha=0.85)
    axes.contour(*sides, surface, levels=20, colors="white", linewidths=0.4, alpha=0.6)
    if len(path):
        axes.plot(*ways, "-", color="white", lw=3.2)
        axes.plot(*ways, ".-", color="#D55E00", lw=1.4, ms=4, label="training")
        axes.plot(*ways[:, 0], "s", color="#D55E00", mec="white", ms=8, label="start")
    axes.plot(0.0, 0.0, "*", color="#D55E00", mec="white", ms=14, label="these weights")
    axes.set(xlabel="α, along d₁", ylabel="β, along d₂", title="loss over two directions")
    axes.legend(loc="best", framealpha=0.9)
    figure = figure_of(axes)
    figure.colorbar(ground, ax=axes, label="J")
    return figure


def _flat(state: State, like: State) -> Array:
    """All parameters as one vector, in the order of ``like``."""
    if state.keys() != like.keys():
        raise ValueError(f"a state has the arrays {', '.join(like)}, got {', '.join(state)}")
    for name, array in like.items():
        if np.shape(state[name]) != array.shape:
            raise ValueError(f"{name} has shape {array.shape}, got {np.shape(state[name])}")
    return np.concatenate([np.ravel(state[name]) for name in like]).astype(np.float64)


def _unflat(vector: Array, like: State) -> dict[str, Array]:
    parts = np.split(vector, np.cumsum([array.size for array in like.values()])[:-1])
    return {name: part.reshape(array.shape) for part, (name, array) in zip(parts, like.items(), strict=True)}


def _directions(
    start: State, theta: Array, steps: Array, chosen: tuple[State, State] | None, seed: int
) -> tuple[Array, Array]:
    if chosen is not None:
        return _flat(chosen[0], start), _flat(chosen[1], start)
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(size=theta.size) for _ in range(2)]
    if len(steps):
        _, lengths, ways = np.linalg.svd(steps - steps.mean(axis=0), full_matrices=False)
        for k in range(min(2, int((lengths > 1e-12 * max(lengths[0], 1e-300)).sum()))):
            drawn[k] = ways[k]
        longest = float(np.abs(steps @ drawn[0]).max()) or 1.0
        return drawn[0] * longest, drawn[1] * longest / float(np.linalg.norm(drawn[1]))
    scaled = []
    for direction in drawn:
        parts = _unflat(direction, start)
        for name, part in parts.items():
            size = float(np.linalg.norm(start[name])) or 1.0
            parts[name] = part * (size / float(np.linalg.norm(part)))
        scaled.append(_flat(parts, start))
    return scaled[0], scaled[1]
