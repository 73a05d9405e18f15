"""Guard lines: what a run checks because Python decided by it when the graph was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autodiff.engine.choices import Site
from autodiff.lifting.formula import Access
from autodiff.lifting.guards import NEAR, place
from autodiff.lifting.plan import Guard
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.rendered import Rendered

__all__ = ["GuardLine", "guard_line"]

OPPOSITE = {">": "≤", "!=": "=", "==": "≠", "≈": "≉"}
MOST = 3  # lines of source that are named


class GuardLine(NamedTuple):
    """A guard in words, the lines of source that decided by it, and its check in NumPy."""

    text: str
    places: str
    numpy: str


def guard_line(guard: Guard, operands: Operands) -> GuardLine:
    """Write a guard."""
    varies = guard.left.varies or guard.right.varies
    left, right = (_written(access, varies, operands) for access in (guard.left, guard.right))
    count, of = int(guard.outcome.sum()), guard.outcome.size
    relation = guard.relation if count else OPPOSITE[guard.relation]
    text = f"{left.text} {relation.replace('!=', '≠').replace('==', '=')} {right.text}"
    if 0 < count < of:
        text += f" for the {count} of {of} recorded so"
    numpy = f"{left.numpy} {guard.relation} {right.numpy}"
    if guard.relation == "≈":
        numpy = f"np.isclose({left.numpy}, {right.numpy}, rtol={NEAR!r}, atol=0.0)"
    condition = f"np.any({numpy})" if not count else f"not np.all({numpy})"
    if 0 < count < of:
        stored = operands.store(guard.outcome)
        condition = f"not np.all(({numpy}) == {stored}{'[..., None]' if varies else ''})"
    where = _places(guard.sites)
    message = f"for such data {where} would decide otherwise, and other formulas would be right"
    return GuardLine(text, where, f"if {condition}:\n        raise ValueError({message!r})")


def _written(access: Access, varies: bool, operands: Operands) -> Rendered:
    written = operands.array(
        access, access.shape, exact=access.block is None or access.block.role != "constant"
    )
    if varies and not access.varies and written.number is None:
        return written.in_numpy("#[..., None]", (*written.shape, 1))
    return written


def _places(sites: Sequence[Site]) -> str:
    words = [place(site) for site in sites[:MOST]]
    return ", ".join(words) + (f", and {len(sites) - MOST} more" if len(sites) > MOST else "")
