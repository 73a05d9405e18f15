"""Layers of several outputs, whose backward pass takes a cotangent of each: these are judged as one vector.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nn.judging.binding import required
from nn.judging.roles import role_of

__all__ = ["cotangents_of", "divided", "joined", "takes_a_cache"]


def joined(result: Any, cotangents: Sequence[tuple[str, int]]) -> Any:
    """The outputs that have cotangents, one after the other in a vector; of recorded numbers, too."""
    return np.concatenate([np.asarray(result[place], dtype=object).ravel() for _, place in cotangents])


def divided(dout: Any, result: Any, cotangents: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """The parts of such a vector's cotangent by the names of the parameters, in the shapes of the outputs."""
    named, begin = {}, 0
    for parameter, place in cotangents:
        like = np.asarray(result[place])
        part = np.array(dout[begin : begin + like.size], dtype=like.dtype)
        named[parameter] = part.reshape(like.shape)
        begin += like.size
    return named


def cotangents_of(backward: Callable[..., Any], results: Sequence[str]) -> list[tuple[str, int]]:
    """The parameters for the cotangents of several outputs, each with the place of the output."""
    parameters = [name for name in required(backward) or () if role_of(name) == "cotangent"]
    names = [parameter.lstrip("d_") for parameter in parameters]
    if len(parameters) < 2:
        return []
    places = {name: results.index(name) for name in names if name in results}
    count = len(results) - takes_a_cache(backward) if results else len(names)
    free = [place for place in range(count) if place not in places.values()]
    for is_meant in (_is_part, lambda name, result: not result, lambda name, result: True):
        for name in (each for each in names if each not in places):
            meant = [place for place in free if is_meant(name, results[place] if results else "")]
            if meant:
                places[name] = meant[0]
                free.remove(meant[0])
    if len(places) < len(names):
        return []
    return [(parameter, places[name]) for parameter, name in zip(parameters, names)]


def takes_a_cache(backward: Callable[..., Any]) -> bool:
    """Whether one of the parameters is for what the forward pass has saved."""
    return any(role_of(name) == "cache" for name in required(backward) or ())


def _is_part(name: str, result: str) -> bool:
    """``h`` of ``next_h``, ``h_new`` and ``h1``."""
    return name in result.split("_") or name == result.rstrip("0123456789")
