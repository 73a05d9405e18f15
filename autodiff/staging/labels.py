"""Labels: integer arguments while a function is recorded, whose numbers are known when a call comes.

As an index into an Array of Values, ``p[np.arange(N), y]``, they are one-hot inputs of the program; where
they meet Values in arithmetic they are inputs as numbers; what NumPy computes of them alone is computed anew
in each call. Where Python needs the very number, as in ``range(n)``, it is noted, and another number is
another recording.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from autodiff.arrays import Array, Mask
from autodiff.arrays.indexing import known
from autodiff.engine.choices import user_site
from autodiff.engine.real import NumberToCome
from autodiff.engine.value import Value
from autodiff.staging.given import Numbers, Source
from autodiff.staging.picking import changed_at, picked, put

__all__ = ["Labels", "computed"]


class Memory:
    """What Labels share that are views of each other, as NumPy's are.

    Args:
        source: where the numbers come from; another one, once something is assigned.
        elements: which of its elements these are, flat.
    """

    def __init__(self, source: Source, elements: Numbers) -> None:
        self.source, self.elements = source, elements


class Labels(NDArrayOperatorsMixin, NumberToCome):
    """Elements of a source, in some shape; it behaves as the array of integers that it stands for.

    Args:
        source: where they come from.
        positions: which elements, flat; all in their shape if not given.
    """

    def __init__(self, source: Source, positions: Numbers | None = None) -> None:
        if positions is None:
            positions = np.arange(source.numbers.size).reshape(source.numbers.shape)
        self._memory = Memory(source, positions.ravel())
        self._places: Numbers = np.arange(positions.size).reshape(positions.shape)

    @property
    def source(self) -> Source:
        """Where they come from now."""
        return self._memory.source

    @property
    def positions(self) -> Numbers:
        """Which elements of the source, flat."""
        return self._memory.elements[self._places]

    def _moved(self, function: Callable[[Numbers], Any]) -> Any:
        """What a function gives that moves elements: a view of these, or a copy, as it is in NumPy."""
        places = function(self._places)
        if isinstance(places, (list, tuple)):
            return type(places)([self._at(each) for each in places])
        return self._at(places)

    def _at(self, places: Any) -> Labels:
        """Labels at these places of the memory."""
        if not np.ndim(places) or not np.may_share_memory(places, self._places):
            return Labels(self.source, np.asarray(self._memory.elements[places]))
        view = Labels.__new__(Labels)
        view._memory, view._places = self._memory, places
        return view

    def _changed(self, change: Callable[..., Any], *operands: Any) -> None:
        """Let ``change(array, *operands)`` change these in place, and all that are views of the same."""
        memory, places = self._memory, self._places

        def written(elements: Numbers, *operands: Any) -> Numbers:
            elements, changed = elements.copy(), elements[places]
            change(changed, *operands)
            elements[places] = changed
            return elements

        whole = Labels(memory.source, memory.elements)
        memory.source = computed(written, (whole, *operands), {}, shaped=False).source
        memory.elements = np.arange(len(memory.elements))

    # What does not ask for the numbers.

    @property
    def shape(self) -> tuple[int, ...]:
        return self._places.shape

    @property
    def ndim(self) -> int:  # type: ignore[override]
        return self._places.ndim

    @property
    def size(self) -> int:
        return self._places.size

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.source.numbers.dtype

    @property
    def T(self) -> Labels:
        turned: Labels = self._moved(np.transpose)
        return turned

    @property
    def flat(self) -> Labels:
        flat: Labels = self._moved(np.ravel)
        return flat

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Labels]:
        return (self[i] for i in range(len(self)))

    def tolist(self) -> Any:
        """Nested lists of single Labels."""
        return [each.tolist() for each in self] if self.ndim else self

    def item(self, *index: Any) -> Labels:
        """A single one."""
        return Labels(self.source, np.asarray(self.positions.item(*index)))

    # What does.

    @property
    def now(self) -> Numbers:
        """The numbers of the call that is recorded."""
        return self.source.numbers.ravel()[self.positions]

    def in_call(self, arguments: Sequence[Numbers]) -> Numbers:
        """The numbers of another call."""
        return self.source.in_call(arguments).ravel()[self.positions]

    def known(self) -> Numbers:
        """The numbers, noted: a call with others is recorded anew."""
        self.source.given.fixed.append((self.source, self.positions, np.array(self.now), user_site()))
        return np.array(self.now)

    def value(self) -> Value:
        """A single one as a Value, an input of the program."""
        found: Value = self.values().item()
        return found

    def values(self) -> Array:
        """All as an Array, an input of the program; of bools a mask."""
        array = np.asarray(self.source.values())[self.positions]
        return np.asarray(array, dtype=object).view(Mask if self.dtype == bool else Array)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Numbers:
        return self.known().astype(dtype or self.dtype)

    def __index__(self) -> int:
        return int(self.known().item().__index__())

    def __int__(self) -> int:
        return int(self.known())

    def __float__(self) -> float:
        return float(self.known())

    def __bool__(self) -> bool:
        return bool(self.known())

    def __hash__(self) -> int:
        return hash(self.known().item())

    def __contains__(self, other: Any) -> bool:
        return bool(np.any(np.equal(self, other)))

    def __repr__(self) -> str:
        return repr(self.known())

    def __str__(self) -> str:
        return str(self.known())

    def __format__(self, spec: str) -> str:
        known = self.known()
        return format(known.item() if not known.ndim else known, spec)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"an array of integers has no attribute {name!r}")
        if name in ("reshape", "ravel", "flatten", "copy", "squeeze", "transpose", "swapaxes", "diagonal"):
            return lambda *args, **options: self._moved(lambda array: getattr(array, name)(*args, **options))
        if name in ("fill", "sort", "partition", "put"):
            return lambda *args, **options: self._changed(
                lambda array, *operands: getattr(array, name)(*operands, **options), *args
            )
        if not callable(getattr(np.ndarray, name)):  # strides, nbytes and the like
            return getattr(self.now, name)

        def method(*args: Any, **options: Any) -> Any:
            if _recorded(args) or _recorded(options):
                return getattr(self.values(), name)(*_as_values(args), **_as_values(options))
            return computed(_called, (name, self, *args), options)

        return method

    def __getitem__(self, index: Any) -> Any:
        if _has_labels(index):
            return computed(lambda array, at: array[at], (self, index), {})
        at = known(index)
        return self._moved(lambda array: array[at])

    def __setitem__(self, index: Any, given: Any) -> None:
        self._changed(_set, index, given)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "at" and _has_labels(inputs[1]) and isinstance(inputs[0], Array):
            index = inputs[1] if isinstance(inputs[1], tuple) else (inputs[1],)
            return changed_at(ufunc, inputs[0], index, *inputs[2:])
        if any(map(_recorded, (*inputs, *options.get("out", ())))):
            return getattr(ufunc, method)(*map(_as_values, inputs), **options)
        if method == "at":
            return _in_place(inputs[0], ufunc.at, *inputs[1:])
        return _into(getattr(ufunc, method), inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        if function is np.take_along_axis and isinstance(args[0], Array):
            return _along_axis(*args, **options)
        if function is np.take and isinstance(args[0], Array):
            return _taken(*args, **options)
        if _recorded(args) or _recorded(options):
            return function(*_as_values(args), **_as_values(options))
        if function in (np.shape, np.ndim, np.size) and isinstance(args[0], Labels):
            return function(args[0]._places, *args[1:], **options)
        if function in CHANGING:
            return _in_place(args[0], lambda *operands: function(*operands, **options), *args[1:])
        if function in MOVING and isinstance(args[0], Labels) and not _has_labels((args[1:], options)):
            return args[0]._moved(lambda array: function(array, *args[1:], **options))
        return _into(function, args, options)

    def picked(self, array: Array, index: Any) -> Any:
        """``array[index]`` where Labels are in the index: each element is a product with a one-hot row."""
        return picked(array, index if isinstance(index, tuple) else (index,))

    def put(self, array: Array, index: Any, given: Any) -> None:
        """``array[index] = given`` where Labels are in the index."""
        put(array, index if isinstance(index, tuple) else (index,), given)


def _set(array: Numbers, index: Any, given: Any) -> None:
    array[index] = given


def _called(name: str, array: Numbers, *args: Any, **options: Any) -> Any:
    return getattr(array, name)(*args, **options)


def _in_place(target: Any, change: Callable[..., Any], *operands: Any) -> Any:
    """``change(target, *operands)``, which changes the target: Labels, or a plain array, which holds numbers
    of this call only."""
    if isinstance(target, Labels):
        target._changed(change, *operands)
        return None
    return change(target, *_replaced(operands, Labels.known))


def _into(function: Callable[..., Any], args: Any, options: Any) -> Any:
    """What a function computes, into ``out`` if that is said."""
    out = options.get("out")
    if out is None:
        return computed(function, args, options)
    (target,) = out if isinstance(out, tuple) else (out,)

    def into(array: Numbers, *operands: Any) -> Any:
        return function(*operands, **{**options, "out": array})

    _in_place(target, into, *args)
    return target


CHANGING = {np.put, np.place, np.putmask, np.copyto, np.fill_diagonal, np.put_along_axis}
"""Functions that change their first argument in place."""

# fmt: off
MOVING = {
    np.reshape, np.ravel, np.transpose, np.squeeze, np.swapaxes, np.moveaxis, np.rollaxis, np.expand_dims,
    np.atleast_1d, np.atleast_2d, np.atleast_3d, np.broadcast_to, np.flip, np.fliplr, np.flipud, np.rot90,
    np.split, np.array_split, np.hsplit, np.vsplit, np.diagonal,
}
"""Functions that give views of their first argument, wherever they can."""
# fmt: on


def _has_labels(thing: Any) -> bool:
    if isinstance(thing, (list, tuple)):
        return any(map(_has_labels, thing))
    if isinstance(thing, dict):
        return any(map(_has_labels, thing.values()))
    return isinstance(thing, Labels)


def _recorded(thing: Any) -> bool:
    if isinstance(thing, (list, tuple)):
        return any(map(_recorded, thing))
    if isinstance(thing, dict):
        return any(map(_recorded, thing.values()))
    return isinstance(thing, (Array, Value))


def _as_values(thing: Any) -> Any:
    if isinstance(thing, (list, tuple)):
        return type(thing)(map(_as_values, thing))
    if isinstance(thing, dict):
        return {key: _as_values(each) for key, each in thing.items()}
    return (thing.values() if thing.ndim else thing.value()) if isinstance(thing, Labels) else thing


def _replaced(thing: Any, numbers: Callable[[Labels], Any]) -> Any:
    if isinstance(thing, (list, tuple)):
        return type(thing)(_replaced(each, numbers) for each in thing)
    if isinstance(thing, dict):
        return {key: _replaced(each, numbers) for key, each in thing.items()}
    return numbers(thing) if isinstance(thing, Labels) else thing


def computed(function: Callable[..., Any], args: Any, options: Any, shaped: bool = True) -> Any:
    """What NumPy computes of Labels and plain numbers: Labels again, computed anew in each call. A result
    that is no array is taken as it is, and the numbers that it comes from are noted.

    Args:
        shaped: whether its shape may depend on the numbers.
    """
    args, options = _replaced(args, _as_it_is), _replaced(options, _as_it_is)
    both = (args, options)
    (first, *_) = _each_label(both)
    result = function(*_replaced(args, lambda each: each.now), **_replaced(options, lambda each: each.now))
    if not isinstance(result, (np.ndarray, np.generic, bool)) or np.asarray(result).dtype.kind not in "biuf":
        for each in _each_label(both):
            each.known()
        return result

    def compute(arguments: Sequence[Numbers]) -> Numbers:
        def numbers(each: Labels) -> Numbers:
            return each.in_call(arguments)

        return np.asarray(function(*_replaced(args, numbers), **_replaced(options, numbers)))

    recorded = None
    if function in ARITHMETIC and not options and all(map(_is_exact, args)):

        def recorded() -> Any:
            return function(*_as_values(args))

    source = Source(first.source.given, first.source.name, np.array(result), compute, recorded)
    if shaped and function not in SHAPE_ALONE:
        source.given.shaped.append(source)
    return Labels(source)


def _as_it_is(label: Labels) -> Labels:
    """Labels that a later ``y[i] = 0`` does not change."""
    return Labels(label.source, label.positions)


def _is_exact(operand: Any) -> bool:
    """Whether arithmetic on this gives the same in integers and in floats: nothing wraps, none is a truth."""
    dtype = operand.dtype if isinstance(operand, Labels) else np.asarray(operand).dtype
    return bool(dtype.kind in "if" and dtype.itemsize >= 4)


ARITHMETIC = {np.add.__call__, np.subtract.__call__, np.multiply.__call__, np.negative.__call__}

SHAPE_ALONE = {
    *(each.__call__ for each in vars(np).values() if isinstance(each, np.ufunc)),
    *(np.sum, np.mean, np.max, np.min, np.argmax, np.argmin, np.sort, np.argsort, np.cumsum, np.any, np.all),
}
"""Functions that give arrays of a shape that depends on the shapes of their operands only."""


def _each_label(thing: Any) -> Iterator[Labels]:
    if isinstance(thing, (list, tuple)):
        for each in thing:
            yield from _each_label(each)
    elif isinstance(thing, dict):
        yield from _each_label([*thing.values()])
    elif isinstance(thing, Labels):
        yield thing


def _along_axis(array: Array, indices: Labels, axis: int = -1) -> Any:
    axis %= array.ndim
    grids = np.ogrid[tuple(slice(n) for n in indices.shape)]
    return picked(array, tuple(indices if i == axis else grid for i, grid in enumerate(grids)))


def _taken(array: Array, indices: Labels, axis: int | None = None, **options: Any) -> Any:
    if axis is None:
        flat: Any = array.reshape(-1)
        return picked(flat, (indices,))
    return picked(array, (slice(None),) * (axis % array.ndim) + (indices,))
