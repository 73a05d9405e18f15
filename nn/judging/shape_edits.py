"""What a gradient of another shape than its quantity was made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from autodiff.lifting.formula import Block
from nn.judging.lifted_backward import LiftedBackward
from nn.judging.passes import Floats
from nn.judging.search import Search

__all__ = ["shape_edit"]

NEAR = 1e-6  # relative, of numbers that are taken for the same
NAMES = {"sum": "a sum missing", "axis": "summed over the other axis", "total": "a sum over all"}
Label = tuple[str, int, bool, int, bool]


def shape_edit(name: str, search: Search, given: Sequence[Floats]) -> tuple[str, str] | None:
    """The cotangent, or the product of two arrays, that was returned as the gradient by a quantity: what that
    mistake is called, and a sentence.

    Args:
        given: what was returned, for each case of the search.
    """
    found: dict[Label, str] = {}
    for number, (case, array) in enumerate(zip(search.cases, given)):
        here = {
            label: text for label, text, made in _made(case.lifted, array.shape) if _is(search, made, array)
        }
        found = here if not number else {label: text for label, text in found.items() if label in here}
    lifted = search.cases[0].lifted
    right = lifted.lines.get(name, f"d{name}")
    for label, text in found.items():
        sentence = f"It has shape {given[0].shape}, for it is {text}. It should be {right}."
        if label[0] in NAMES:
            return NAMES[label[0]], sentence
        return _other_factor(lifted, name, label) or f"{text} for {right.rpartition(' = ')[2]}", sentence
    return None


def _other_factor(lifted: LiftedBackward, name: str, label: Label) -> str:
    """A name for a product in which one factor is the right one."""
    blocks = lifted.plan.blocks
    numbers = label[1], label[3]
    above, value = (blocks[n] for n in (numbers if label[0] == "d" else numbers[::-1]))
    for share in lifted.shares:
        if share.access.block is not None and share.access.block.name == name and share.other is not None:
            right = share.other.block
            if share.formula.block is above and right is not None and right is not value:
                return f"{value.name} for {right.name}"
            if right is value and share.formula.block is not above:
                return f"d{above.name} for d{share.formula.block.name}"
    return ""


def _is(search: Search, made: Floats, given: Floats) -> bool:
    size = float(np.sum(made * made))
    c = float(np.sum(made * given)) / size if size else 0.0
    near = bool(np.max(np.abs(given - c * made), initial=0.0) <= NEAR * np.max(np.abs(given), initial=0.0))
    return near and c != 0.0 and (abs(c - 1.0) < NEAR or search.factor_name(c) is not None)


def _made(lifted: LiftedBackward, shape: tuple[int, ...]) -> Iterator[tuple[Label, str, Floats]]:
    """Arrays of a shape: cotangents, and products of cotangents and values."""
    cotangents = [*_turned(lifted, lifted.right, "d")]
    values = [*_turned(lifted, lifted.values, "")]
    for number, turned, text, array in cotangents:
        if array.shape == shape:
            yield ("sum", number, turned, 0, False), text, array
        if shape in ((), (1,), (1, 1)) and not turned:
            yield ("total", number, turned, 0, False), f"Σ {text} over both axes", array.sum().reshape(shape)
        for keep in (False, True):
            summed = array.sum(axis=0, keepdims=keep)
            if summed.shape == shape and summed.size > 1:
                yield ("axis", number, turned, 0, keep), f"Σ {text} over the other axis", summed
    for one, other in ((cotangents, values), (values, cotangents)):
        for i, left_turned, left, a in one:
            for j, right_turned, right, b in other:
                if a.shape[1] == b.shape[0] and (a.shape[0], b.shape[1]) == shape:
                    kind = "d" if one is cotangents else "v"
                    yield (kind, i, left_turned, j, right_turned), f"{left}·{right}", a @ b


def _turned(lifted: LiftedBackward, buffer: Floats, prefix: str) -> Iterator[tuple[int, bool, str, Floats]]:
    for number, block in enumerate(lifted.plan.blocks):
        if _is_matrix(block) and (not prefix or block in lifted.plan.needs):
            array = lifted.block(buffer, block)
            yield number, False, f"{prefix}{block.name}", array
            yield number, True, f"{prefix}{block.name}ᵀ", array.T


def _is_matrix(block: Block) -> bool:
    return (
        len(block.dims) == 2 and bool(block.name) and block.role != "constant" and "step of" not in block.name
    )
