"""``lifted``: a function of arrays that records itself, and runs as formulas from then on."""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, overload

from autodiff.engine.errors import did_you_mean
from autodiff.lifting import BranchError, Program
from autodiff.staging.answer import Answer, differentiated, name_of, returned
from autodiff.staging.arguments import Binding, Flat, flattened
from autodiff.staging.captured import Captured, random_states
from autodiff.staging.ready import Ready
from autodiff.staging.recording import Graph, Recording, on_values, same_graph

__all__ = ["Lifted", "lifted"]

NOT_THE_SAME = "it is not the same twice with the same arguments, as where it draws random numbers"


@overload
def lifted(function: Callable[..., Any], /) -> Lifted: ...
@overload
def lifted(*, recordings: int = 32, has_aux: bool = False) -> Callable[[Callable[..., Any]], Lifted]: ...
def lifted(
    function: Callable[..., Any] | None = None, /, *, recordings: int = 32, has_aux: bool = False
) -> Any:
    """Let a function of arrays, NumPy code or loops over scalars, run as the formulas it amounts to.

    The first call records it on Values, lifts the graph, and later calls run the program that was found.
    Other shapes, other static arguments (int, str, bool, None, and objects), and data for which Python
    decides otherwise on the way (``if x > 0``) are recorded as they come. Integer arrays used as indices,
    ``p[np.arange(N), y]``, are one-hot inputs, so other labels need no new recording. While it is recorded,
    ``float(x)`` and ``x.item()`` are x, so a cost that ends in ``float(np.squeeze(cost))`` has its gradient.

    What the function reads besides its arguments, in closures and its module, is compared at each call. A
    function that is not the same twice, as one that draws random numbers, runs eagerly, and so does one that
    prints, and one that has been recorded ``recordings`` times; each says so once, with a RuntimeWarning. The
    numbers are right in any case.

    Args:
        function: returns one number, the loss; or arrays, see ``Lifted.vjp``.
        recordings: how often to record at most.
        has_aux: the function returns ``(loss, aux)``, with anything as aux.

    >>> import numpy as np
    >>> @lifted
    ... def loss(w, x, y):
    ...     return np.mean((x @ w - y) ** 2)
    >>> w, x, y = np.array([1.0, 2.0]), np.eye(2), np.array([0.0, 0.0])
    >>> value, grads = loss.value_and_grad(w, x, y, wrt="w")
    >>> value, grads["w"].tolist()
    (2.5, [1.0, 2.0])
    >>> loss(w, 2.0 * x, y), loss.recordings
    (10.0, 1)
    """
    if function is None:
        return lambda each: Lifted(each, recordings, has_aux)
    return Lifted(function, recordings, has_aux)


