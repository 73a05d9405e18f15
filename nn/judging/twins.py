"""Judging ``backward(twin, cache, dA)`` and rules, over there or here, on networks of random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from nn.comparing.comparison import Comparison
from nn.comparing.four_ways import compare
from nn.diagnosing.calling import call_backward
from nn.judging.asking import Submission
from nn.judging.binding import required
from nn.judging.rule_layers import finding_of_rule
from nn.judging.rules import RULES, takes_activation
from nn.losses import loss_named
from nn.model.mlp import MLP

__all__ = ["NETWORKS", "SAMPLES", "Here", "OnNetwork", "There", "Tried", "on_networks"]

# Networks that show different mistakes: where weights are square, shapes cannot help; 5 samples
# fit no layer, so a wrong axis does not go unseen.
NETWORKS = ((3, 3, 3, 3), (4, 6, 2), (2, 3))
SAMPLES = 5
GUESSED = ("tanh", "sigmoid", "relu")  # what a rule for one activation may be for


class Called(Protocol):
    """A backward pass or a rule, and what it has returned.

    Attributes:
        name: ``backward``, or one of the rules.
        function: to be called as ``compare`` calls it.
        returned: the quantities of the last result.
        for_one_activation: whether it is a rule for dZ that is not told the activation.
    """

    name: str
    function: Callable[..., Any]
    returned: set[str]
    for_one_activation: bool


@dataclass(frozen=True)
class OnNetwork:
    """What a function does on a network.

    Attributes:
        on: which network it is.
        right: whether all is right.
        name: the mistake, ``""`` if none is known.
        text: what is to be said; "right" if nothing is.
        where: the formula that is wrong first, ``""`` where that is not known.
        differ: the quantities that are wrong.
        returned, missing: those that a whole backward pass returned, and did not return.
    """

    on: str
    right: bool
    name: str
    text: str
    where: str = ""
    differ: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tried:
    """The networks that something is tried on.

    Attributes:
        sizes: of each, the number of inputs and the sizes of its layers.
        loss: its name.
        activation: of the inner layers, ``""`` if nobody said it.
        output: of the last layer, ``""`` for that of the others.
    """

    sizes: Sequence[Sequence[int]] = NETWORKS
    loss: str = "mse"
    activation: str = ""
    output: str = ""


def on_networks(called: Called, tried: Tried) -> tuple[list[OnNetwork], list[str]]:
    """What a function does on each network, and what is to be noted of their activations.

    A rule for dZ that is told no activation is one for a single g. If nobody said which, and its name does
    not, it is taken to be one for that of ``GUESSED`` for which it is right, or wrong by a known mistake.
    """
    if tried.activation or not called.for_one_activation:
        g = tried.activation or GUESSED[0]
        found = [*_on_each(called, tried, g, tried.output or g)]
        other = "; activation= and output= say others" if not tried.activation else ""
        found = _named(called, found, g)
        if called.name in ("dW", "db", "dA"):
            return found, []
        return found, [f"The layers of the networks have {g}, the last {tried.output or g}{other}."]
    all_found = {g: [*_on_each(called, tried, g, tried.output or g)] for g in GUESSED}
    g = max(GUESSED, key=lambda g: _fit(all_found[g]))
    return _named(called, all_found[g], g), [f"Nobody said for which activation it is; it is held to {g}′."]


def _named(called: Called, found: list[OnNetwork], activation: str) -> list[OnNetwork]:
    """The same; a rule's mistake that has no name among those of a network has perhaps one in a layer."""
    if called.name not in RULES or all(each.right or each.name for each in found):
        return found
    finding = finding_of_rule(called.name, called.function, activation)
    if finding is None:
        return found
    text = f"{finding.name}: {finding.text}"
    return [
        each if each.right or each.name else replace(each, name=finding.name, text=text) for each in found
    ]


def _fit(found: Sequence[OnNetwork]) -> tuple[bool, int]:
    return all(each.right for each in found), sum(each.right or bool(each.name) for each in found)


