"""Judging what was found in a submission: each unit on examples that fit it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nn.judging.asking import AnsweredError, RemoteWay, Submission, SubmissionError
from nn.judging.both_targets import with_the_same_loss
from nn.judging.conventions import READ_OFF
from nn.judging.edits import one_sample, samples
from nn.judging.example_search import NoExampleError, Wishes, example_of, given_example, shown
from nn.judging.examples import CLASSES, SAMPLES, Guess, guesses
from nn.judging.judgement import NOTHING, first_look, judged
from nn.judging.loops import is_loop
from nn.judging.means import where_the_mean_is
from nn.judging.one_by_one import learns_one_by_one
from nn.judging.tensors import asked_for, reason
from nn.judging.truth import is_float_array
from nn.judging.units import SIZES, Unit, of_no_loss
from nn.judging.updates import Steps, direction_in, numbers_in, rate_in, rate_seen, writes_a_two
from nn.judging.verdict import Finding, Verdict

__all__ = ["judge_unit", "not_judged"]


WIDE = 3  # the sizes of arrays that held one number


def judge_unit(
    submission: Submission, unit: Unit, values: Mapping[str, Any], text: str, wishes: Wishes
) -> tuple[Verdict, str]:
    """The verdict on functions or a class, and where the mean over the samples is, as ``means`` says it.

    What a loop calls its loss may be something that it shows only, such as a mean of absolute errors, or the
    loss without its penalty: where the steps are along the gradient of another loss, they are right.

    Args:
        submission: whose process has read the file.
        values: numbers and small arrays at the top level of the file.
        text: of the file.

    Raises:
        NoExampleError: if no example runs.
    """
    verdict, mean = _judged(submission, unit, values, text, wishes)
    loss = next((each for each in unit.members if each.name == "loss"), None)
    if verdict or loss is None or not is_loop(unit.names[0]):
        return verdict, mean
    is_shown = re.search(r"\babs\(|==|argmax", ast.unparse(loss.node))
    if not is_shown and not all(each.right or _is_a_penalty(each) for each in verdict.findings):
        return verdict, mean
    other, _ = _judged(submission, unit, values, text, replace(wishes, methods={"loss": ""}))
    if other:
        other.notes.append("They are not the gradient of what is called a loss there.")
    return other or verdict, mean


def _judged(
    submission: Submission, unit: Unit, values: Mapping[str, Any], text: str, wishes: Wishes
) -> tuple[Verdict, str]:
    if unit.made and _is_made_of_others(unit):
        unit = replace(unit, kind="object", names=(unit.made,), init=None)
    if wishes.example:
        way, arguments = example_of(submission, unit, given_example(submission, unit, wishes), wishes, text)
    else:
        try:
            way, arguments = example_of(submission, unit, guesses(unit, values, text), wishes, text)
        except NoExampleError:
            if not unit.made:
                raise
            unit = replace(unit, kind="object", names=(unit.made,), init=None)
            way, arguments = example_of(submission, unit, guesses(unit, values, text), wishes, text)
    if not wishes.example:
        arguments = _widened(way, arguments, wishes)
    steps = _steps(way, unit, arguments, values, text, wishes.mean)
    try:
        verdict = judged(way, arguments, wishes.wrt or None, wishes.tolerance, steps)
    except SubmissionError:
        raise
    except ValueError as error:  # nothing to differentiate by, or too much
        raise NoExampleError(str(error)) from error
    other = None
    if not wishes.example and (_is_binary(text) or _is_a_vector(unit)) and _is_all_by_outputs(verdict):
        other = _of_one_output(submission, unit, values, text, wishes)
    elif _is_all_wrong(verdict) and any(note.startswith(READ_OFF) for note in verdict.notes):
        other = _one_after_the_other(way, arguments, wishes, steps)
    elif verdict and not wishes.example:
        other = _with_other_targets(way, arguments, wishes, steps)
    verdict, arguments = other or (verdict, arguments)
    if (none := of_no_loss(unit)) and not wishes.example:
        verdict.notes.append(f"The loss has no term with {', '.join(none)}, which is 0 here.")
    arrays = [name for name, each in arguments.items() if isinstance(each, np.ndarray)]
    if verdict.truth == NOTHING and (what := asked_for(unit.members, arrays)):
        return not_judged(unit, reason(f"It asks for {what}")), ""
    sizes = ", ".join(f"{name} {shown(each)}" for name, each in arguments.items())
    verdict.notes.append(f"The first example: {sizes}.")
    return verdict, where_the_mean_is(way, arguments, verdict)


def _is_made_of_others(unit: Unit) -> bool:
    """Whether a constructor takes as many things as one likes, layers say: that without any does nothing."""
    start = unit.init.methods.get("__init__") if unit.init is not None else None
    node = start.node if start is not None else None
    others = node.args.vararg if isinstance(node, ast.FunctionDef) else None
    return others is not None and not re.fullmatch(SIZES, others.arg)


def _steps(
    way: RemoteWay,
    unit: Unit,
    arguments: Mapping[str, Any],
    values: Mapping[str, Any],
    text: str,
    mean: bool,
) -> Steps:
    """What the code of a class, of a loop, or of the file says of its steps."""
    if unit.init is None:
        return Steps(direction_in(text), mean=mean)
    code = unit.init.node
    learnt = (way.quantities or [])[1 if way.layer else 0 :]
    weights = {re.findall(r"[A-Za-z_]\w*", name)[-1] for name in learnt}
    rate = rate_in(code, weights, values, way.rate())
    if rate is None and not way.layer:
        rate = _rate_seen(way, arguments, numbers_in(code, {**values, "": way.rate()}))
    return Steps(direction_in(code), rate, writes_a_two(code), mean)


def _rate_seen(way: RemoteWay, arguments: Mapping[str, Any], numbers: Collection[float]) -> float | None:
    """The learning rate, as their own variables say it in one step."""
    try:
        ran = way.run(arguments, 1.0)
        changes = {n: np.asarray(each) for n, each in ran.returned.items()} if ran.read == "change" else {}
        counts = {n for each in arguments.values() for n in np.shape(each)[:2]}
        return rate_seen(changes, way.seen(arguments, 1.0) if changes else [], numbers, counts)
    except (AnsweredError, ValueError, TypeError):  # then it is told where it is run again
        return None


def _widened(way: RemoteWay, arguments: dict[str, Any], wishes: Wishes) -> dict[str, Any]:
    """The arguments, larger where each array holds one number, or a layer's input one sample, and both passes
    take that: a matrix of one number is its own transpose, and a sum of one sample its mean."""
    first = next(iter(way.quantities or arguments))
    if way.layer and np.shape(arguments[first])[1:] == (1,) and len(arguments) > 1:
        arguments = _with_more_samples(way, arguments, first, wishes)
    for name in {*way.in_code.held} & {*arguments}:
        arguments = _as_predicted(way, arguments, name, wishes)
    arrays = {name: each for name, each in arguments.items() if is_float_array(each) and each.ndim}
    others = [each for name, each in arguments.items() if name not in arrays]
    if any(isinstance(each, np.ndarray) and each.ndim for each in others):
        return arguments
    if any(each.size != 1 for each in arrays.values()) or max(map(np.ndim, arrays.values()), default=0) != 2:
        return arguments
    rng = np.random.default_rng(3)
    for columns in (WIDE, 1):
        shapes = {n: (WIDE, WIDE if i == 0 else columns)[: a.ndim] for i, (n, a) in enumerate(arrays.items())}
        wider = {**arguments, **{n: rng.normal(0.0, 0.7, shape) for n, shape in shapes.items()}}
        if _takes(way, wider, wishes):
            return wider
    return arguments


def _as_predicted(way: RemoteWay, arguments: dict[str, Any], name: str, wishes: Wishes) -> dict[str, Any]:
    """The arguments, with what predictions are held to as large as these are, and not broadcast to them."""
    held = np.asarray(arguments[name])
    sizes = {n for each in arguments.values() for n in np.shape(each) if n > 1}
    rng = np.random.default_rng(6)
    for axis in [i for i, n in enumerate(held.shape) if n == 1]:
        for size in sorted(sizes):
            shape = (*held.shape[:axis], size, *held.shape[axis + 1 :])
            larger = {**arguments, name: rng.normal(0.0, 0.7, shape)}
            if _takes(way, larger, wishes):
                arguments, held = larger, larger[name]
                break
    return arguments


def _takes(way: RemoteWay, arguments: dict[str, Any], wishes: Wishes) -> bool:
    """Whether both passes take these, and what they give has the shapes that it should have."""
    try:
        return first_look(way, arguments, wishes.wrt or None, wishes.tolerance).fits
    except (ValueError, TypeError, AnsweredError):
        return False


def _with_more_samples(
    way: RemoteWay, arguments: dict[str, Any], name: str, wishes: Wishes
) -> dict[str, Any]:
    """The arguments with several columns for the one of a layer's input, if both passes take them."""
    column = arguments[name]
    columns = np.random.default_rng(4).normal(0.0, 0.7, (len(column), SAMPLES)).astype(column.dtype)
    wider = {**arguments, name: columns}
    return wider if _takes(way, wider, wishes) else arguments


