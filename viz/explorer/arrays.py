"""The matrix view: which scalar node stands in which cell, and the formula that makes the cell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from autodiff import Value
from autodiff.labels import Place, ValueArray, gather
from nn.losses import Loss
from nn.model.mlp import MLP
from nn.model.module import Array
from viz.graph.batch import record_batch

__all__ = ["Factor", "Formula", "Grid", "Group", "Network", "labelled_arrays", "network"]


@dataclass(frozen=True)
class Factor:
    """One element in a formula: ``dZ1[i,s]`` is ``Factor("Z1", "is", gradient=True)``."""

    array: str
    index: str
    gradient: bool = False


@dataclass(frozen=True)
class Formula:
    """How a cell is computed from others: g(Σ Π factors + plus) · slope.

    Attributes:
        factors: what is multiplied.
        over: the index that is summed over; empty for no sum.
        plus: what is added.
        g: the name of a function of all that.
        slope: the a in a factor g'(z), which is ∂a/∂z; g is its name.
    """

    factors: tuple[Factor, ...]
    over: str = ""
    plus: Factor | None = None
    g: str = ""
    slope: Factor | None = None


@dataclass(frozen=True)
class Grid:
    """An array of scalar nodes.

    Attributes:
        name: such as ``W1``; its gradient is called ``dW1``.
        nodes: of shape (rows, columns).
        index: a letter for each index in an element's name: ``ij`` for ``W1[i,j]``.
        value, gradient: how an element, and its gradient, come about; None leaves that to the
            scalar nodes.
        about: a remark for people.
    """

    name: str
    nodes: ValueArray
    index: str
    value: Formula | None = None
    gradient: Formula | None = None
    about: str = ""


@dataclass(frozen=True)
class Group:
    """Arrays that are shown together, such as those of a layer."""

    title: str
    grids: list[Grid]


@dataclass(frozen=True)
class Network:
    """A network's graph for a batch, and its arrays."""

    output: Value
    groups: list[Group]


def network(model: MLP, X: Array, Y: Array | None, loss: Loss | None) -> Network:
    """Run ``model`` on a batch and record J, or without targets the only output; see ``record_batch``."""
    batch = record_batch(model, X, Y, loss)
    Z, A = batch.Z, batch.A
    groups = [Group("Input", [Grid("X", A[0], "js", gradient=_through(1), about="also called A0")])]
    groups += [Group(f"Layer {l}", _layer(model, l, Z[l], A[l])) for l in Z]
    if batch.Y is not None and loss is not None:
        J = np.array([[batch.output]], dtype=object)
        of_loss = [Grid("Y", batch.Y, "is"), Grid("J", J, "", about=f"mean {loss.name}")]
        groups.append(Group("Loss", of_loss))
    return Network(batch.output, groups)


def _layer(model: MLP, l: int, Z: ValueArray, A: ValueArray) -> list[Grid]:
    """W, b, Z and A of a layer with the formulas of ``nn.model.matrix``, element by element."""
    neurons, g = model.layers[l - 1].neurons, model.layers[l - 1].activation
    W = np.array([neuron.w for neuron in neurons], dtype=object)
    b = np.array([[neuron.b] for neuron in neurons], dtype=object)
    before = "X" if l == 1 else f"A{l - 1}"
    w, x, dz = Factor(f"W{l}", "ij"), Factor(before, "js"), Factor(f"Z{l}", "is", gradient=True)
    curved = g.op is not None
    by_element = curved or g.identity  # else the page says how the nodes make it
    return [
        Grid(f"W{l}", W, "ij", gradient=Formula((dz, x), over="s")),
        Grid(f"b{l}", b, "i", gradient=Formula((dz,), over="s")),
        Grid(
            f"Z{l}",
            Z,
            "is",
            value=Formula((w, x), over="j", plus=Factor(f"b{l}", "i")),
            gradient=Formula(
                (Factor(f"A{l}", "is", gradient=True),),
                g=g.name if curved else "",
                slope=Factor(f"A{l}", "is") if curved else None,
            )
            if by_element
            else None,
        ),
        Grid(
            f"A{l}",
            A,
            "js",
            value=Formula((Factor(f"Z{l}", "js"),), g=g.name if curved else "") if by_element else None,
            gradient=_through(l + 1) if l < len(model.layers) else None,
        ),
    ]


def _through(l: int) -> Formula:
    """The gradient of what layer l is fed with, dA = Wᵀ·dZ."""
    return Formula((Factor(f"W{l}", "ij"), Factor(f"Z{l}", "is", gradient=True)), over="i")


def labelled_arrays(order: Iterable[Value]) -> list[Group]:
    """The arrays that labels such as ``W[0,2]`` name, where they are complete and flat enough to show."""
    by_name: dict[str, list[Value]] = {}
    for node in order:
        place = Place.of(node.label)
        if place.index:
            by_name.setdefault(place.array, []).append(node)
    grids = []
    for name, values in by_name.items():
        try:
            array = gather(values)[name]
        except ValueError:  # a label used twice, or a gap: then it is a name and not a place
            continue
        if array.ndim <= 2:
            grids.append(Grid(name, array.reshape(len(array), -1), "ij"[: array.ndim]))
    return [Group("Arrays", grids)] if grids else []
