"""``judge_file``: a file or notebook with somebody's backward passes, judged in a process of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from nn.judging.asking import AnsweredError, NothingToJudgeError, Submission, SubmissionError
from nn.judging.definitions import Piece
from nn.judging.example_search import NoExampleError, Wishes
from nn.judging.fewer_samples import fewer_samples
from nn.judging.file_verdict import NOT_JUDGED, FileVerdict, Row
from nn.judging.found import judge_unit, not_judged
from nn.judging.in_code import spaced
from nn.judging.means import is_taken_twice
from nn.judging.remote_scalars import remote_class
from nn.judging.rules import activation_in, rule_of
from nn.judging.scalar_class import check_scalar
from nn.judging.sources import pieces_of
from nn.judging.trials import BUT
from nn.judging.twins import NETWORKS, SAMPLES, There, Tried, on_networks
from nn.judging.units import Unit, defined_in, units_of
from nn.judging.verdict import Finding, Verdict
from nn.losses import loss_named
from nn.model.activations import activation_named

__all__ = ["SAMPLES", "THINGS", "FileVerdict", "NothingToJudgeError", "Row", "SubmissionError", "judge_file"]

LONGEST = 1_000_000  # seconds
LATE = "took longer than"  # says of a file that its time is over
THINGS = 6  # a file has the time of so many things: when it is over, no other is begun
NOTHING = (
    "it defines none of backward(twin, cache, dA), dZ(dA, Z, A, g), dW(dZ, A), db(dZ), dA(W, dZ), no class "
    "Value, no pair such as affine_forward and affine_backward, no function that returns a loss and its "
    "gradients, and no class with a forward pass and a backward pass or a step"
)


def judge_file(
    path: str | os.PathLike[str],
    *,
    loss: str = "mse",
    activation: str = "",
    output: str = "",
    layers: Sequence[int] | None = None,
    timeout: float = 20.0,
    example: str = "",
    wrt: Sequence[str] = (),
    tolerance: float | None = None,
    names: Mapping[str, str] | None = None,
) -> FileVerdict:
    """Judge the backward passes in a Python file or notebook, as they are.

    These are found by names and parameters: a pair such as ``affine_forward`` and ``affine_backward``, a
    family with a loss, a function that returns a loss and its gradients, a class with a forward pass and a
    backward pass or a step, a scalar class as ``check_scalar`` takes it, and ``backward(twin, cache, dA)``
    or the rules ``dZ``, ``dW``, ``db`` and ``dA`` as ``compare`` takes them. Of statements at the top level
    only imports, definitions, assignments and calls that build a network, such as ``net.add(…)``, are run.
    Examples are guessed; ``example()`` in the file makes a better one. What cannot be told is said in the
    file, ``JUDGE = {"forward": "f", "backward": "g", "loss": "cost", "wrt": ["W"], "tolerance": 1e-5}``, or
    here.

    The code runs in a process of its own, which is told no truth, answers with numbers, and is limited in
    what it may do; what it started ends with it, and all of it with this process, however that ends.
    ``nn.judging.apart``, ``nn.judging.confinement`` and ``nn.processes`` say what of that holds where.

    Args:
        path: of the file. It may import modules that lie beside it, whatever they are called.
        loss: a name from ``nn.losses``, for ``backward(twin, cache, dA)`` and rules.
        activation, output: for these, of the inner layers, tanh if left out, and of the last one, the same if
            left out.
        layers: for these, one network, the number of inputs and the sizes of its layers; several that show
            different mistakes if left out.
        timeout: seconds, for each thing in it that is judged; six times that for all of the file.
        example: the name of a function in the file that makes arguments; "example" if there is one.
        wrt: by which arguments gradients are expected.
        tolerance: relative to the largest number.
        names: of what is to be judged, by "forward", "loss", "backward" or "class".

    Raises:
        ValueError: for unknown names, a timeout without meaning, or fewer than two layers.
        SubmissionError: if there is no such file, it ends Python, takes too long, or has nothing to judge.
    """
    file = Path(path)
    if layers is not None and len(layers) < 2:
        raise ValueError("layers are the number of inputs and at least one layer, such as 3,4,2")
    network = Tried(
        NETWORKS if layers is None else (tuple(layers),),
        loss_named(loss).name,
        *(each and activation_named(each).name for each in (activation, output)),
    )
    if not 0.0 < timeout <= LONGEST:
        raise ValueError(f"timeout is a number of seconds above 0, {LONGEST:,} at most, got {timeout!r}")
    if not file.is_file():
        raise SubmissionError(f"there is no file {str(path)!r}")
    pieces = pieces_of(file)
    with Submission(file, timeout) as submission:
        wishes = Wishes(example, tuple(wrt), tolerance)
        return _judged(submission, pieces, wishes, dict(names or {}), network)


def _judged(
    submission: Submission,
    pieces: Sequence[Piece],
    wishes: Wishes,
    chosen: dict[str, str],
    networks: Tried,
) -> FileVerdict:
    found = _read(submission, pieces, whole=False)
    defined = defined_in(pieces)
    objects = {name: str(e["type"]) for name, e in found["names"].items() if e["kind"] == "object"}
    own = found["names"].get("JUDGE", {})
    wishes, chosen = _with(wishes, chosen, own.get("is", {}) if own.get("kind") == "dict" else {})
    if not wishes.example and "example" in defined:
        wishes = Wishes("example", wishes.wrt, wishes.tolerance, wishes.methods)
    unknown = [name for name in chosen.values() if name not in found["names"]]
    if unknown:
        raise SubmissionError(f"{submission.file} defines no {', '.join(unknown)}")
    units, doubts = units_of(defined, objects, chosen)
    if not units:
        try:
            _read(submission, pieces, whole=True)  # what it raises says more
        except SubmissionError as error:
            if LATE not in str(error) or not defined:  # else a game, say, that is played for days
                raise
            doubts = [*doubts, f"Run as a whole, it took longer than {submission.seconds:g} seconds."]
        raise _nothing(submission, doubts)
    values = {
        name: each["is"]
        for name, each in found["names"].items()
        if each["kind"] in ("array", "setting", "dict")
    }
    if few := fewer_samples(values):
        values |= few
        submission.ask(do="replace", values=few)
    text = "\n".join(spaced(text) for _, text in pieces)
    rows: list[Row] = []
    notes = [*doubts]
    means: dict[str, str] = {}
    why = ""
    for unit in units:
        if rows and not why and submission.spent > THINGS * submission.seconds:
            why = (
                f"The time for the file, {THINGS} times {submission.seconds:g} seconds, is over; give it more"
            )
        if why:
            rows.append(Row(unit.title, "", False, why, NOT_JUDGED))
            continue
        submission.begin()
        try:
            rows += _rows(submission, unit, values, text, wishes, networks, notes, means)
        except SubmissionError as error:
            if not rows:
                raise
            rows.append(Row(unit.title, "", False, str(error), NOT_JUDGED))
            why = f"Not reached, because {unit.title} could not be judged"
    if is_taken_twice(means.values()) and not why:
        wishes = replace(wishes, mean=True)
        for unit in [each for each in units if means.get(each.title) == "layer"]:
            submission.begin()
            rows = [each for each in rows if each.judged != unit.title]
            notes = [each for each in notes if not each.startswith(f"{unit.title}: ")]
            rows += _rows(submission, unit, values, text, wishes, networks, notes, means)
        titles = [each.title for each in units]
        rows.sort(key=lambda row: titles.index(row.judged))
    if not rows:  # but functions of single numbers with their derivatives, of which nothing is said
        raise _nothing(submission, doubts)
    if submission.own:
        called = f"It calls {', '.join(dict.fromkeys(submission.own))}, of the library that is to judge it."
        rows.append(Row("the file", "", False, called, "not its own"))
    if submission.here:
        notes.append("No process could be started here, so the file ran in the judge's own.")
    left_out = [f"{_where(name, line)}: {why}" for name, line, why in found["left_out"]]
    return FileVerdict(rows, notes, left_out, submission.printed, submission.refused)


def _nothing(submission: Submission, doubts: Sequence[str]) -> NothingToJudgeError:
    return NothingToJudgeError(f"{submission.file}: {' '.join([NOTHING + '.', *doubts])[:700]}")


def _read(submission: Submission, pieces: Sequence[Piece], whole: bool) -> dict[str, Any]:
    try:
        found: dict[str, Any] = submission.ask(
            do="define",
            file=os.path.realpath(submission.file),
            pieces=[[*each] for each in pieces],
            whole=whole,
        )
    except AnsweredError as error:
        raise SubmissionError(f"{submission.file}: {error.at_the_end}") from error
    return found


def _with(wishes: Wishes, chosen: dict[str, str], own: Mapping[str, Any]) -> tuple[Wishes, dict[str, str]]:
    """What was said by options, and in the file's own ``JUDGE``, of which options win."""
    wrt = own.get("wrt", ())
    known = Wishes(
        wishes.example or str(own.get("example", "")),
        wishes.wrt or ((wrt,) if isinstance(wrt, str) else tuple(map(str, wrt))),
        wishes.tolerance if wishes.tolerance is not None else own.get("tolerance"),
        own.get("methods"),
    )
    named = {role: str(own[role]) for role in ("forward", "loss", "backward", "class") if role in own}
    return known, {**named, **chosen}


