"""The ways in which people write a forward and a backward pass as functions, called alike.

This module imports nothing of the library: it is read in the process of a submission, too.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nn.judging.binding import (
    Bound,
    bound,
    copied,
    has,
    required,
    returned_names,
    said,
    same_random_numbers,
    taken,
    takes,
    their_line,
)
from nn.judging.forms import Form, gathered, spread
from nn.judging.in_code import InCode, in_code
from nn.judging.returned import is_spelled
from nn.judging.roles import LOSS, last_output, method_named, role_of, slope_of
from nn.judging.several_outputs import cotangents_of, divided, joined, takes_a_cache

__all__ = ["Floats", "Forward", "Pass", "Ran", "pass_of"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Ran:
    """What one run gave.

    Attributes:
        out: the loss, or the output of a layer; float64, of any shape.
        returned: the gradients as they were returned.
        changed: arguments that were changed in place.
        read: where the gradients were found: "returned", or the "attributes" or the "change" of an object.
    """

    out: Floats
    returned: Any
    changed: list[str]
    read: str = "returned"


class Forward:
    """The forward pass as a function of flat arguments, whose own functions can be recorded.

    Args:
        way: whose forward pass it is.
        of: what to call in place of a function.
    """

    def __init__(self, way: Any, of: Callable[[Any], Any] = lambda function: function) -> None:
        self.way, self._of = way, of
        self.__name__ = way.name

    def __call__(self, **arguments: Any) -> Any:
        return self.way.value(arguments, self._of)

    def __recorded__(self, of: Callable[[Any], Any]) -> Forward:
        """This, with the functions that ``of`` makes of theirs."""
        return Forward(self.way, of)


@dataclass(frozen=True)
class Pass:
    """A forward and a backward pass.

    Attributes:
        first: the forward pass, or both.
        backward: the other function, if there is one.
        kind: "together": ``loss, grads = first(...)``; "same": two functions of the same arguments;
            "layer": ``backward(dout, cache)``; "family": ``backward`` takes what the forward pass returned;
            "slope": f and its derivative, elementwise, of which dout ⊙ f′(x) is judged.
        cost: of a family, the loss of its output and the targets.
        between: of a family, what is made of the output before the loss is: ``y_hat = softmax(z)``.
        form: how the arguments are nested; None if they are not.
        names: what the results of the forward pass are called in its return statement.
        cotangents: of a layer with several outputs, the parameters of ``backward`` for them, and the places.
        by: by what gradients are expected, if the names of the arguments do not say it.
    """

    first: Callable[..., Any]
    backward: Callable[..., Any] | None
    kind: str
    cost: Callable[..., Any] | None = None
    form: Form = None
    names: Sequence[str] = ()
    cotangents: Sequence[tuple[str, int]] = ()
    by: Sequence[str] = ()
    between: Callable[..., Any] | None = None

    @property
    def layer(self) -> bool:
        """Whether it takes a cotangent of its output, and not the arguments of the forward pass."""
        return self.kind in ("layer", "slope")

    @property
    def slope(self) -> bool:
        """Whether it is a function and its derivative."""
        return self.kind == "slope"

    @property
    def quantities(self) -> list[str] | None:
        """By which arguments gradients are expected; None if their names say it."""
        return [*self.by] or None

    @property
    def cotangent(self) -> str:
        """What the backward pass of a layer calls the cotangent that it is given."""
        names = (required(self.backward) or []) if self.kind == "layer" and self.backward else []
        named = [name for name in names if role_of(name) == "cotangent"]
        return (named or names or ["dout"])[0]

    @property
    def name(self) -> str:
        """Of the functions, for people."""
        return ", ".join(getattr(each, "__name__", type(each).__name__) for each in self.functions)

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """Theirs, in order."""
        every = (self.first, self.between, self.cost, self.backward)
        return [each for each in every if each is not None]

    @property
    def function(self) -> Forward:
        """The forward pass as a function of the flat arguments."""
        return Forward(self)

    @property
    def in_code(self) -> InCode:
        """Small numbers in the code, and whether it decides by numbers."""
        return in_code(self.functions)

    @staticmethod
    def output(result: Any) -> Any:
        """The loss or the output, in what ``function`` returned."""
        return result

    def value(
        self, arguments: Mapping[str, Any], of: Callable[[Any], Any] = lambda function: function
    ) -> Any:
        """The loss, or the output of a layer, as their functions give it.

        Raises:
            TypeError: for another form of result.
        """
        nested = self._nested(arguments)
        return self._valued(of(self.first)(**taken(self.first, nested)), nested, of)

    def forward(self, arguments: Mapping[str, Any]) -> Floats:
        """The loss or the output alone, from copies of the arguments."""
        with same_random_numbers(), np.errstate(all="ignore"):
            return np.array(self.value(_as_numbers(copied(arguments))), dtype=np.float64)

    def run(self, arguments: Mapping[str, Any], dout: Any = 1.0) -> Ran:
        """Both passes, from copies of the arguments; ``dout`` is for layers, of the shape of the output."""
        mine = _as_numbers(copied(arguments))
        nested = self._nested(mine)
        with same_random_numbers(), np.errstate(all="ignore"):
            result = self.first(**taken(self.first, nested))
            out = np.array(self._valued(result, nested), dtype=np.float64)
            if self.backward is None:
                at = self._loss_at(result)
                rest = [each for i, each in enumerate(result) if i != at]
                own = [name for i, name in enumerate(self.names) if i != at]
                returned = _by_their_names(tuple(rest), own, arguments, least=2)
                returned = returned[0] if isinstance(returned, tuple) and len(rest) == 1 else returned
            elif self.kind == "same":
                returned = self.backward(**taken(self.backward, nested))
                returned = _by_their_names(returned, returned_names(self.backward), arguments)
            elif self.kind == "slope":
                returned = dout * np.asarray(self.backward(*taken(self.first, nested).values()))
            else:
                returned = self._backward(result, nested, dout)
        return Ran(out, copy.deepcopy(returned), [n for n in mine if not _same(mine[n], arguments[n])])

    def explained(self, error: BaseException) -> str:
        """What was raised, with their line."""
        return their_line(error, self.functions)

    def rate(self) -> float | None:
        """Functions return gradients, and not steps."""
        return None

    def _nested(self, flat: Mapping[str, Any]) -> dict[str, Any]:
        return dict(flat) if self.form is None else dict(gathered(self.form, flat))

    def _valued(
        self,
        result: Any,
        nested: Mapping[str, Any],
        of: Callable[[Any], Any] = lambda function: function,
    ) -> Any:
        several = isinstance(result, (tuple, list)) and len(result) >= 2
        if self.kind == "together":
            if not several:
                raise TypeError(
                    f"{said(self.first)} has to return (loss, gradients), got {type(result).__name__}"
                )
            return _one_number(self.first, result[self._loss_at(result)])
        if self.kind == "same":
            return _one_number(self.first, result[self._loss_at(result)] if several else result)
        if self.kind == "slope":
            return result
        if self._has_several_outputs(result):
            return joined(result, self.cotangents)
        parts_of = self._parts(result, of)
        if self.cost is None:
            return parts_of.by_role["output"]
        function, given = self.cost, Bound({**parts_of.named, **nested}, parts_of.by_role)
        loss = of(function)(**bound(function, given))
        return _one_number(function, loss[0] if isinstance(loss, tuple) else loss)

    def _loss_at(self, result: Any) -> int:
        """Where in the results the loss stands: it is the one number among them."""
        numbers = [i for i, each in enumerate(result) if not isinstance(each, Mapping) and _is_number(each)]
        if 0 in numbers or not numbers:
            return 0
        named = method_named(LOSS, [self.names[i] for i in numbers]) if len(self.names) == len(result) else ""
        return list(self.names).index(named) if named else numbers[-1]

    def _gives_a_loss(self, result: Sequence[Any]) -> bool:
        """Whether one number is returned beside arrays, called a loss or without name: else it is a scale."""
        at = self._loss_at(result)
        loss, name = result[at], self.names[at].lower()
        is_count = isinstance(loss, (bool, int, np.integer, Mapping))
        is_called_so = not name or name in ("j", "l", "nll") or bool(method_named(LOSS, [name]))
        arrays = [each for each in result if isinstance(each, np.ndarray) and each.size > 1]
        return _is_number(loss) and not is_count and is_called_so and bool(arrays)

    def _parts(self, result: Any, of: Callable[[Any], Any] = lambda function: function) -> Bound:
        """What the forward pass of a layer or a family returned, by names and roles; and what is made of it
        before the loss is."""
        found = self._returned(result)
        if self.between is None or self.cost is None:
            return found
        made = of(self.between)(found.by_role["output"])
        names = [name for name in required(self.cost) or () if role_of(name) != "target"]
        new = {name: made for name in names if name not in found.named}
        return Bound({**found.named, **new}, {**found.by_role, "output": made})

    def _returned(self, result: Any) -> Bound:
        """What the forward pass returned."""
        if isinstance(result, Mapping):
            keys = [str(key) for key in result]
            out = result[[*result][last_output(keys)]]
            return Bound(dict(zip(keys, result.values())), {"output": out, "cache": result})
        if not isinstance(result, (tuple, list)) or len(result) < 2:
            return Bound({}, {"output": result})
        known = len(self.names) == len(result)
        at = last_output(self.names) if known and self.kind == "family" else 0
        if known and self.kind == "family" and self.cost is None and self._gives_a_loss(result):
            at = self._loss_at(result)
        rest = [each for i, each in enumerate(result) if i != at]
        saved: Any = rest[0] if len(rest) == 1 else tuple(rest)
        containers = [each for each in rest if isinstance(each, (tuple, list, Mapping))]
        saved = containers[0] if len(containers) == 1 else saved
        if known:
            caches = [i for i, name in enumerate(self.names) if role_of(name) == "cache" and i != at]
            saved = result[caches[0]] if len(caches) == 1 else saved
        named = {name: each for name, each in zip(self.names, result) if name} if known else {}
        return Bound(named, {"output": result[at], "cache": saved})

    def _has_several_outputs(self, result: Any) -> bool:
        """Whether each of its cotangents has an output, which the names say, or else there are enough."""
        if not self.cotangents or self.backward is None or not isinstance(result, (tuple, list)):
            return False
        return bool(self.names) or len(result) >= len(self.cotangents) + takes_a_cache(self.backward)

    def _backward(self, result: Any, nested: Mapping[str, Any], dout: Any) -> Any:
        """What the backward pass of a layer or a family returns."""
        assert self.backward is not None
        if self._has_several_outputs(result):
            named = divided(dout, result, self.cotangents)
            outputs = {place for _, place in self.cotangents}
            rest = [each for i, each in enumerate(result) if i not in outputs]
            saved = rest[-1] if rest else tuple(result)
            return self.backward(**bound(self.backward, Bound({**nested, **named}, {"cache": saved})))
        parts = self._parts(result)
        if self.kind == "family":
            return self.backward(
                **bound(self.backward, Bound({**parts.named, **nested}, {**parts.by_role, "rate": 1.0}))
            )
        like = np.asarray(parts.by_role["output"])
        cotangent = np.array(dout, dtype=like.dtype)
        if "cache" in parts.by_role and takes(self.backward, (None, None), {}):
            names = required(self.backward)
            if names is None or len(names) <= 2:
                turned = names is not None and len(names) == 2 and role_of(names[0]) == "cache"
                pair = (parts.by_role["cache"], cotangent)
                return self.backward(*(pair if turned else pair[::-1]))
        given = Bound({**parts.named, **nested}, {**parts.by_role, "cotangent": cotangent})
        return self.backward(**bound(self.backward, given, roles_first=("cotangent", "cache")))


def _by_their_names(returned: Any, names: Sequence[str], arguments: Mapping[str, Any], least: int = 0) -> Any:
    """Several gradients by the names in the return statement, ``return dW, dX``, if these say what they are
    by: all of them, or the ``least`` number."""
    if not isinstance(returned, tuple) or len(names) != len(returned):
        return returned
    told = sum(any(is_spelled(n, each) for each in arguments) for n in names if n not in arguments)
    if told < min(least or len(names), len(names)):
        return returned
    return {name or str(i): each for i, (name, each) in enumerate(zip(names, returned))}


def _as_numbers(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with numbers for arrays of no dimension: ``z = b; z += …`` does not change a number."""
    return {
        name: each[()] if type(each) is np.ndarray and each.ndim == 0 else each
        for name, each in arguments.items()
    }


