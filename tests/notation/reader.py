"""Reads a listing: parses it by the grammar on the page of notation, checks every shape, evaluates it.

Written from ``docs/reference/notation.rst`` alone.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np
from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from tests.notation.values import (
    COMPARING,
    NotationError,
    called,
    inverse,
    is_number,
    matrix,
    product,
    reduced,
    spread,
    together,
    windowed,
)

PAGE = Path(__file__).parents[2] / "docs/reference/notation.rst"
FIRST = Tree("index", [Tree("fixed", ["1"])])
BELOW = dict(zip("ₐₑₕᵢⱼₖₗₙₒₚᵣₛₜᵤᵥₓ", "aehijklnoprstuvx"))


def grammar():
    """The grammar of the page, as lark reads it."""
    text = PAGE.read_text(encoding="utf-8").partition(".. code-block:: text")[2]
    return f"{text}\n%ignore / +/\n"


PARSER = Lark(grammar(), start="listing", parser="lalr", maybe_placeholders=False)


@dataclass
class Read:
    """What a listing says: loss, gradients and every array by name."""

    loss: float
    arrays: dict = field(repr=False)
    members: dict = field(default_factory=dict, repr=False)

    def gradient(self, name):
        """∂J/∂ an array: 0 where no line reaches it."""
        if name in self.members:
            array, number = self.members[name]
            return self.gradient(array)[number]
        found = self.arrays.get(f"d{name}")
        return np.zeros(self.arrays[name].shape) if found is None else found


def read(listing, arrays, constants=()):
    """Evaluate a listing for arrays of its parameters and inputs, by name.

    Raises:
        NotationError: where it breaks the notation; the message has the line.
    """
    try:
        tree = PARSER.parse(listing.strip("\n") + "\n")
    except UnexpectedInput as error:
        line = listing.strip("\n").split("\n")[error.line - 1] if error.line > 0 else "the end"
        raise NotationError(f"cannot read {line.strip()!r} at {error.get_context(listing)!r}") from None
    sheet = _Sheet()
    for part in tree.find_data("sizes"):
        sheet.name_sizes(part)
    for part in tree.find_data("arrays"):
        kind, *given = part.children
        for each in given:
            sheet.give(each, dict(constants) if kind == "constants" else arrays)
    lines = [_Line(part) for part in tree.children if isinstance(part, Tree) and part.data == "line"]
    for line in lines:
        sheet.lines_of.setdefault(line.name, []).append(line)
    for _, group in groupby(enumerate(lines), key=lambda pair: pair[1].loop or pair[0]):
        sheet.run([line for _, line in group])
    for guard in tree.find_data("guard"):
        sheet.check(guard)
    if "J" not in sheet.arrays or sheet.arrays["J"].size != 1:
        raise NotationError("there is no number J")
    return Read(sheet.arrays["J"].item(), sheet.arrays, sheet.members)


class _Line:
    """One assignment, with its indices."""

    def __init__(self, tree):
        target, self.sign, self.value, *rest, shape = tree.children
        self.name, self.subscripts = target.children[0].value, _subscripts(target)
        self.shape = re.findall(r"\w+", shape)
        self.ranges = {part.children[0].value: part.children[2:] for part in rest if part.data == "range"}
        self.starts = [part for part in rest if part.data == "start"]
        bound = {letter for total in self.value.find_data("sum") for letter in _letters_bound(total)}
        self.outer = [letter for letter in self.ranges if letter not in bound]
        self.loop = tuple((letter, *map(_words, self.ranges[letter])) for letter in self.outer)


def _words(tree):
    return " ".join(map(str, tree.scan_values(lambda _: True)))


class _Subscripts(list):
    """Subscripts in a row; those in the first brackets, ``Z[t][1 … 3]``, lead to an array of its own."""

    leading = 0


def _subscripts(tree):
    """The subscripts in a target or an array; None without any."""
    groups = [part.children for part in tree.children if isinstance(part, Tree) and part.data == "subscripts"]
    if not groups:
        return None
    found = _Subscripts(subscript for group in groups for subscript in group)
    found.leading = len(found) - len(groups[-1])
    if any(subscript.data != "one" for subscript in found[: found.leading]):
        raise NotationError("brackets that others follow hold numbers and letters")
    return found


def _letters(total):
    first = total.children[0]
    return [BELOW[letter] for letter in first] if isinstance(first, Token) and first.type == "LETTERS" else []


def _letters_bound(total):
    """The letters at a Σ that stand in subscripts on its right."""
    standing = {step.children[-1].value for step in total.find_data("letter")}
    return [letter for letter in _letters(total) if letter in standing]


class _Sheet:
    """The arrays that a listing has given and filled so far."""

    def __init__(self):
        self.arrays = {}
        self.numbers = {}  # sizes, by name
        self.filled = {}  # which elements an = has filled
        self.origin = {}  # the first subscript of each axis: 1, or 0 where steps are filled there
        self.given = set()
        self.members = {}  # by name of an array that is given with others, that of all, and which it is
        self.lines_of = {}  # by name of an array, the lines that fill it
        self.begun = {}  # starts of recurrences: by name, subscripts -> value
        self.filling = set()  # what the current lines fill
        self.index = {}
        self.line = None

    def name_sizes(self, part):
        """Read a line of sizes."""
        _, *rest = part.children
        self.numbers.update({name.value: float(n) for name, n in zip(rest[::3], rest[2::3])})

    def give(self, part, source):
        """Take an array that is given."""
        name, *rest = (child for child in part.children if child != "=")
        if rest and rest[0].data == "members":
            first, last = map(int, rest.pop(0).children)
            source = self._put_together(name.value, first, last, source)
        each = name.value in self.origin  # the sizes are those of each of several
        value = self.expr(rest.pop()) if rest and rest[-1].data == "expr" else None
        sizes = [size.children[0].value for size in rest]
        if value is None:
            if name.value not in source:
                raise NotationError(f"nothing is given for {name.value}")
            value = np.asarray(source[name.value], dtype=float)
        elif len(sizes) < 2:
            value = value.reshape(value.shape[: len(sizes)])
        for size, n in zip(sizes, value.shape[each:]):
            if not size.isdecimal():
                self.numbers.setdefault(size, float(n))
        if value.shape[each:] != tuple(int(n) if n.isdecimal() else self.numbers[n] for n in sizes):
            raise NotationError(f"{name.value} is {value.shape} and said to be {tuple(sizes)}")
        if name.value in self.arrays or name.value in self.numbers:
            raise NotationError(f"{name.value} is given twice")
        self.arrays[name.value], self.filled[name.value] = value, np.ones(value.shape, bool)
        self.given.add(name.value)

    def _put_together(self, name, first, last, source):
        """W2, W3 and W4 as W, whose first part is that of number 2."""
        members = [f"{name}{number}" for number in range(first, last + 1)]
        lacking = [member for member in members if member not in source]
        if lacking:
            raise NotationError(f"nothing is given for {', '.join(lacking)}")
        self.origin[name] = {0: first}
        self.members.update((member, (name, n)) for n, member in enumerate(members))
        return {name: np.stack([np.asarray(source[member], dtype=float) for member in members])}

    def run(self, lines):
        """Lines with the same index are one loop."""
        self.filling = {line.name for line in lines}
        for line in lines:
            self._make(line)
        for start in (start for line in lines for start in line.starts):
            self._begin(*start.children[:2], start.children[-1])
        for index in self._indices(lines[0], lines[0].outer, {}):
            for line in lines:
                self.index, self.line = index, line
                try:
                    self._assign(line)
                except NotationError as error:
                    raise NotationError(f"{line.name} {line.sign} …: {error}") from None
        self.filling = set()

    def check(self, guard):
        """Hold a guard to what has been computed, if it is said of all of an array."""
        left, relation, right, *rest = guard.children
        holds = {**COMPARING, "≈": np.isclose, "≉": lambda a, b: ~np.isclose(a, b)}[relation.value]
        self.index = {}
        if len(rest) == 1 and not np.all(together(holds, self.expr(left), self.expr(right))):
            raise NotationError(f"the guard {_words(guard)} does not hold")

    def _indices(self, line, letters, index):
        """The values of some of a line's letters, one in the other."""
        if not letters:
            yield dict(index)
            return
        first, *others = letters
        for value in self._range(line.ranges[first], index):
            yield from self._indices(line, others, {**index, first: value})

    def _range(self, bounds, index):
        lower, upper = (self.whole_number(bound, index) for bound in bounds)
        own = {step.children[-1].value for bound in bounds for step in bound.find_data("letter")}
        falls = lower > upper and not own & index.keys()
        return range(lower, upper - 1, -1) if falls else range(lower, upper + 1)

    # Assignments

    def _make(self, line):
        """Make the array that a line fills."""
        if line.name == "dJ":
            raise NotationError("dJ = 1 is not written")
        if line.name in self.numbers or line.name in self.given:
            raise NotationError(f"{line.name} is given and filled")
        if line.name not in self.arrays:
            shape, self.origin[line.name] = self._whole_shape(line)
            self.arrays[line.name], self.filled[line.name] = np.zeros(shape), np.zeros(shape, bool)

    def _begin(self, name, subscripts, value):
        """Read where a recurrence starts, ``H[0] = 0``."""
        self.index = {}
        if name.value not in self.arrays:
            raise NotationError(f"there is no {name.value} that starts")
        self.begun.setdefault(name.value, {})[self._key(subscripts.children)] = self.expr(value)

    def _key(self, subscripts):
        return tuple(":" if s.data == "whole" else self.whole_number(s.children[0]) for s in subscripts)

    def _sizes_said(self, line, index=None):
        """The shape at the end of a line."""
        known = {**self.numbers, **(index or {})}
        return tuple(int(n) if n.isdecimal() else int(self._named(known, n)) for n in line.shape)

    @staticmethod
    def _named(known, name):
        if name not in known:
            raise NotationError(f"nothing says what the size {name} is")
        return known[name]

    def _whole_shape(self, line):
        """The shape of the array that a line fills or begins to fill, and the first subscript of its axes."""
        primal = line.name[1:]
        if line.name[0] == "d" and primal in self.arrays:
            starts = [axis for key in self.begun.get(primal, ()) for axis, at in enumerate(key) if at == 0]
            shape = self.arrays[primal].shape
            origin = {**self.origin.get(primal, {}), **{axis: 0 for axis in starts}}
            return tuple(n + (axis in starts) for axis, n in enumerate(shape)), origin
        if line.subscripts is None:
            return self._sizes_said(line), {}
        largest, origin = [0] * len(line.subscripts), {}
        for other in self.lines_of[line.name]:
            if other.subscripts is not None and len(other.subscripts) == len(largest):
                left = self._enlarge(other, largest, origin)
        return (*(n + (axis in origin) for axis, n in enumerate(largest)), *left), origin

    def _enlarge(self, line, largest, origin):
        """Make room for what a line fills; the sizes of the axes that it takes whole."""
        for index in self._indices(line, line.outer, {}):
            self.index = index
            left = list(self._sizes_said(line, index))
            subscripts = [self._resolved(s) for s in line.subscripts]
            kept = [s.data != "one" for s in subscripts]
            if len(left) == 2 and left[0] == 1 and sum(kept) == 1 and kept[-1]:
                left = left[1:]  # a row
            for axis, subscript in enumerate(subscripts):
                size = left.pop(0) if kept[axis] and left else 0
                if subscript.data == "one":
                    size = self.whole_number(subscript.children[0])
                    if size == 0:
                        origin[axis] = 0
                elif subscript.data == "from_to":
                    size = self.whole_number(subscript.children[1])
                elif subscript.data == "listed":
                    size = max(int(n) for n in subscript.children)
                largest[axis] = max(largest[axis], size)
        return left

    def _assign(self, line):
        value = self.expr(line.value)
        whole, filled = self.arrays[line.name], self.filled[line.name]
        said = self._sizes_said(line, self.index)
        wanted = (*said, *(1,) * (2 - len(said)))
        if value.shape != wanted and not (
            is_number(value) or (len(wanted) == 2 and value.shape in ((wanted[0], 1), (1, wanted[1])))
        ):
            raise NotationError(f"the right side is {value.shape}, the left {said}")
        value = np.broadcast_to(value.reshape(()) if is_number(value) else value, wanted)
        if not np.isfinite(value).all():
            raise NotationError("the right side is not finite")
        if line.subscripts is None:
            places, shape = (slice(None),) * whole.ndim, whole.shape
            if (*shape, *(1,) * (2 - len(shape))) != wanted:
                raise NotationError(f"{line.name} is {shape}, and said to be {said}")
        else:
            places, shape, written = self._places(line.subscripts, whole.shape, self.origin[line.name])
            if written != wanted:
                raise NotationError(f"the left side is {written}, and said to be {said}")
        value = value.reshape(shape)
        if line.sign == "+=":
            np.add.at(whole, places, value)
            filled[places] = True
            return
        if np.any(filled[places]):
            raise NotationError(f"{line.name} is filled twice")
        whole[places] = value
        filled[places] = True

    # Subscripts

    def whole_number(self, tree, index=None):
        """The value of an index."""
        known = {**self.numbers, **(self.index if index is None else index)}
        total, sign = 0, 1
        for part in tree.children:
            if isinstance(part, Token):
                sign = -1 if part.type == "MINUS" else 1
                continue
            total += sign * self._step(part, known, index)
            sign = 1
        return total

    def _step(self, part, known, index):
        if part.data == "fixed":
            return int(part.children[0])
        if part.data == "letter":
            *count, name = part.children
            return int(count[0] if count else 1) * int(self._named(known, name.value))
        name, inner = part.children
        place = self.whole_number(inner, index)
        array = self.arrays[name.value]
        if array.ndim != 1 or not 1 <= place <= len(array):
            raise NotationError(f"{name.value}[{place}] is not there")
        return int(array[place - 1])

    def _resolved(self, subscript):
        """A subscript; the name of a vector, which is a list of places, as such a list."""
        words = _words(subscript)
        vector = self.arrays.get(words)
        if subscript.data != "one" or vector is None or words in self.index or words in self.numbers:
            return subscript
        if vector.ndim != 1 or not np.array_equal(vector, np.round(vector)):
            raise NotationError(f"{words} is no list of places")
        return Tree("listed", [int(place) for place in vector])

    def _places(self, subscripts, shape, origin):
        """Where subscripts lead in an array: for NumPy, the shape there, and the shape as written."""
        if len(subscripts) > len(shape):
            raise NotationError(f"{len(subscripts)} subscripts, {len(shape)} axes")
        axes, kept = [], []
        for axis, n in enumerate(shape):
            subscript = subscripts[axis] if axis < len(subscripts) else Tree("whole", [])
            subscript, first = self._resolved(subscript), origin.get(axis, 1)
            if subscript.data == "whole":
                at = range(first, first + n)
            elif subscript.data == "one":
                at = [self.whole_number(subscript.children[0])]
            elif subscript.data == "from_to":
                begin, end = map(self.whole_number, subscript.children)
                at = range(begin, end + 1)
            else:
                at = [int(number) for number in subscript.children]
            if any(not first <= place < first + n for place in at):
                raise NotationError(f"subscript {list(at)} of an axis of {n}")
            axes.append(np.array(at, int) - first)
            if subscript.data != "one":
                kept.append(axis)
        left = tuple(len(axes[axis]) for axis in kept)
        written = (*left, *(1,) * (2 - len(left)))
        alone = len(shape) - getattr(subscripts, "leading", 0) == 1
        if len(kept) == 1 and len(subscripts) == len(shape) and kept[0] == len(shape) - 1 and not alone:
            written = (1, *left)  # it runs along the last axis: a row
        return np.ix_(*axes), tuple(map(len, axes)), written

    def _picked(self, name, array, subscripts):
        """Part of an array, or of where a recurrence starts."""
        for key, start in self.begun.get(name, {}).items():
            here = subscripts[: len(key)]
            if all(self._resolved(s).data in ("one", "whole") for s in here) and self._key(here) == key:
                first = [Tree("one", [FIRST]) if s.data == "one" else s for s in here]
                shape = self._places(first, array.shape, {})[2]
                if start.shape != shape and not is_number(start):
                    raise NotationError(f"{name} starts with {start.shape}, and is {shape}")
                start = np.broadcast_to(start, shape)
                rest = subscripts[len(key) :]
                return self._picked(None, start, rest) if rest else start
        if array.ndim == 2 and array.shape[1] == 1 and len(subscripts) == 1 and name is None:
            array = array[:, 0]
        places, _, written = self._places(subscripts, array.shape, self.origin.get(name, {}))
        if name in self.filling and not np.all(self.filled[name][places]):
            raise NotationError(f"{name} is used before it is filled")
        return array[places].reshape(written)

    # Expressions

    def expr(self, tree):
        """The value of a part of a formula."""
        return getattr(self, f"_{tree.data}")(tree.children)

    def _expr(self, children):
        total, sign = None, 1.0
        for child in children:
            if isinstance(child, Token):
                sign = -1.0 if child.type == "MINUS" else 1.0
                continue
            value = self.expr(child)
            total = sign * value if total is None else together(np.add, total, sign * value)
        return total

    def _term(self, children):
        total = self.expr(children[0])
        kinds = set()
        for operator, child in zip(children[1::2], children[2::2]):
            value = self.expr(child)
            numbers = is_number(total) or is_number(value)
            if not numbers or operator.value not in ("·", "/", "⊙"):
                kinds.add("⊙" if operator.value == "/" else operator.value[0])
            if len(kinds) > 1:
                raise NotationError(f"{' and '.join(sorted(kinds))} side by side")
            if operator.value == "·":
                total = product(total, value)
            elif operator.value in "⊙/":
                total = together(np.multiply if operator.value == "⊙" else np.divide, total, value)
            else:
                total = (windowed if operator.value == "∗" else spread)(total, value)
        return total

    def _sum(self, children):
        total = Tree("sum", children)
        letters, bound = _letters(total), _letters_bound(total)
        term = children[-1]
        if not bound:
            if letters not in ([], ["i"], ["j"], ["i", "j"]):
                raise NotationError(f"nothing tells what {letters} run over")
            a = self.expr(term)
            return reduced(np.sum, a, letters[0] if len(letters) == 1 else "")
        if bound != letters:
            raise NotationError(f"of {letters} only {bound} stand in subscripts")
        outside, value = self.index, None
        for index in self._sums(bound, term, outside):
            self.index = index
            each = self.expr(term)
            value = each if value is None else together(np.add, value, each)
        self.index = outside
        return np.zeros((1, 1)) if value is None else value

    def _sums(self, letters, term, index):
        if not letters:
            yield index
            return
        first, *others = letters
        if first in self.line.ranges:
            values = self._range(self.line.ranges[first], index)
        else:
            values = range(1, self._axis(first, term) + 1)
        for value in values:
            yield from self._sums(others, term, {**index, first: value})

    def _axis(self, letter, term):
        """The length of the axis where a letter stands alone."""
        for array in term.find_data("array"):
            subscripts = _subscripts(array) or []
            for axis, subscript in enumerate(subscripts):
                if subscript.data == "one" and _words(subscript) == letter:
                    return self.arrays[array.children[0].value].shape[axis]
        raise NotationError(f"nothing tells what {letter} runs over")

    def _factor(self, children):
        value = self.expr(children[0])
        for child in children[1:]:
            if isinstance(child, Token) and child.type == "TRANSPOSE":
                if value.ndim > 2:
                    raise NotationError(f"transpose of {value.shape}")
                value = value.T
            elif isinstance(child, Token) and child.type == "INVERSE":
                value = inverse(value)
                value = value.T if child.endswith("ᵀ") else value
            else:
                value = together(
                    np.power, value, matrix(_power(child)) if isinstance(child, Token) else self.expr(child)
                )
        return value

    def _exponent(self, children):
        child = children[0]
        if isinstance(child, Tree):
            value = self.expr(child)
            if not is_number(value):
                raise NotationError(f"an exponent of {value.shape}")
            return value
        return matrix(float(child)) if child.type == "NUMBER" else self._array([child])

    def _number(self, children):
        return matrix(float(children[0].value.replace("−", "-")))

    def _ln(self, children):
        return np.log(self._number(children))

    def _ln_pi(self, children):
        return np.log(np.pi * self._number(children))

    def _array(self, children):
        first = children[0]
        name = first.value if isinstance(first, Token) else None
        subscripts = _subscripts(Tree("array", children[1:]))
        if name is None:
            value = self.expr(first)
            return value if subscripts is None else self._picked(None, value, subscripts)
        for known in (self.index, self.numbers):
            if name in known and subscripts is None:
                return matrix(known[name])
        if name == "dJ":
            return matrix(1.0)
        if name == "π" and name not in self.arrays and name not in self.lines_of:
            return matrix(np.pi)
        if name not in self.arrays:
            raise NotationError(f"there is no {name} yet")
        array = self.arrays[name]
        if subscripts is not None:
            return self._picked(name, array, subscripts)
        if not np.all(self.filled[name]) and name in self.filling:
            raise NotationError(f"{name} is used before it is filled")
        return matrix(array)

    def _call(self, children):
        subscripts = _subscripts(Tree("call", children))
        word, *operands = (part for part in children if isinstance(part, Token) or part.data != "subscripts")
        name, letter, power = re.fullmatch(r"(\w+?)([ᵢⱼ]?)([²³]?)", word.value).groups()
        value = called(name, BELOW.get(letter, ""), [self.expr(each) for each in operands])
        value = value ** _power(power) if power else value
        return value if subscripts is None else self._picked(None, value, subscripts)

    def _root(self, children):
        return np.sqrt(self.expr(children[0]))

    def _norm(self, children):
        return matrix(np.linalg.norm(self.expr(children[0])))

    def _mask(self, children):
        a, sign, b = children
        return together(COMPARING[sign.value], self.expr(a), self.expr(b)).astype(float)

    def _stack(self, children):
        rows = [np.concatenate([self.expr(e) for e in row.children], axis=1) for row in children]
        return np.concatenate(rows, axis=0)


def _power(sign):
    return {"²": 2.0, "³": 3.0}[str(sign)]
