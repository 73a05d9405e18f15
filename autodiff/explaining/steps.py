"""A backward pass step by step: what arrives at each node, from whom, and what it passes on."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from autodiff.engine.graph import topological_order
from autodiff.engine.notation import ANYTHING, PRODUCT
from autodiff.engine.value import Value
from autodiff.explaining.phrases import (
    added,
    aligned,
    counted,
    definition,
    equation,
    product,
    rounded,
    table,
)
from autodiff.formulas.expr import Expr
from autodiff.formulas.names import Names
from autodiff.formulas.printing import printed
from autodiff.formulas.styles.text import TEXT

__all__ = ["BackwardPass", "Contribution", "Step", "backward_pass"]

MANY = 200  # the most steps to show


@dataclass(frozen=True)
class Contribution:
    """What a node passes to one of its operands in a backward pass.

    Attributes:
        source, target: the node and the operand.
        gradient: ∂output/∂source.
        derivative, factor: ∂source/∂target, as an expression and as a number.
        amount: the gradient times the factor.
    """

    source: Value
    target: Value
    gradient: float
    derivative: Expr
    factor: float
    amount: float

    def products(self, upstream: Expr) -> list[Expr]:
        """The amount three times: as derivatives, as numbers, and as one number.

        ``upstream`` is ∂output/∂source as an expression.
        """
        numbers = [rounded(self.gradient), rounded(self.factor)]
        return [product([upstream, self.derivative]), product(numbers), rounded(self.amount)]


@dataclass(frozen=True)
class Step:
    """One node's turn in a backward pass.

    Attributes:
        node: whose turn it is.
        received: what has arrived; nothing for the output.
        gradient: the sum of that, which is ∂output/∂node; 1.0 for the output.
        passed: what it passes on, to each operand that is not a constant.
    """

    node: Value
    received: tuple[Contribution, ...]
    gradient: float
    passed: tuple[Contribution, ...]


@dataclass(frozen=True, repr=False)
class BackwardPass:
    """A backward pass, one step per node that is not a constant, the output first.

    Prints itself in a terminal and shows itself in a notebook.
    """

    output: Value
    steps: tuple[Step, ...]
    names: Names

    @property
    def latex(self) -> str:
        """The gradients, one line a node, as an ``aligned`` block without dollar signs:
        ∂y/∂node = Σ ∂y/∂source · ∂source/∂node = that in numbers = the sum."""
        lines = []
        for step in self.steps[:MANY]:
            terms = list(zip(*map(self._products, step.received), strict=True))[:2]
            sides = [*map(added, terms), rounded(step.gradient)]
            gradient = self.names.gradient(self.output, step.node).latex()
            lines.append(f"{gradient} &= {' = '.join(side.latex() for side in sides)}")
        return aligned(lines)

    def __str__(self) -> str:
        """Each node's turn: what it is, what arrived from whom, what it passes on."""
        lines = [self._introduction()]
        for i, step in enumerate(self.steps[:MANY], 1):
            gradient = self.names.gradient(self.output, step.node).text()
            lines += ["", f"{f'{i}.':3} {definition(self.names, step.node)}"]
            lines += [f"    {' = '.join([gradient, *self._arrived(step)])}"]
            lines += [
                f"    passes to {self.names[part.target]}: {equation(self._products(part))}"
                for part in step.passed
            ]
        return "\n".join([*lines, "", self._left_out()]).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """A row for each node, with formulas in MathML."""
        rows = [
            [
                escape(definition(self.names, step.node)),
                "<br>".join(
                    f"{rounded(part.amount).mathml()} from {self.names.expr(part.source).mathml()}"
                    for part in step.received
                ),
                rounded(step.gradient).mathml(),
                "<br>".join(
                    f"to {self.names.expr(part.target).mathml()}: "
                    + " = ".join(side.mathml() for side in self._products(part))
                    for part in step.passed
                ),
            ]
            for step in self.steps[:MANY]
        ]
        shown = table(["node", "arrives", "gradient", "passes on"], rows)
        return f"<p>{escape(self._introduction())}</p>{shown}{self._left_out()}"

    def _products(self, part: Contribution) -> list[Expr]:
        return part.products(self.names.gradient(self.output, part.source))

    def _arrived(self, step: Step) -> list[str]:
        """The parts with their sources and their sum: ``["2 from a + 3 from b", "5"]``."""
        need = PRODUCT if len(step.received) > 1 else ANYTHING
        parts = [
            f"{printed(rounded(part.amount), TEXT, need)} from {self.names[part.source]}"
            for part in step.received
        ]
        total = [] if len(parts) == 1 else [rounded(step.gradient).text()]
        return ([" + ".join(parts)] if parts else []) + total

    def _introduction(self) -> str:
        output = self.names[self.output]
        return (
            f"The backward pass from {output}: each node passes on its gradient times the local derivative."
        )

    def _left_out(self) -> str:
        rest = len(self.steps) - MANY
        return f"… and {counted(rest)} more steps, all of them in .steps" if rest > 0 else ""


def backward_pass(output: Value) -> BackwardPass:
    """The steps of the backward pass from ``output``. Raises TypeError if that is not a Value."""
    names = Names(topological_order(output))
    received: dict[Value, list[Contribution]] = {}
    steps = []
    for node in reversed(names.order):
        if names.is_constant(node):
            continue
        arrived = received.pop(node, [])
        gradient = 1.0 if node is output else sum((part.amount for part in arrived), 0.0)
        passed = [
            Contribution(node, operand, gradient, derivative, factor, gradient * factor)
            for operand, derivative, factor in zip(
                node.operands, names.partials(node), node.local_derivatives, strict=True
            )
            if not names.is_constant(operand)
        ]
        for part in passed:
            received.setdefault(part.target, []).append(part)
        steps.append(Step(node, tuple(arrived), gradient, tuple(passed)))
    return BackwardPass(output, tuple(steps), names)
