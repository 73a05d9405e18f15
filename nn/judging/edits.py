"""Mistakes in a gradient as simple edits of the right one, each with the numbers it gives.

An edit is a mistake that was made if it gives the numbers of every example, and the right gradient does not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.judging.passes import Floats
from nn.judging.roles import is_data

__all__ = [
    "Edit",
    "Example",
    "edits",
    "factor_name",
    "left_over",
    "multiple",
    "of_others",
    "one_sample",
    "samples",
]


@dataclass(frozen=True)
class Example:
    """One example.

    Attributes:
        arguments: of the functions.
        dout: what the backward pass of a layer was given; 1.0 for a loss.
        right: the right gradients by name.
        unpenalised: these with each penalty's factor at 0, by the name of the factor.
        last: these of the last sample alone, if it can be told from the others.
    """

    arguments: Mapping[str, Any]
    dout: Floats
    right: Mapping[str, Floats]
    unpenalised: Callable[[], Mapping[str, Mapping[str, Floats]]]
    last: Callable[[], Mapping[str, Floats] | None]


@dataclass(frozen=True)
class Edit:
    """A mistake.

    Attributes:
        name: in a few words.
        text: what gives these numbers, and what to do.
        made: the numbers it gives for an example; None where it cannot be made.
    """

    name: str
    text: str
    made: Callable[[Example], Floats | None]


def samples(arguments: Mapping[str, Any]) -> int | None:
    """The number of samples: what the shapes of all data have in common, at their beginning or end."""
    shapes = [
        each.shape for name, each in arguments.items() if is_data(name) and isinstance(each, np.ndarray)
    ]
    shapes = [shape for shape in shapes if shape] or [*_of_layer(arguments)]
    for end in (0, -1):
        for m in (shape[end] for shape in shapes):
            if all(m in (shape[0], shape[-1]) for shape in shapes):
                return int(m)
    return None


def _of_layer(arguments: Mapping[str, Any]) -> Iterator[tuple[int, ...]]:
    """Of the input of a layer the size that its weights have not: that is the number of samples."""
    arrays = {name: each.shape for name, each in arguments.items() if isinstance(each, np.ndarray)}
    for name, shape in arrays.items():
        if re.fullmatch(r"[ahAH](_?prev|_before|0)?|inp", name) and len(shape) == 2 and len(arrays) > 1:
            elsewhere = {n for other, each in arrays.items() if other != name for n in each}
            own = {*shape} - elsewhere
            if len(own) == 1:
                yield (own.pop(),)


def one_sample(arguments: Mapping[str, Any], m: int) -> dict[str, Any]:
    """The arguments with data of the last of m samples alone."""
    short = dict(arguments)
    for name, each in arguments.items():
        if is_data(name) and isinstance(each, np.ndarray) and each.ndim:
            short[name] = each[-1:] if each.shape[0] == m else each[..., -1:]
    return short


def of_others(quantity: str, others: Sequence[str]) -> Iterator[Edit]:
    """The gradients by other quantities."""
    for other in (each for each in others if each != quantity):
        yield Edit(f"gradient of {other}", f"It is the gradient by {other}.", _of_other(quantity, other))


def edits(quantity: str, arguments: Mapping[str, Any]) -> Iterator[Edit]:
    """The mistakes, simple ones first.

    Args:
        quantity: whose gradient is wrong.
        arguments: of an example, for the sizes.
    """
    yield Edit(
        "zero", "It is 0 everywhere: it was never computed.", lambda e: np.zeros_like(e.right[quantity])
    )
    yield Edit("sign flipped", "It is the right one times -1: drop the minus.", lambda e: -e.right[quantity])
    yield Edit(
        "transposed",
        f"It is the right one transposed: a gradient has the shape of {quantity}.",
        lambda e: e.right[quantity].T if e.right[quantity].ndim == 2 else None,
    )
    for name, text, times in _factors(arguments):
        yield Edit(name, text, _scaled(quantity, times))
    for factor in _penalty_factors(arguments):
        for name, part in (
            ("the penalty forgotten", 0.0),
            ("the penalty halved", 0.5),
            ("the penalty counted twice", 2.0),
            ("the sign of the penalty flipped", -1.0),
        ):
            text = f"The term with {factor} comes {part:g} times, and should come once."
            yield Edit(name, text, _penalised(quantity, factor, part))
        for name, text, times in _factors(arguments):
            yield Edit(
                name,
                f"Without the term with {factor}: {text[0].lower()}{text[1:]}",
                _part_scaled(quantity, factor, times),
            )
    m = samples(arguments) or 1
    if m > 1:
        for scale, said in ((1.0, ""), (1.0 / m, f", over {m}")):
            text = f"It is what the last sample alone gives{said}: add up, += for =."
            yield Edit("only the last sample", text, _last(quantity, scale))


def _factors(arguments: Mapping[str, Any]) -> Iterator[tuple[str, str, float]]:
    yield "twice too large", "It is the right one times 2.", 2.0
    yield "half of it", "It is the right one over 2: a factor 2 is missing.", 0.5
    m = samples(arguments)
    elsewhere = {
        n
        for name, each in arguments.items()
        if isinstance(each, np.ndarray) and not is_data(name)
        for n in each.shape
    }
    of_layer = m is not None and not any(map(is_data, arguments))  # then it is a size of nothing else
    if m is not None and m > 2 and (of_layer or m not in elsewhere):
        yield (
            "1/m missing",
            f"It is the right one times {m}, the number of samples: a sum, and the loss is a mean.",
            m,
        )
        yield (
            "1/m twice",
            f"It is the right one over {m}, the number of samples: the loss does not ask for it.",
            1.0 / m,
        )
    for n in _sizes(arguments):
        yield (
            f"{n} times too large",
            f"It is the right one times {n}, which is the size of an axis.",
            float(n),
        )
        yield f"{n} times too small", f"It is the right one over {n}, which is the size of an axis.", 1.0 / n


def _sizes(arguments: Mapping[str, Any]) -> list[int]:
    """The sizes of axes that are more than 2."""
    sizes = {n for each in arguments.values() if isinstance(each, np.ndarray) for n in each.shape}
    return sorted(sizes - {0, 1, 2})


def factor_name(c: float, arguments: Mapping[str, Any], tolerance: float = 1e-6) -> tuple[str, str] | None:
    """What a factor is called, and what is to be said of what has it; None if it is nothing special."""
    if abs(c) <= tolerance:
        return "zero", "is 0: it was never computed"
    sign, size = (", sign flipped", -c) if c < 0.0 else ("", c)
    known = [("", "", 1.0), *_factors(arguments)]
    known += [
        (
            f"√{n} times too {how}",
            f"It is the right one times √{n} or over it, and {n} is the size of an axis.",
            f,
        )
        for n in _sizes(arguments)
        for how, f in (("large", n**0.5), ("small", n**-0.5))
    ]
    known += [
        (f"times {name}", f"It is the right one times {name}.", each)
        for name, each in arguments.items()
        if isinstance(each, float) and each > 0.0
    ]
    for name, text, factor in known:
        if abs(size - factor) <= tolerance * factor:
            if not name:
                return ("sign flipped", "is the right one times -1: drop the minus") if sign else None
            return f"{name}{sign}", text.removeprefix("It ").removesuffix(".") + (
                " and times -1" if sign else ""
            )
    for shown, how in ((size, "large"), (1.0 / size, "small")):
        if abs(shown - round(shown, 1)) <= tolerance * shown and shown > 1.0:
            return f"{shown:.3g} times too {how}{sign}", f"is {c:.4g} times the right one"
    return None


def _scaled(quantity: str, factor: float) -> Callable[[Example], Floats | None]:
    return lambda e: factor * e.right[quantity]


def _of_other(quantity: str, other: str) -> Callable[[Example], Floats | None]:
    return lambda e: e.right[other] if e.right[other].shape == e.right[quantity].shape else None


def _penalty_factors(arguments: Mapping[str, Any]) -> list[str]:
    """Float numbers among the arguments, of which one may be the factor of a penalty."""
    return [name for name, each in arguments.items() if isinstance(each, float) and each != 0.0]


def _penalty(e: Example, quantity: str, factor: str) -> tuple[Floats, Floats] | None:
    """The gradient without the penalty, and the penalty's part, which is a multiple of the quantity."""
    without = e.unpenalised().get(factor)
    if without is None:
        return None
    part = e.right[quantity] - without[quantity]
    c = multiple(part, np.asarray(e.arguments[quantity], dtype=np.float64))
    return None if not c else (without[quantity], part)


