"""``judge``: the backward pass of functions or of a class, held to the gradient of their own forward pass."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from nn.diagnosing.calling import is_backward
from nn.judging.binding import required
from nn.judging.judgement import judged
from nn.judging.methods import is_an_object
from nn.judging.object_passes import object_pass
from nn.judging.passes import pass_of
from nn.judging.rules import RULES, activation_in, rule_of
from nn.judging.twins import Here, OnNetwork, Tried, on_networks
from nn.judging.verdict import Finding, Verdict
from nn.judging.ways import Way
from nn.losses import loss_named
from nn.model.activations import activation_named

__all__ = ["judge"]


def judge(
    function: Any,
    /,
    *functions: Callable[..., Any],
    wrt: str | Sequence[str] | None = None,
    tolerance: float | None = None,
    **arguments: Any,
) -> Verdict:
    """Judge a backward pass as it was written, with its loss, its layout, its scale and its names.

    Ways of writing: ``f(**arguments)`` gives ``(loss, grads)``; a loss and a function of its
    gradients take the same arguments; a layer has ``forward(**arguments)``, which gives ``(out, cache)``, and
    ``backward(dout, cache)``, whose products Σ dout ⊙ ∂out/∂x are judged for a random dout; a family has
    ``forward``, ``cost`` and ``backward``, in this order, each of which takes what it needs by name, of the
    arguments and of what the forward pass returned, such as ``backward(AL, Y, caches)``; an object has
    methods for these, or one that changes its weights, such as ``train(X, y)``. Gradients are an array, a
    tuple or list in the order of the arguments, a dict by their names (``W1``, ``dW1``, ``grad_W1``),
    attributes of an object, or the change of its weights.

    ``backward(twin, cache, dA)`` and the rules ``dZ(dA, Z, A, g)``, ``dW(dZ, A)``, ``db(dZ)`` and ``dA(W,
    dZ)``, told by their names or by those of their parameters, need no arguments: they are tried on networks
    of the library, with ``activation``, ``output`` (of the last layer) and ``loss`` if these are given.

    They are held to the gradient of the forward pass, on these arguments and on two random examples of their
    shapes, dtypes and ranges. The functions get copies. They run in this process.

    Args:
        function, functions: the functions; or an object, or a class that can be called with what the
            arguments have for it, and possibly a function of the loss.
        wrt: by which arguments gradients are expected; if nothing is said, by all float arrays but those with
            names of data, such as ``X`` and ``y``, and in layers by inputs, too.
        tolerance: of differences, relative to the largest number; that of the dtype if nothing is said.
        arguments: what the functions are given, by name; arrays in dicts and lists are each judged.

    Raises:
        TypeError: if the functions do not take the arguments.
        ValueError: if there is nothing to differentiate by, or too much.

    >>> import numpy as np
    >>> X, y = np.array([[1.0, 2.0], [3.0, 5.0], [2.0, 2.0]]), np.array([1.0, 0.5, 2.0])
    >>> def squares(w, X, y):
    ...     e = X @ w - y
    ...     return np.mean(e**2), X.T @ e / len(y)
    >>> verdict = judge(squares, w=np.array([0.5, -1.0]), X=X, y=y)
    >>> bool(verdict), verdict.findings[0].name
    (False, 'half of it')
    """
    if not functions and {*arguments} <= {"activation", "output", "loss"} and callable(function):
        name = getattr(function, "__name__", "")
        rule = rule_of(name, required(function) or ())
        if rule or is_backward(function):
            settings = {"activation": activation_in(name) if rule else "", **arguments}
            return _on_networks(Here(rule, function), settings)
    way, flat = _way_of([function, *functions], arguments)
    return judged(way, flat, wrt, tolerance)


def _on_networks(called: Here, settings: Mapping[str, Any]) -> Verdict:
    """The verdict on what is written for the library's own networks: of a rule on the rule, of a backward
    pass on each gradient by weights and biases of the network that shows most."""
    tried = Tried(
        loss=loss_named(settings.get("loss", "mse")).name,
        activation=settings.get("activation", "") and activation_named(settings["activation"]).name,
        output=settings.get("output", "") and activation_named(settings["output"]).name,
    )
    each_on, notes = on_networks(called, tried)
    shown = next((e for e in each_on if e.name), next((e for e in each_on if not e.right), each_on[0]))
    if called.name in RULES or not (shown.returned or shown.missing):
        text = "right" if shown.right else f"On {shown.on}: {shown.text}"
        findings = [Finding(called.name, shown.right, shown.name, text)]
    else:
        findings = [*_of_each(shown)]
    how = "Held to the backward pass of the library, on random weights and samples of "
    return Verdict(called.name, findings, f"{how}{', '.join(each.on for each in each_on)}.", notes)


def _of_each(shown: OnNetwork) -> Iterator[Finding]:
    """A finding a gradient of a whole backward pass, with the mistake at the first that is wrong."""
    first = shown.differ[0] if shown.differ else ""
    for quantity in sorted({*shown.returned, *shown.missing}):
        if quantity in shown.missing:
            yield Finding(quantity, False, "missing", "It was not returned.")
        elif quantity == first:
            yield Finding(quantity, False, shown.name, f"On {shown.on}: {shown.text}", shown.where)
        elif quantity in shown.differ:
            yield Finding(quantity, False, shown.name, f"Mend {first} first.", shown.where, follows=True)
        else:
            yield Finding(quantity, True, "", "right")


def _way_of(functions: Sequence[Any], arguments: Mapping[str, Any]) -> tuple[Way, dict[str, Any]]:
    """The way of writing, and the arguments taken apart, in the order of the parameters."""
    thing, *others = functions
    if isinstance(thing, type):
        parameters = inspect.signature(thing).parameters
        own = {name: each for name, each in arguments.items() if name in parameters}
        thing = thing(**own)
        arguments = {name: each for name, each in arguments.items() if name not in own or name in vars(thing)}
    if is_an_object(thing):
        made = object_pass(thing, arguments, others[0] if others else None)
        return made, {**arguments, **made.weights()}
    way, flat = pass_of(functions, arguments)
    order = [*inspect.signature(thing).parameters] if _has_signature(thing) else []
    if all(name in order for name in flat):
        flat = {name: flat[name] for name in sorted(flat, key=order.index)}
    return way, flat


def _has_signature(function: Callable[..., Any]) -> bool:
    try:
        inspect.signature(function)
    except (TypeError, ValueError):
        return False
    return True
