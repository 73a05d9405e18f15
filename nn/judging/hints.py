"""Hints in three steps: where a mistake is, of what kind it is, and what it is.

The first two are put together from the quantity, the line and sentences of this module alone, never from
what was found out about the mistake, so that no word of a solution gets into them.
"""

from __future__ import annotations

import re

__all__ = ["LEVELS", "hint", "kind_of"]

LEVELS = (1, 2, 3)

# What the name of a mistake has in it, and what kind it then is; the first that fits.
_KINDS = (
    (r"^not judged$", "it could not be judged"),
    (r"^not its own$", "it calls the library that judges it"),
    (r"^missing$", "no gradient is returned for it"),
    (r"^not finite$", "numbers that are not finite"),
    (r"^another shape$|shape", "a shape"),
    (r"raised|exception|error: ", "it raises an error"),
    (r"\bseed\b", "how the backward pass begins"),
    (r"topological|visited|before it has all|recursion|children|order", "the order of the backward pass"),
    (r"penalt|regulari", "the term of a penalty"),
    (r"\+=|overwritten|last sample|last window|repeated|earlier call|stale", "what is to be added up"),
    (r"^(no activation|no bias|not normalised|mean for max|divided by)", "the forward pass"),
    (r"transposed", "a matrix and its transpose"),
    (r"\bsign\b(?!\()", "a sign"),
    (r"\baxis\b|\bsum\b|\bsummed\b|broadcast", "a sum, or the axis it goes along"),
    (r"′|derivative|softmax|[Jj]acobian|of the gradient|parts? of|\bmask\b", "the derivative of a function"),
    (r"1/m|twice|half|halved|times|\bfactor|scale|too (large|small)|/\w+ (missing|too)", "a factor"),
    (r"updated", "when an array is read"),
    (r" for |⊙", "what is multiplied with what"),
    (r"missing|forgotten", "something is left out"),
    (r"too much", "something is there that should not be"),
)


def kind_of(name: str) -> str:
    """Of what kind a mistake is, by its name, without a word of what would be right.

    >>> kind_of("1/m missing"), kind_of("Z1 for A1 in tanh′"), kind_of("")
    ('a factor', 'the derivative of a function', 'a formula')
    """
    return next((kind for pattern, kind in _KINDS if re.search(pattern, name)), "a formula")


def hint(level: int, quantity: str, name: str, text: str, where: str = "", line: int | None = None) -> str:
    """What a learner is told of a mistake: where it is (1), of what kind, too (2), or all of it (3).

    Args:
        quantity: what is wrong, in their name.
        name: the mistake in a few words; "" if none is known.
        text: all of it, in a sentence or two.
        where: what is wrong first, if not the quantity itself; "" where that is not known.
        line: of their code, where it is known.

    Raises:
        ValueError: for another level.

    >>> hint(1, "W2", "1/m missing", "dW2 is m times too large: the mean divides by m.", "dW2", 14)
    'W2 is wrong. Look at line 14.'
    >>> hint(2, "W1", "dA1 for dZ1", "In dW1 stands dA1 for dZ1.", "dZ1")
    'W1 is wrong. Look at dZ1. It is about what is multiplied with what.'
    """
    if level not in LEVELS:
        raise ValueError(f"a hint has the level 1 (where), 2 (what kind) or 3 (the formula), got {level!r}")
    if level == 3:
        return text
    said = f"{quantity or 'Something'} is wrong."
    places = [where] if where and where not in (quantity, f"d{quantity}") else []
    places += [] if line is None else [f"line {line}"]
    if places:
        said += f" Look at {', '.join(places)}."
    return f"{said} It is about {kind_of(name)}." if level == 2 else said
