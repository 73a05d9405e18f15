"""Recording: one graph of a function, what it depends on besides its arrays, and the programs made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.arrays import Array, leaves
from autodiff.engine.choices import Choice, Site, recording
from autodiff.engine.value import Value
from autodiff.labels import ValueArray, element
from autodiff.lifting import Program, Result
from autodiff.lifting.arguments import Leaf
from autodiff.lifting.entry import lift_leaves
from autodiff.lifting.guards import place
from autodiff.lifting.outputs import weighted_sum
from autodiff.lifting.record import record_graph
from autodiff.lifting.shaping import relevant
from autodiff.staging.arguments import Binding, Flat, rebuilt
from autodiff.staging.asks import refuse_unanswerable
from autodiff.staging.captured import Captured
from autodiff.staging.given import Given
from autodiff.staging.kinds import given_kinds, lent_to
from autodiff.staging.labels import Labels
from autodiff.staging.namespace import Recordable, stand_ins
from autodiff.staging.reads import watched

__all__ = ["Graph", "Recording", "Returned", "on_values", "same_graph"]

Floats = npt.NDArray[np.float64]


class Graph:
    """What one call of a function recorded.

    Args:
        function: to call.
        binding: of its arguments.
        arguments, flat: of the call.
        captured: what the function may read and call, if it is known.
        labels: let integer arrays be inputs; if not, they are what they are.

    Attributes:
        leaves: the Values of each float array among the arguments, by name.
        result: what the function returned, with Values in it.
        choices: that were made on the way.
        given: what was used of integer arguments.
        kinds: the types of the floats and float arrays, if the function asked for one; else None.
        reasons: why this graph says nothing of other calls, with lines.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        binding: Binding,
        arguments: Mapping[str, Any],
        flat: Flat,
        captured: Captured | None = None,
        labels: bool = True,
    ) -> None:
        captured = captured or Captured(function, flat.objects)
        for called in captured.functions:
            refuse_unanswerable(called)
        self._record(function, binding, arguments, flat, captured, labels, pick_views=True)
        if self.given.any_changed():
            self._record(function, binding, arguments, flat, captured, labels, pick_views=False)

    def _record(
        self,
        function: Callable[..., Any],
        binding: Binding,
        arguments: Mapping[str, Any],
        flat: Flat,
        captured: Captured,
        labels: bool,
        pick_views: bool,
    ) -> None:
        """Call the function, on Values and Labels."""
        self.leaves: dict[str, Array] = {}
        floats: list[Any] = []
        for name, each in zip(flat.names, flat.floats):
            _check_finite(name, each.data)
            self.leaves[name] = array = leaves(name, each.data)
            floats.append(array.item() if each.form == "number" else array.copy())
        self.given = Given(flat.names, pick_views)
        integers: list[Any] = [n.data[()] if n.form == "number" else n.data.copy() for n in flat.integers]
        if labels:
            integers = [
                Labels(self.given.argument(i, each.name, each.data)) for i, each in enumerate(flat.integers)
            ]
        given = rebuilt(arguments, iter(floats), iter(integers))
        recordable = Recordable()
        self.choices: list[Choice] = []
        self.reasons: list[str] = []
        numbers = {id(value): each.kind for value, each in zip(floats, flat.floats) if each.form == "number"}
        double = all(each.kind is np.float64 for each in flat.floats if each.form != "number")
        try:
            with (
                lent_to(captured.modules, stand_ins()),
                given_kinds(numbers, double) as asked,
                recording() as self.choices,
                watched() as self.reasons,
            ):
                self.result = binding.apply(recordable.of(function), given)
            self.kinds = flat.kinds if asked else None
        finally:
            assigned = recordable.write_back()
        if assigned:
            self.reasons.append(f"it assigns to the global {', '.join(assigned)}")


def on_values(
    function: Callable[..., Any], captured: Captured, args: Sequence[Any], options: Mapping[str, Any]
) -> Any:
    """What a function gives for Values, recorded into their graph."""
    for each in captured.functions:
        refuse_unanswerable(each)
    with lent_to(captured.modules, stand_ins()), given_kinds({}, double=True):
        return Recordable().of(function)(*args, **options)


def _check_finite(name: str, data: Floats) -> None:
    wrong = np.argwhere(~np.isfinite(data))
    if len(wrong):
        place = tuple(map(int, wrong[0]))
        raise ValueError(
            f"{element(name, place)} is {data[place]}; it must be finite: mask or clean such data"
        )


