"""States: what is known of a loop's states before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from autodiff.lifting.formula import Block
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.rolled.forms import Operand
from autodiff.lifting.rolled.loop import Start

__all__ = ["States"]

ROUNDING = 1e-15  # between 0.7·3, which the graph has, divided by 0.7 and 3


@dataclass
class _State:
    """Of each element where it is read, or -1, and which number it is, or nan."""

    positions: Ints
    numbers: Floats
    varies: bool = False


class States:
    """Notes of each element of each state where it is read before the first step, or which number it is.

    Args:
        before: by block that a body reads of the step before, the place of the state.
    """

    def __init__(self, before: Mapping[Block, int]) -> None:
        self.before = before
        self._known: dict[int, _State] = {}

    def copy(self) -> States:
        copied = States(self.before)
        copied._known = {
            place: _State(state.positions.copy(), state.numbers.copy(), state.varies)
            for place, state in self._known.items()
        }
        return copied

    def start(self, place: int) -> Start | None:
        """A state before the first step, if all of it is known."""
        state = self._known.get(place)
        if state is None:
            return None
        if (state.positions >= 0).all():
            return Start(np.zeros(len(state.numbers)), state.positions, state.varies)
        return None if np.isnan(state.numbers).any() else Start(state.numbers)

    def values(self, operand: Operand) -> Floats | None:
        """The numbers that an operand reads of a state, in its shape, if they are known."""
        positions = operand.access.positions
        values = np.full(positions.size, np.nan)
        for block in operand.blocks:
            state, here, local = self._part(block, positions.ravel())
            values[here] = state.numbers[local]
        return None if np.isnan(values).any() else values.reshape(positions.shape)

    def are_read(self, block: Block, positions: Ints, at: Ints, varies: bool) -> bool:
        """Whether what the body reads of a state at some positions may be read elsewhere before."""
        state, here, local = self._part(block, positions)
        known = state.positions[local]
        fits = ((known < 0) | (known == at[here])).all() and np.isnan(state.numbers[local]).all()
        state.positions[local], state.varies = at[here], varies
        return bool(fits and (state.positions[local] == at[here]).all())

    def are(self, operand: Operand, positions: Ints, numbers: Floats) -> bool:
        """Whether what the body reads by an operand, at some positions, may be these numbers."""
        return all(self._are(block, positions, numbers) for block in operand.blocks)

    def _are(self, block: Block, positions: Ints, numbers: Floats) -> bool:
        state, here, local = self._part(block, positions)
        unknown = np.isnan(state.numbers[local])
        state.numbers[local[unknown]] = numbers[here[unknown]]
        fits = np.isclose(state.numbers[local], numbers[here], rtol=ROUNDING, atol=0.0).all()
        return bool(fits and (state.positions[local] < 0).all())

    def _part(self, block: Block, positions: Ints) -> tuple[_State, Ints, Ints]:
        """A state, which of the positions lie in its block, and where there."""
        size = block.size
        state = self._known.setdefault(self.before[block], _State(np.full(size, -1), np.full(size, np.nan)))
        here = np.flatnonzero((positions >= block.start) & (positions < block.start + size))
        return state, here, positions[here] - block.start