def pass_of(
    functions: Sequence[Callable[..., Any]], arguments: Mapping[str, Any]
) -> tuple[Pass, dict[str, Any]]:
    """Which way of writing it is, by the parameters of the functions; and the arguments, taken apart.

    Args:
        functions: one with both passes; a forward and a backward pass; or a forward pass, the loss of its
            output, and a backward pass, and before that loss perhaps what is made of the output.
        arguments: by name, nested as the functions take them.

    Raises:
        TypeError: if they do not take the arguments.
    """
    for each in functions:
        if not callable(each):
            raise TypeError(f"judge() takes functions first, and arrays by name: got {each!r:.60}")
    flat, form = spread(arguments)
    first, last = functions[0], functions[-1]
    made = Pass(
        first, None, "together", form=form if [*flat] != [*arguments] else None, names=returned_names(first)
    )
    unused = [n for n in arguments if not any(has(each, n) for each in functions)]
    missing = [n for n in required(first) or () if n not in arguments]
    if missing or unused:
        raise TypeError(
            f"{said(first)} has the parameters {inspect.signature(first)}, and was given "
            f"{', '.join(arguments) or 'nothing'}: give judge() each of them by its name"
        )
    if len(functions) == 1:
        return made, flat
    if len(functions) == 2 and is_slope(first, last):
        return replace(made, backward=last, kind="slope"), flat
    if len(functions) in (3, 4):
        between = functions[1] if len(functions) == 4 else None
        return replace(made, backward=last, kind="family", cost=functions[-2], between=between), flat
    names = required(last)
    of_both = names is None or not names or any(has(first, name) for name in names)
    if names is None or ({*names} <= {*arguments} and of_both and not _is_layer(last, arguments)):
        return replace(made, backward=last, kind="same"), flat
    if _is_layer(last, arguments):
        return replace(made, backward=last, kind="layer", cotangents=cotangents_of(last, made.names)), flat
    if any(role_of(name) in ("cache", "output") or name in made.names for name in names):
        return replace(made, backward=last, kind="family"), flat
    raise TypeError(
        f"{said(last)} has the parameters {inspect.signature(last)}: it is called as "
        f"backward(dout, cache), or with what the forward pass is given, {', '.join(arguments)}"
    )


