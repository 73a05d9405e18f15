"""Guarding: comparisons that stop a run if they come out otherwise than when the graph was recorded."""

from __future__ import annotations

from typing import Any

import numpy as np

from autodiff.lifting.compile.emit import Forward
from autodiff.lifting.guards import NEAR
from autodiff.lifting.plan import Guard

__all__ = ["GuardBroken", "write_guard"]

COMPARE = {">": np.greater, "!=": np.not_equal, "==": np.equal}


class GuardBroken(Exception):
    """A comparison came out otherwise, as far as formulas can tell."""


def write_guard(forward: Forward, guard: Guard) -> None:
    """Write what compares, and raises GuardBroken where an outcome is not the recorded one."""
    writer = forward.writer
    varies = guard.left.varies or guard.right.varies
    operands = [forward.operand(access, varies) for access in (guard.left, guard.right)]
    shape = guard.outcome.shape + forward.buffers.tail(varies)
    outcome: Any = guard.outcome[..., None] if varies else guard.outcome
    expected = np.broadcast_to(outcome, shape).tobytes()
    mask = np.empty(shape, bool)
    if guard.relation == "≈":
        words = f"{', '.join(map(writer.name, operands))}, rtol={NEAR!r}, atol=0.0, equal_nan=True"
        writer.lines.append(f"{writer.name(mask)}[...] = {writer.name(np.isclose)}({words})")
    else:
        writer.call(COMPARE[guard.relation], *operands, out=mask)
    writer.lines.append(
        f"if {writer.name(mask)}.tobytes() != {writer.name(expected)}: raise {writer.name(GuardBroken)}"
    )
