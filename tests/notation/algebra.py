"""Formulas of the notation, reduced to one form by the laws that ``alike`` names.

A formula is a sum of terms, each a coefficient, factors that are numbers, and an array: a product, an
elementwise product, or something else. What is equal has one number in a table, for all listings.
"""

from dataclasses import dataclass

import numpy as np

TABLE: dict = {}  # what something is made of -> its number
PARTS: list = []  # by number, what it is made of
ONE = (1.0, ())


def number_of(*parts):
    """The number of what is made of these parts."""
    if parts not in TABLE:
        TABLE[parts] = len(PARTS)
        PARTS.append(parts)
    return TABLE[parts]


@dataclass(frozen=True)
class Formula:
    """A sum of terms.

    Attributes:
        shape: rows and columns, or of more axes; None where the length is not known.
        terms: ((numbers, array), coefficient): factors that are numbers, with their exponents; the number of
            an array, None for none; a factor and the sizes in it with their exponents.
    """

    shape: tuple
    terms: tuple

    @property
    def key(self):
        shape = self.shape if self.is_number else (None,) * len(self.shape)
        return number_of("formula", Formula(shape, self.terms))

    @property
    def is_number(self):
        return self.shape == (1, 1)


def formula(shape, terms):
    """A formula of terms that may be equal, or 0."""
    found = {}
    for term, (factor, sizes) in terms:
        found[term, sizes] = found.get((term, sizes), 0.0) + factor
    kept = [(term, (float(f"{factor:.10e}"), sizes)) for (term, sizes), factor in found.items()]
    kept = [(term, c) for term, c in kept if abs(c[0]) > 1e-14]
    return Formula(shape, tuple(sorted(kept, key=_order)))


def _order(term):
    (numbers, array), coefficient = term
    return -1 if array is None else array, numbers, coefficient


def constant(value, sizes=()):
    return formula((1, 1), [(((), None), (float(value), sizes))])


def atom(shape, array):
    """What is not taken apart, by its number in the table."""
    if shape == (1, 1):
        return formula(shape, [((((array, 1.0),), None), ONE)])
    return formula(shape, [(((), array), ONE)])


def broadcast(shapes):
    """The shape of what goes together element by element."""
    longest = max(shapes, key=len)
    if len(longest) > 2:
        return longest
    return tuple(next((s[axis] for s in shapes if s[axis] != 1), 1) for axis in (0, 1))


def added(parts):
    """The sum of several formulas, each with a sign."""
    shape = broadcast([part.shape for _, part in parts])
    terms = []
    for sign, part in parts:
        for term, (factor, sizes) in part.terms:
            if part.shape != shape and not part.is_number and term[1] is None:
                term = (term[0], number_of("ones", part.shape))
            terms.append((term, (sign * factor, sizes)))
    return formula(shape, terms)


def _exponents(*groups):
    found = {}
    for group in groups:
        for part, exponent in group:
            found[part] = found.get(part, 0.0) + exponent
    return tuple(sorted((part, e) for part, e in found.items() if e))


def _times(a, b):
    return a[0] * b[0], _exponents(a[1], b[1])


def alone(part):
    """A formula as one term: a sum is one thing, but for the coefficient of its first term."""
    if len(part.terms) == 1:
        return part.terms[0]
    if not part.terms:
        return ((), None), (0.0, ())
    factor, sizes = part.terms[0][1]
    inverse = (1.0 / factor, tuple((size, -e) for size, e in sizes))
    first = formula(part.shape, [(term, _times(c, inverse)) for term, c in part.terms])
    (term, _) = atom(part.shape, first.key).terms[0]
    return term, (factor, sizes)


def elementwise(a, b):
    """a ⊙ b, or a number times an array."""
    if b.is_number and not a.is_number:
        a, b = b, a
    (numbers, array), coefficient = alone(a)
    if a.is_number:
        terms = [((_exponents(numbers, more), other), _times(coefficient, c)) for (more, other), c in b.terms]
        return formula(b.shape, terms)
    (more, other), c = alone(b)
    together = _product_of(_exponents(_powers(array), _powers(other)))
    term = (_exponents(numbers, more), together)
    return formula(broadcast([a.shape, b.shape]), [(term, _times(coefficient, c))])


def _powers(array):
    if array is None:
        return ()
    return PARTS[array][1] if PARTS[array][0] == "⊙" else ((array, 1.0),)


def _product_of(powers):
    if not powers:
        return None
    return powers[0][0] if len(powers) == 1 and powers[0][1] == 1.0 else number_of("⊙", powers)


def power(a, exponent):
    """Each element to a power."""
    (numbers, array), (factor, sizes) = alone(a)
    if factor < 0 and exponent != int(exponent):
        (numbers, array), (factor, sizes) = atom(a.shape, a.key).terms[0]
    numbers = tuple((part, e * exponent) for part, e in numbers)
    array = _product_of(tuple((part, e * exponent) for part, e in _powers(array)))
    sizes = tuple((size, e * exponent) for size, e in sizes)
    return formula(a.shape, [((numbers, array), (factor**exponent if factor else 0.0, sizes))])


def _factors(array):
    return PARTS[array][1:] if PARTS[array][0] == "·" else (array,)


def product(a, b):
    """A·B."""
    if a.is_number or b.is_number:
        return elementwise(a, b)
    if (len(a.terms) > 1 or len(b.terms) > 1) and (a.shape[0], b.shape[1]) != (1, 1):
        pairs = [(formula(a.shape, [x]), formula(b.shape, [z])) for x in a.terms for z in b.terms]
        return added([(1.0, product(*pair)) for pair in pairs])
    (numbers, array), coefficient = alone(a)
    (more, other), c = alone(b)
    shape, numbers, c = (a.shape[0], b.shape[1]), _exponents(numbers, more), _times(coefficient, c)
    if None in (array, other):
        array, other = (number_of("ones", s.shape) if x is None else x for s, x in ((a, array), (b, other)))
    if shape == (1, 1):
        left, right = formula(b.shape, [(((), transposed_array(array)), ONE)]), atom(b.shape, other)
        return elementwise(formula((1, 1), [((numbers, None), c)]), total(elementwise(left, right)))
    return formula(shape, [((numbers, number_of("·", *_factors(array), *_factors(other))), c)])


