"""Judging ``backward(twin, cache, dA)`` and rules of a submission, on networks with random weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from nn.comparing.four_ways import compare
from nn.judging.asking import Submission
from nn.judging.units import RULES
from nn.losses import loss_named
from nn.model.mlp import MLP

__all__ = ["NETWORKS", "SAMPLES", "on_networks"]

# Networks that show different mistakes: where weights are square, shapes cannot help; 5 samples
# fit no layer, so a wrong axis does not go unseen.
NETWORKS = ((3, 3, 3, 3), (4, 6, 2), (2, 3))
SAMPLES = 5


def on_networks(
    submission: Submission,
    name: str,
    networks: Sequence[Sequence[int]],
    loss: str,
    activations: tuple[str, str],
) -> Iterator[tuple[str, bool, str]]:
    """On each network: which it is, whether all is right, and what is to be said.

    Args:
        name: of the function, ``backward`` or one of the rules.
        networks: the number of inputs and the sizes of the layers of each.
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
        asked = _Asked(submission, name)
        try:
            comparison = compare(
                model, X, Y, objective, **{name if name in RULES else "backward": asked.function}
            )
        except ValueError as error:
            yield on, False, str(error)
            continue
        texts = [diagnosis.text for diagnosis in comparison.diagnoses]
        if name not in RULES:
            expected = {f"d{kind}{l}" for l in range(1, len(model.sizes)) for kind in "Wb"}
            if missing := sorted(expected - asked.returned):
                texts.append(f"Missing, it was not returned: {', '.join(missing)}.")
        yield on, not texts, "\n".join(texts) or "right"


class _Asked:
    """A function of the submission's, as the comparison calls it."""

    def __init__(self, submission: Submission, name: str) -> None:
        self._submission, self._name = submission, name
        self.returned: set[str] = set()
        self.function: Any = {
            "dZ": lambda dA, Z, A, g: self._rule(dA=dA, Z=Z, A=A, g=g.name),
            "dW": lambda dZ, A: self._rule(dZ=dZ, A=A),
            "db": lambda dZ: self._rule(dZ=dZ),
            "dA": lambda W, dZ: self._rule(W=W, dZ=dZ),
        }.get(name, self._backward)

    def _rule(self, **operands: Any) -> Any:
        return self._submission.ask(do="rule", function=self._name, operands=operands)

    def _backward(self, twin: Any, cache: Any, dA: Any) -> Any:
        layers = {
            "W": dict(twin.W),
            "b": dict(twin.b),
            "g": {l: g.name for l, g in twin.g.items()},
            "Z": dict(cache.Z),
            "A": dict(cache.A),
        }
        found = self._submission.ask(do="twin", function=self._name, layers=layers, dA=dA)
        if isinstance(found, Mapping):
            self.returned = {str(key) for key in found}
        return found