def _rows(
    submission: Submission,
    unit: Unit,
    values: Mapping[str, Any],
    text: str,
    wishes: Wishes,
    networks: Tried,
    notes: list[str],
    means: dict[str, str],
) -> list[Row]:
    """The verdict on a unit; beside it are left what is to be said of it, and where it takes the mean."""
    if unit.kind in ("twin", "rule"):
        (name,), (member,) = unit.names, unit.members
        rule = rule_of(name, member.parameters) if unit.kind == "rule" else ""
        if rule and not networks.activation:
            networks = replace(networks, activation=activation_in(name))
        found, said = on_networks(There(submission, rule, name, member.parameters), networks)
        notes += [f"{name}: {line}" for line in said]
        return [Row(name, each.on, each.right, each.text, each.name, each.where) for each in found]
    if unit.kind == "scalar":
        (name,) = unit.names
        try:
            report = check_scalar(remote_class(submission, name))
        except TypeError as error:
            return [Row(name, "", False, str(error), NOT_JUDGED)]
        notes += [f"{name}: {line}" for line in report.notes]
        return [
            Row(name, each.operation, each.right, each.text or "right", each.why)
            for each in (*report.findings, *report.graphs)
        ]
    try:
        verdict, means[unit.title] = judge_unit(submission, unit, values, text, wishes)
    except NoExampleError as error:
        verdict = not_judged(unit, str(error))
        if unit.kind == "slope":  # of numbers, not of arrays: what uses it is judged
            return []
    notes += [f"{unit.title}: {line}" for line in (verdict.truth, *verdict.notes)]
    return _of(verdict, unit.title)


def _of(verdict: Verdict, title: str) -> list[Row]:
    return [
        Row(
            title,
            each.quantity,
            each.right,
            _told(each),
            each.name,
            each.where,
            each.follows,
            each.line,
        )
        for each in verdict.findings
    ]


def _told(finding: Finding) -> str:
    """What is said of it: of what is right only whether it is so to the last digit."""
    if finding.right:
        return f"right, {BUT}" if BUT in finding.text else "right"
    return f"{finding.name}: {finding.text}" if finding.name else finding.text


def _where(name: str, line: int) -> str:
    return f"line {line} of {name}" if name.startswith("cell") else f"line {line}"
