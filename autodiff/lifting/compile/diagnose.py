"""Diagnose: which formula left its domain, and at which element."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from autodiff.engine.errors import DomainError, domain_error
from autodiff.engine.namespaces import FLOATS
from autodiff.labels import element
from autodiff.lifting.formula import Access, Block, Formula

if TYPE_CHECKING:
    from autodiff.lifting.compile.run import Run

__all__ = ["domain_failure"]


def domain_failure(run: Run) -> DomainError | None:
    """Run the forward pass formula by formula up to the first that fails, and say why; None if
    none does.

    Raises:
        ValueError: if a parameter or an input is not finite.
    """
    for block in run.program.blocks:
        if block.role in ("parameter", "input"):
            values = run.buffers.block(run.buffers.values, block)
            wrong = np.argwhere(~np.isfinite(values))
            if len(wrong):
                where = tuple(map(int, wrong[0]))
                raise ValueError(
                    f"{block.role} {element(block.name, where)} is {values[where]}; it must be finite"
                )
    start = 0
    for number, (formula, end) in enumerate(zip(run.program.formulas, run.ends), 1):
        step = run.writer.function(run.writer.lines[start:end])
        start = end
        with np.errstate(all="ignore"), suppress(FloatingPointError):
            step()
        values = run.buffers.block(run.buffers.values, formula.block)
        wrong = np.argwhere(~np.isfinite(values))
        if len(wrong):
            where = tuple(map(int, wrong[0]))
            line = run.program.line(number - 1)
            failure = _at(run, formula, where)
            return type(failure)(f"{failure}; in formula {number}: {line}")
    return None


def _at(run: Run, formula: Formula, where: tuple[int, ...]) -> DomainError:
    """The error of one element of a formula."""
    sample = where[-1] if formula.block.varies else None
    place = where[: len(formula.block.dims)]
    if formula.op is None:
        return domain_error("add", f"{_label(formula.block, place, sample)} = a sum", OverflowError())
    operands = [_operand(run, access, place, sample) for access in formula.operands]
    described = ", ".join(f"{label}={value!r}" if label else repr(value) for label, value in operands)
    numbers = [value for _, value in operands]
    for label, value in operands:
        if not np.isfinite(value):
            return DomainError(
                f"{formula.op.name}({described}) is not finite because {label or 'an operand'} is not"
            )
    try:
        formula.op.forward(FLOATS, *numbers)
    except (ValueError, ArithmeticError) as error:
        return domain_error(formula.op.name, described, error)
    return domain_error(formula.op.name, described, OverflowError())


def _operand(run: Run, access: Access, place: tuple[int, ...], sample: int | None) -> tuple[str, float]:
    """The label and the value of what one element reads."""
    position = int(access.positions[place])
    row: Any = run.buffers.values[access.varies][position]
    value = float(row[sample]) if access.varies else float(row)
    block = next(
        b for b in run.program.blocks if b.varies == access.varies and b.start <= position < b.start + b.size
    )
    if block.role == "constant":
        return "", value
    index = tuple(map(int, np.unravel_index(position - block.start, block.dims))) if block.dims else ()
    return _label(block, index, sample if access.varies else None), value


def _label(block: Block, index: tuple[int, ...], sample: int | None) -> str:
    return element(block.name, index if sample is None else (*index, sample))
