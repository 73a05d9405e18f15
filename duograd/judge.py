"""``python -m nn judge FILE``: somebody's backward pass, run in a process of its own.

The file is run where it can do no harm to this process: it may not end, or end Python, or print.
It defines ``backward(twin, cache, dA)``, or some of the rules ``dZ``, ``dW``, ``db`` and ``dA``,
or a scalar class ``Value``, as ``nn.comparing.four_ways`` and ``nn.judging.scalar_class`` take them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autodiff import Value
from duograd.job import UsageError, explained
from nn.comparing.four_ways import compare
from nn.files import replacing
from nn.judging.scalar_class import check_scalar
from nn.losses import loss_named
from nn.model.activations import activation_named
from nn.model.mlp import MLP

__all__ = ["run_judge"]

RULES = ("dZ", "dW", "db", "dA")
SAMPLES = 5
# Networks that show different mistakes: where weights are square, shapes cannot help; 5 samples
# fit no layer, so a wrong axis does not go unseen.
NETWORKS = ((3, 3, 3, 3), (4, 6, 2), (2, 3))


def run_judge(options: argparse.Namespace, console: Console) -> int:
    """Judge a file and print the verdict: 0 if all is right, 1 if something is wrong."""
    if not options.file.is_file():
        raise UsageError(f"there is no file {str(options.file)!r}")
    if options.layers and len(options.layers) < 2:
        raise UsageError("--layers names the number of inputs and at least one layer, such as 3,4,2")
    with explained():
        loss = loss_named(options.loss or "mse")
        inner = activation_named(options.activation).name
        output = activation_named(options.output or inner).name
    with tempfile.TemporaryDirectory() as folder:
        verdict = Path(folder) / "verdict.json"
        task = {
            "file": str(options.file.resolve()),
            "verdict": str(verdict),
            "loss": loss.name,
            "activation": inner,
            "output": output,
            "networks": [options.layers] if options.layers else NETWORKS,
        }
        code = _run(json.dumps(task), options.timeout)
        if not verdict.exists():
            raise UsageError(f"{options.file} ended Python (exit code {code}) before it could be judged")
        found = json.loads(verdict.read_text(encoding="utf-8"))
    if "error" in found:
        raise UsageError(f"{options.file}: {found['error']}")
    g = f"{task['activation']}, outputs {task['output']}, loss {task['loss']}, {SAMPLES} samples"
    title = f"{options.file.name} with {g}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_lines=True)
    for header in ("judged", "on", "verdict"):
        table.add_column(header, overflow="fold", no_wrap=header != "verdict")
    for row in found["rows"]:
        table.add_row(row["judged"], row["on"], Text(row["text"], "green" if row["right"] else "red"))
    console.print(table)
    return 0 if all(row["right"] for row in found["rows"]) else 1


def _run(task: str, timeout: float) -> int:
    """The exit code of a process that does the task; it and what it started are ended in time."""
    command = [sys.executable, "-m", "duograd.judge", task]
    search = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, search))}
    with subprocess.Popen(command, start_new_session=True, env=environment) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise UsageError(
                f"it took longer than {timeout:g} seconds; is there a loop without an end? "
                "If not, --timeout gives it more"
            ) from None
        finally:
            if process.poll() is None:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


# In the process of its own:


def _work(task: Mapping[str, Any]) -> None:
    """Run the file, judge what it defines, and write the verdict."""
    sys.path.append(str(Path(task["file"]).parent))  # it may import its neighbours
    try:
        names = runpy.run_path(task["file"], run_name="student")
        verdict: dict[str, Any] = {"rows": list(_rows(task, names))}
    except (Exception, SystemExit) as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == task["file"]]
        where = f", in line {lines[-1]}" if lines else ""
        verdict = {"error": f"{type(error).__name__}: {error}{where}"}
    with replacing(task["verdict"]) as unfinished:
        unfinished.write_text(json.dumps(verdict), encoding="utf-8")


def _rows(task: Mapping[str, Any], names: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of the table of verdicts."""
    code = {name: names[name] for name in ("backward", *RULES) if callable(names.get(name))}
    passes = [{"backward": code.pop("backward")}] if "backward" in code else []
    passes += [{name: rule} for name, rule in code.items()]
    own = names.get("Value")
    if isinstance(own, type) and own is not Value:
        report = check_scalar(own)
        for each in report.findings:
            why = each.why or "no mistake that has a name"
            text = f"{each.problem}. Probably: {why}" if each.problem else "right"
            yield {"judged": "Value", "on": each.operation, "right": not each.problem, "text": text}
    elif not passes:
        raise ValueError(
            "it defines none of backward(twin, cache, dA), dZ(dA, Z, A, g), dW(dZ, A), db(dZ), dA(W, dZ), "
            "and no class Value"
        )
    for options in passes:
        for sizes in task["networks"]:
            yield _judged(task, sizes, options)


def _judged(task: Mapping[str, Any], sizes: Sequence[int], options: Mapping[str, Any]) -> dict[str, Any]:
    """The verdict on a backward pass or a rule, on one network."""
    loss, rng = loss_named(task["loss"]), np.random.default_rng(0)
    n, *inner, rows = sizes
    model = MLP(n, [*inner, loss.outputs(rows)], task["activation"], task["output"], seed=1)
    model.load_state_dict({name: rng.normal(size=each.shape) for name, each in model.state_dict().items()})
    X, classes = rng.normal(size=(n, SAMPLES)), rng.integers(0, max(rows, 2), SAMPLES)
    Y = loss.from_classes(classes, rows) if loss.for_classes else rng.normal(size=(rows, SAMPLES))
    (judged,) = options
    verdict = {"judged": judged, "on": f"MLP({n}, {list(model.sizes[1:])})"}
    try:
        comparison = compare(model, X, Y, loss, **options)
    except ValueError as error:
        return {**verdict, "right": False, "text": str(error)}
    text = "\n".join(each.text for each in comparison.diagnoses) or "right"
    return {**verdict, "right": not comparison.diagnoses, "text": text}


if __name__ == "__main__":
    _work(json.loads(sys.argv[1]))
