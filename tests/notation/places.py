"""Where subscripts of the notation lead: a place is ``:``, one index, a range, or a list.

An index is a number and letters with their factors: 2h − 1 is ``(-1, (("h", 2),))``.
"""

import numpy as np
from lark import Tree

from tests.notation.algebra import atom, number_of, part
from tests.notation.reader import BELOW


def flat(tree):
    """The subscripts of a target or an array, those of several brackets in a row; None without any."""
    groups = [part.children for part in tree.children if isinstance(part, Tree) and part.data == "subscripts"]
    return [subscript for group in groups for subscript in group] if groups else None


def brackets(tree):
    return sum(isinstance(part, Tree) and part.data == "subscripts" for part in tree.children)


def plain(subscript):
    """The letter of a subscript that is a letter and nothing else."""
    if subscript.data != "one" or len(subscript.children[0].children) != 1:
        return None
    step = subscript.children[0].children[0]
    return step.children[0].value if step.data == "letter" and len(step.children) == 1 else None


def constant_array(numbers):
    numbers = numbers.reshape(matrix_shape(numbers.shape))
    return number_of("constant", numbers.tobytes(), numbers.shape)


def length(place, whole):
    """How long an axis is where a subscript stands."""
    if place == ":":
        return whole
    if place[0] == "listed":
        return len(place[1]) if isinstance(place[1], tuple) else None
    low, high = place[1:]
    return high[0] - low[0] + 1 if low[1] == high[1] else None


def bare(places):
    """Subscripts without those that take all at the end."""
    places = list(places)
    while places and places[-1] == ":":
        places.pop()
    return tuple(places)


def matrix_shape(shape):
    return (*shape, *(1,) * (2 - len(shape)))


def moved(index, by):
    return index[0] + by, index[1]


def by_letters(index):
    return index[1], index[0]


def picked(value, places, shape):
    """Part of a formula, of a product that of its factors."""
    rows, columns = (*places, ":", ":")[:2]
    if len(places) <= 2 == len(value.shape) and rows[0] != "one" and None not in (rows, columns):
        inside = part(value, rows, columns, shape)
        if inside is not None:
            return inside
    return atom(shape, number_of("part", value.key, bare(places)))


def numbers_of(tree):
    """A stack of numbers as an array."""
    rows = [row for row in tree.find_data("beside")]
    cells = [["".join(each.scan_values(lambda _: True)) for each in row.children] for row in rows]
    return np.array([[float(cell.replace("−", "-")) for cell in row] for row in cells])


def letters_of(total):
    """The letters at a Σ."""
    first = total.children[0]
    return [BELOW[letter] for letter in first] if getattr(first, "type", "") == "LETTERS" else []
