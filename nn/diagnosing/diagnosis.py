"""The judge: which quantity of a backward pass is first wrong, and why it probably is.

A diagnosis is given only if the mistake, put into the right backward pass, reproduces the numbers
that are wrong. Otherwise the judge says that it knows no name for what happened.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nn.diagnosing.mistakes import MISTAKES, LayerOperands, Mistake
from nn.model.activations import ACTIVATIONS
from nn.model.matrix import Cache, Gradients, MatrixMLP
from nn.model.module import Array

__all__ = ["Diagnosis", "JudgedPass", "diagnose", "diagnose_rule", "label"]

REPRODUCED = 1e-9  # largest difference, relative to the largest number of the quantity, right or wrong


@dataclass(frozen=True)
class Diagnosis:
    """Why a quantity is wrong.

    Attributes:
        quantity: the first wrong one, such as "dZ2".
        mistake: the one that reproduces its numbers; None if no known one does.
        where: "dZ2", or "dZ of every layer": the formula with the mistake. It may come before
            ``quantity`` where not all quantities were given.
        text: all of it in a sentence or two.
    """

    quantity: str
    mistake: Mistake | None
    where: str
    text: str

    @property
    def name(self) -> str:
        """The mistake in a few words, ``""`` if it has no name."""
        return self.mistake.name if self.mistake else ""


@dataclass(frozen=True)
class JudgedPass:
    """A backward pass to judge.

    Attributes:
        twin, cache, dA, l2: what it was given.
        formulas: every quantity with its right formula, in order of computation.
        right: the right numbers by quantity.
    """

    twin: MatrixMLP
    cache: Cache
    dA: Array
    l2: float
    formulas: Mapping[str, str]
    right: Mapping[str, Array]


def label(quantity: str, l: int) -> str:
    """The name of what the formula of layer l computes."""
    if quantity == "dA":
        return f"dA{l - 1}" if l > 1 else "dX"
    return f"{quantity}{l}"


def diagnose(case: JudgedPass, yours: Mapping[str, Array], wrong: set[str]) -> Diagnosis:
    """Why the first quantity of ``wrong`` differs, from all the quantities that were given."""
    given = [name for name in case.formulas if name in yours]
    first = next(name for name in given if name in wrong)
    found: list[tuple[int, Mistake, tuple[int, ...]]] = []
    for mistake, layers in _suspects(case, first):
        made = _made(case, mistake, layers)
        if first not in made or not _reproduced(made[first], yours[first], case.right[first]):
            continue
        matched = [
            name for name in given if name in made and _reproduced(made[name], yours[name], case.right[name])
        ]
        if set(matched) >= set(given[: given.index(first)]) & set(made):
            found.append((len(matched), mistake, layers))
    if not found:
        return _unknown(first, yours[first], case.right[first])
    best = max(count for count, _, _ in found)
    _, mistake, layers = next(each for each in found if each[0] == best)
    return _described(case, first, mistake, layers)


def diagnose_rule(case: JudgedPass, quantity: str, yours: Mapping[int, Array], wrong: list[int]) -> Diagnosis:
    """Why a rule for one quantity differs, which in each layer was given the right numbers.

    Args:
        yours: what the rule gave, by layer.
        wrong: the layers where that is wrong, the last layer first.
    """
    for mistake in MISTAKES:
        if mistake.quantity == quantity:
            made = {l: _wrong(case, mistake, l, case.right) for l in yours}
            if all(_reproduced(made[l], yours[l], case.right[label(quantity, l)]) for l in wrong):
                every = tuple(yours) if len(wrong) > 1 else (wrong[0],)
                return _described(case, label(quantity, wrong[0]), mistake, every)
    first = label(quantity, wrong[0])
    return _unknown(first, yours[wrong[0]], case.right[first])


def _suspects(case: JudgedPass, first: str) -> Iterator[tuple[Mistake, tuple[int, ...]]]:
    """Mistakes with the layers they are in: those of the wrong quantity itself first, then those
    before it, nearest first, and then each in every layer."""
    names, L = list(case.formulas), case.twin.L
    latest = names.index(first)
    places = sorted(
        (
            (names.index(label(quantity, l)), quantity, l)
            for quantity in ("dA", "dZ", "dW", "db")
            for l in range(1, L + 2)
            if label(quantity, l) in names
        ),
        reverse=True,
    )
    for index, quantity, l in places:
        if index <= latest:
            yield from ((mistake, (l,)) for mistake in MISTAKES if mistake.quantity == quantity)
    for mistake in MISTAKES:
        yield mistake, tuple(range(1, L + 1))


def _made(case: JudgedPass, mistake: Mistake, layers: tuple[int, ...]) -> dict[str, Array]:
    """The quantities of the backward pass with the mistake in these layers, as far as it gets.

    Each layer is a network of its own with the library's own backward pass, so its formulas are
    not written down again.
    """
    made: dict[str, Array] = {}
    L = case.twin.L
    try:
        made[f"dA{L}"] = case.dA
        if mistake.quantity == "dA" and L + 1 in layers:
            made[f"dA{L}"] = _computed(case, mistake, L + 1, case.dA, case.dA, case.dA)
        for l in range(L, 0, -1):
            dA = made[f"dA{l}"]
            part = _layer(case, l, dA)
            if l in layers and mistake.quantity == "dZ":
                dZ = _computed(case, mistake, l, dA, part.dZ[1], part.dZ[1])
                made[f"dZ{l}"] = dZ
                part = _layer(case, l, dZ, activation="linear")
            right = {"dZ": part.dZ[1], "dW": part.dW[1], "db": part.db[1], "dA": part.dA[0]}
            for quantity, array in right.items():
                made[label(quantity, l)] = array
                if l in layers and quantity == mistake.quantity != "dZ":
                    made[label(quantity, l)] = _computed(case, mistake, l, dA, part.dZ[1], array)
    except (ValueError, KeyError):
        pass  # shapes do not fit from here on, or this layer cannot make this mistake
    return made


def _layer(case: JudgedPass, l: int, dA: Array, activation: str = "") -> Gradients:
    """The right backward pass of one layer."""
    g = ACTIVATIONS[activation] if activation else case.twin.g[l]
    layer = MatrixMLP(W={1: case.twin.W[l]}, b={1: case.twin.b[l]}, g={1: g})
    cache = Cache(Z={1: case.cache.Z[l]}, A={0: case.cache.A[l - 1], 1: case.cache.A[l]})
    return layer.backward(cache, dA, case.l2)


def _computed(case: JudgedPass, mistake: Mistake, l: int, dA: Array, dZ: Array, right: Array) -> Array:
    return np.asarray(mistake.rule(LayerOperands(l, case.twin, case.cache, dA, dZ, right, case.l2)))


def _wrong(case: JudgedPass, mistake: Mistake, l: int, right: Mapping[str, Array]) -> Array | None:
    """What the mistake makes of the right numbers."""
    try:
        numbers = right[f"dA{l}"], right[f"dZ{l}"], right[label(mistake.quantity, l)]
        return _computed(case, mistake, l, *numbers)
    except (ValueError, KeyError):
        return None


def _reproduced(made: Array | None, yours: Array, right: Array) -> bool:
    if made is None or not np.isfinite(yours).all():
        return False
    made, yours = np.squeeze(made), np.squeeze(yours)
    if made.shape != yours.shape:
        return False
    scale = max(np.max(np.abs(made)), np.max(np.abs(right)))
    return bool(np.max(np.abs(made - yours)) <= REPRODUCED * scale)


def _described(case: JudgedPass, first: str, mistake: Mistake, layers: tuple[int, ...]) -> Diagnosis:
    every = len(layers) > 1
    l = max(layers)
    if every:  # speak of the first layer where it shows
        shown = [k for k in sorted(layers, reverse=True) if _shows(case, mistake, k)]
        l = shown[0] if shown else l
    place = label(mistake.quantity, l)
    right = case.formulas[place]
    names = {
        "l": l,
        "p": l - 1,
        "pp": l - 2,
        "g": case.twin.g[min(l, case.twin.L)].name,
        "right": right,
        "penalty": f" + λ·W{l}" if case.l2 else "",
    }
    formula, remedy = (text.format(**names).replace("A0", "X") for text in (mistake.formula, mistake.remedy))
    same = "" if place == first else f" With that, {first} comes out as yours."
    text = (
        f"{first} is the first that is wrong. Probably: {mistake.name}"
        f"{f', in {mistake.quantity} of every layer' if every else ''}. Your numbers are those of "
        f"{place} = {formula}, where it should be {right}; {remedy}.{same}"
    )
    return Diagnosis(first, mistake, f"{mistake.quantity} of every layer" if every else place, text)


def _shows(case: JudgedPass, mistake: Mistake, l: int) -> bool:
    made, right = _wrong(case, mistake, l, case.right), case.right[label(mistake.quantity, l)]
    return made is not None and not _reproduced(made, right, right)


def _unknown(first: str, yours: Array, right: Array) -> Diagnosis:
    text = f"{first} is the first that is wrong. None of the mistakes that have a name gives your numbers."
    if yours.shape == right.shape and np.any(right):
        factor = float(np.vdot(right, yours) / np.vdot(right, right))
        if np.any(yours) and _reproduced(factor * right, yours, right):
            text += f" They are {factor:.6g} times the right ones."
    return Diagnosis(first, None, first, text)
