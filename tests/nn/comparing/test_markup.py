"""What the library says is printed as it is by anybody's console, which reads markup."""

import io

import numpy as np
from rich.console import Console

from autodiff import Value, gradcheck
from autodiff.engine.ops import OPS
from nn import MLP, compare
from nn.model.activations import Activation


def test_names_are_no_markup_on_a_console_that_reads_it():
    console = Console(file=io.StringIO(), width=200)
    model = MLP(2, [3, 1], Activation("[bold]", OPS["tanh"]), seed=1)
    console.print(compare(model, np.ones((2, 2)), [1.0, 0.0]))
    console.print(gradcheck(lambda x: x * x, [Value(2.0, "[red]")]))
    shown = console.file.getvalue()
    assert "A1 = [bold](Z1)" in shown and "[red]" in shown