def total(a):
    """The sum of all elements."""
    if a.is_number:
        return a
    terms = []
    for (numbers, array), (factor, sizes) in a.terms:
        if array is None:
            factor *= a.shape[0] * a.shape[1]
        else:
            numbers = _exponents(numbers, ((_total_of(array, a.shape), 1.0),))
        terms.append(((numbers, None), (factor, sizes)))
    return formula((1, 1), terms)


def _total_of(array, shape):
    powers = _powers(array)
    if len(shape) > 2:
        return number_of("Σ", array)
    if 1 in shape and sum(e for _, e in powers) == 2.0 and all(e in (1.0, 2.0) for _, e in powers):
        left, right = (powers[0][0], powers[-1][0])
        if shape[0] == 1:
            left, right = transposed_array(left), transposed_array(right)
        forms = [(transposed_array(x), y) for x, y in ((left, right), (right, left))]
        return min(number_of("·", *_factors(x), *_factors(y)) for x, y in forms)
    return number_of("Σ", min(array, transposed_array(array)))


def total_along(a, letter):
    """The sum of the columns (j), or of the rows (i)."""
    if letter == "i":
        return transposed(total_along(transposed(a), "j"))
    terms = []
    for (numbers, array), (factor, sizes) in a.terms:
        if array is None:
            factor *= a.shape[1]
        terms.append(((numbers, None if array is None else number_of("Σⱼ", array)), (factor, sizes)))
    return formula((a.shape[0], 1), terms)


def transposed(a):
    """Aᵀ, brought inside as far as it goes."""
    if a.is_number or len(a.shape) > 2:
        return a
    terms = [
        ((numbers, None if array is None else transposed_array(array)), c) for (numbers, array), c in a.terms
    ]
    return formula(a.shape[::-1], terms)


OTHER = {"i": "j", "j": "i"}


def transposed_array(array):
    kind, *rest = PARTS[array]
    if kind == "ᵀ":
        return rest[0]
    if kind == "·":
        return number_of("·", *(transposed_array(part) for part in reversed(rest)))
    if kind == "⊙":
        return _product_of(tuple(sorted((transposed_array(part), e) for part, e in rest[0])))
    if kind == "formula":
        return transposed(rest[0]).key
    if kind == "constant":
        numbers = np.frombuffer(rest[0]).reshape(rest[1]).T
        return number_of(kind, numbers.tobytes(), numbers.shape)
    if kind == "all":
        return number_of(kind, rest[1], rest[0], *rest[2:])
    if kind in ("each", "⁻¹"):
        name, *operands = rest
        return number_of(kind, name, *(transposed_key(each) for each in operands))
    if kind == "along":
        name, letter, *operands = rest
        return number_of(kind, name, OTHER[letter], *(transposed_key(each) for each in operands))
    return number_of("ᵀ", array)


def part_of(array, rows, columns):
    """Some rows and columns of an array, brought inside products and what is done to each column or row."""
    kind, *rest = PARTS[array]
    if (rows, columns) == (":", ":"):
        return array
    if kind == "·":
        ends = part_of(rest[0], rows, ":"), part_of(rest[-1], ":", columns)
        return None if None in ends else number_of("·", ends[0], *rest[1:-1], ends[1])
    if kind == "ᵀ" and rows == ":" and columns[0] == "one":
        return part_of(rest[0], columns, ":")
    if kind == "ᵀ":
        turned = part_of(rest[0], columns, rows)
        return None if turned is None else number_of("ᵀ", turned)
    if kind == "along" and (rows if rest[1] == "i" else columns) == ":":
        name, letter, first, *more = rest
        inside = part(PARTS[first][1], rows, columns, (None, None))
        return None if inside is None else number_of(kind, name, letter, inside.key, *more)
    if kind not in ("given", "constant", "ref"):
        return None
    what, places = rest if kind == "ref" else (array, ())
    both = [_within(outer, inner) for outer, inner in zip((*places, ":", ":"), (rows, columns))]
    if len(places) > 2 or None in both:
        return None
    return number_of("ref", what, tuple(both[:1] if both[1] == ":" else both))


def _within(outer, inner):
    """The place in an array of a place in a part of it; None where it is not known."""
    if ":" in (outer, inner):
        return inner if outer == ":" else outer
    if outer[0] != "to" or outer[1][1] or inner[0] not in ("one", "to"):
        return None
    before = outer[1][0] - 1
    return (inner[0], *((number + before, letters) for number, letters in inner[1:]))


def part(a, rows, columns, shape):
    """Some rows and columns of a formula; None where they stay outside."""
    terms = []
    for (numbers, array), c in a.terms:
        inside = None if array is None else part_of(array, rows, columns)
        if array is not None and inside is None:
            return None
        terms.append(((numbers, inside), c))
    return formula(shape, terms)


def transposed_key(key):
    """The key of a transposed formula."""
    return transposed(PARTS[key][1]).key


def of_elements(name, operands):
    """A function of each element."""
    shape = broadcast([each.shape for each in operands])
    return atom(shape, number_of("each", name, *(each.key for each in operands)))


def of_vectors(name, letter, operands, shape):
    """A function of each column (i) or each row (j)."""
    return atom(shape, number_of("along", name, letter, *(each.key for each in operands)))
