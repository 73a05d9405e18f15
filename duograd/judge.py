"""``duograd judge FILE``: the verdicts on somebody's backward passes, as a table."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.panel import Panel
from rich.text import Text

from duograd.console import Console
from duograd.experiment import loss_option
from duograd.options import Options, checked, option, positional, positive, sizes, whole
from duograd.program import Command, UsageError, explained
from duograd.words import words_in
from nn.grading.verdict_log import log_verdict
from nn.judging.file_verdict import FileVerdict, Outcome
from nn.judging.hints import LEVELS
from nn.judging.submitted_file import judge_file
from nn.losses import Loss, loss_named
from nn.model.activations import Activation, activation_named

__all__ = ["COMMAND"]

CODES: dict[Outcome, int] = {"right": 0, "wrong": 1, "not judged": 2}  # as GitHub Classroom takes them
FORMATS = ("report", "gradescope")
MOST = 12  # lines of notes of each kind

DESCRIPTION = """\
Judges backpropagation that you wrote, as you wrote it: each backward pass in a Python file or notebook is
held to the gradient of its own forward pass. It is found by its name and its parameters:

  affine_forward(x, w, b) -> out, cache     and affine_backward(dout, cache) -> dx, dw, db
  loss(W, X, y, reg) -> loss, grads         a function of both; or a loss and a function of its gradients
  L_model_forward(X, parameters) -> AL, caches; compute_cost(AL, Y); L_model_backward(AL, Y, caches)
  class Network                             with a forward pass, and a backward pass or train(X, y)
  class Value                               a scalar class with data, grad and backward()
  backward(twin, cache, dA)                 twin.W[l], twin.b[l], twin.g[l]; cache.Z[l], cache.A[l], A[0] is
                                            X; dA is ∂J/∂A of the last layer; a dict {"dW2": …, "db2": …}
  dZ(dA, Z, A, g), dW(dZ, A), db(dZ), dA(W, dZ)     single rules, for one layer; columns are samples

Of what stands at the top level only imports, definitions, assignments and calls that build a network, such
as net.add(…), are run, and a training loop is judged by one of its rounds. The code runs in a process of its
own, on random examples that are guessed from names and code. What cannot be guessed is said in a few lines
of the file, or by options:

  def example(): return {"x": np.ones((5, 3)), "w": …}
  JUDGE = {"forward": "f", "loss": "cost", "backward": "g", "wrt": ["w"], "tolerance": 1e-5}

For what is wrong, the verdict names the mistake that gives the same numbers, if one is known; --hint 1 says
only where it is, --hint 2 of what kind it is, too.

Of a folder, each entry is one student's: a file, or a folder with files. Several are judged at once, and told
of in a table, in report.html and in report.csv; what was judged before is not judged again. With --format
gradescope all of it is one student's, and results.json is written.

