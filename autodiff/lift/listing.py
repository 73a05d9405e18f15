"""Listing: a program as text, as NumPy source and as LaTeX."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from autodiff.lift.formula import Block
from autodiff.lift.name import identifier
from autodiff.lift.spell import Line, Speller, latex_name
from autodiff.source import numpy_prelude

if TYPE_CHECKING:
    from autodiff.lift.program import Program

__all__ = ["Listing"]

_REDUCE_AT = '''
def reduce_at(ufunc, terms, owner, n):
    """Reduce the terms of each of n owners; an owner without terms gets 0."""
    out = np.zeros((n, *terms.shape[1:]))
    present, starts = np.unique(owner, return_index=True)
    out[present] = ufunc.reduceat(terms, starts)
    return out

'''


class Listing:
    """The lines of a program, spelled once."""

    def __init__(self, program: Program) -> None:
        self.program = program
        blocks = program.blocks
        root = program.formulas[-1].block
        constants = program.constants
        self.speller = speller = Speller(blocks, program.needs, constants)
        self.forward = [speller.forward(formula) for formula in program.formulas]
        speller.given.add(root)
        seed = "1/m" if root.varies else "1"
        name = "d" + root.name
        shape = speller.shape(root)
        full = f"np.full_like({root.name}, {'1.0 / m' if root.varies else '1.0'})"
        seeded = Line(name, shape, f"{name} = {seed}", f"{name} = {full}", f"{latex_name(name)} &= {seed}")
        self.backward = [seeded]
        for formula in reversed(program.formulas):
            self.backward += speller.backward(formula)

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
                names = ", ".join(f"{block.name} {_shown(self.speller.shape(block))}" for block in blocks)
                lines.append(f"{role + 's':<11} {names}")
        width = max(len(line.text) for line in (*self.forward, *self.backward))
        for title, part in (("forward", self.forward), ("backward", self.backward)):
            lines += ["", title]
            lines += [f"  {line.text:<{min(width, 60)}}  {_shown(line.shape)}" for line in part]
        return "\n".join(lines)

    def latex(self) -> str:
        rows = " \\\\\n".join(line.latex for line in (*self.forward, *self.backward))
        return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"

    def source(self) -> str:
        params, inputs = (self._leaves[role] for role in ("parameter", "input"))
        names = [identifier(block.name) for block in (*params, *inputs)]
        body = [f"    {part}" for line in (*self.forward, *self.backward) for part in line.numpy.split("\n")]
        root = self.program.formulas[-1].block
        given = self.speller.given
        wanted = [*params, *(block for block in inputs if block in self.program.needs)]
        grads = ", ".join(
            f"{block.name!r}: d{identifier(block.name)}"
            if block in given
            else f"{block.name!r}: np.zeros_like({identifier(block.name)})"
            for block in wanted
        )
        varying = next((block for block in inputs if block.varies), None)
        samples = [f"    m = {identifier(varying.name)}.shape[-1]"] if varying else []
        shapes = [f"    {identifier(b.name)}: {_shown(self.speller.shape(b))}" for b in (*params, *inputs)]
        code = "\n".join(body)
        stored = [f"{name} = {literal}" for name, literal in self.speller.stored.items()]
        loss = f"{root.name}.mean().item()" if root.varies else f"{root.name}.item()"
        return "\n".join(
            [
                f'"""Found in a scalar graph: {self.headline()}."""',
                "",
                numpy_prelude(code).rstrip(),
                "",
                *([_REDUCE_AT] if "reduce_at(" in code else [""]),
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


def _shown(shape: tuple[int | str, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
