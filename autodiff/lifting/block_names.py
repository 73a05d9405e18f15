"""Names: every block gets the one a reader would give it, from the labels of the parameters.

What a matrix product with ``W1`` fills is ``Z1``, what an elementwise operation makes of it ``A1``, or
``H1`` where A is an input, the root is ``J``. The rest is numbered: ``v1``, ``v2``. Whatever the labels
are, all names are words of Python, and no two arrays or cotangents share one, neither in the source nor
typeset, nor does any stand for something else in the source.

>>> names = BlockNames()
>>> names.leaf("W1"), names.leaf("dW1"), names.leaf("x₁"), names.leaf("np")
('W1', 'dW1_2', 'x1', 'np_2')
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np

from autodiff.engine.ops import OPS
from autodiff.engine.primitives import PRIMITIVES
from autodiff.formulas.expr import symbol
from autodiff.labels import Place
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.source_functions import SOURCE_FUNCTIONS
from autodiff.lifting.things import EXTREMES

__all__ = ["BlockNames", "identifier", "latex_name", "with_below"]

# What the source or a listing itself defines or uses; also i1, i2, …, the arrays of positions.
_RESERVED = {"np", "math", "m", "π", "run", *SOURCE_FUNCTIONS, *PRIMITIVES}
_RESERVED |= {"__debug__", *keyword.kwlist}


def identifier(label: str) -> str:
    """A word of Python as near to ``label`` as can be: ``layer.0/W`` becomes ``layer_0_W``.

    Python takes x₁ and ﬁ for the words x1 and fi, so they are spelled that way.
    """
    plain = unicodedata.normalize("NFKC", label)
    word = "".join(letter if f"_{letter}".isidentifier() else "_" for letter in plain) or "_"
    return word if word.isidentifier() else f"_{word}"


def with_below(latex: str, below: str) -> str:
    """A name in LaTeX with subscripts, which join those of a part of a series.

    >>> with_below("{H}_{t}", "1"), with_below("W_{1}", "1, :"), with_below("X", "2")
    ('{H}_{t, 1}', '{W_{1}}_{1, :}', 'X_{2}')
    """
    part = re.fullmatch(r"\{(.+)\}_\{([^{}]*)\}", latex)
    if part:
        return f"{{{part[1]}}}_{{{part[2]}, {below}}}"
    return f"{{{latex}}}_{{{below}}}" if "_" in latex else f"{latex}_{{{below}}}"


@lru_cache(maxsize=4096)
def latex_name(name: str) -> str:
    """``dZ1`` as dZ^{[1]}: the number of the layer in brackets above, as in the note. What is numbered only,
    ``v1``, has its number below; so has a projection ``WQ`` its letter."""
    numbered = re.fullmatch(r"(d?v)(\d+)|(d?W)([A-Z])", name)
    if numbered:
        letter, below, weight, projection = numbered.groups()
        return f"{letter}_{{{below}}}" if letter else f"{weight}_{{{projection}}}"
    place = Place(name)
    is_letter = place.letter.isascii() and len(place.letter.removeprefix("d") or "d") == 1
    if place.layer is None or not is_letter:
        return symbol(name).latex()
    return f"{place.letter}^{{[{place.array.removeprefix(place.letter)}]}}"


def _error(formula: Formula) -> str:
    """``E``, or ``e`` of a vector, for a difference of which the loss adds up the squares."""
    coefficients = [segment.coefficient for segment in formula.segments]
    signs = {float(np.sign(c)) for c in coefficients if isinstance(c, float)}
    if formula.thing or formula.op or len(signs) < 2:
        return ""
    return "e" if len(formula.block.dims) == 1 and not formula.block.varies else "E"


def _is_mean(formula: Formula) -> bool:
    """Whether a formula is a mean of each row or column of something."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1:
        return False
    (segment,) = formula.segments
    if formula.block.varies and not formula.block.dims:
        return False
    several = segment.kind == "rows" and segment.z is None and len(segment.x.shape) > len(formula.block.dims)
    return (
        several
        and isinstance(segment.coefficient, float)
        and segment.coefficient * segment.x.shape[-1] == 1.0
    )


def _is_extreme(formula: Formula) -> bool:
    """Whether a formula is the largest or smallest of parts of an array."""
    return formula.thing in EXTREMES.values()


def _is_multiple(formula: Formula) -> bool:
    """Whether a formula is a number times an array as it stands."""
    if formula.op is not None or formula.thing or len(formula.segments) != 1 or np.any(formula.bias):
        return False
    (segment,) = formula.segments
    plain = segment.kind == "rows" and segment.z is None and isinstance(segment.coefficient, float)
    return plain and segment.x.shape == formula.block.dims and segment.x.whole is not None


def _pooled(formulas: Sequence[Formula]) -> dict[Block, Block]:
    """What is the mean or the largest of parts of what a window that slides has left, and of which array."""
    slid: set[Block] = set()
    largest: dict[Block, Block] = {}  # the largest of some of them so far
    found: dict[Block, Block] = {}
    for formula in formulas:
        block, read = formula.block, {access.block for access in formula.accesses}
        wide = [s for s in formula.segments if s.kind == "matmul" and s.z is not None and not s.z.injective]
        of = {largest.get(each, each) for each in read if each is not None}
        one = next(iter(of)) if len(of) == 1 else None
        if wide or (one in slid and formula.op is not None and formula.op.arity == 1):
            slid.add(block)
        elif one in slid and one is not None and formula.op is OPS["maximum"]:
            largest[block] = one
            found = {each: array for each, array in found.items() if each not in read}
            found[block] = one
        elif one in slid and one is not None and block.dims and (_is_mean(formula) or _is_extreme(formula)):
            found[block] = one
    return found


