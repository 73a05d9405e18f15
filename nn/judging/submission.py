"""Judging what a Python file defines, in the process that was made for it.

The file may end Python or print or never come to an end, so ``nn.judging.submitted_file`` starts a
process in which ``main`` does the work.
"""

from __future__ import annotations

import json
import os
import runpy
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autodiff import Value
from nn.comparing.four_ways import compare
from nn.files import replacing
from nn.judging.neighbours import own_neighbours
from nn.judging.scalar_class import check_scalar
from nn.losses import loss_named
from nn.model.mlp import MLP

__all__ = ["SAMPLES", "Task", "Verdict", "main"]

RULES = ("dZ", "dW", "db", "dA")
SAMPLES = 5


@dataclass(frozen=True)
class Task:
    """What is to be judged, and on what.

    Attributes:
        file: the Python file.
        answer: the file to write the verdicts to.
        loss, activation, output: names, of the loss and of the inner and last layers' activations.
        networks: the number of inputs and the sizes of the layers of each network.
    """

    file: str
    answer: str
    loss: str
    activation: str
    output: str
    networks: Sequence[Sequence[int]]


@dataclass(frozen=True)
class Verdict:
    """What the judge says about one thing.

    Attributes:
        judged: "backward", a rule such as "dZ", or "Value".
        on: the network, or the operation of a scalar class.
        right: whether nothing is wrong.
        text: what is wrong first and why it probably is; "right" if nothing is.
    """

    judged: str
    on: str
    right: bool
    text: str


def main(task: str) -> None:
    """Run the file, judge what it defines, and write the verdicts; ``task`` is a ``Task`` as JSON."""
    todo = Task(**json.loads(task))
    file = Path(os.path.realpath(todo.file))
    answer: dict[str, Any]
    with own_neighbours(file):
        try:
            defined = runpy.run_path(str(file), run_name="student")
            answer = {"verdicts": [asdict(verdict) for verdict in _verdicts(todo, defined)]}
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            lines = [frame.lineno for frame in frames if frame.filename == str(file)]
            where = f", in line {lines[-1]}" if lines else ""
            answer = {"error": f"{type(error).__name__}: {error}{where}"}
    with replacing(todo.answer) as unfinished:
        unfinished.write_text(json.dumps(answer), encoding="utf-8")


def _verdicts(task: Task, defined: Mapping[str, Any]) -> Iterator[Verdict]:
    code = {name: defined[name] for name in ("backward", *RULES) if callable(defined.get(name))}
    passes = [{"backward": code.pop("backward")}] if "backward" in code else []
    passes += [{name: rule} for name, rule in code.items()]
    own = defined.get("Value")
    if isinstance(own, type) and own is not Value:
        for finding in check_scalar(own).findings:
            why = finding.why or "no mistake that has a name"
            text = f"{finding.problem}. Probably: {why}" if finding.problem else "right"
            yield Verdict("Value", finding.operation, not finding.problem, text)
    elif not passes:
        raise ValueError(
            "it defines none of backward(twin, cache, dA), dZ(dA, Z, A, g), dW(dZ, A), db(dZ), dA(W, dZ), "
            "and no class Value"
        )
    for options in passes:
        for sizes in task.networks:
            yield _on_network(task, sizes, options)


def _on_network(task: Task, sizes: Sequence[int], options: Mapping[str, Any]) -> Verdict:
    """The verdict on a backward pass or a rule, on one network with random weights and samples."""
    loss, rng = loss_named(task.loss), np.random.default_rng(0)
    n, *inner, rows = sizes
    model = MLP(n, [*inner, loss.outputs(rows)], task.activation, task.output, seed=1)
    model.load_state_dict({name: rng.normal(size=array.shape) for name, array in model.state_dict().items()})
    X, classes = rng.normal(size=(n, SAMPLES)), rng.integers(0, max(rows, 2), SAMPLES)
    Y = loss.from_classes(classes, rows) if loss.for_classes else rng.normal(size=(rows, SAMPLES))
    (judged,) = options
    on = f"MLP({n}, {list(model.sizes[1:])})"
    try:
        comparison = compare(model, X, Y, loss, **options)
    except ValueError as error:
        return Verdict(judged, on, False, str(error))
    text = "\n".join(diagnosis.text for diagnosis in comparison.diagnoses) or "right"
    return Verdict(judged, on, not comparison.diagnoses, text)
