"""Listing: a program as text, as NumPy source and as LaTeX."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from autodiff.formulas.preludes import numpy_prelude
from autodiff.lifting.formula import Block
from autodiff.lifting.write.reverse import Reverse
from autodiff.lifting.write.spell import Speller
from autodiff.lifting.write.spelling import shown

if TYPE_CHECKING:
    from autodiff.lifting.program import Program

__all__ = ["Listing"]

_FUNCTIONS = {
    "add_at": '''
def add_at(rows, index, values):
    """The rows with values added at some of them, which may repeat."""
    rows = np.array(rows)
    np.add.at(rows, index, values)
    return rows
''',
    "reduce_at": '''
def reduce_at(ufunc, start, terms, owner, n):
    """Reduce the terms of each of n owners; an owner without terms gets ``start``."""
    out = np.full((n, *terms.shape[1:]), start)
    present, starts = np.unique(owner, return_index=True)
    out[present] = ufunc.reduceat(terms, starts)
    return out
''',
}


class Listing:
    """The lines of a program, spelled once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.speller = Speller(program.blocks, program.constants)
        self.reverse = Reverse(self.speller, program.needs)
        self.forward = [self.speller.formula(formula) for formula in program.formulas]
        self.backward = [self.reverse.seed(program.formulas[-1].block)]
        for formula in reversed(program.formulas):
            self.backward += self.reverse.formula(formula)

    def headline(self) -> str:
        """``65,138 scalar operations → 13 array operations``."""
        return f"{self.program.operations:,} scalar operations → {len(self.program):,} array operations"

    @cached_property
    def _leaves(self) -> dict[str, list[Block]]:
        roles: dict[str, list[Block]] = {"parameter": [], "input": []}
        for block in self.program.blocks:
            if block.role in roles:
                roles[block.role].append(block)
        return roles

    def text(self) -> str:
        """What ``print(program)`` shows."""
        lines = [self.headline(), ""]
        for role, blocks in self._leaves.items():
            if blocks:
                names = ", ".join(f"{block.symbol} {shown(self.speller.shape(block))}" for block in blocks)
                lines.append(f"{role + 's':<11} {names}")
        width = max(len(line.text) for line in (*self.forward, *self.backward))
        for title, part in (("forward", self.forward), ("backward", self.backward)):
            lines += ["", title]
            lines += [f"  {line.text:<{min(width, 60)}}  {shown(line.shape)}" for line in part]
        return "\n".join(lines)

    def latex(self) -> str:
        rows = " \\\\\n".join(line.latex for line in (*self.forward, *self.backward))
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"

    def source(self) -> str:
        params, inputs = (self._leaves[role] for role in ("parameter", "input"))
        names = [block.symbol for block in (*params, *inputs)]
        body = [f"    {part}" for line in (*self.forward, *self.backward) for part in line.numpy.split("\n")]
        root = self.program.formulas[-1].block
        given = self.reverse.given
        wanted = [*params, *(block for block in inputs if block in self.program.needs)]
        grads = ", ".join(
            f"{block.name!r}: d{block.symbol}"
            if block in given
            else f"{block.name!r}: np.zeros({shown(self.speller.shape(block))})"
            for block in wanted
        )
        varying = next((block for block in inputs if block.varies), None)
        samples = [f"    m = {varying.symbol}.shape[-1]"] if varying else []
        shapes = [f"    {b.symbol}: {shown(self.speller.shape(b))}" for b in (*params, *inputs)]
        code = "\n".join(body)
        stored = [f"{name} = {literal}" for name, literal in self.speller.stored.items()]
        loss = f"{root.name}.mean().item()" if root.varies else f"{root.name}.item()"
        return "\n".join(
            [
                f'"""Found in a scalar graph: {self.headline()}."""',
                "",
                numpy_prelude(code).rstrip(),
                "",
                *(text for word, text in _FUNCTIONS.items() if f"{word}(" in code),
                "",
                *stored,
                "",
                f"def run({', '.join(names)}):",
                '    """The loss and its gradients by name, for float arrays of these shapes:',
                "",
                *shapes,
                '    """',
                *samples,
                code,
                f"    return {loss}, {{{grads}}}",
                "",
            ]
        )
