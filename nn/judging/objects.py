"""Classes with weights inside them: their forward pass, and the gradient, wherever they leave it.

It is returned, or left in attributes (``self.dW1``, ``self.grads``), or it went into the weights already,
``self.W1 -= lr * dW1``: then it is read off the change. This module imports nothing of the library: it is
read in the process of a submission, too.
"""

from __future__ import annotations

import copy
import dis
import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import FunctionType
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
    numbers_of,
    output_left,
    put,
    weights_of,
)
from nn.judging.passes import Floats, Forward, Ran
from nn.judging.roles import (
    BACKWARD,
    FORWARD,
    LOSS,
    STEP,
    is_a_context,
    is_a_loss,
    last_output,
    method_named,
    role_of,
)
from nn.judging.several_outputs import cotangents_of, divided, joined

__all__ = ["WEIGHT", "ObjectPass", "is_an_object", "object_pass"]

RATE = 0.125  # the learning rate where one is asked for
WEIGHT = re.compile(r"_*(w|b|weight|bias|theta|intercept|slope)_?\d*_?")  # though it has no gradient
COTANGENT = re.compile(
    r"_*(d?(out|output|y|z|a|top)_?(g|grads?|gradients?|delta|diff|error)"
    r"|(d|grad|delta|upstream|error|g)_?(out|outputs?|y|z|a|top|next)?)"
)
SETTING = re.compile(
    r"reg\w*|\w*lambda\w*|lam|lmbda?|l[12]\w*|alpha|\w*decay|momentum|eps(ilon)?|temp(erature)?|tau|c|t|step"
)


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
        return self._valued(thing, given, of)[0]

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The same, as floats, from copies of the arguments."""
        with same_random_numbers(), np.errstate(all="ignore"):
            return np.array(self.value(copied(arguments)), dtype=np.float64)

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes, of a copy; ``dout`` is for layers, of the shape of the output."""
        with same_random_numbers(), np.errstate(all="ignore"):
            thing, given = self._made(copied(arguments))
            if self.kind == "together":
                result = _called(thing, self.methods["loss"], Bound(given, {}))
                place = 0 if np.size(result[0]) == 1 and not isinstance(result[0], Mapping) else 1
                return Ran(
                    np.array(result[place], dtype=np.float64),
                    matched(result[1 - place], self.paths, thing),
                    [],
                )
            with same_random_numbers():  # a mask that is drawn is the same one below
                loss = self._valued(*self._made(copied(arguments)), lambda function: function)[0]
            out = np.array(loss, dtype=np.float64)
            before = {name: np.array(at(thing, path)) for name, path in self.paths.items()}
            output = None
            if self.methods["backward"]:  # a step runs its own forward pass
                result, output, cache = self._forward(thing, given)
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
                returned = _called(thing, self.methods["backward"], Bound(given, by_role))
                found = self._left(thing, before, returned)
                if found:
                    return Ran(out, self._single(found[0]), [], found[1])
            if self.methods["step"]:
                by_role = {"rate": RATE, "epochs": 1, "batch": 10**6, "output": output}
                _called(thing, self.methods["step"], Bound(given, by_role))
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
            name: _weight(at(self.template, path)) for name, path in self.paths.items()
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

    def _forward(self, thing: Any, given: Mapping[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
        """What the forward pass returned, the output in it, and a cache."""
        method = self.methods["forward"]
        seen = marks(thing)
        context = Context()
        result = _called(thing, method, Bound(given, {"rate": RATE, "cache": context}))
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

    def _valued(self, thing: Any, given: Mapping[str, Any], of: Callable[[Any], Any]) -> tuple[Any, Any]:
        """The loss, or the output where there is none; and the output."""
        if self.kind == "together":
            result = _called(thing, self.methods["loss"], Bound(given, {}))
            return (
                result[0] if np.size(result[0]) == 1 and not isinstance(result[0], Mapping) else result[1]
            ), None
        output = self._forward(thing, given)[1] if self.methods["forward"] else None
        if self.kind == "loss":
            return (np.mean(output) if self.several > 1 else output), output  # type: ignore[arg-type]
        if self.layer or not (self.methods["loss"] or self.cost):
            return output, output
        if self.cost is not None:
            loss = of(self.cost)(**bound(self.cost, Bound(given, {"output": output})))
        else:
            loss = _called(thing, self.methods["loss"], Bound(given, {"output": output}))
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
        returned = _called(
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
    names = _methods(thing)
    methods = {
        "forward": method_named(FORWARD, names),
        "loss": method_named(LOSS, names),
        "backward": method_named(BACKWARD, names),
        "step": method_named(STEP, names),
        **chosen,
    }
    who = type(thing).__name__
    if methods["backward"] and not methods["forward"] and _takes_predictions(thing, methods["loss"]):
        methods.update(forward=methods["loss"], loss="")
    together = _gives_both(thing, methods["loss"], arguments)
    if not together and not (methods["backward"] or methods["step"]):
        raise TypeError(
            f"{who} has no method for a backward pass or a step: it has {', '.join(names) or 'none'}"
        )
    if not together and not methods["forward"]:
        raise TypeError(f"{who} has no method for a forward pass: it has {', '.join(names)}")
    if methods["loss"] and not together and not _is_bindable(thing, methods["loss"], arguments):
        methods["loss"] = ""
    taken = required(getattr(thing, methods["backward"])) if methods["backward"] else None
    given_in = _cotangent_left(thing, methods) if taken == [] and not together else ""
    is_layer = bool(given_in) or (bool(taken) and not together and _is_cotangent(taken or [], arguments))
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
    elif methods["backward"] and not _is_bindable(thing, methods["backward"], arguments) and methods["step"]:
        methods["backward"] = ""
    made = ObjectPass(thing, {}, kind, methods, cost, cotangents=several, given_in=given_in)
    if kind == "object" and methods["loss"] and methods["forward"] and not _runs(made, arguments):
        without = {**methods, "loss": ""}  # it is a loss of something else, of a list of pairs, say
        other = ObjectPass(thing, {}, kind, without, cost)
        made = other if _runs(other, arguments) else made
        methods = dict(made.methods)
    weights = weights_of(thing)
    paths = {name: path for name, path in weights.items() if _matters(made, name, path, arguments)}
    paths |= _numbers_learnt(made, paths, arguments)
    is_plain = not weights and not paths and kind == "object" and bool(methods["backward"])
    if is_plain and _takes_predictions(thing, methods["forward"]):
        losses = ObjectPass(thing, {}, "object", methods)._forward(copy.deepcopy(thing), arguments)[1]
        return ObjectPass(thing, {}, "loss", {**methods, "loss": ""}, None, np.size(losses))
    if not paths and kind != "layer":
        raise TypeError(f"{who} has no arrays of floats that its forward pass depends on")
    return replace(made, paths=paths)


def _cotangent_left(thing: Any, methods: Mapping[str, str]) -> str:
    """The attribute in which a backward pass without parameters finds its cotangent: it reads it, and its
    class does not write it, or only that there is nothing yet."""
    kinds = [kind for kind in type(thing).__mro__ if kind is not object]
    own = [each for kind in kinds for each in vars(kind).values() if isinstance(each, FunctionType)]
    written = {n for each in own if each.__name__ != "__init__" for n in _attributes(each, "STORE_ATTR")}
    read = _attributes(inspect.unwrap(getattr(type(thing), methods["backward"])), "LOAD_ATTR")
    left = [n for n in read if n not in written and getattr(thing, n, None) is None]
    found = [name for name in dict.fromkeys(left) if COTANGENT.fullmatch(name.lower())]
    return found[0] if len(found) == 1 else ""


def _attributes(function: Any, step: str) -> list[str]:
    """The attributes that a function reads, or writes."""
    code = getattr(function, "__code__", None)
    return [e.argval for e in dis.get_instructions(code) if e.opname == step] if code else []


def is_an_object(thing: Any) -> bool:
    """Whether it is an object with methods that learn, and no function."""
    return hasattr(thing, "__dict__") and bool(method_named((*BACKWARD, *STEP, *LOSS), _methods(thing)))


def _methods(thing: Any) -> list[str]:
    names = [
        name for name in dir(thing) if callable(getattr(thing, name, None)) and not name.startswith("__")
    ]
    return [*names, "__call__"] if callable(thing) else names


def _called(thing: Any, name: str, given: Bound) -> Any:
    """A method, with what it asks for: one epoch, all samples at once."""
    method = getattr(thing, name)
    arguments = bound(method, given)
    for each in inspect.signature(method).parameters.values():
        role = role_of(each.name)
        if role in ("epochs", "batch") and each.name not in arguments and role in given.by_role:
            arguments[each.name] = given.by_role[role]
    return method(**arguments)


def _is_bindable(thing: Any, name: str, arguments: Mapping[str, Any]) -> bool:
    roles = dict.fromkeys(("output", "cache", "rate", "epochs", "batch"))
    try:
        bound(getattr(thing, name), Bound(arguments, roles))
    except (TypeError, ValueError):
        return False
    return True


def _gives_both(thing: Any, name: str, arguments: Mapping[str, Any]) -> bool:
    """Whether a method gives (loss, gradients)."""
    if not name:
        return False
    try:
        with same_random_numbers(), np.errstate(all="ignore"):
            result = _called(copy.deepcopy(thing), name, Bound(copy.deepcopy(dict(arguments)), {}))
    except Exception:  # then it is something else
        return False
    if not isinstance(result, tuple) or len(result) != 2:
        return False
    shapes = [np.shape(at(thing, path)) for path in weights_of(thing).values()]
    alone = np.size(result[0]) == 1 and np.ndim(result[1]) > 0 and shapes == [np.shape(result[1])]
    return alone or any(isinstance(each, (Mapping, list, tuple)) for each in result)


def _takes_predictions(thing: Any, method: str) -> bool:
    """Whether a method takes predictions and targets."""
    return bool(method) and is_a_loss(required(getattr(thing, method)) or ())


def _runs(way: ObjectPass, arguments: Mapping[str, Any]) -> bool:
    try:
        way.forward(arguments)
    except Exception:  # whatever it is
        return False
    return True


def _is_cotangent(names: Sequence[str], arguments: Mapping[str, Any]) -> bool:
    """Whether what a backward pass takes is a cotangent, and no target or output."""
    others = [name for name in names if role_of(name) not in ("rate", "epochs", "batch", "cache")]
    left = [name for name in others if name not in arguments]
    if any(role_of(name) == "target" for name in names):
        return False
    if len(left) > 1:
        return all(role_of(name) == "cotangent" for name in left)
    return len(left) == 1 and role_of(left[0]) in ("cotangent", "")


def _matters(way: ObjectPass, name: str, path: Path, arguments: Mapping[str, Any]) -> bool:
    """Whether the forward pass depends on an array."""
    array = _weight(at(way.template, path))
    rng = np.random.default_rng(0)
    first = None
    for scale in (1.0, 2.0, -1.5):  # units that larger weights switch off are on with smaller ones
        trial = replace(way, paths={name: path})
        moved = (array + scale * rng.uniform(0.3, 1.0, array.shape)).astype(array.dtype)
        try:
            out = trial.forward({**arguments, name: moved})
        except Exception:  # it is no weight that can be moved
            return False
        if first is not None and not equal(first, out):
            return True
        first = out if first is None else first
    return False


def _numbers_learnt(
    way: ObjectPass, paths: Mapping[str, Path], arguments: Mapping[str, Any]
) -> dict[str, Path]:
    """The single numbers that the forward pass depends on and leaves alone, and that a step changes, or a
    gradient is given of."""
    numbers = numbers_of(way.template)
    moving = _moved_by_forward(way, numbers, arguments)
    found = {n: p for n, p in numbers.items() if n not in moving and _matters(way, n, p, arguments)}
    if not found:
        return {}
    trial = replace(way, paths={**paths, **found})
    rng = np.random.default_rng(0)
    weights = {name: each + rng.uniform(0.1, 0.3, each.shape) for name, each in trial.weights().items()}
    try:
        ran = trial.run({**arguments, **{name: weights[name] for name in trial.paths}})
    except Exception:  # then it is told where it is run again
        return {}
    if ran.read == "change":
        changes = ran.returned or {}
        return {
            n: p
            for n, p in found.items()
            if _is_named_weight(p, way) or (np.any(changes.get(n, 0.0) != 0.0) and not _is_setting(p))
        }
    keys = [str(key) for key in ran.returned] if isinstance(ran.returned, Mapping) else []
    if isinstance(ran.returned, tuple):
        keys = returned_names(getattr(way.template, way.methods["backward"] or way.methods["loss"]))
    return {
        n: p
        for n, p in found.items()
        if _is_named_weight(p, way)
        or any(key == n or is_gradient_of(key, str(p[-1][1])) or key == str(p[-1][1]) for key in keys)
    }


def _moved_by_forward(way: ObjectPass, numbers: Mapping[str, Path], arguments: Mapping[str, Any]) -> set[str]:
    """The numbers that a forward pass writes to, such as a state."""
    thing = copy.deepcopy(way.template)
    try:
        with same_random_numbers(), np.errstate(all="ignore"):
            way._valued(thing, copied(arguments), lambda function: function)
        return {n for n, p in numbers.items() if not equal(at(thing, p), at(way.template, p))}
    except Exception:  # whatever it is
        return {*numbers}


def _is_named_weight(path: Path, way: ObjectPass) -> bool:
    """Whether a number is called a weight or a bias, and is none that a bias is multiplied by, which is 1."""
    return bool(WEIGHT.fullmatch(str(path[-1][1]).lower())) and at(way.template, path) != 1


def _is_setting(path: Path) -> bool:
    """Whether a number is called like a setting that may go down from step to step."""
    return bool(SETTING.fullmatch(str(path[-1][1]).lower().strip("_")))


def _is_wider(before: Any, after: Any) -> bool:
    """Whether a weight has its shape after a step, or one that it was broadcast to."""
    shape: tuple[int, ...] = np.shape(after)
    try:
        return np.broadcast_shapes(np.shape(before), shape) == shape
    except ValueError:
        return False


def _weight(thing: Any) -> Any:
    """A copy of a weight: a number that is 0 is a float, too."""
    return np.array(thing, dtype=np.float64 if np.asarray(thing).dtype.kind == "i" else None)


def _is_number(thing: Any) -> bool:
    return np.ndim(thing) == 0
