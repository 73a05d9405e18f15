"""Diagnose: which formula left its domain, and at which element."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import numpy as np

from autodiff.engine.errors import DomainError, domain_error
from autodiff.engine.namespaces import FLOATS
from autodiff.labels import element
from autodiff.lifting.compile.buffers import Buffers
from autodiff.lifting.formula import Access, Block, Formula
from autodiff.lifting.plan import Plan

__all__ = ["domain_failure"]


def domain_failure(
    plan: Plan, buffers: Buffers, steps: Iterable[Callable[[], None]], line: Callable[[int], str]
) -> DomainError | None:
    """Run the forward pass formula by formula up to the first that fails, and say why; None if
    none does.

    Args:
        plan: of the program.
        buffers: with the inputs and parameters of the run that failed.
        steps: for each of the plan's steps what fills its block.
        line: the text of a formula, by its number from 0.

    Raises:
        ValueError: if a parameter or an input is not finite.
    """
    for block in plan.with_role("parameter", "input"):
        values = buffers.block(buffers.values, block)
        where = _first_not_finite(values)
        if where is not None:
            place = element(block.name, where)
            raise ValueError(f"{block.role} {place} is {values[where]}; it must be finite")
    fill = iter(steps)
    for number, formula in enumerate(plan.formulas):
        hidden = None  # what the steps of a softmax do not look at
        for step in formula.steps or (formula,):
            with np.errstate(all="ignore"), suppress(FloatingPointError):
                next(fill)()
            values = buffers.block(buffers.values, step.block)
            if isinstance(step.bias, np.ndarray) and not step.block.varies:
                hidden = np.isneginf(step.bias)
            if hidden is not None and hidden.shape == values.shape:
                values = np.where(hidden, 0.0, values)
            where = _first_not_finite(values)
            if where is not None:
                failure = _failure_at(plan, buffers, step, where)
                return type(failure)(f"{failure}; in formula {number + 1}: {line(number)}")
    return None


def _first_not_finite(values: Any) -> tuple[int, ...] | None:
    wrong = np.argwhere(~np.isfinite(values))
    return tuple(map(int, wrong[0])) if len(wrong) else None


def _failure_at(plan: Plan, buffers: Buffers, formula: Formula, where: tuple[int, ...]) -> DomainError:
    """The error of one element of a formula."""
    sample = where[-1] if formula.block.varies else None
    place = where[: len(formula.block.dims)]
    if formula.thing is not None and formula.thing.of_matrices:
        blocks = [access.block for access in formula.operands[:1] if access.block]
        named = "".join(f" {block.name}" for block in blocks if block.role != "constant")
        if np.isnan(buffers.block(buffers.values, formula.block)[where]):
            return DomainError(f"np.linalg.{formula.thing.name} got a singular matrix{named}")
        return domain_error(formula.thing.name, f"{_label(formula.block, place, sample)}", OverflowError())
    if formula.op is None:
        return domain_error("add", f"{_label(formula.block, place, sample)} = a sum", OverflowError())
    operands = [_operand(plan, buffers, access, place, sample) for access in formula.operands]
    described = ", ".join(f"{label}={value!r}" if label else repr(value) for label, value in operands)
    for label, value in operands:
        if not np.isfinite(value):
            return DomainError(
                f"{formula.op.name}({described}) is not finite because {label or 'an operand'} is not"
            )
    try:
        formula.op.forward(FLOATS, *(value for _, value in operands))
    except (ValueError, ArithmeticError) as error:
        return domain_error(formula.op.name, described, error)
    return domain_error(formula.op.name, described, OverflowError())


def _operand(
    plan: Plan, buffers: Buffers, access: Access, place: tuple[int, ...], sample: int | None
) -> tuple[str, float]:
    """The label and the value of what one element reads."""
    position = int(access.positions[place])
    row: Any = buffers.values[access.varies][position]
    value = float(row[sample]) if access.varies else float(row)
    block = plan.block_at(position, access.varies)
    if block.role == "constant":
        return "", value
    index = tuple(map(int, np.unravel_index(position - block.start, block.dims))) if block.dims else ()
    return _label(block, index, sample if access.varies else None), value


def _label(block: Block, index: tuple[int, ...], sample: int | None) -> str:
    return element(block.name, index if sample is None else (*index, sample))