def _on_each(called: Called, tried: Tried, activation: str, output: str) -> Iterator[OnNetwork]:
    objective, rng = loss_named(tried.loss), np.random.default_rng()  # no two examples are the same
    for n, *inner, rows in tried.sizes:
        model = MLP(n, [*inner, objective.outputs(rows)], activation, output, seed=1)
        state = {key: rng.normal(size=each.shape) for key, each in model.state_dict().items()}
        model.load_state_dict(state)
        X, classes = rng.normal(size=(n, SAMPLES)), rng.integers(0, max(rows, 2), SAMPLES)
        Y = (
            objective.from_classes(classes, rows)
            if objective.for_classes
            else rng.normal(size=(rows, SAMPLES))
        )
        on = f"MLP({n}, {[*model.sizes[1:]]})"
        options: dict[str, Any] = {called.name if called.name in RULES else "backward": called.function}
        try:
            comparison = compare(model, X, Y, objective, **options)
        except ValueError as error:
            yield OnNetwork(on, False, "", str(error))
            continue
        gradients = {f"d{kind}{l}" for l in range(1, len(model.sizes)) for kind in "Wb"}
        yield _seen(on, comparison, set() if called.name in RULES else gradients, called.returned)


def _seen(on: str, comparison: Comparison, expected: set[str], returned: set[str]) -> OnNetwork:
    missing = tuple(sorted(expected - returned))
    texts = [diagnosis.text for diagnosis in comparison.diagnoses]
    if missing:
        texts.append(f"Missing, it was not returned: {', '.join(missing)}.")
    if not texts:
        return OnNetwork(on, True, "", "right", returned=tuple(sorted(returned)))
    yours = [row for row in comparison.rows if "yours" in row.values]
    differ = tuple(row.quantity for row in yours if not row.difference("yours").agrees)
    first = comparison.diagnoses[0] if comparison.diagnoses else None
    name, where = ("missing", "") if first is None else (first.name, first.where)
    return OnNetwork(on, False, name, "\n".join(texts), where, differ, tuple(sorted(returned)), missing)


class Here:
    """A function of this process.

    Args:
        rule: one of the rules, ``""`` for a whole backward pass.
        function: the function.
    """

    def __init__(self, rule: str, function: Callable[..., Any]) -> None:
        self.name, self._function = rule or "backward", function
        self.for_one_activation = rule == "dZ" and not takes_activation(required(function) or ())
        self.returned: set[str] = set()
        self.function: Callable[..., Any] = function if rule else self._noted

    def _noted(self, twin: Any, cache: Any, dA: Any) -> Any:
        found = call_backward(self._function, twin, cache, dA)
        if isinstance(found, Mapping):
            self.returned = {str(key) for key in found}
        return found


class There:
    """A function of a submission's.

    Args:
        submission: whose.
        rule: one of the rules, ``""`` for a whole backward pass.
        function: its name.
        parameters: of it.
    """

    def __init__(self, submission: Submission, rule: str, function: str, parameters: Sequence[str]) -> None:
        self.name, self._submission, self._called = rule or "backward", submission, function
        self.for_one_activation = rule == "dZ" and not takes_activation(parameters)
        self.returned: set[str] = set()
        self.function: Any = {
            "dZ": lambda dA, Z, A, g: self._rule(dA=dA, Z=Z, A=A, g=g.name),
            "dW": lambda dZ, A: self._rule(dZ=dZ, A=A),
            "db": lambda dZ: self._rule(dZ=dZ),
            "dA": lambda W, dZ: self._rule(W=W, dZ=dZ),
        }.get(rule, self._backward)

    def _rule(self, **operands: Any) -> Any:
        return self._submission.ask(do="rule", function=self._called, operands=operands)

    def _backward(self, twin: Any, cache: Any, dA: Any) -> Any:
        layers = {
            "W": dict(twin.W),
            "b": dict(twin.b),
            "g": {l: g.name for l, g in twin.g.items()},
            "Z": dict(cache.Z),
            "A": dict(cache.A),
        }
        found = self._submission.ask(do="twin", function=self._called, layers=layers, dA=dA)
        if isinstance(found, Mapping):
            self.returned = {str(key) for key in found}
        return found
