"""Biases, which are added to all samples alike: their gradient is a sum, and has the shape of the bias.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

__all__ = ["is_bias", "unsummed"]

Shape = tuple[int, ...]
WEIGHTS = re.compile(r"_*([WU]|w\d*$|w_|weight|theta|kernel|filter)")  # a bias has one of their sizes


def is_bias(name: str) -> bool:
    """Whether it is called like a bias.

    >>> is_bias("b1"), is_bias("self.bias"), is_bias("biases[0]"), is_bias("beta")
    (True, True, True, False)
    """
    word = re.sub(r"\[\d+\]$", "", name)
    last = re.findall(r"\w+", word)[-1] if re.search(r"\w", word) else ""
    return bool(re.fullmatch(r"(b|bias|biases|intercept)_?([a-z]{0,2}|hid\w*|out\w*)_?\d*", last))


def unsummed(biases: Mapping[str, tuple[Shape, Shape]], several: bool) -> set[str]:
    """The biases whose gradients have shapes that say that they are summed over the wrong places, or not at
    all, and not that the biases of an example should have other shapes, or that it should be of one sample.

    Args:
        biases: the shape of each quantity, and of its gradient.
        several: whether the code says that there are several samples.

    >>> sorted(unsummed({"b1": ((3, 1), (3, 5)), "b2": ((2, 1), (2, 1))}, several=False))
    ['b1']
    >>> unsummed({"b1": ((3, 1), (3, 5)), "b2": ((2, 1), (2, 5))}, several=False)
    set()
    >>> sorted(unsummed({"b1": ((3, 1), ()), "b2": ((2, 1), ())}, several=True))
    ['b1', 'b2']
    >>> unsummed({"b1": ((3, 1), (3, 1)), "b2": ((2, 1), ())}, several=True)
    set()
    """
    sizes = {n for name, (shape, _) in biases.items() if WEIGHTS.match(name) for n in shape}
    own = {name: each for name, each in biases.items() if is_bias(name) and math.prod(each[0]) > 1}
    own = {name: each for name, each in own.items() if not sizes or sizes & {*_long(each[0])}}
    other = {name for name, (bias, grad) in own.items() if _long(bias) != _long(grad) and math.prod(grad) > 1}
    numbers = {name for name, (_, grad) in own.items() if grad == ()}
    if several and len(own) > 1 and numbers != {[*own][-1]}:  # only the last layer's may be a single number
        other |= numbers
    return other if several or len(other) < len(own) else set()


def _long(shape: Shape) -> Shape:
    return tuple(n for n in shape if n > 1)
