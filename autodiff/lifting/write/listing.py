"""Listing: a program as text, as NumPy source and as LaTeX."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from itertools import groupby

import numpy as np

from autodiff.formulas.preludes import numpy_prelude
from autodiff.lifting.block_names import latex_name
from autodiff.lifting.formula import Block
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Floats, Ints
from autodiff.lifting.rolled import roll
from autodiff.lifting.source_functions import SOURCE_FUNCTIONS
from autodiff.lifting.write.algebra import number
from autodiff.lifting.write.arrivals import Arrivals
from autodiff.lifting.write.guard_lines import guard_line
from autodiff.lifting.write.loop_lines import LoopedBackward, forward_lines
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.regular import RegularFormulas, apart
from autodiff.lifting.write.rendered import Line, Shape, shown
from autodiff.lifting.write.targets import spelled
from autodiff.lifting.write.views import FEW
from autodiff.lifting.write.why import obstacles

__all__ = ["Listing"]

SHORT = 40  # letters of a matrix of which the numbers are shown


class Listing:
    """The lines of a program, written once.

    Args:
        plan: of the program.
        array_operations: of its forward pass.
    """

    def __init__(self, plan: Plan, array_operations: int) -> None:
        rolled = roll(plan)
        self.plan, self.array_operations = rolled.plan, array_operations
        self.operands = Operands(rolled.plan)
        regular = RegularFormulas(self.operands)
        forward, line_of = forward_lines(rolled, self.operands, regular)
        self.formulas = [line_of[rolled.blocks[formula.block]] for formula in plan.formulas]
        arrivals = Arrivals(self.operands)
        backward = LoopedBackward(rolled, self.operands, arrivals, regular)
        self.forward, self.backward = (apart(lines, regular.taken) for lines in (forward, backward.lines()))
        self._reached, self._arrivals = backward.reached, arrivals.lines
        self.guards = [guard_line(guard, self.operands) for guard in rolled.plan.guards]
        texts = [*(line.in_text for line in (*self.forward, *self.backward)), *(g.text for g in self.guards)]
        words = {*re.findall(r"\w+", " ".join(texts))}
        constants = self.operands.constants.items()  # some were tried, and not taken
        self.operands.constants = {name: values for name, values in constants if name in words}
        self._axes = regular.axes
        self._name_constants()

    def _name_constants(self) -> None:
        """Call the constants that list places I, I_2, … in the order in which they are met,
        and masks M, M_2, …, other numbers c, c_2, … without one that is left out."""
        texts = [line.in_text for line in (*self.forward, *self.backward)]
        new = self.operands.in_order(re.findall(r"\w+", " ".join(texts)))
        if not new:
            return
        token = re.compile(rf"\b({'|'.join(new)})\b")
        typeset = {latex_name(old): latex_name(name) for old, name in new.items()}
        pieces = re.compile("|".join(map(re.escape, sorted(typeset, key=len, reverse=True))))

        def renamed(line: Line) -> Line:
            latex = pieces.sub(lambda m: typeset[m[0]], line.latex)
            return line._replace(text=token.sub(lambda m: new[m[1]], line.text), latex=latex)

        self.forward, self.backward = ([*map(renamed, lines)] for lines in (self.forward, self.backward))
        self.formulas = [*map(renamed, self.formulas)]

    @property
    def nodes(self) -> list[Ints]:
        """For each printed line of the forward pass the numbers of the nodes that it computes, element by
        element as it is shown; -1 for what the graph has not."""
        nodes_of = {formula.block: formula.nodes for formula in self.plan.formulas}

        def of(block: Block) -> Ints:
            nodes = nodes_of.get(block, np.empty(0, np.int64))
            shown = self._axes.get(block)
            if not len(nodes) or shown is None:
                return nodes.ravel() if len(nodes) else np.full(block.size, -1)
            places = np.indices(tuple(axis.length for axis in shown))
            ordered: Ints = nodes.ravel()[sum(axis.step * at for axis, at in zip(shown, places)).ravel()]
            return ordered

        return [np.concatenate([*map(of, line.fills)]) for line in self.forward if line.text]

    def obstacles(self) -> list[str]:
        """A sentence for each operand that is picked by a table of places: what stood in the way."""
        return obstacles(self.operands)

    def headline(self) -> str:
        """``65,138 scalar operations → 13 array operations``."""
        return f"{self.plan.operations:,} scalar operations → {self.array_operations:,} array operations"

    def text(self) -> str:
        """What ``print(program)`` shows."""
        lines = [self.headline(), ""]
        groups = [(f"{role}s", self._given(role)) for role in ("parameter", "input")]
        constants = self.operands.constants.items()
        groups.append(("constants", [_constant(name, values) for name, values in constants]))
        sizes = {"m": self.operands.samples, "d": self.operands.width}
        groups.append(("sizes", [f"{name} = {n}" for name, n in sizes.items() if n]))
        lines += [f"{title:<11} {', '.join(arrays)}" for title, arrays in groups if arrays]
        if self.plan.by_hand:
            lines += ["", "made by hand", *(f"  {sentence}" for sentence in self.plan.by_hand)]
        forward, backward = ([line for line in part if line.text] for part in (self.forward, self.backward))
        both = (*forward, *backward)
        width = max(len(line.in_text) for line in both)
        for title, part in (("forward", forward), ("backward", backward)):
            lines += ["", title]
            lines += [f"  {line.in_text:<{min(width, 60)}}  {_size(line.shape)}" for line in part]
            if self.guards and title == "forward":
                lines += ["", "guards", *(f"  {g.text:<{min(width, 60)}}  {g.places}" for g in self.guards)]
        return "\n".join(lines)

    def _given(self, role: str) -> list[str]:
        """The arrays of a role with their shapes; of a series, all in one."""
        found = {}
        for block in self.plan.with_role(role):
            series = block.series
            name = block.symbol
            if series is not None:
                name = f"{series.symbol}[{series.first} … {series.blocks[-1].step}]"
            found[name] = f"{name} {shown(self.operands.shape(block))}"
        return [*found.values()]

    def latex(self) -> str:
        rows = " \\\\\n".join(line.in_latex for line in (*self.forward, *self.backward) if line.text)
        if any(block.symbol.startswith("σ") for block in self.plan.blocks):  # a standard deviation
            rows = rows.replace(r"\sigma\left(", r"\operatorname{sigmoid}\left(")
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"

    def source(self, target: str = "numpy") -> str:
        """A program that needs nothing but the target; see ``Program.source``."""
        return spelled(self._numpy_source, target)

    @cached_property
    def _numpy_source(self) -> str:
        arrays = self.plan.with_role("parameter", "input")
        guards = [guard.numpy for guard in self.guards]
        forward, backward = _statements(self.forward), _statements([*self._arrivals, *self.backward])
        body = "\n".join(f"    {line}" for line in (*forward, *guards, *backward))
        varying = next((block for block in self.plan.with_role("input") if block.varies), None)
        root = self.plan.root
        loss = f"{root.symbol}.mean().item()" if root.varies else f"{root.symbol}.item()"
        if not self.plan.formulas[-1].accesses:
            loss = root.symbol  # a number, not an array
        function = [
            f"def run({', '.join(block.symbol for block in arrays)}):",
            '    """The loss and its gradients by name, for float arrays of these shapes:',
            "",
            *(f"    {block.symbol}: {shown(self.operands.shape(block))}" for block in arrays),
            '    """',
            *([f"    m = {varying.symbol}.shape[-1]"] if varying else []),
            body,
            f"    return {loss}, {{{', '.join(map(self._gradient, self.plan.wanted))}}}\n",
        ]
        words = {*re.findall(r"\w+", body)}
        parts = [
            numpy_prelude(body),
            *_functions(body),
            "\n".join(
                f"{name} = {literal}" for name, literal in self.operands.stored.items() if name in words
            ),
            "\n".join(function),
        ]
        title = f'"""Found in a scalar graph: {self.headline()}."""'
        return f"{title}\n\n" + "\n\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    def _gradient(self, block: Block) -> str:
        """The entry of the dict of gradients; what the loss does not depend on has zeros."""
        reached = block in self._reached
        value = (
            self.operands.name(block, "d").numpy
            if reached
            else f"np.zeros({shown(self.operands.shape(block))})"
        )
        return f"{block.name!r}: {value}"


