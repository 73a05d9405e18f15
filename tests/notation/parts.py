"""Parts of lines as formulas of ``algebra``."""

import re

import numpy as np
from lark import Token, Tree

from tests.notation import algebra
from tests.notation.algebra import added, atom, constant, elementwise, number_of, power, product, transposed
from tests.notation.places import (
    brackets,
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
from tests.notation.reader import BELOW

OF_VECTORS = ("softmax", "log_softmax", "hardmax", "layer_norm", "rms_norm")
TO_NUMBERS = ("logsumexp", "cross_entropy", "softmax_cross_entropy")
SUMMED = ("max", "min", "var", "std")
POWERS = {"²": 2.0, "³": 3.0}


class Parts:
    """What parts of lines say, where names stand for something.

    Attributes:
        sizes: numbers by name.
        dims: by name of an array, the lengths of its axes, None where it is not known.
        given: by name of an array that is given, its number in the table.
        line: the one that is read.
        depth: in how many sums over letters.
    """

    def product(self, a, b):
        """A·B."""
        return product(a, b)

    def reference(self, name, places, rest, row):
        """Part of an array, by its name; ``row`` if what runs along the last axis is one."""
        raise NotImplementedError

    def index_of(self, tree, index):
        """An index as a number and letters with their factors."""
        total, letters, sign = 0, {}, 1
        for part in tree.children:
            if isinstance(part, Token):
                sign = -1 if part.type == "MINUS" else 1
                continue
            number, found = self._step(part, index)
            total += sign * number
            for letter, factor in found:
                letters[letter] = letters.get(letter, 0) + sign * factor
            sign = 1
        return total, tuple(sorted((letter, factor) for letter, factor in letters.items() if factor))

    def _step(self, part, index):
        if part.data == "fixed":
            return int(part.children[0]), ()
        if part.data == "looked_up":
            name, inner = part.children
            return 0, ((f"{self.given[name.value]}@{self.index_of(inner, index)}", 1),)
        *count, name = part.children
        count = int(count[0] if count else 1)
        if name.value in self.sizes and name.value not in index:
            return count * self.sizes[name.value], ()
        number, letters = index.get(name.value, (0, ((name.value, 1),)))
        return count * number, tuple((letter, count * factor) for letter, factor in letters)

    def place(self, tree, index):
        if tree.data == "whole":
            return ":"
        if tree.data == "listed":
            return ("listed", tuple(int(n) for n in tree.children))
        if tree.data == "one":
            word = tree.children[0].children[0].children[-1]
            if self.dims.get(word) and word not in index and word not in self.sizes:
                return ("listed", self.given[word])
            return ("one", self.index_of(tree.children[0], index))
        return ("to", *(self.index_of(bound, index) for bound in tree.children))

    def part(self, tree, index, rest):
        """The formula of a part; ``rest`` are letters for axes before the last two."""
        return getattr(self, f"_{tree.data}")(tree.children, index, rest)

    def _expr(self, children, index, rest):
        parts, sign = [], 1.0
        for child in children:
            if isinstance(child, Token):
                sign = -1.0 if child.type == "MINUS" else 1.0
                continue
            parts.append((sign, self.part(child, index, rest)))
        return added(parts)

    def _term(self, children, index, rest):
        value, start = None, children[0]
        for operator, child in zip(children[1::2], children[2::2]):
            if operator in ("∗", "∗ᵀ"):
                value = self._window(str(operator), start, child, index, rest)
                continue
            value = self.part(start, index, rest) if value is None else value
            other = self.part(child, index, rest)
            if operator == "·":
                value = self.product(value, other)
            else:
                value = elementwise(value, power(other, -1.0) if operator == "/" else other)
        return self.part(start, index, rest) if value is None else value

    def _window(self, operator, left, right, index, rest):
        """K ∗ X of matrices, with channels one by one."""
        axes = [len(self.part(each, index, []).shape) for each in (left, right)]
        own = (0, ((f"σ{self.depth}", 1),))
        if max(axes) == 2:
            a, b = self.part(left, index, rest), self.part(right, index, rest)
            pair = (a.key, b.key) if operator == "∗" else tuple(sorted((a.key, b.key)))
            sizes = [x and y and (x - y if operator == "∗" else x + y) for x, y in zip(b.shape, a.shape)]
            if operator == "∗":
                sizes = [
                    1 if 1 in (p, q) and p == q else n if n is None else n + 1
                    for n, p, q in zip(sizes, b.shape, a.shape)
                ]
            return atom(tuple(sizes), number_of("window", operator, *pair))
        count = self.part(right, index, []).shape[-3] if axes[1] > 2 else None
        bounds = count and ((1, ()), (count, ()))
        self.depth += 1
        if axes == [4, 3]:
            before = [rest[0], own] if operator == "∗" else [own, rest[0]]
            after = [own]
        else:
            before, after = [own], [own]
        a, b = self.part(left, index, before), self.part(right, index, after)
        self.depth -= 1
        pair = (a.key, b.key) if operator == "∗" else tuple(sorted((a.key, b.key)))
        each = atom((None, None), number_of("window", operator, *pair))
        return self.over(own, bounds, each)

    def over(self, own, bounds, each):
        """The sum over a letter."""
        terms = []
        for (numbers, array), c in each.terms:
            inside = number_of("Σ over", own, bounds, numbers, array)
            terms += [(term, c) for term, _ in atom(each.shape, inside).terms]
        return algebra.formula(each.shape, terms)

    def _sum(self, children, index, rest):
        term, letters = children[-1], letters_of(Tree("sum", children))
        standing = {step.children[-1].value for step in term.find_data("letter")}
        if letters and letters[0] in standing:
            return self._sum_over(letters, term, dict(index), rest)
        if letters:
            value = self.part(term, index, rest)
            return algebra.total(value) if len(letters) > 1 else algebra.total_along(value, letters[0])
        return self._total(lambda more: self.part(term, index, more))

    def _total(self, make):
        """Σ of all elements, those of more axes than two letter by letter."""
        axes = len(make([]).shape) - 2
        own = [(0, ((f"σ{self.depth + n}", 1),)) for n in range(max(0, axes))]
        self.depth += len(own)
        value = algebra.total(make(own))
        self.depth -= len(own)
        for each in reversed(own):
            value = self.over(each, None, value)
        return value

    def _sum_over(self, letters, term, index, rest):
        first, *others = letters
        own, bounds, start = f"σ{self.depth}", None, 0
        if first in self.line.ranges:
            low, high = sorted((self.index_of(b, index) for b in self.line.ranges[first]), key=by_letters)
            start = low[0] - 1 if not low[1] else 0
            bounds = (moved(low, -start), moved(high, -start))
        else:
            bounds = self._axis(first, term)
        index[first] = (start, ((own, 1),))
        self.depth += 1
        inner = self._sum_over(others, term, index, rest) if others else self.part(term, index, rest)
        self.depth -= 1
        return self.over((0, ((own, 1),)), bounds, inner)

    def _axis(self, letter, term):
        """What a letter of a sum runs over that no range is given for: an axis where it stands alone."""
        for array in term.find_data("array"):
            for axis, subscript in enumerate(flat(array) or []):
                if plain(subscript) == letter:
                    return self.bounds(array.children[0].value, axis)
        return None

    def bounds(self, name, axis):
        """The first and the last subscript along an axis, None where they are not known."""
        n = self.dims[name][axis]
        return n and ((1, ()), (n, ()))

    def _factor(self, children, index, rest):
        value = self.part(children[0], index, rest)
        for child in children[1:]:
            kind = getattr(child, "type", "")
            if kind == "TRANSPOSE":
                value = transposed(value)
            elif kind == "INVERSE":
                value = atom(value.shape, number_of("⁻¹", "", value.key))
                value = transposed(value) if child.endswith("ᵀ") else value
            elif kind == "POWER":
                value = power(value, POWERS[str(child)])
            else:
                exponent = self.part(child, index, [])
                ((_, (number, sizes)),) = exponent.terms
                assert not sizes
                value = power(value, number)
        return value

    def _exponent(self, children, index, rest):
        child = children[0]
        return self.part(child, index, rest) if isinstance(child, Tree) else constant(float(child))

    def _number(self, children, index, rest):
        return constant(children[0].value.replace("−", "-"))

    def _ln(self, children, index, rest):
        return constant(np.log(float(children[0])))

    def _ln_pi(self, children, index, rest):
        return constant(np.log(np.pi * float(children[0])))

    def _root(self, children, index, rest):
        return power(self.part(children[0], index, rest), 0.5)

    def _norm(self, children, index, rest):
        return power(self._total(lambda more: power(self.part(children[0], index, more), 2.0)), 0.5)

    def _mask(self, children, index, rest):
        a, sign, b = children
        a, b = self.part(a, index, rest), self.part(b, index, rest)
        if sign in "<≤":
            a, b, sign = b, a, {"<": ">", "≤": "≥"}[str(sign)]
        return algebra.of_elements(f"[{sign}]", [a, b])

    def _stack(self, children, index, rest):
        try:
            numbers = numbers_of(Tree("stack", children))
            return atom(numbers.shape, constant_array(numbers))
        except ValueError:
            rows = [[self.part(each, index, []) for each in row.children] for row in children]
        shape = (
            None if len(rows) > 1 else rows[0][0].shape[0],
            None if len(rows[0]) > 1 else rows[0][0].shape[1],
        )
        return atom(shape, number_of("stack", tuple(tuple(each.key for each in row) for row in rows)))

    def _call(self, children, index, rest):
        word, *operands = (c for c in children if isinstance(c, Token) or c.data != "subscripts")
        name, letter, exponent = re.fullmatch(r"(\w+?)([ᵢⱼ]?)([²³]?)", word.value).groups()
        letter = BELOW.get(letter, "")
        value = self._called(name, letter, operands, index, rest)
        value = power(value, POWERS[exponent]) if exponent else value
        subscripts = flat(Tree("call", children))
        if subscripts is None:
            return value
        return self._part_of(value, subscripts, index)

    def _part_of(self, value, subscripts, index):
        places = [self.place(s, index) for s in subscripts]
        dims = value.shape if len(places) > 1 or value.shape[1] != 1 else value.shape[:1]
        places += [":"] * (len(dims) - len(places))
        shape = [length(place, n) for place, n in zip(places, dims) if place[0] != "one"]
        return picked(value, places, matrix_shape(shape))

    def _called(self, name, letter, trees, index, rest):
        if name == "mean":
            value = self.part(trees[0], index, rest)
            count = value.shape["ij".index(letter)] if letter else None
            if letter:
                return elementwise(constant(1.0 / count), algebra.total_along(value, letter))
            kept = [n for n in value.shape if n is not None]
            if len(kept) == len(value.shape):
                return elementwise(constant(1.0 / np.prod(kept)), algebra.total(value))
            return atom((1, 1), number_of("mean", value.key))
        if name == "reshape":
            whole = self.part(trees[0], index, [])
            sizes = [int(self.part(each, index, []).terms[0][1][0]) for each in trees[1:]]
            array = number_of("reshape", whole.key, *sizes)
            used = rest[: max(0, len(sizes) - 2)]
            array = number_of("part", array, tuple(("one", each) for each in used)) if used else array
            return atom(matrix_shape(sizes[len(used) :]), array)
        operands = [self.part(each, index, rest) for each in trees]
        if name in ("batch_norm", "layer_norm"):
            letter = letter or ("j" if name == "batch_norm" else "i")
            name = "layer_norm"
        if name in OF_VECTORS or name in TO_NUMBERS or (name in SUMMED and len(operands) == 1):
            return self._along(name, letter, operands)
        if name in ("relu", "max", "min"):
            both = [*operands, constant(0.0)] if name == "relu" else operands
            ordered = sorted(both, key=lambda each: each.key)
            return algebra.of_elements("min" if name == "min" else "max", ordered)
        if name == "step" or (name == "heaviside" and self.line.name.startswith("d")):
            return algebra.of_elements("[>]", [operands[0], constant(0.0)])
        return algebra.of_elements({"log": "ln"}.get(name, name), operands)

    def _along(self, name, letter, operands):
        first = operands[0]
        if name in SUMMED and not letter:
            return atom((1, 1), number_of("of all", name, first.key))
        letter = letter or "i"
        if name == "cross_entropy":
            (_, array), (factor, _) = first.terms[0] if len(first.terms) == 1 else (((), None), (0.0, ()))
            parts = algebra.PARTS[array] if array is not None and factor == 1.0 else ()
            if parts[:3] == ("along", "softmax", letter):
                return self._along(
                    "softmax_cross_entropy",
                    letter,
                    [algebra.Formula(first.shape, algebra.PARTS[parts[3]][1].terms), operands[1]],
                )
        shape = first.shape
        if name in TO_NUMBERS or name in SUMMED:
            shape = (1, shape[1]) if letter == "i" else (shape[0], 1)
        return algebra.of_vectors(name, letter, operands, shape)

    def _array(self, children, index, rest):
        first, subscripts = children[0], flat(Tree("array", children[1:]))
        if isinstance(first, Tree):
            value = self.part(first, index, rest)
            return value if subscripts is None else self._part_of(value, subscripts, index)
        name = first.value
        if name in index and subscripts is None:
            return atom((1, 1), number_of("index", index[name]))
        if name in self.sizes and subscripts is None:
            return constant(1.0, ((self.sizes[name], 1.0),))
        if name == "π" and name not in self.dims:
            return constant(np.pi)
        places = [self.place(s, index) for s in subscripts or []]
        row = len(places) == len(self.dims[name]) > 1 and brackets(Tree("array", children)) == 1
        return self.reference(name, places, rest, row)
