"""Part lines: what is added to a part of a cotangent, as an assignment in three languages."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from autodiff.lifting.block_names import latex_name, with_below
from autodiff.lifting.formula import Block, squeezed
from autodiff.lifting.record import Ints
from autodiff.lifting.write.operands import LIST, Operands, samples
from autodiff.lifting.write.rendered import Index, Line, Rendered, Shape, assignment, shown
from autodiff.lifting.write.stacks import Stack
from autodiff.lifting.write.views import index_text

__all__ = ["PartLines"]

SEVERAL = 4  # elements of a matrix that get a line each


class PartLines:
    """Writes lines that add to parts of cotangents.

    Args:
        operands: the arrays of the program.
        taken: says which names are no letters.
    """

    def __init__(self, operands: Operands, taken: Callable[[], frozenset[str]]) -> None:
        self.operands, self._taken = operands, taken

    def some(self, value: Rendered, which: Ints, flat: Shape) -> Rendered:
        """Some elements of a value, rows of it if they are that."""
        code = f"{value.reshaped(flat).closed().numpy}[{self.operands.store(which)}]"
        shape: Shape = (len(which), *flat[1:])
        columns = value.shape[1] if len(value.shape) == 2 == len(flat) + 1 else 0
        if (
            isinstance(columns, int)
            and columns > 1
            and np.array_equal(which, which[0] + np.arange(len(which)))
        ):
            first, rest = divmod(int(which[0]), columns)
            count, more = divmod(len(which), columns)
            if not rest and not more:
                rows = f"{first + 1}" if count == 1 else f"{first + 1} … {first + count}"
                seen = _with_subscripts(value, f"[{rows},:]", (count, columns))
                if count == 1:
                    return seen.turned._replace(numpy=code, shape=shape)
                return seen._replace(numpy=f"{code}.reshape({shown(seen.shape)})")
        picked = index_text(which, is_vector=True) or self.operands.listed(which)
        seen = _with_subscripts(value.reshaped(flat), f"{picked[:-1]},:]" if flat[1:] else picked, shape)
        return seen._replace(numpy=code)

    def spread(self, value: Rendered, small: Rendered) -> Rendered:
        """A value as a vector, where it is a smaller one, broadcast: that one element by element."""
        whole = [n for n in value.shape if isinstance(n, int)]
        if small.number is not None or small.shape == value.shape or len(whole) < len(value.shape):
            return value
        sizes = [n for n in small.shape if isinstance(n, int)]
        which = np.broadcast_to(np.arange(math.prod(sizes)).reshape(sizes), whole).ravel()
        places = index_text(which, is_vector=True) or self.operands.listed(which)
        seen = _with_subscripts(small.reshaped((math.prod(sizes),)), places, (len(which),))
        return seen._replace(numpy=value.reshaped((len(which),)).numpy)

    def at_view(self, block: Block, view: Rendered, value: Rendered) -> Line:
        """The line that adds a value to a part of a cotangent; it stands as that does."""
        shape = view.shape
        if view.before is not None:
            view, value = view.before, value.turned
            shape = (1, *shape)[-2:] if len(shape) == 1 else shape[::-1]
        where = view.text.removeprefix(self.operands.name(block).text)
        return self._addition(block, where, value)._replace(shape=shape)

    def at_places(self, block: Block, local: Ints, value: Rendered) -> list[Line]:
        """The lines that add a value to elements of a cotangent that lie by no rule, one by one if it is a
        matrix; what the first does in NumPy, it does for all."""
        tail, n = samples(block.varies), len(local)
        value = value if value.shape == (1,) else value.reshaped((n, *tail))
        is_vector = len(squeezed(block.dims)) == 1
        if is_vector or tail:
            places = index_text(local, is_vector) or (self.operands.listed(local) if is_vector else "")
            places = f"{places[:-1]},:]" if tail and places else places
            return [self._addition(block, places or "[…]", value)._replace(shape=(n, *tail))]
        at = np.unravel_index(local, block.dims)
        if n <= SEVERAL or block.series is not None:
            elements = ([str(axis[k] + 1) for axis in at] for k in range(n))
            return [self._element(block, words, value, str(k + 1)) for k, words in enumerate(elements)]
        taken = self._taken()
        letter = next(each for each in "pnrklqsuvwxyz" if each not in taken)
        words = [self.operands.listed(each)[1:-1] + f"[{letter}]" for each in at]
        return [self._element(block, words, value, letter)._replace(ranges=(Index(letter, 1, n),))]

    def _element(self, block: Block, words: Sequence[str], value: Rendered, which: str) -> Line:
        """The line that adds one element of a value to one of a cotangent."""
        each = value if value.shape == (1,) else _with_subscripts(value, f"[{which}]", ())
        return self._addition(block, f"[{','.join(words)}]", each)._replace(shape=())

    def _addition(self, block: Block, where: str, value: Rendered) -> Line:
        whole = self.operands.name(block, "d")
        if isinstance(block, Stack) and block.series is not None and where.startswith(("[(", f"[{LIST}")):
            symbol = block.series.symbol
            whole = whole._replace(text=f"d{symbol}", latex=f"d{latex_name(symbol)}")
        below = where[1:-1].replace("…", r"\dots")
        latex = with_below(whole.latex, below) if where else whole.latex
        return assignment(whole._replace(text=whole.text + where, latex=latex), " += ", value)


def _with_subscripts(value: Rendered, subscripts: str, shape: Shape) -> Rendered:
    a = value.enclosed() if value.text.endswith("]") else value.closed()
    below = subscripts[1:-1].replace("…", r"\dots")
    latex = f"{{{a.latex}}}_{{{below}}}"
    return Rendered(a.text + subscripts, a.numpy, latex, shape)
