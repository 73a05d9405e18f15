"""``duograd judge FILE``: the verdicts on somebody's backward pass, as a table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table
from rich.text import Text

from duograd.console import Console
from duograd.experiment import activation_option, loss_option
from duograd.options import Options, checked, option, positional, positive, sizes
from duograd.program import Command, UsageError, explained
from nn.judging.submitted_file import SAMPLES, judge_file
from nn.losses import Loss, loss_named
from nn.model.activations import Activation, activation_named

__all__ = ["COMMAND"]

DESCRIPTION = """\
Judges backpropagation that you wrote. The Python file defines one or more of

  def backward(twin, cache, dA): ...   twin.W[l], twin.b[l], twin.g[l]; cache.Z[l], cache.A[l], where
                                       A[0] is X; dA is ∂J/∂A of the last layer, 1/m included.
                                       Returns a dict such as {"dW2": …, "db2": …, "dW1": …}
  def dZ(dA, Z, A, g): ...             single rules, each for one layer; dZ may leave out the last
  def dW(dZ, A): ...                   arguments, dW gets the A of the layer before, and dA
  def db(dZ): ...                      computes that of the layer before. Columns are samples.
  def dA(W, dZ): ...
  class Value: ...                     a scalar class with data, grad and backward()

and is run in a process of its own, on networks of several shapes. For what is first wrong, the
verdict names the mistake that gives the same numbers, if one is known.

Exit code: 0 if all is right, 1 if something is wrong, 2 if there is nothing that can be judged."""


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(Options):
    """A file, and the networks it is tried on."""

    file: Path = positional(type=Path, metavar="FILE", help="a Python file")
    layers: tuple[int, ...] | None = option(
        type=sizes, metavar="N,M,…", help="one network: inputs, then layers"
    )
    activation: Activation = activation_option()
    output: Activation | None = option(
        type=checked(activation_named), metavar="NAME", help="activation of the last layer (the same)"
    )
    loss: Loss | None = loss_option("mse")
    timeout: float = option(
        type=positive, default=20.0, metavar="SECONDS", help="for all of it (%(default)g)"
    )


def run(options: JudgeOptions, console: Console) -> int:
    """Judge a file and print the verdicts: 0 if all is right, 1 if something is wrong."""
    if options.layers and len(options.layers) < 2:
        raise UsageError("--layers names the number of inputs and at least one layer, such as 3,4,2")
    loss = options.loss or loss_named("mse")
    inner, output = options.activation.name, (options.output or options.activation).name
    with explained(), console.doing(f"judging {options.file.name}"):
        verdicts = judge_file(
            options.file,
            loss=loss.name,
            activation=inner,
            output=output,
            layers=options.layers,
            timeout=options.timeout,
        )
    title = f"{options.file.name} with {inner}, outputs {output}, loss {loss.name}, {SAMPLES} samples"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_lines=True)
    for header in ("judged", "on", "verdict"):
        table.add_column(header, overflow="fold", no_wrap=header != "verdict")
    for verdict in verdicts:
        text = Text(verdict.text, "green" if verdict.right else "red")
        table.add_row(verdict.judged, verdict.on, text)
    console.print(table)
    return 0 if all(verdict.right for verdict in verdicts) else 1


COMMAND = Command(JudgeOptions, run, DESCRIPTION)
