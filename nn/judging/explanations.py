"""What is to be said about the gradients that were returned, from all examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np

from nn.judging.asking import SubmissionError
from nn.judging.edits import Edit, Example, edits, factor_name, left_over, of_others, one_sample, samples
from nn.judging.first_look import NEAR_ONES, Wrong, looked_at, more_examples, near_one
from nn.judging.lifted_backward import LiftedBackward, lifted_backward
from nn.judging.mending import mended
from nn.judging.overwriting import overwriting
from nn.judging.passes import Floats
from nn.judging.roles import is_data
from nn.judging.search import Case, Mistake, Search
from nn.judging.seen import Variable
from nn.judging.shape_edits import shape_edit
from nn.judging.small_numbers import NEARLY, nearly_right, small_numbers
from nn.judging.their_names import in_their_names, named_by_them, variables
from nn.judging.trials import TOLERANCE, Trial, equal
from nn.judging.truth import true_gradients
from nn.judging.verdict import Finding
from nn.judging.ways import Way

__all__ = ["findings"]

AROUND = 100.0  # times a small number: so much it makes in a gradient, at most


def findings(way: Way, names: Sequence[str], keys: Mapping[str, Any], trials: list[Trial]) -> list[Finding]:
    """What is to be said about the quantities, in their order.

    Args:
        keys: under which key or place each of them was returned.
    """
    near = nearly_right(way, trials, {name: keys[name] for name in names if name in keys})
    looked = {n: looked_at(way, n, keys, near if n in near[0].kept else trials) for n in names}
    more = more_examples(way, trials, [each for each in looked.values() if isinstance(each, Wrong)])
    if more:
        trials = [*trials, *more]
        looked |= {n: looked_at(way, n, keys, trials) for n in names if n not in near[0].kept}
    wrong = {name: each for name, each in looked.items() if isinstance(each, Wrong)}
    small = small_numbers(way, trials[0].arguments) if wrong else []
    if small:
        room = max(NEARLY, AROUND * small[-1])
        looked |= {n: found for n, each in wrong.items() if (found := _small_number(n, each, room))}
        wrong = {name: each.within(NEARLY) for name, each in wrong.items() if looked[name] is each}
    right = [name for name, each in looked.items() if isinstance(each, Finding) and each.right]
    try:
        explained = _explanations(way, trials, wrong, right, names, keys) if wrong else {}
    except SubmissionError:  # there is no time left to look for the mistake
        explained = {name: _unexplained(name, each) for name, each in wrong.items()}
    return [each if isinstance(each, Finding) else explained[name] for name, each in looked.items()]


def _explanations(
    way: Way,
    trials: list[Trial],
    wrong: Mapping[str, Wrong],
    right: Sequence[str],
    names: Sequence[str],
    keys: Mapping[str, Any],
) -> dict[str, Finding]:
    """What is to be said about wrong quantities: first what explains several of them, then what does one."""
    explained = {name: found for name, each in wrong.items() if (found := _shape_alone(name, each))}
    often = [
        name
        for name, each in wrong.items()
        if name not in explained
        and sum(each.wrong) > 1
        and each.given[0].shape == trials[0].truth.grads[name].shape
    ]
    if len(wrong) == 1:  # a mistake in this gradient alone needs no search
        explained |= _each_alone(way, trials, wrong, names, None)
    search = None
    if len(explained) < len(wrong):
        search = _search(way, trials, {name: wrong[name] for name in often}, right, names)
    if search is not None:
        search.explain(often, least=2)
    if len(wrong) > 1:
        explained = _each_alone(way, trials, wrong, names, search) | explained
    if search is not None:
        for name in (n for n in wrong if n not in explained and n not in often):
            given = [wrong[name].of(case.trial)[0] for case in search.cases]
            if said := shape_edit(name, search, given):
                explained[name] = Finding(name, False, *said, f"d{name}")
        search.explain([n for n in often if n not in explained and search.of(n) is None])
        rest = [name for name in often if name not in explained]
        if search.has_norms and not any(map(search.of, rest)):
            in_steps = _search(way, trials, {name: wrong[name] for name in often}, right, names, True)
            search = in_steps or search
            search.explain(rest)
        explained |= _of_mistakes(search, rest)
    for name in often:
        if name not in explained:
            last = chain(of_others(name, names), overwriting(way, name, trials[0].arguments))
            examples = [_example(way, each, names, search) for each in trials]
            if (edit := _edit_of_one(name, wrong[name], last, examples)) is not None:
                explained[name] = edit
    explained = _as_they_say(way, trials[0], search, wrong, explained)
    left = {name: each for name, each in wrong.items() if name not in explained and all(each.wrong)}
    explained |= mended(way, trials, left, right, keys)
    return {name: explained.get(name) or _unexplained(name, each) for name, each in wrong.items()}


def _each_alone(
    way: Way,
    trials: list[Trial],
    wrong: Mapping[str, Wrong],
    names: Sequence[str],
    search: Search | None,
) -> dict[str, Finding]:
    """Mistakes in one gradient each, of those that the search has not explained."""
    explained: dict[str, Finding] = {}
    examples = [_example(way, each, names, search) for each in trials]
    for name, each in wrong.items():
        if sum(each.wrong) > 1 and not (search is not None and search.of(name)):
            edit = _edit_of_one(name, each, edits(name, trials[0].arguments), examples)
            left = left_over(name, examples, each.given)
            if edit is not None:
                explained[name] = edit
            elif left is not None:
                explained[name] = Finding(name, False, left.name, left.text, f"d{name}")
    return explained


def _search(
    way: Way,
    trials: list[Trial],
    wrong: Mapping[str, Wrong],
    right: Sequence[str],
    names: Sequence[str],
    in_steps: bool = False,
) -> Search | None:
    """A search over the formulas of their forward pass, if these can be had for two examples or more."""
    looked: list[tuple[Trial, LiftedBackward]] = []
    for trial in _and_near_ones(way, trials, looked):
        try:
            each = lifted_backward(way, trial.arguments, names, trial.dout, way.cotangent, in_steps)
        except Exception:  # whatever it is that cannot be lifted, it can be judged by its numbers
            continue
        grads = each.flow().grads
        same = all(equal(trial, name, trial.truth.grads[name], grads[name]) for name in names)
        if same and (not looked or each.is_like(looked[0][1])):
            each.first = looked[0][1] if looked else each
            each.samples = float(samples(trial.arguments) or 1)
            looked.append((trial, each))
    if len(looked) < 2:
        return None
    cases = [Case(trial, each, *_given(wrong, trial)) for trial, each in looked]
    cases.sort(key=lambda case: not all(_is_wrong(name, case) for name in wrong))
    room = [each.trials[0].tolerance or 0.0 for each in wrong.values()]
    arguments, tolerance = trials[0].arguments, 10.0 * max(TOLERANCE[trials[0].dtype], *room, 0.0)
    return Search(cases, right, lambda c: factor_name(c, arguments, tolerance))


def _and_near_ones(way: Way, trials: Sequence[Trial], looked: Sequence[Any]) -> Iterator[Trial]:
    """The examples, and if too few of them have the same formulas, as where their code decides by numbers,
    more of them near to the first."""
    yield from trials
    for seed in range(NEAR_ONES):
        if len(looked) == 1:
            trial = near_one(way, trials[0], [*trials[0].truth.grads], seed, 0.02)
            if trial is not None:
                yield trial


def _given(wrong: Mapping[str, Wrong], trial: Trial) -> tuple[dict[str, Floats], Any]:
    """What was returned by wrong quantities, and whether numbers agree with it."""
    seen = {name: each.of(trial) for name, each in wrong.items()}
    given = {name: array for name, (array, _) in seen.items()}
    return given, lambda name, numbers: equal(seen[name][1], name, given[name], numbers)


def _is_wrong(name: str, case: Case) -> bool:
    return not case.agrees(name, case.trial.truth.grads[name])


def _of_mistakes(search: Search, names: Sequence[str]) -> dict[str, Finding]:
    """The mistake is told at the first quantity that is wrong by it; the others follow from it."""
    explained: dict[str, Finding] = {}
    told: set[str] = set()
    for name in sorted(names, key=search.order.index):
        mistake = search.of(name)
        if mistake is None:
            continue
        where = f"d{mistake.block}"
        follows = where in told
        text = f"It follows from {where}, which is wrong; given that, it is right."
        told.add(where)
        text = text if follows else _told(mistake)
        explained[name] = Finding(name, False, mistake.name, text, where, follows)
    return explained


def _told(mistake: Mistake) -> str:
    legible = mistake.right and not any(part in mistake.right for part in ("…", "reshape("))
    return f"{mistake.text}.{f' It should be {mistake.right}.' if legible else ''}"


def _as_they_say(
    way: Way,
    trial: Trial,
    search: Search | None,
    wrong: Mapping[str, Wrong],
    explained: Mapping[str, Finding],
) -> dict[str, Finding]:
    """The findings in their names, with the lines where what is wrong first is computed."""
    seen = variables(way, trial.arguments, trial.dout)
    names: dict[str, Variable] = {}
    case = next((each for each in search.cases if each.trial is trial), None) if search else None
    if search is not None and case is not None:
        for flow in (search.flow(case.lifted), case.lifted.flow()):
            names = {**(named_by_them(flow, seen) if flow else {}), **names}
    for name, each in wrong.items():
        same = [
            v for v in seen if v.array.shape == each.given[0].shape and np.array_equal(v.array, each.given[0])
        ]
        if same:
            names.setdefault(f"d{name}", same[0])
    said = {}
    for name, finding in explained.items():
        at = names.get(finding.where)
        shared = [
            key
            for key, v in names.items()
            if at and v.name == at.name and key not in (finding.where, finding.where[1:])
        ]
        directly = finding.where == f"d{name}" and at is not None and at.name != finding.where
        if at is not None and shared and (at.given or directly):  # it holds something else, that is not wrong
            at, shared = None, [finding.where]
        line = at.line if at is not None else None
        # A variable that is written over holds two quantities, one after the other.
        other = {key: v for key, v in names.items() if key not in shared}
        text = in_their_names(finding.text, other)
        if line is not None and not finding.follows:
            text = f"{text} Look at {line}."
        said[name] = replace(
            finding,
            name=in_their_names(finding.name, other),
            text=text,
            where=in_their_names(finding.where, other),
            line=line.number if line is not None else None,
        )
    return said


def _small_number(name: str, each: Wrong, room: float) -> Finding | None:
    """What is to be said of a gradient that is off by no more than a small number makes of it, and that no
    forward pass without that number explains."""
    if each.trials[0].tolerance is not None or any(each.within(room).are_wrong(name)):
        return None
    off = max(
        float(np.max(np.abs(given - t.truth.grads[name])) / np.max(np.abs(t.truth.grads[name])))
        for given, t in zip(each.given, each.trials)
    )
    text = (
        f"It is off by up to {off:.1g} of its largest number: as if a small number that stands in the "
        "forward pass, such as the ε of a normalisation, were missing in the backward pass, or another."
    )
    return Finding(name, False, "a small number missing", text, f"d{name}")


def _shape_alone(name: str, each: Wrong) -> Finding | None:
    shape, right = each.given[0].shape, each.trials[0].truth.grads[name]
    if shape == right.shape or each.given[0].size != right.size:
        return None
    pairs = zip(each.trials, each.given)
    if all(equal(t, name, given.reshape(right.shape), t.truth.grads[name]) for t, given in pairs):
        text = f"The numbers are right, but it has shape {shape}, where {name} has {right.shape}."
        return Finding(name, False, "another shape", text)
    return None


def _edit_of_one(
    name: str, each: Wrong, tried: Iterable[Edit], examples: Sequence[Example]
) -> Finding | None:
    """An edit of this gradient alone that gives its numbers."""
    for edit in tried if len(each.trials) > 1 else ():
        if each.agrees(name, [edit.made(example) for example in examples]):
            return Finding(name, False, edit.name, edit.text, f"d{name}")
    return None


def _unexplained(name: str, each: Wrong) -> Finding:
    given, right, wrong = each.given[0], each.trials[0].truth.grads[name], each.wrong
    if given.shape != right.shape:
        text = f"It has shape {given.shape}, and a gradient has the shape of its quantity, {right.shape}."
        return Finding(name, False, "", text)
    gap = np.where(each.trials[0].truth.usable[name], np.abs(given - right), 0.0)
    at = np.unravel_index(int(np.argmax(gap)), gap.shape)
    numbers = f"it is {given[at]:.6g}, and should be {right[at]:.6g}"
    text = f"At {[int(i) for i in at]} {numbers}; no simple mistake gives these numbers."
    if not wrong[0]:
        text = "It is right on your arguments, and wrong on random ones like them: yours are special."
    elif not all(wrong):
        text += " On some random arguments it is right."
    return Finding(name, False, "", text)


def _example(way: Way, trial: Trial, names: Sequence[str], search: Search | None) -> Example:
    """What edits are made of."""

    @cache
    def unpenalised() -> dict[str, Mapping[str, Floats]]:
        factors = [name for name, each in trial.arguments.items() if isinstance(each, float) and each]
        return {
            name: true_gradients(way, {**trial.arguments, name: 0.0}, names, trial.dout).grads
            for name in factors
        }

    @cache
    def last() -> Mapping[str, Floats] | None:
        m = samples(trial.arguments)
        if m is None or any(is_data(name) for name in names):
            return None
        if not any(map(is_data, trial.arguments)):  # one_sample would leave all samples of a layer's input
            return None
        dout = trial.dout
        if way.layer and dout.ndim:
            dout = dout[-1:] if dout.shape[0] == m else dout[..., -1:]
        try:
            return true_gradients(way, one_sample(trial.arguments, m), names, dout).grads
        except Exception:  # it is for so many samples only
            return None

    right = dict(trial.truth.grads)
    case = next((each for each in search.cases if each.trial is trial), None) if search else None
    if search is not None and search.found and case is not None:
        right |= search.grads(case)  # given what else is wrong
    return Example(trial.arguments, trial.dout, right, unpenalised, last)
