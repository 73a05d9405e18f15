"""When two listings are one: what counts as equal, said here alone.

Two listings are one if J and the gradient of every parameter are the same formulas once each name is
replaced by what it stands for, and neither has many more lines than the other (``ROOM``). Formulas are
the same

* in whichever order terms of a sum, factors of ⊙ and numbers stand, and wherever a number stands:
  ``c·(A + B)`` is ``c·A + c·B``, ``‖A‖²`` is ``Σ A ⊙ A``, ``aᵀ·b`` is ``Σ a ⊙ b``, a mean is a sum by its
  size, a sum of sums is a sum, and so is what ``+=`` adds up;
* on whichever side of a product, a function or a sum a transpose stands;
* with other letters, with a shifted index, and with an index for what is said of all parts at once; a part
  of a product is the product of a part, and columns of a softmax are the softmax of columns;
* by either of two names for one thing: ``softmax_cross_entropy(Z, Y)`` is
  ``cross_entropy(softmax(Z), Y)``, ``relu(Z)`` is ``max(0, Z)``, ``step(Z)`` is ``[Z > 0]``; in a gradient
  ``heaviside(Z)`` is ``step(Z)``, too: each is the slope of ``max(0, Z)`` wherever that has one;
* with products of sums multiplied out: ``(A + B)·C`` is ``A·C + B·C``, where that is no number.

Factors of ⊙ are not multiplied out, and a size is not its number: ``1/m`` is not ``1/5``.
"""

import re

import numpy as np
from lark import Tree

from tests.notation import algebra
from tests.notation.algebra import added, atom, constant, elementwise, number_of, transposed
from tests.notation.parts import Parts
from tests.notation.places import (
    bare,
    by_letters,
    constant_array,
    flat,
    length,
    letters_of,
    matrix_shape,
    moved,
    numbers_of,
    picked,
    plain,
)
from tests.notation.reader import PARSER

ROOM = 4 / 3  # so many lines for one of the other's: what has a line of its own is the writer's choice


def differences(ours, theirs, constants=({}, {})):
    """Where two listings differ: "J", gradients by name, "lines"; nowhere if they are one.

    Args:
        ours, theirs: listings.
        constants: of each, the numbers of its constants, by name.
    """
    both = [_Listing(text, dict(each)) for text, each in zip((ours, theirs), constants)]
    rounds = 1 + max(len(each.states) for each in both)
    ours, theirs = (each.forms(rounds) for each in both)
    found = [name for name in sorted(ours.keys() | theirs.keys()) if ours.get(name) != theirs.get(name)]
    few, many = sorted(len(each.lines) for each in both)
    return found + ["lines"] * (many > ROOM * few + 1)


class _Line:
    """An assignment; ``place`` is where, by letters or numbers of each axis."""

    def __init__(self, tree, sizes):
        target, _, self.value, *rest, shape = tree.children
        self.name, self.subscripts = target.children[0].value, flat(target)
        self.shape = tuple(int(n) if n.isdecimal() else sizes.get(n) for n in re.findall(r"\w+", shape))
        self.ranges = {part.children[0].value: part.children[2:] for part in rest if part.data == "range"}
        self.starts = [part for part in rest if part.data == "start"]