class Recording:
    """A graph, and a program of it for each set of arguments that gradients are asked for.

    Args:
        graph: of the function.
        loss: the Value at its root, or None for a function that returns arrays.
        others: what it returns besides, or without a loss at all.
        captured: what it read that is no argument.
    """

    def __init__(self, graph: Graph, loss: Value | None, others: Any, captured: Captured) -> None:
        self.graph, self.captured = graph, captured
        self._loss = loss
        self._outputs = Returned(others)
        self._programs: dict[tuple[str, ...], Program] = {}
        self._cotangents = ""

    def program(self, wrt: tuple[str, ...]) -> Program:
        """The program with gradients by some of the float arrays, made when it is asked for first; by none,
        one that there is."""
        if not wrt:
            wrt = next(iter(self._programs), tuple(self.graph.leaves))
        if wrt not in self._programs:
            self._programs[wrt] = self._lift(wrt)
        return self._programs[wrt]

    def _lift(self, wrt: tuple[str, ...]) -> Program:
        arrays = self.graph.leaves
        roles = {name: "parameter" if name in wrt else "input" for name in arrays}
        order = [*wrt, *(name for name in arrays if name not in wrt)]
        places = [Leaf(name, np.asarray(arrays[name]), roles[name]) for name in order]
        places += [
            Leaf(fed.name, np.asarray(fed.leaves), "input", fed.one_hot) for fed in self.graph.given.fed
        ]
        named = {leaf.name: leaf.values.ravel().tolist() for leaf in places}
        parameters = [value for name in wrt for value in named[name]]
        choices = relevant(self.graph.choices, [value for values in named.values() for value in values])
        values = self._outputs.values
        if self._loss is not None:
            loss = _depending(self._loss, parameters)
            keep = {"returned": values} if values.size else {}
            return lift_leaves(loss, places, choices, keep=keep)
        ends = values.tolist()
        ends[0] = _depending(ends[0], parameters)
        total, outputs, cotangents = weighted_sum(ends, places, False)
        self._cotangents = cotangents.name
        return lift_leaves(total, [*places, cotangents], choices, outputs=outputs)

    def evaluate(
        self,
        program: Program,
        floats: Mapping[str, Any],
        fed: Mapping[str, Any],
        dout: Any,
    ) -> Result:
        """One run of a program for arrays by name; ``dout`` are cotangents of what the function returns."""
        params = program.params
        inputs = {**{name: array for name, array in floats.items() if name not in params}, **fed}
        if self._loss is None and dout is not None:
            inputs[self._cotangents] = self._outputs.cotangents(dout)
        result = program.evaluate([(array, floats[name]) for name, array in params.items()], inputs)
        if self._loss is not None and dout is not None:
            return replace(result, grads={name: float(dout) * each for name, each in result.grads.items()})
        return result

    def returned(self, result: Result) -> Any:
        """What the function returns besides its loss, with the numbers of a run."""
        numbers = result.outputs if self._loss is None else result.values.get("returned", ())
        return self._outputs.rebuilt(numbers)

    def decisions(self) -> list[str]:
        """The lines that decide on numbers of the arguments."""
        sites = [choice.site for choice in self.graph.choices]
        sites += [Site(*site) for *_, site in self.graph.given.fixed]
        return [*dict.fromkeys(map(place, sites))]


class Returned:
    """Values in what a function returned.

    Attributes:
        values: them, in order.
    """

    def __init__(self, returned: Any) -> None:
        self._returned = returned
        found: list[Value] = []
        _each_value(returned, found)
        self.values: ValueArray = np.empty(len(found), dtype=object)
        self.values[:] = found

    def rebuilt(self, numbers: Any) -> Any:
        """The same with numbers in their places."""
        rest = iter(np.asarray(numbers, dtype=np.float64).tolist())
        return _with_numbers(self._returned, rest)

    def cotangents(self, dout: Any) -> Floats:
        """One number for each Value, from arrays in the form of what was returned.

        Raises:
            ValueError: for another form.
        """
        parts: list[Floats] = []
        _flat_numbers(dout, parts)
        numbers = np.concatenate([*parts, np.empty(0)])
        if len(numbers) != len(self.values):
            raise ValueError(
                f"dout has the form of what the function returns, {len(self.values)} numbers, got "
                f"{len(numbers)}"
            )
        return numbers


def _each_value(thing: Any, found: list[Value]) -> None:
    if isinstance(thing, Value):
        found.append(thing)
    elif isinstance(thing, np.ndarray) and thing.dtype == object:
        for each in thing.ravel().tolist():
            _each_value(each, found)
    elif isinstance(thing, Mapping):
        for each in thing.values():
            _each_value(each, found)
    elif isinstance(thing, (list, tuple)):
        for each in thing:
            _each_value(each, found)


def _flat_numbers(dout: Any, parts: list[Floats]) -> None:
    if isinstance(dout, Mapping):
        dout = [*dout.values()]
    if isinstance(dout, (list, tuple)):
        for each in dout:
            _flat_numbers(each, parts)
    elif dout is not None:
        parts.append(np.asarray(dout, dtype=np.float64).ravel())


def _with_numbers(thing: Any, rest: Iterator[float]) -> Any:
    if isinstance(thing, Value):
        return next(rest)
    if isinstance(thing, np.ndarray) and thing.dtype == object:
        return np.array([_with_numbers(each, rest) for each in thing.ravel().tolist()]).reshape(thing.shape)
    if isinstance(thing, Mapping):
        return {key: _with_numbers(each, rest) for key, each in thing.items()}
    if isinstance(thing, (list, tuple)):
        parts = [_with_numbers(each, rest) for each in thing]
        return type(thing)(*parts) if hasattr(thing, "_fields") else type(thing)(parts)
    return thing


def _depending(value: Value, parameters: Sequence[Value]) -> Value:
    """The value, as one that depends on a parameter, if only by 0·p."""
    known = record_graph(value).ids
    if value.op and any(parameter in known for parameter in parameters):
        return value
    return value + 0.0 * parameters[0]


def same_graph(one: Graph, other: Graph) -> bool:
    """Whether two calls with the same arguments recorded the same operations on the same numbers."""
    decided = [[(c.kind, c.outcome, c.site) for c in graph.choices] for graph in (one, other)]
    returned = [Returned(graph.result) for graph in (one, other)]
    if decided[0] != decided[1] or len(returned[0].values) != len(returned[1].values):
        return False
    tapes = []
    for graph, found in zip((one, other), returned):
        nodes = [*found.values.tolist(), *(node for choice in graph.choices for node in choice.values)]
        if nodes:
            tapes.append(record_graph(nodes[0], nodes[1:]))
    columns = [(tape.op, tape.a, tape.b, tape.data) for tape in tapes]
    numbers = [repr(found.rebuilt(np.zeros(len(found.values)))) for found in returned]
    return (
        numbers[0] == numbers[1] and all(map(np.array_equal, *columns))
        if columns
        else numbers[0] == numbers[1]
    )