def _is_a_penalty(finding: Finding) -> bool:
    """Whether all that is wrong is a term that a penalty gives, which the loss that is shown may lack."""
    return bool(re.fullmatch(rf"\S+·{re.escape(finding.quantity)} too much", finding.name))


def _is_all_wrong(verdict: Verdict) -> bool:
    """Whether nothing is right, and not all of it has a name: as where weights change with each sample."""
    return _is_unnamed(verdict) and not any(each.right for each in verdict.findings)


def _is_unnamed(verdict: Verdict) -> bool:
    return not all(each.right or each.name for each in verdict.findings)


def _is_binary(text: str) -> bool:
    """Whether a loss may be that of one output between 0 and 1, of which 1 - p is the rest."""
    return "log" in text and bool(re.search(r"\b1(\.0?)? ?- ?\w", text))


def _is_a_vector(unit: Unit) -> bool:
    """Whether its weights are called as those of one output are: w, and no W."""
    names = {name for each in unit.members for name in each.parameters}
    vector = names & {"w", "theta", "beta", "coef", "weights", "weight"}
    return bool(vector) and not any(name.startswith("W") for name in names)


def _is_all_by_outputs(verdict: Verdict) -> bool:
    """Whether all that is wrong is so by the number of outputs."""
    wrong = [each for each in verdict.findings if not each.right]
    return bool(wrong) and all(re.match(rf"{CLASSES} times too", each.name) for each in wrong)


