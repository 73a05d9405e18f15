"""Stacks: several parts of a series side by side, read as one array, ``H[1]`` to ``H[12]`` as ``H``."""

from __future__ import annotations

from dataclasses import dataclass

from autodiff.lifting.formula import Access, Block, Series
from autodiff.lifting.plan import Plan

__all__ = ["Stack", "Stacks"]


@dataclass(eq=False)
class Stack(Block):
    """Parts of a series, from that of number ``step`` to that of number ``last``."""

    last: int = 0

    @property
    def parts(self) -> list[Block]:
        assert self.series is not None
        first = self.series.first
        return self.series.blocks[self.step - first : self.last + 1 - first]

    @property
    def subscripts(self) -> str:
        """Those of its parts in an array that begins at 0, counted as the text does."""
        axes = len(self.shape) - 1 + self.varies
        return f"[{self.step} … {self.last}{',:' * axes}]"

    def is_all(self, cotangent: bool) -> bool:
        """Whether the name of the array means just these; what it starts with has a cotangent, too."""
        assert self.series is not None
        whole = (self.step, self.last) == (1, self.series.blocks[-1].step)
        return whole and not (cotangent and self.series.first == 0)


class Stacks:
    """The stacks of a plan, each made once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._made: dict[tuple[Series, int, int], Stack] = {}

    def of(self, access: Access) -> Stack | None:
        """The stack from which an access reads, if it does from several parts of one series."""
        if access.block is not None or not access.size:
            return None
        blocks = self.plan.blocks_read(access)
        series = blocks[0].series
        steps = [block.step for block in blocks]
        if series is None or any(block.series is not series for block in blocks) or not min(steps):
            return None
        first, last = min(steps), max(steps)
        if len(blocks) != last + 1 - first:
            return None
        key = (series, first, last)
        if key not in self._made:
            start = min(block.start for block in blocks)
            dims = (len(blocks), *series.dims)
            varies = blocks[0].varies
            self._made[key] = Stack(start, dims, varies, "formula", series=series, step=first, last=last)
        return self._made[key]