class _Listing(Parts):
    """A listing whose names are replaced by what they stand for.

    A *state* is a name that cannot be: one that lines fill in parts, or step after step. It stands for how
    it is filled, so equal ones are found in rounds: in round n, states are equal whose lines are, n steps
    deep.
    """

    def __init__(self, text, constants):
        if not re.match(r"[\d,]+ scalar", text):
            text = f"1 scalar operation → 1 array operation\n\n{text}"
        tree = PARSER.parse(text.strip("\n") + "\n")
        self.sizes = {}
        for part in tree.find_data("sizes"):
            _, *rest = part.children
            self.sizes |= {name.value: int(n) for name, n in zip(rest[::3], rest[2::3])}
        self.given, self.dims, self.parameters = {}, {}, []
        for part in tree.find_data("arrays"):
            kind, *given = part.children
            for each in given:
                self._give(kind, each, constants)
        self.lines = [
            _Line(part, self.sizes) for part in tree.children if getattr(part, "data", "") == "line"
        ]
        self.lines_of = {}
        for line in self.lines:
            self.lines_of.setdefault(line.name, []).append(line)
        for name, lines in self.lines_of.items():
            self.dims[name] = self._dims(lines)
        started = {start.children[0].value for line in self.lines for start in line.starts}
        self.states = {name for name in self.lines_of if name in started or not self._stands_for_one(name)}
        self.colours, self.unfolded, self.depth, self.line = {}, {}, 0, None

    def forms(self, rounds):
        """By name, the number of J and of each gradient, with states as equal as some rounds show."""
        self.colours = {name: number_of("state", len(self.dims[name])) for name in self.states}
        for _ in range(rounds):
            self.unfolded = {}
            self.colours = {name: self._filled(name) for name in self.states}
        self.unfolded = {}
        names = [name for name in ("J", *(f"d{each}" for each in self.parameters)) if name in self.lines_of]
        return {
            name: self.colours[name]
            if name in self.states
            else self._by_parts(self.reference(name, [], [], False))
            for name in names
        }

    # What is given, and what stands for something

    def _give(self, kind, tree, constants):
        name, *rest = (child for child in tree.children if child != "=")
        members = isinstance(rest[0], Tree) and rest[0].data == "members"
        rest = rest[members:]
        value = rest.pop() if rest and rest[-1].data == "expr" else None
        dims = [size.children[0].value for size in rest]
        dims = [int(n) if n.isdecimal() else self.sizes.get(n) for n in dims]
        self.dims[name.value] = [None] * members + dims
        what = name.value
        if kind == "constants":
            numbers = constants[name.value] if name.value in constants else numbers_of(value)
            self.given[name.value] = constant_array(np.asarray(numbers, float).reshape(dims))
            return
        elif kind == "parameters":
            self.parameters.append(name.value)
        self.given[name.value] = number_of("given", what)

    def _dims(self, lines):
        """The axes of what lines fill, with the lengths that are known."""
        line = lines[0]
        if line.subscripts is None:
            return list(line.shape)
        if all(subscript.data == "one" for subscript in line.subscripts):
            return [None] * len(line.subscripts) + list(line.shape)
        return [None] * len(line.subscripts)

    def _stands_for_one(self, name):
        """Whether each use of a name can be replaced: by all that lines fill, or at the same letters."""
        lines = self.lines_of[name]
        whole = [line.subscripts is None for line in lines]
        if any(whole):
            return all(whole)
        letters = [plain(subscript) for subscript in lines[0].subscripts]
        if len(lines) > 1 or None in letters:
            return False
        for line in self.lines:
            for array in line.value.find_data("array"):
                if array.children[0] == name:
                    used = [plain(s) for s in (flat(array) or [])[: len(letters)]]
                    if used and None in used:
                        return False
        return True

    def _filled(self, name):
        """The number of how a state is filled."""
        found = {}
        for line in self.lines_of[name]:
            place, ranges, value = self._value(line)
            found.setdefault((place, ranges), []).append((1.0, value))
        sums = [(where, added(parts)) for where, parts in found.items()]
        starts = [start for line in self.lines for start in line.starts if start.children[0] == name]
        for start in starts:
            place = tuple(self.place(s, {}) for s in flat(start))
            sums.append(((place, ()), self.part(start.children[-1], {}, [])))
        return _filling(sums)

    def _value(self, line, at=None):
        """Where a line fills, over which ranges, and what; at letters of its own, or at some places."""
        index, bounds = {}, []
        for subscript in line.subscripts or []:
            for step in subscript.find_data("letter"):
                letter = step.children[-1].value
                if letter in line.ranges and letter not in index:
                    own, shift = f"#{len(index)}", 0
                    if subscript.data == "one":
                        shift, letters = self.index_of(subscript.children[0], {letter: (0, ((own, 1),))})
                        shift = shift if letters == ((own, 1),) else 0
                    low, high = (self.index_of(bound, index) for bound in line.ranges[letter])
                    index[letter] = moved(at[len(index)] if at else (0, ((own, 1),)), -shift)
                    bounds.append(tuple(sorted([moved(low, shift), moved(high, shift)], key=by_letters)))
        axes = range(len(index), len(index) + max(0, len(line.shape) - 2))
        rest = [at[n] if at else (0, ((f"#{n}", 1),)) for n in axes]
        self.line = line
        value = self._summed(line, index, rest)
        place = [
            *bare(self.place(s, index) for s in line.subscripts or []),
            *(("one", each) for each in rest),
        ]
        shape = matrix_shape(line.shape[len(rest) :])
        if value.is_number and shape != (1, 1):
            value = algebra.formula(shape, value.terms)
        if shape[0] == 1 != shape[1] and any(each[0] == "one" for each in place):
            value = transposed(value)  # parts are kept as columns
        return tuple(place), tuple(bounds), value

    def _summed(self, line, index, rest):
        """What a line adds for all values of indices that its target does not have."""
        bound = {letter for total in line.value.find_data("sum") for letter in letters_of(total)}
        more = [letter for letter in line.ranges if letter not in index and letter not in bound]
        if not more:
            return self.part(line.value, index, rest)
        (letter,), own = more, (0, ((f"σ{self.depth}", 1),))
        bounds = tuple(sorted((self.index_of(b, index) for b in line.ranges[letter]), key=by_letters))
        self.depth += 1
        value = self.part(line.value, {**index, letter: own}, rest)
        self.depth -= 1
        return self.over(own, bounds, value)

    def bounds(self, name, axis):
        found = super().bounds(name, axis)
        lines = self.lines_of.get(name, ())
        if found is None and len(lines) == 1 and (letter := plain(lines[0].subscripts[axis])):
            ends = (self.index_of(bound, {}) for bound in lines[0].ranges[letter])
            return tuple(sorted(ends, key=by_letters))
        return found

    def product(self, a, b):
        """A·B; where the rows of B are filled part by part, the sum of products of parts."""
        first = b.terms[0][0][1] if len(b.terms) == 1 else None
        name = self._filled_by(first, 0) if first is not None else None
        if name is None or a.is_number:
            return super().product(a, b)
        (line,), line_before, own = self.lines_of[name], self.line, (0, ((f"σ{self.depth}", 1),))
        self.depth += 1
        place, ranges, value = self._value(line, [own])
        self.line = line_before
        ((numbers, array), c) = b.terms[0]
        rest = algebra.PARTS[array][2:] if algebra.PARTS[array][0] == "·" else ()
        value = algebra.elementwise(algebra.formula((1, 1), [((numbers, None), c)]), value)
        if rest:
            value = super().product(
                value, atom((None, b.shape[1]), number_of("·", *rest) if rest[1:] else rest[0])
            )
        each = super().product(picked(a, (":", *place), (a.shape[0], value.shape[0])), value)
        self.depth -= 1
        return self.over(own, ranges[0], each)

    def _filled_by(self, array, axis):
        """The name of the state with which a product begins (0) or ends (-1), if one line fills its rows (0)
        or its columns (-1)."""
        factors = algebra.PARTS[array][1:] if algebra.PARTS[array][0] == "·" else (array,)
        for name in self.states:
            lines = self.lines_of[name]
            subscripts = lines[0].subscripts or []
            if len(lines) > 1 or len(subscripts) != 2 or lines[0].starts:
                continue
            kinds = [subscript.data for subscript in subscripts]
            by = {0: ["from_to", "whole"], -1: ["whole", "from_to"]}[axis]
            if kinds == by and factors[axis] == number_of("ref", self.colours[name], ()):
                return name
        return None

    def _by_parts(self, value):
        """The number of a gradient, of a product of parts that of parts that are products."""
        (term, c), *others = value.terms or ((((), None), algebra.ONE),)
        for axis in (0, -1):
            array = term[1]
            name = None if others or array is None or term[0] else self._filled_by(array, axis)
            if name is not None and algebra.PARTS[array][0] == "·":
                place, ranges, part = self._value(self.lines_of[name][0])
                factors = algebra.PARTS[array][1:]
                rest = factors[1:] if axis == 0 else factors[:-1]
                other = atom((None, None), number_of("·", *rest) if rest[1:] else rest[0])
                both = (part, other) if axis == 0 else (other, part)
                product = algebra.elementwise(constant(*c), algebra.product(*both))
                return _filling([((place, ranges), product)])
        return value.key

    def reference(self, name, places, rest, row):
        """Part of an array, by its name; ``row`` if what runs along the last axis is one."""
        dims = self.dims[name]
        places = places + [":"] * (len(dims) - len(places))
        kept = [axis for axis, place in enumerate(places) if place[0] != "one"]
        for each in rest[: max(0, len(kept) - 2)]:
            places[kept.pop(0)] = ("one", each)
        shape = matrix_shape([length(places[axis], dims[axis]) for axis in kept])
        if name in self.lines_of and name not in self.states:
            value = self._unfolded(name, places, shape)
        else:
            what, places = self.colours.get(name) or self.given[name], bare(places)
            value = atom(shape, number_of("ref", what, places) if places or name in self.colours else what)
        return transposed(value) if row and kept == [len(dims) - 1] else value

    def _all(self, lines, letters, places, shape):
        """What lines with letters fill, taken as a whole, and its transpose."""
        line = self.line
        own = [(0, ((f"#{n}", 1),)) for n in range(letters)]
        both = [added([(1.0, self._value(each, at)[2]) for each in lines]) for at in (own, own[::-1])]
        self.line = line
        return _everywhere(*both, bare(places), shape)

    def _unfolded(self, name, places, shape):
        """Part of what a name stands for."""
        lines = self.lines_of[name]
        letters = len(lines[0].subscripts or []) + max(0, len(lines[0].shape) - 2)
        at, left = tuple(places[:letters]), bare(places[letters:])
        if any(place[0] != "one" for place in at):
            return self._all(lines, letters, places, shape)
        if (name, at, self.depth) not in self.unfolded:
            line = self.line
            parts = [(1.0, self._value(each, [place[1] for place in at])[2]) for each in lines]
            self.line = line
            self.unfolded[name, at, self.depth] = added(parts)
        value = self.unfolded[name, at, self.depth]
        return picked(value, left, shape) if left else value


def _everywhere(value, turned, places, shape):
    """All that lines fill: what is done to each element is done to all. ``turned`` has its letters the other
    way round."""
    (term, coefficient), (other, _) = algebra.alone(value), algebra.alone(turned)
    parts = [algebra.PARTS[array] if array is not None else () for _, array in (term, other)]
    if not term[0] and all(part[:1] == ("each",) for part in parts):
        operands = [
            first if first.is_number else _everywhere(first, second, places, shape)
            for first, second in (
                [algebra.PARTS[key][1] for key in pair] for pair in zip(*(p[2:] for p in parts))
            )
        ]
        array = number_of("each", parts[0][1], *(operand.key for operand in operands))
    else:
        array = number_of("all", term, other, places)
    return elementwise(constant(*coefficient), atom(shape, array))


def _filling(sums):
    """The number of what fills an array."""
    parts = ((repr(where), algebra.formula((None, None), value.terms)) for where, value in sums)
    return number_of("filled", tuple(sorted((where, value.key) for where, value in parts if value.terms)))