def _functions(body: str) -> list[str]:
    """The functions that lines call, and those that these call."""
    found: list[str] = []
    for word, text in reversed(SOURCE_FUNCTIONS.items()):
        if re.search(rf"\b{word}\(", "\n".join([body, *found])):
            found.insert(0, text)
    return found


def _statements(lines: Sequence[Line]) -> list[str]:
    """The lines in NumPy, those of one loop in a row inside its ``for``."""
    statements: list[str] = []
    for index, group in groupby(lines, key=lambda line: line.loop):
        inside = [line for line in group if line.numpy]
        statements += [start.numpy for line in inside for start in line.starts]
        statements += [f"for {index.numpy}:"] if index else []
        statements += [f"{'    ' if index else ''}{line.numpy}" for line in inside]
    return statements


def _size(shape: Shape) -> str:
    """A shape in the listing; a number for each of m samples is a row."""
    return "(1, m)" if shape == ("m",) else shown(shape)


def _constant(name: str, values: Floats) -> str:
    """An array of numbers with its shape, and what they are if it is a short vector or a small matrix of
    whole numbers."""
    named = f"{name} {shown(values.shape)}"
    if not np.isfinite(values).all() or values.size < 2 or values.ndim > 2 or values.size > SHORT:
        return named
    rows = values.reshape(len(values), -1) + 0.0  # of -0 and 0 one
    numbers = "; ".join(", ".join(number(value).text for value in row) for row in rows)
    whole = len(numbers) < SHORT and 1 not in values.shape and (values == np.round(values)).all()
    short = values.size <= FEW if values.ndim == 1 else whole
    return f"{named} = [{numbers}]" if short else named
