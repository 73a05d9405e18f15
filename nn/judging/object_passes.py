"""Passes of objects: which of an object's methods do what, and which of its arrays are weights.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nn.judging.binding import required, returned_names
from nn.judging.inside import weights_of
from nn.judging.learnt import matters, numbers_learnt
from nn.judging.methods import (
    cotangent_left,
    gives_both,
    is_bindable,
    is_cotangent,
    methods_of,
    takes_predictions,
)
from nn.judging.objects import ObjectPass
from nn.judging.roles import BACKWARD, FORWARD, LOSS, STEP, method_named
from nn.judging.several_outputs import cotangents_of

__all__ = ["object_pass"]


def object_pass(
    thing: Any, arguments: Mapping[str, Any], cost: Callable[..., Any] | None = None, **chosen: str
) -> ObjectPass:
    """Which of the methods of an object do what, and which of its arrays are weights: those that its output,
    or loss, depends on and that are not data.

    Args:
        thing: the object.
        arguments: of its methods, by name.
        cost: a function of the output and the targets.
        chosen: methods, by "forward", "loss", "backward" or "step".

    Raises:
        TypeError: if it has no method for the one or the other, or no weights.
    """
    names = methods_of(thing)
    methods = {
        "forward": method_named(FORWARD, names),
        "loss": method_named(LOSS, names),
        "backward": method_named(BACKWARD, names),
        "step": method_named(STEP, names),
        **chosen,
    }
    who = type(thing).__name__
    if methods["backward"] and not methods["forward"] and takes_predictions(thing, methods["loss"]):
        methods.update(forward=methods["loss"], loss="")
    together = gives_both(thing, methods["loss"], arguments)
    if not together and not (methods["backward"] or methods["step"]):
        raise TypeError(
            f"{who} has no method for a backward pass or a step: it has {', '.join(names) or 'none'}"
        )
    if not together and not methods["forward"]:
        raise TypeError(f"{who} has no method for a forward pass: it has {', '.join(names)}")
    if methods["loss"] and not together and not is_bindable(thing, methods["loss"], arguments):
        methods["loss"] = ""
    taken = required(getattr(thing, methods["backward"])) if methods["backward"] else None
    given_in = cotangent_left(thing, methods) if taken == [] and not together else ""
    is_layer = bool(given_in) or (bool(taken) and not together and is_cotangent(taken or [], arguments))
    several = (
        cotangents_of(getattr(thing, methods["backward"]), returned_names(getattr(thing, methods["forward"])))
        if is_layer
        else []
    )
    kind = "together" if together else "layer" if is_layer else "object"
    if kind == "layer":
        methods["loss"] = ""
    elif kind == "together":
        methods.update(forward="", backward="", step="")
    elif methods["backward"] and not is_bindable(thing, methods["backward"], arguments) and methods["step"]:
        methods["backward"] = ""
    made = ObjectPass(thing, {}, kind, methods, cost, cotangents=several, given_in=given_in)
    if kind == "object" and methods["loss"] and methods["forward"] and not _runs(made, arguments):
        without = {**methods, "loss": ""}  # it is a loss of something else, of a list of pairs, say
        other = ObjectPass(thing, {}, kind, without, cost)
        made = other if _runs(other, arguments) else made
        methods = dict(made.methods)
    weights = weights_of(thing)
    paths = {name: path for name, path in weights.items() if matters(made, name, path, arguments)}
    paths |= numbers_learnt(made, paths, arguments)
    is_plain = not weights and not paths and kind == "object" and bool(methods["backward"])
    if is_plain and takes_predictions(thing, methods["forward"]):
        losses = ObjectPass(thing, {}, "object", methods).forwarded(copy.deepcopy(thing), arguments)[1]
        return ObjectPass(thing, {}, "loss", {**methods, "loss": ""}, None, np.size(losses))
    if not paths and kind != "layer":
        raise TypeError(f"{who} has no arrays of floats that its forward pass depends on")
    return replace(made, paths=paths)


def _runs(way: ObjectPass, arguments: Mapping[str, Any]) -> bool:
    try:
        way.forward(arguments)
    except Exception:  # whatever it is
        return False
    return True