def _product_with(word: str, is_vector: bool) -> str:
    """What a product with a parameter of that name is called.

    >>> [_product_with(word, False) for word in ("W1", "W", "WQ", "Wk", "U")], _product_with("w", True)
    (['Z1', 'Z', 'Q', 'K', 'Z_U'], 'z')
    """
    letter = "z" if is_vector else "Z"
    projection = re.fullmatch(r"W_?([A-Zqkvo])", word)
    if projection and not is_vector:
        return projection[1].upper()
    return letter + (word[1:] if Place(word).letter in ("W", "w") else f"_{word}")


def _printed(word: str) -> set[str]:
    """The names that come with one, plain and typeset."""
    all_three = {word, f"d{word}", f"arrived_{word}"}
    return all_three | {f"${latex_name(name)}$" for name in all_three}


class BlockNames:
    """Gives out names, each once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()  # names of arrays, cotangents and arrivals, plain and typeset
        self._copies: dict[str, int] = {}  # how often each name has been wished for
        self._numbered = 0
        self._layers: Counter[str] = Counter()  # how many arrays have a number, as W1 and V1 have 1
        self._pooled: dict[Block, Block] = {}
        self._leaves: set[str] = set()

    def leaf(self, label: str) -> str:
        """For a parameter or an input."""
        numbered = re.fullmatch(r"[A-Z](\d+)", label)
        if numbered:
            self._layers[numbered[1]] += 1
        word = self._free(identifier(label))
        self._leaves.add(word)
        return word

    def formulas(self, formulas: Sequence[Formula]) -> None:
        """Name the blocks that formulas fill, the last of which is the loss."""
        scores = {f.operands[0].block for f in formulas if f.thing and f.thing.letter == "P"}
        scores -= {formula.block for formula in formulas if _is_multiple(formula)}
        self._pooled = _pooled(formulas)
        squares = {each.x.block for each in formulas[-1].segments if each.z is each.x}
        for formula in formulas:
            wish = "J" if formula is formulas[-1] else self._wish(formula)
            wish = wish or ("S" if formula.block in scores else "μ" if _is_mean(formula) else "")
            wish = wish or (_error(formula) if formula.block in squares else "")
            formula.block.name = formula.block.symbol = self._free(wish) if wish else self._number()

    def renumber(self, formulas: Sequence[Formula], silent: Collection[Block]) -> None:
        """Number what has no name of its own anew, what has a line first: no number is missing there."""
        numbered = [f.block for f in formulas if re.fullmatch(r"v\d+", f.block.symbol)]
        for block in numbered:
            self._taken -= _printed(block.symbol)
        self._numbered = 0
        for block in sorted(numbered, key=lambda block: block in silent):
            block.name = block.symbol = self._number()
        for formula in formulas:
            for step in formula.steps[:-1]:
                step.block.name = f"a step of {formula.block.name}"

    def _wish(self, formula: Formula) -> str:
        """``A1`` for a function of ``Z1``; ``Z1`` for a product with ``W1``, ``Q`` for one with WQ, ``Z_U``
        for one with U; nothing for what has no name of its own. Vectors have small letters."""
        if formula.thing and formula.thing.letter:
            return formula.thing.letter
        read = [access.block for access in formula.operands]
        computed = [block for block in read if block is None or block.role != "constant"]
        if not formula.axes and len(computed) == 1 and not (formula.thing and formula.thing.of_matrices):
            operand = computed[0]
            if operand and formula.op is OPS["sqrt"] and operand.symbol.startswith("σ2"):
                return "σ"
            if operand and formula.op is OPS["sqrt"] and re.fullmatch(r"s(_\d+)?", operand.symbol):
                return "r"
            product = re.fullmatch(r"[Zz](_?\w+)?", operand.symbol) if operand else None
            if not operand or not product or operand.role != "formula":
                return ""
            letters = ("A", "H") if product[0][0] == "Z" else ("a", "h")
            taken = re.fullmatch(r"_?\d*", product[0][1:]) and letters[0] in self._leaves
            return letters[bool(taken)] + product[0][1:]
        if formula.block in self._pooled:
            layer = re.fullmatch(r"[AZ](_?\w+)?", self._pooled[formula.block].symbol)
            return f"P{layer[1] or ''}" if layer else ""
        is_number = formula.block.dims == () and not formula.block.varies
        if is_number and formula.op is None and not formula.thing and formula.reduction == "add":
            sums = [] if _is_mean(formula) else [each for each in formula.segments if each.x.shape]
            products = any(each.z is not None and each.z is not each.x for each in sums)
            return "" if not sums else "z" if products else "s"
        for segment in formula.segments:
            for factor in (segment.x, segment.z) if segment.z is not None else ():
                if factor.block is not None and factor.block.role == "parameter":
                    is_vector = len(formula.block.dims) <= 1 and not formula.block.varies
                    word = factor.block.symbol
                    number = word[1:] if word[:1].isupper() else ""
                    return _product_with(f"W{number}" if self._layers[number] == 1 else word, is_vector)
        return ""

    def _number(self) -> str:
        while True:
            self._numbered += 1
            if self.take(f"v{self._numbered}"):
                return f"v{self._numbered}"

    def take(self, word: str) -> bool:
        """Give out a word, if it is free."""
        printed = _printed(word)
        if printed & self._taken or printed & {*_RESERVED, *OPS} or re.fullmatch(r"i\d+", word):
            return False
        self._taken |= printed
        return True

    def _free(self, wish: str) -> str:
        """``wish`` itself, or followed by the first number that makes it unlike all others."""
        while True:
            self._copies[wish] = count = self._copies.get(wish, 0) + 1
            word = wish if count == 1 else f"{wish}_{count}"
            if self.take(word):
                return word
