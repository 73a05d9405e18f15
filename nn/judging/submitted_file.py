"""``judge_file``: a file with somebody's backward pass, judged in a process of its own."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from nn.judging.submission import SAMPLES, Task, Verdict
from nn.losses import loss_named
from nn.model.activations import activation_named
from nn.processes import guarded

__all__ = ["NETWORKS", "SAMPLES", "SubmissionError", "Verdict", "judge_file"]

# Networks that show different mistakes: where weights are square, shapes cannot help; 5 samples
# fit no layer, so a wrong axis does not go unseen.
NETWORKS = ((3, 3, 3, 3), (4, 6, 2), (2, 3))

# The working folder, where a json.py might lie, is not on the path; what this process could import is.
START = (
    "import sys; sys.path[:] = eval(sys.argv[1]); from nn.judging.submission import main; main(sys.argv[2])"
)


LONGEST = 1_000_000  # seconds
CPUS = 8  # that may compute at once, in the time that a file has


class SubmissionError(ValueError):
    """A file cannot be judged; the message says why."""


def judge_file(
    path: str | os.PathLike[str],
    *,
    loss: str = "mse",
    activation: str = "tanh",
    output: str | None = None,
    layers: Sequence[int] | None = None,
    timeout: float = 20.0,
) -> list[Verdict]:
    """Run a file and judge what it defines: ``backward(twin, cache, dA)``, or some of the rules
    ``dZ``, ``dW``, ``db`` and ``dA`` as ``compare`` takes them, or a scalar class ``Value`` as
    ``check_scalar`` takes it.

    It may do no harm to this process: it may not end, or end Python, or print. What it started ends with it,
    and all of it with this process, however that ends; ``nn.processes`` says what of that holds where.

    Args:
        path: of the file. It may import modules that lie beside it, whatever they are called.
        loss: a name from ``nn.losses``.
        activation, output: of the inner layers and of the last one; the same if left out.
        layers: one network to judge on, the number of inputs and the sizes of its layers; several
            that show different mistakes if left out.
        timeout: seconds, for all of it.

    Raises:
        ValueError: for unknown names, a timeout without meaning, or fewer than two layers.
        SubmissionError: if there is no such file, it ends Python, raises an error, takes too long,
            or defines nothing to judge.
    """
    file = Path(path)
    if layers is not None and len(layers) < 2:
        raise ValueError("layers are the number of inputs and at least one layer, such as 3,4,2")
    inner = activation_named(activation).name
    last = activation_named(output or inner).name
    name = loss_named(loss).name
    if not 0.0 < timeout <= LONGEST:
        raise ValueError(f"timeout is a number of seconds above 0, {LONGEST:,} at most, got {timeout!r}")
    if not file.is_file():
        raise SubmissionError(f"there is no file {str(path)!r}")
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "verdicts.json"
        networks = NETWORKS if layers is None else (tuple(layers),)
        code = _run(Task(str(file.resolve()), str(answer), name, inner, last, networks), timeout)
        if not answer.exists():
            raise SubmissionError(f"{path} ended Python (exit code {code}) before it could be judged")
        told = json.loads(answer.read_text(encoding="utf-8"))
    if "error" in told:
        raise SubmissionError(f"{path}: {told['error']}")
    return [Verdict(**verdict) for verdict in told["verdicts"]]


def _run(task: Task, timeout: float) -> int:
    """The exit code of a process that does the task; it and what it started are ended in time."""
    home = str(Path(__file__).parents[2])
    here = os.getcwd()
    search = [folder for folder in sys.path if folder == home or folder not in ("", here)]
    path = search if home in search else [home, *search]
    command = [sys.executable, "-c", START, repr(path), json.dumps(asdict(task))]
    with guarded(command, cpu_seconds=math.ceil(CPUS * timeout) + 1) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise SubmissionError(
                f"{task.file} took longer than {timeout:g} seconds; is there a loop without an end? "
                "If not, give it more time"
            ) from None