def _penalised(quantity: str, factor: str, times: float) -> Callable[[Example], Floats | None]:
    def made(e: Example) -> Floats | None:
        parts = _penalty(e, quantity, factor)
        return None if parts is None else parts[0] + times * parts[1]

    return made


def _part_scaled(quantity: str, factor: str, scale: float) -> Callable[[Example], Floats | None]:
    def made(e: Example) -> Floats | None:
        parts = _penalty(e, quantity, factor)
        return None if parts is None else scale * parts[0] + parts[1]

    return made


def _last(quantity: str, scale: float) -> Callable[[Example], Floats | None]:
    def made(e: Example) -> Floats | None:
        last = e.last()
        return None if last is None else scale * last[quantity]

    return made


def multiple(array: Floats, of: Floats) -> float | None:
    """The c for which ``array`` = c · ``of``, to six digits; None if there is none."""
    size = float(np.sum(of * of))
    if array.shape != of.shape or not size or not np.isfinite(array).all():
        return None
    c = float(np.sum(array * of)) / size
    return c if np.max(np.abs(array - c * of)) <= 1e-6 * np.max(np.abs(array)) else None


def left_over(quantity: str, examples: Sequence[Example], given: Sequence[Floats]) -> Edit | None:
    """A term c·W, or c times part of W, of which there is too much or too little, with one c for all."""
    weights = [np.asarray(e.arguments[quantity], dtype=np.float64) for e in examples]
    if any(array.shape != W.shape for array, W in zip(given, weights)):
        return None
    gaps = [array - e.right[quantity] for array, e in zip(given, examples)]
    part = np.abs(gaps[0]) > 1e-6 * np.max(np.abs(gaps[0]), initial=0.0)
    found = [multiple(gap, W * part) for gap, W in zip(gaps, weights)]
    cs = [c for c in found if c is not None]
    if len(cs) < len(found) or not cs or max(cs) - min(cs) > 1e-4 * abs(cs[0]):
        return None
    c = cs[0]
    how = "missing" if c < 0 else "too much"
    where = "" if part.all() else " in part of it"
    text = (
        f"It is the right one and {c:.4g}·{quantity}{where}, as if a penalty were forgotten, or had "
        "another factor, or were where the loss has none."
    )
    return Edit(f"{abs(c):.4g}·{quantity} {how}{where}", text, lambda e: e.right[quantity])