def is_slope(function: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether the other function is by its name the derivative of a function of one argument."""
    names = [getattr(each, "__name__", "") for each in (function, other)]
    return slope_of(names[1]) == names[0] and all(len(required(f) or ()) == 1 for f in (function, other))


def _is_layer(backward: Callable[..., Any], arguments: Mapping[str, Any]) -> bool:
    """Whether a backward pass takes a cotangent: by its name, or as the first of two things unknown."""
    names = required(backward)
    if names is None:
        return True
    roles = {name: role_of(name) for name in names if name not in arguments}
    if len(names) == 1 and not any(has(backward, each) for each in arguments):
        return False
    if any(role == "cotangent" for role in roles.values()):
        return True
    unknown = [name for name, role in roles.items() if role in ("", "cache")]
    return (
        len(names) == 2
        and names[0] not in arguments
        and len(unknown) == len(roles)
        and roles[names[0]] != "cache"
    )


def _one_number(function: Callable[..., Any], out: Any) -> Any:
    if np.size(out) != 1:
        raise TypeError(
            f"{said(function)} has to return its loss, one number, got an array of shape {np.shape(out)}"
        )
    return out


def _is_number(thing: Any) -> bool:
    try:
        return thing is not None and np.size(thing) == 1 and not isinstance(thing, (str, bytes))
    except Exception:  # whatever it is
        return False


def _same(one: Any, other: Any) -> bool:
    if isinstance(other, np.ndarray):
        is_one = isinstance(one, np.ndarray) or other.ndim == 0
        return is_one and np.array_equal(one, other, equal_nan=other.dtype.kind in "fc")
    return True
