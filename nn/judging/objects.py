"""Classes with weights inside them: their forward pass, and the gradient, wherever they leave it.

It is returned, or left in attributes (``self.dW1``, ``self.grads``), or it went into the weights already,
``self.W1 -= lr * dW1``: then it is read off the change. This module imports nothing of the library: it is
read in the process of a submission, too.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nn.judging.binding import (
    Bound,
    Context,
    bound,
    copied,
    required,
    returned_names,
    same_random_numbers,
    their_line,
)
from nn.judging.in_code import InCode, in_code
from nn.judging.inside import (
    Path,
    at,
    data_of,
    equal,
    gradient_by_input,
    in_attributes,
    is_gradient_of,
    marks,
    matched,
    output_left,
    put,
)
from nn.judging.methods import called
from nn.judging.passes import Floats, Forward, Ran
from nn.judging.roles import (
    is_a_context,
    last_output,
    role_of,
)
from nn.judging.several_outputs import divided, joined

__all__ = ["ObjectPass", "weight"]

RATE = 0.125  # the learning rate where one is asked for


@dataclass(frozen=True)
class ObjectPass:
    """The forward and the backward pass of an object.

    Attributes:
        template: the object, of which each call gets a copy.
        paths: where in it the weights are, by their names.
        kind: "together": a method gives ``loss, grads``; "layer": ``backward(dout)``; "loss": no weights, a
            forward pass of predictions and targets; else "object".
        methods: the names of those for "forward", "loss", "backward" and "step"; "" for what there is not.
        cost: a function of the output and the targets, that the object does not have.
        several: how many numbers a forward pass that is a loss gives.
        cotangents: of a layer with several outputs, the parameters of ``backward`` for them, and the places.
        given_in: the attribute where ``backward`` finds the cotangent, if it does not take it.
    """

    template: Any
    paths: Mapping[str, Path]
    kind: str
    methods: Mapping[str, str]
    cost: Callable[..., Any] | None = None
    several: int = 1
    cotangents: Sequence[tuple[str, int]] = ()
    given_in: str = ""

    @property
    def layer(self) -> bool:
        """Whether its backward pass takes a cotangent of its output."""
        return self.kind == "layer"

    @property
    def quantities(self) -> list[str]:
        """By what gradients are expected: the weights, and in a layer the input."""
        if self.layer:
            return [*self._inputs, *self.paths]
        first = self._first() if self.kind == "loss" else ""
        return [*([first] if first else []), *self.paths]

    @property
    def free(self) -> int:
        """How many losses it gives of which it is not said whether they are added up: one for each sample, or
        for each number; 0 if it gives one loss."""
        return self.several if self.kind == "loss" and self.several > 1 else 0

    def _first(self) -> str:
        """The parameter of a loss that is no target."""
        names = self._taken("forward")
        return next((name for name in names if role_of(name) != "target"), "")

    def _taken(self, kind: str) -> list[str]:
        """The parameters of a method that have to be given, without a place to keep things for backward."""
        names = required(getattr(self.template, self.methods[kind])) or []
        return [name for name in names if not is_a_context(name)]

    @property
    def _inputs(self) -> list[str]:
        """By which inputs a layer gives gradients: all of them, if it returns as many; else the first."""
        names = self._taken("forward")
        returned = returned_names(getattr(self.template, self.methods["backward"]))
        return names if len(names) == len(returned) else names[:1]

    @property
    def cotangent(self) -> str:
        """What the backward pass of a layer calls the cotangent that it is given."""
        return self.given_in or ((self._taken("backward") or ["dout"])[0] if self.layer else "dout")

    @property
    def name(self) -> str:
        """Of the class and its methods, for people."""
        used = [self.methods[each] for each in ("forward", "loss", "backward", "step") if self.methods[each]]
        return f"{type(self.template).__name__}: {', '.join(used)}"

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """Its methods."""
        found = [getattr(self.template, name, None) for name in self.methods.values() if name]
        return [each for each in (*found, self.cost) if callable(each)]

    @property
    def function(self) -> Forward:
        """The forward pass as a function of weights and arguments."""
        return Forward(self)

    @property
    def in_code(self) -> InCode:
        """Small numbers in the code, and whether it decides by numbers."""
        return in_code(self.functions, self.template)

    @staticmethod
    def output(result: Any) -> Any:
        """The loss or the output, in what ``function`` returned."""
        return result

    def value(
        self, arguments: Mapping[str, Any], of: Callable[[Any], Any] = lambda function: function
    ) -> Any:
        """The loss, or the output where there is none, of a copy with these weights."""
        thing, given = self._made(arguments)
        return self.valued(thing, given, of)[0]

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The same, as floats, from copies of the arguments."""
        with same_random_numbers(), np.errstate(all="ignore"):
            return np.array(self.value(copied(arguments)), dtype=np.float64)

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes, of a copy; ``dout`` is for layers, of the shape of the output."""
        with same_random_numbers(), np.errstate(all="ignore"):
            thing, given = self._made(copied(arguments))
            if self.kind == "together":
                result = called(thing, self.methods["loss"], Bound(given, {}))
                place = 0 if np.size(result[0]) == 1 and not isinstance(result[0], Mapping) else 1
                return Ran(
                    np.array(result[place], dtype=np.float64),
                    matched(result[1 - place], self.paths, thing),
                    [],
                )
            with same_random_numbers():  # a mask that is drawn is the same one below
                loss = self.valued(*self._made(copied(arguments)), lambda function: function)[0]
            out = np.array(loss, dtype=np.float64)
            before = {name: np.array(at(thing, path)) for name, path in self.paths.items()}
            output = None
            if self.methods["backward"]:  # a step runs its own forward pass
                result, output, cache = self.forwarded(thing, given)
                given = {**self._named(result), **given}
                like = np.asarray(output)
                if self.kind == "loss":
                    return Ran(out, self._of_predictions(thing, given), [], "attributes")
                by_role = {"output": output, "rate": RATE, "epochs": 1, "batch": 10**6, **cache}
                if self.cotangents:
                    given |= divided(dout, result, self.cotangents)
                elif self.layer:
                    by_role["cotangent"] = np.array(dout, dtype=like.dtype).reshape(like.shape)
                    if self.given_in:
                        setattr(thing, self.given_in, by_role["cotangent"])
                returned = called(thing, self.methods["backward"], Bound(given, by_role))
                found = self._left(thing, before, returned)
                if found:
                    return Ran(out, self._single(found[0]), [], found[1])
            if self.methods["step"]:
                by_role = {"rate": RATE, "epochs": 1, "batch": 10**6, "output": output}
                called(thing, self.methods["step"], Bound(given, by_role))
                changes = self._changes(thing, before)
                return Ran(out, self._single(changes), [], "change")
        return Ran(out, None, [])

    def _named(self, result: Any) -> dict[str, Any]:
        """What the forward pass returned, by the names that it has there."""
        names = returned_names(getattr(type(self.template), self.methods["forward"]))
        several = isinstance(result, tuple) and len(names) == len(result)
        return {name: each for name, each in zip(names, result) if name} if several else {}

    def _single(self, found: Any) -> Any:
        """The gradients, of which those by single numbers are numbers, as [[0.5]] is, too."""
        if not isinstance(found, dict):
            return found
        names = [n for n, path in self.paths.items() if np.ndim(at(self.template, path)) == 0]
        ours = {k for k in found for n in names if k == n or is_gradient_of(str(k), n)}
        return {
            key: np.reshape(each, ()) if key in ours and np.size(each) == 1 else each
            for key, each in found.items()
        }

    def explained(self, error: BaseException) -> str:
        """What was raised, with their line."""
        return their_line(error, self.functions)

    def weights(self) -> dict[str, Any]:
        """Copies of the weights, by name; and of the data that it keeps, if its methods take none."""
        data = (
            {}
            if required(getattr(self.template, self.methods["forward"] or self.methods["loss"]))
            else data_of(self.template)
        )
        return {name: np.array(each) for name, each in data.items()} | {
            name: weight(at(self.template, path)) for name, path in self.paths.items()
        }

    def rate(self) -> float | None:
        """The learning rate with which it steps, where that can be told."""
        for kind in ("backward", "step"):
            method = getattr(self.template, self.methods[kind], None) if self.methods[kind] else None
            for each in inspect.signature(method).parameters.values() if method else ():
                if role_of(each.name) == "rate":
                    return RATE if each.default is each.empty else float(each.default)
        for name, each in getattr(self.template, "__dict__", {}).items():
            if role_of(name) == "rate" and isinstance(each, (int, float)) and each:
                return float(each)
        return None

    def _made(self, arguments: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
        """A copy with these weights, and the arguments of its methods."""
        thing = copy.deepcopy(self.template)
        for name, path in self.paths.items():
            if name in arguments:
                put(thing, path, arguments[name])
        given = {name: each for name, each in arguments.items() if name not in self.paths}
        for name, each in given.items():  # some keep their data: self.input, self.y
            if hasattr(thing, name) and isinstance(getattr(thing, name), np.ndarray):
                setattr(thing, name, each)
        return thing, given

    def forwarded(self, thing: Any, given: Mapping[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """What the forward pass returned, the output in it, and a cache."""
        method = self.methods["forward"]
        seen = marks(thing)
        context = Context()
        result = called(thing, method, Bound(given, {"rate": RATE, "cache": context}))
        if self.cotangents:
            return result, joined(result, self.cotangents), {}
        if isinstance(result, Mapping):
            return result, result[[*result][last_output([str(k) for k in result])]], {"cache": result}
        if isinstance(result, (tuple, list)) and len(result) > 1 and not np.isscalar(result[0]):
            names = returned_names(getattr(type(thing), method))
            place = last_output(names) if len(names) == len(result) else 0
            rest = [each for i, each in enumerate(result) if i != place]
            return result, result[place], {"cache": rest[0] if len(rest) == 1 else tuple(rest)}
        if result is None:
            return result, output_left(thing, seen), {}
        kept = any(map(is_a_context, required(getattr(thing, method)) or ()))
        return result, result, {"cache": context} if kept else {}

    def valued(self, thing: Any, given: Mapping[str, Any], of: Callable[[Any], Any]) -> tuple[Any, Any]:
        """The loss, or the output where there is none; and the output."""
        if self.kind == "together":
            result = called(thing, self.methods["loss"], Bound(given, {}))
            return (
                result[0] if np.size(result[0]) == 1 and not isinstance(result[0], Mapping) else result[1]
            ), None
        output = self.forwarded(thing, given)[1] if self.methods["forward"] else None
        if self.kind == "loss":
            return (np.mean(output) if self.several > 1 else output), output  # type: ignore[arg-type]
        if self.layer or not (self.methods["loss"] or self.cost):
            return output, output
        if self.cost is not None:
            loss = of(self.cost)(**bound(self.cost, Bound(given, {"output": output})))
        else:
            loss = called(thing, self.methods["loss"], Bound(given, {"output": output}))
        return loss, output

    def _of_predictions(self, thing: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """The gradient of a loss by its predictions, returned or left; given what it keeps as its output, or
        the predictions themselves."""
        first = self._first()
        kept = getattr(thing, "output", None)
        like = given[first]
        same = isinstance(kept, np.ndarray) and kept.shape == np.shape(like) and not equal(kept, like)
        shown = kept if same else like
        backward = getattr(thing, self.methods["backward"])
        named = {
            name: each for name, each in given.items() if name != first or first in (required(backward) or ())
        }
        returned = called(
            thing, self.methods["backward"], Bound(named, dict.fromkeys(("output", "cotangent"), shown))
        )
        found = gradient_by_input(thing, first) if returned is None else returned
        return {} if found is None else {first: found}

    def _left(self, thing: Any, before: Mapping[str, Any], returned: Any) -> tuple[Any, str] | None:
        """The gradients, wherever they were left, and where."""
        changes = self._changes(thing, before)
        if changes is not None:
            return {**changes, **(self._by_inputs(returned) if self.layer else {})}, "change"
        attributes = in_attributes(thing, self.paths)
        if self.layer and returned is None:
            found = {name: gradient_by_input(thing, name) for name in self._inputs}
            attributes |= {f"d{name}": each for name, each in found.items() if each is not None}
        if self.layer and returned is not None:
            if attributes or len(self._inputs) > 1:
                return {**attributes, **self._by_inputs(returned)}, "attributes"
            return dict(enumerate(self._parts(returned))), "attributes"
        if returned is not None and not (attributes and _is_number(returned)):
            return matched(returned, self.paths, thing), "returned"
        return (attributes, "attributes") if attributes else None

    @staticmethod
    def _parts(returned: Any) -> Sequence[Any]:
        return returned if isinstance(returned, (tuple, list)) else [returned]

    def _by_inputs(self, returned: Any) -> dict[str, Any]:
        """A layer's gradients by its inputs: in their order, or by the names they are returned under."""
        keys = [f"d{name}" for name in self._inputs or ["x"]]
        names = returned_names(getattr(self.template, self.methods["backward"]))
        told = names if {*names} == {*keys} else keys
        return {key: each for key, each in zip(told, self._parts(returned)) if isinstance(each, np.ndarray)}

    def _changes(self, thing: Any, before: Mapping[str, Any]) -> dict[Any, Any] | None:
        after = {name: np.asarray(at(thing, path)) for name, path in self.paths.items()}
        if all(equal(before[name], after[name]) for name in before):
            return None
        return {
            name: before[name] - after[name] if _is_wider(before[name], after[name]) else after[name]
            for name in before
        }


def _is_wider(before: Any, after: Any) -> bool:
    """Whether a weight has its shape after a step, or one that it was broadcast to."""
    shape: tuple[int, ...] = np.shape(after)
    try:
        return np.broadcast_shapes(np.shape(before), shape) == shape
    except ValueError:
        return False


def weight(thing: Any) -> Any:
    """A copy of a weight: a number that is 0 is a float, too."""
    return np.array(thing, dtype=np.float64 if np.asarray(thing).dtype.kind == "i" else None)


def _is_number(thing: Any) -> bool:
    return np.ndim(thing) == 0
