"""Judging ``backward(twin, cache, dA)`` and rules, over there or here, on networks of random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from nn.comparing.four_ways import compare
from nn.diagnosing.calling import call_backward
from nn.judging.asking import Submission
from nn.judging.units import RULES
from nn.losses import loss_named
from nn.model.mlp import MLP

__all__ = ["NETWORKS", "SAMPLES", "Here", "There", "on_networks"]

# Networks that show different mistakes: where weights are square, shapes cannot help; 5 samples
# fit no layer, so a wrong axis does not go unseen.
NETWORKS = ((3, 3, 3, 3), (4, 6, 2), (2, 3))
SAMPLES = 5


class Called(Protocol):
    """A backward pass or a rule, and what it has returned.

    Attributes:
        name: ``backward``, or one of the rules.
        function: to be called as ``compare`` calls it.
        returned: the quantities of the last result.
    """

    name: str
    function: Callable[..., Any]
    returned: set[str]


def on_networks(
    called: Called, networks: Sequence[Sequence[int]], loss: str, activations: tuple[str, str]
) -> Iterator[tuple[str, bool, str, str]]:
    """On each network: which it is, whether all is right, the mistake, and what is to be said.

    Args:
        called: the function.
        networks: the number of inputs and the sizes of the layers of each.
        loss: its name.
        activations: of the inner layers, and of the last.
    """
    objective, rng = loss_named(loss), np.random.default_rng()  # no two examples are the same
    for n, *inner, rows in networks:
        model = MLP(n, [*inner, objective.outputs(rows)], *activations, seed=1)
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
            yield on, False, "", str(error)
            continue
        texts = [diagnosis.text for diagnosis in comparison.diagnoses]
        if called.name not in RULES:
            expected = {f"d{kind}{l}" for l in range(1, len(model.sizes)) for kind in "Wb"}
            if missing := sorted(expected - called.returned):
                texts.append(f"Missing, it was not returned: {', '.join(missing)}.")
        names = [diagnosis.name for diagnosis in comparison.diagnoses] or ["missing" if texts else ""]
        yield on, not texts, names[0], "\n".join(texts) or "right"


class Here:
    """A function of this process.

    Args:
        name: ``backward``, or one of the rules.
        function: the function.
    """

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name, self._function = name, function
        self.returned: set[str] = set()
        self.function: Callable[..., Any] = function if name in RULES else self._noted

    def _noted(self, twin: Any, cache: Any, dA: Any) -> Any:
        found = call_backward(self._function, twin, cache, dA)
        if isinstance(found, Mapping):
            self.returned = {str(key) for key in found}
        return found


class There:
    """A function of a submission's.

    Args:
        submission: whose.
        name: of the function, ``backward`` or one of the rules.
    """

    def __init__(self, submission: Submission, name: str) -> None:
        self.name, self._submission = name, submission
        self.returned: set[str] = set()
        self.function: Any = {
            "dZ": lambda dA, Z, A, g: self._rule(dA=dA, Z=Z, A=A, g=g.name),
            "dW": lambda dZ, A: self._rule(dZ=dZ, A=A),
            "db": lambda dZ: self._rule(dZ=dZ),
            "dA": lambda W, dZ: self._rule(W=W, dZ=dZ),
        }.get(name, self._backward)

    def _rule(self, **operands: Any) -> Any:
        return self._submission.ask(do="rule", function=self.name, operands=operands)

    def _backward(self, twin: Any, cache: Any, dA: Any) -> Any:
        layers = {
            "W": dict(twin.W),
            "b": dict(twin.b),
            "g": {l: g.name for l, g in twin.g.items()},
            "Z": dict(cache.Z),
            "A": dict(cache.A),
        }
        found = self._submission.ask(do="twin", function=self.name, layers=layers, dA=dA)
        if isinstance(found, Mapping):
            self.returned = {str(key) for key in found}
        return found