def _of_one_output(
    submission: Submission, unit: Unit, values: Mapping[str, Any], text: str, wishes: Wishes
) -> tuple[Verdict, dict[str, Any]] | None:
    """The verdict for one output, if all is right then: a mean over all numbers is one over the samples."""
    single = (g for g in guesses(unit, values, text) if _has_one_output(g))
    try:
        way, arguments = example_of(submission, unit, single, wishes, text)
        steps = _steps(way, unit, arguments, values, text, wishes.mean)
        verdict = judged(way, arguments, wishes.wrt or None, wishes.tolerance, steps)
    except (NoExampleError, AnsweredError):
        return None
    flat = {name for note in verdict.notes for name in _said_flat(note)}
    if not verdict or flat & {each.quantity for each in verdict.findings}:
        return None
    verdict.notes.append(
        f"With {CLASSES} outputs the gradients would be {CLASSES} times too large or too small, for the loss "
        "is a mean over all numbers; for one output, as here, they are right."
    )
    return verdict, arguments


def _with_other_targets(
    way: RemoteWay, arguments: Mapping[str, Any], wishes: Wishes, steps: Steps
) -> tuple[Verdict, dict[str, Any]] | None:
    """The verdict with the same targets written the other way, if that is not right, too."""
    try:
        same = with_the_same_loss(way, arguments)
        if same is None:
            return None
        verdict = judged(way, same, wishes.wrt or None, wishes.tolerance, steps)
    except (ValueError, AnsweredError):
        return None
    if verdict or verdict.truth == NOTHING:
        return None
    verdict.notes.append("It is right for the same targets written the other way, by numbers or one-hot.")
    return verdict, same


def _has_one_output(guess: Guess) -> bool:
    """Whether none of the arrays is of several outputs; predictions and targets alone are of one shape."""
    shapes = [each.shape for each in guess[1].values() if isinstance(each, np.ndarray)]
    return not any(CLASSES in shape for shape in shapes) and (len(shapes) != 2 or len({*shapes}) == 1)


def _said_flat(note: str) -> list[str]:
    """The quantities of which a note says that their gradients are 0."""
    found = re.match(r"The gradient by (.*) is 0 in every example", note)
    return found[1].split(", ") if found else []


def _one_after_the_other(
    way: RemoteWay, arguments: Mapping[str, Any], wishes: Wishes, steps: Steps
) -> tuple[Verdict, dict[str, Any]] | None:
    """The verdict on one sample, of what changes its weights after each of several; None if it does not, or
    if that says no more."""
    m = samples(arguments)
    if m is None or m == 1:
        return None
    first = one_sample(arguments, m)
    try:
        if not learns_one_by_one(way, arguments, m):
            return None
        verdict = judged(way, first, wishes.wrt or None, wishes.tolerance, steps)
    except (ValueError, AnsweredError):
        return None
    if not verdict.findings or _is_unnamed(verdict):
        return None
    verdict.notes.append("It was judged on one sample, for it learns from one after the other.")
    return verdict, first


def not_judged(unit: Unit, why: str) -> Verdict:
    """The verdict on what could not be judged."""
    return Verdict(unit.title, [Finding("", False, "not judged", why)], NOTHING)
