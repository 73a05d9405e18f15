"""Families: parameters that are numbered and of one shape, W2, W3 and W4, which layers read as W[l]."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autodiff.lifting.formula import Block

__all__ = ["Families"]

LEAST = 3  # arrays that are a family


class Families:
    """The families among some blocks.

    Attributes:
        members: by the word before the number, the blocks by number.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        found: dict[str, dict[int, Block]] = {}
        self._of: dict[Block, tuple[str, int]] = {}
        for block in blocks:
            match = re.fullmatch(r"([^\W\d]+)(\d+)", block.symbol) if block.role == "parameter" else None
            if match:
                found.setdefault(match[1], {})[int(match[2])] = block
        taken = {block.symbol for block in blocks}
        self.members: Mapping[str, Mapping[int, Block]] = {
            stem: run for stem, blocks_of in found.items() if stem not in taken and (run := _run(blocks_of))
        }
        for stem, members in self.members.items():
            self._of.update((block, (stem, number)) for number, block in members.items())

    def of(self, block: Block) -> tuple[str, int] | None:
        """The family of a block, and its number there."""
        return self._of.get(block)


def _run(blocks: Mapping[int, Block]) -> dict[int, Block] | None:
    """The longest run of numbers whose blocks have one shape."""
    best: list[int] = []
    run: list[int] = []
    for number in sorted(blocks):
        goes_on = run and run[-1] == number - 1 and blocks[run[-1]].dims == blocks[number].dims
        run = [*run, number] if goes_on else [number]
        best = max(best, run, key=len)
    return {number: blocks[number] for number in best} if len(best) >= LEAST else None