Exit code: 0 if all is right, 1 if something is wrong, 2 if something cannot be judged."""


def _names(word: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in word.split(",") if name.strip())


@checked
def _folder(word: str) -> Path:
    if not word:
        raise ValueError("the name of a folder is not empty")
    return Path(word)


@dataclass(frozen=True, kw_only=True)
class JudgeOptions(Options):
    """A file, and the networks it is tried on."""

    file: Path = positional(type=Path, metavar="PATH", help="a Python file, a notebook, or a folder of them")
    jobs: int | None = option(
        "-j", type=whole(1), metavar="NUMBER", help="files of a folder at once (as many as processors)"
    )
    out: Path | None = option(
        "-o", type=_folder, metavar="FOLDER", help="to write what was found of a folder to (report)"
    )
    format: str = option(choices=FORMATS, default=FORMATS[0], help="what to write (%(default)s)")
    hint: int = option(
        type=int, choices=LEVELS, default=3, help="how much to say: where, what kind, all (%(default)s)"
    )
    language: str = option(
        choices=("", "en", "ko"),
        default="",
        help="of what is said, en or ko (that of the environment)",
    )
    dask: str = option(default="", metavar="ADDRESS", help="of a Dask cluster, to judge a folder there")
    example: str = option(default="", metavar="NAME", help="a function in it that makes a dict of arguments")
    wrt: tuple[str, ...] = option(
        type=_names, default=(), metavar="W,b,…", help="the arguments that gradients are expected by"
    )
    tolerance: float | None = option(
        type=positive, metavar="NUMBER", help="of differences, relative to the largest number"
    )
    forward: str = option(default="", metavar="NAME", help="the function with the forward pass")
    backward: str = option(default="", metavar="NAME", help="the one with the backward pass")
    cost: str = option(default="", metavar="NAME", help="the one with the loss of its output")
    layers: tuple[int, ...] | None = option(
        type=sizes, metavar="N,M,…", help="one network: inputs, then layers"
    )
    activation: Activation | None = option(
        type=checked(activation_named), metavar="NAME", help="of the inner layers of networks (tanh)"
    )
    output: Activation | None = option(
        type=checked(activation_named), metavar="NAME", help="activation of the last layer (the same)"
    )
    loss: Loss | None = loss_option("mse")
    log: Path | None = option(
        type=Path, metavar="FILE", help="to add the verdict to, without any name, if you want to take part"
    )
    timeout: float = option(
        type=positive, default=20.0, metavar="SECONDS", help="for each thing in a file (%(default)g)"
    )


def run(options: JudgeOptions, console: Console) -> int:
    """Judge a file or a folder, and print the verdicts: 0 if all is right, 1 if something is wrong, 2 if
    something cannot be judged."""
    if options.layers and len(options.layers) < 2:
        raise UsageError("--layers names the number of inputs and at least one layer, such as 3,4,2")
    settings = _settings(options)
    if options.file.is_dir() or options.out or options.dask or options.format != FORMATS[0]:
        if options.log:
            raise UsageError("--log keeps the verdict on one file; what a folder's are is in its report")
        # Imported when there is a folder: its page takes as long as all the rest of judging one file.
        outcome: Outcome = importlib.import_module("duograd.grading").grade(
            options.file,
            settings,
            console,
            out=options.out or Path("report"),
            jobs=options.jobs,
            dask=options.dask,
            kind=options.format,
            hint=options.hint,
            language=options.language,
        )
        return CODES[outcome]
    with explained(), console.doing(f"judging {options.file.name}"):
        verdict = judge_file(options.file, **settings).in_language(options.language)
        if options.log:
            log_verdict(verdict, options.log)
    if options.hint < max(LEVELS):
        verdict = replace(verdict, rows=[row.hinted(options.hint) for row in verdict.rows], notes=[])
    _print(verdict, options.file.name, console)
    return CODES[verdict.outcome]


def _print(verdict: FileVerdict, name: str, console: Console) -> None:
    in_words = words_in(verdict.language)
    console.print(verdict.table(name))
    named = (
        ("", verdict.notes),
        (in_words("not run"), verdict.left_out),
        (in_words("refused"), verdict.refused),
    )
    for title, lines in named:
        for line in lines[:MOST]:
            console.print(Text(f"{title}{': ' if title else ''}{in_words(line)}", "dim"))
        if len(lines) > MOST:
            console.print(Text(in_words(f"… and {len(lines) - MOST} more"), "dim"))
    if verdict.printed.strip():
        title = in_words("what the code printed, which is no verdict")
        console.print(Panel(Text(verdict.printed), title=title, style="dim"))


def _settings(options: JudgeOptions) -> dict[str, Any]:
    """The options of ``judge_file``, as plain data."""
    named = {"forward": options.forward, "loss": options.cost, "backward": options.backward}
    return {
        "loss": (options.loss or loss_named("mse")).name,
        "activation": options.activation.name if options.activation else "",
        "output": options.output.name if options.output else "",
        "layers": options.layers,
        "timeout": options.timeout,
        "example": options.example,
        "wrt": options.wrt,
        "tolerance": options.tolerance,
        "names": {role: name for role, name in named.items() if name},
    }


COMMAND = Command(JudgeOptions, run, DESCRIPTION)