class Lifted:
    """A function that ``lifted`` has taken; it is called as before, and gives floats and arrays.

    Called with Values it is the function itself, and records into their graph.

    Attributes:
        recordings: how often it has been recorded.

    >>> from autodiff import lifted
    >>> square = lifted(lambda x: x * x)
    >>> square(3.0), square.value_and_grad(3.0), square.recordings
    (9.0, (9.0, {'x': 6.0}), 1)
    """

    def __init__(self, function: Callable[..., Any], most: int = 32, has_aux: bool = False) -> None:
        if not callable(function):
            raise TypeError(f"@lifted takes a function, got {function!r:.60}")
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            raise TypeError(
                f"@lifted takes a function that returns numbers, and {name_of(function)} yields them"
            )
        functools.update_wrapper(self, function)
        self.recordings = 0
        self._function, self._most, self._has_aux = function, most, has_aux
        self._binding = Binding(function)
        self._found: dict[tuple[Hashable, ...], list[Recording]] = {}
        self._ready: dict[Any, Ready] = {}
        self._latest: Program | None = None
        self._eagerly: str | None = None
        self._lock = threading.RLock()

    @property
    def program(self) -> Program:
        """The program that ran last; ``print(loss.program)`` shows the formulas.

        Raises:
            ValueError: if none has.
        """
        if self._latest is None:
            why = f"it runs eagerly: {self._eagerly}" if self._eagerly else "it has not been called yet"
            raise ValueError(f"{name_of(self._function)} has no program; {why}")
        return self._latest

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What the function returns, as floats and arrays."""
        if not options and (ready := self._ready.get(())) is not None:
            result = ready(args)
            if result is not None:
                return result.loss
        arguments = self._binding.bind(args, options)
        flat = flattened(arguments)
        if flat.values:
            return on_values(self._function, Captured(self._function, flat.objects), args, options)
        answer = self._answer(arguments, flat, ())
        self._make_ready((), args, options, flat, answer)
        if self._has_aux:
            return answer.loss, answer.others
        return answer.loss if answer.others is None else answer.others

    def value_and_grad(self, *args: Any, wrt: str | Iterable[str] | None = None, **options: Any) -> Any:
        """The loss, a float, and its gradients: a dict of arrays by the names of arguments.

        Args:
            args, options: of the function. Dicts and lists of arrays have gradients of their form.
            wrt: by which arguments; by all that hold floats if nothing is said.

        Returns:
            ``(loss, grads)``; with ``has_aux`` ``((loss, aux), grads)``.

        Raises:
            TypeError: for arguments that do not fit, and if the function returns no single number.
            ValueError: if ``wrt`` names no argument that holds floats.
        """
        key = wrt if wrt is None or isinstance(wrt, str) else tuple(wrt)
        if not options and (ready := self._ready.get(key)) is not None:
            result = ready(args)
            if result is not None:
                self._latest = ready.program
                return result.loss, result.grads
        arguments = self._binding.bind(args, options)
        flat = flattened(arguments)
        if flat.values:
            raise TypeError(
                f"{name_of(self._function)}.value_and_grad takes numbers and arrays of them, got Values; "
                "call it with them, and differentiate what it gives"
            )
        names = self._wrt(flat, key)
        answer = self._answer(arguments, flat, names)
        self._make_ready(key, args, options, flat, answer)
        if answer.others is not None and not self._has_aux:
            raise TypeError(
                f"{name_of(self._function)} has to return one number to have a gradient, and returned "
                "arrays; see .vjp for these, and has_aux=True for a loss and more"
            )
        grads = flat.gradients(arguments, names, answer.grads)
        return ((answer.loss, answer.others) if self._has_aux else answer.loss), grads

    def grad(self, *args: Any, wrt: str | Iterable[str] | None = None, **options: Any) -> Any:
        """The gradients alone, as ``value_and_grad`` gives them; with ``has_aux`` ``(grads, aux)``."""
        value, grads = self.value_and_grad(*args, wrt=wrt, **options)
        return (grads, value[1]) if self._has_aux else grads

    def vjp(
        self, *args: Any, wrt: str | Iterable[str] | None = None, **options: Any
    ) -> Callable[[Any], dict[str, Any]]:
        """For a function that returns arrays: what gives Σ dout ⊙ ∂out/∂argument, by name, for cotangents
        ``dout`` in the form of what the function returns."""
        arguments = self._binding.bind(args, options)
        flat = flattened(arguments)
        names = self._wrt(flat, wrt)

        def pull(dout: Any) -> dict[str, Any]:
            answer = self._answer(arguments, flat, names, dout)
            grads: dict[str, Any] = flat.gradients(arguments, names, answer.grads)
            return grads

        return pull

    def __reduce__(self) -> str:
        """Pickled by name, as functions are; a copy is the same."""
        return str(vars(self)["__qualname__"])

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """As a method: of each instance a function of its own, which the instance keeps."""
        if instance is None:
            return self
        name = f"_lifted_{name_of(self._function)}"
        if name not in vars(instance):
            bound = self._function.__get__(instance, owner)
            vars(instance)[name] = Lifted(bound, self._most, self._has_aux)
        return vars(instance)[name]

    def _wrt(self, flat: Flat, wrt: str | Iterable[str] | None) -> tuple[str, ...]:
        """The arguments to differentiate by."""
        known = flat.arguments
        if wrt is None:
            if not known:
                raise ValueError(
                    f"no argument of {name_of(self._function)} holds floats, so there is nothing to "
                    "differentiate by; integer arrays are labels, pass floats as array.astype(float)"
                )
            return known
        names = (wrt,) if isinstance(wrt, str) else tuple(wrt)
        for name in names:
            if name not in known:
                hint = did_you_mean(str(name), known) or f"those that do are {', '.join(known)}"
                raise ValueError(
                    f"{name_of(self._function)} has no argument {name!r} that holds floats; {hint}"
                )
        return names

    def _answer(
        self, arguments: dict[str, Any], flat: Flat, wrt: tuple[str, ...], dout: Any = None
    ) -> Answer:
        """Run a program that fits, or record one, or run eagerly."""
        inside = tuple(n for n, each in zip(flat.names, flat.floats) if each.argument in wrt)
        if not flat.floats:
            captured = Captured(self._function, flat.objects)
            graph = Graph(self._function, self._binding, arguments, flat, captured, labels=False)
            return self._now(graph, inside, dout)
        key = tuple(flat.key)
        tried = self._found.get(key, [])
        answer = self._first(tried, key, flat, inside, dout)
        if answer is not None:
            return answer
        with self._lock:
            new = [each for each in self._found.get(key, []) if each not in tried]  # by other threads
            answer = self._first(new, key, flat, inside, dout)
            if answer is not None:
                return answer
            recorded = self._graph(arguments, flat, key)
        if isinstance(recorded, Recording):
            answer = self._run(recorded, flat, inside, dout)
            return self._now(recorded.graph, inside, dout) if answer is None else answer
        return self._now(recorded, inside, dout)

    def _first(
        self, tried: list[Recording], key: tuple[Hashable, ...], flat: Flat, wrt: tuple[str, ...], dout: Any
    ) -> Answer | None:
        """What the first recording that fits gives."""
        for found in tried:
            answer = self._run(found, flat, wrt, dout)
            if answer is not None:
                self._prefer(key, found)
                return answer
        return None

    def _run(self, found: Recording, flat: Flat, wrt: tuple[str, ...], dout: Any) -> Answer | None:
        """What a recording's program gives; None if it is not for these arguments."""
        if not found.captured.same() or found.graph.kinds not in (None, flat.kinds):
            return None
        fed = found.graph.given.in_call([each.data for each in flat.integers])
        if fed is None:
            return None
        floats = dict(zip(flat.names, (each.data for each in flat.floats)))
        try:
            program = found.program(wrt)
        except Exception as error:  # whatever it is, the function has right numbers without a program
            self._give_up(f"no program could be made of it, {type(error).__name__}: {error}")
            return None
        try:
            result = found.evaluate(program, floats, fed, dout)
        except (BranchError, ArithmeticError):
            return None
        self._latest = program
        return Answer(result.loss, result.grads, found.returned(result), (found, program))

    def _make_ready(
        self, wrt: Any, args: tuple[Any, ...], options: Mapping[str, Any], flat: Flat, answer: Answer
    ) -> None:
        """Keep the short way to what answered a call, if there is one for such calls."""
        if answer.by is None or options or answer.others is not None or self._has_aux:
            return
        if len(args) == len(self._binding.signature.parameters) and Ready.fits(args):
            self._ready[wrt] = Ready(*answer.by, args, flat, [*answer.grads] if wrt != () else ())

    def _prefer(self, key: tuple[Hashable, ...], found: Recording) -> None:
        """Try first what fitted last."""
        recordings = self._found[key]
        if recordings[0] is not found:
            with self._lock:
                self._found[key] = [found, *(each for each in recordings if each is not found)]

    def _graph(self, arguments: dict[str, Any], flat: Flat, key: tuple[Hashable, ...]) -> Recording | Graph:
        """A new recording; or, where the function runs eagerly, for which the reason is said, a graph."""
        if self._eagerly is None and self.recordings >= self._most:
            self._give_up(self._too_many())
        captured = Captured(self._function, flat.objects)
        if self._eagerly is not None:
            return Graph(self._function, self._binding, arguments, flat, captured, labels=False)
        graph = Graph(self._function, self._binding, arguments, flat, captured)
        loss, others = returned(self._function, graph, self._has_aux)
        reasons = graph.reasons
        if not reasons:
            drawn = random_states()
            again = Graph(self._function, self._binding, arguments, flat, captured)
            reasons = again.reasons
            if not captured.same():
                reasons = ["it changes something that it reads and that is no argument"]
            elif random_states() != drawn or not same_graph(graph, again):
                reasons = [
                    "it is not the same twice with the same arguments, as where it draws random numbers"
                ]
        if reasons:
            self._give_up(reasons[0])
            return graph
        self.recordings += 1
        found = Recording(graph, loss, others, captured)
        self._found[key] = [found, *self._found.get(key, [])]
        return found

    def _too_many(self) -> str:
        lines = {}
        for recordings in self._found.values():
            for each in recordings:
                lines.update(dict.fromkeys(each.decisions()))
        because = f" ({', '.join([*lines][:3])} decides on numbers)" if lines else ""
        return (
            f"it was recorded {self.recordings} times, each for other shapes, static arguments or decisions"
            f"{because}; operations such as where, relu and maximum need no decision"
        )

    def _give_up(self, reason: str) -> None:
        if self._eagerly is None:
            self._eagerly = reason
            warnings.warn(
                f"{name_of(self._function)} runs eagerly from now on: {reason}", RuntimeWarning, stacklevel=5
            )

    def _now(self, graph: Graph, wrt: tuple[str, ...], dout: Any) -> Answer:
        """What a graph gives for the call that recorded it."""
        return differentiated(graph, *returned(self._function, graph, self._has_aux), wrt, dout)
