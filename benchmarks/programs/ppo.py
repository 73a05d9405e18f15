"""Proximal policy optimisation on a bandit: the clipped ratio of policies, a value, and entropy.

Source of the loss: Schulman et al., Proximal Policy Optimization Algorithms (2017), equations 7 and 9.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

FEATURES, HIDDEN, ARMS, BATCH = 3, 5, 5, 5
CLIP, STEP = 0.2, 0.3


def train(Value: Any, steps: int = 4) -> Iterator[tuple[Any, list[Any]]]:
    """The loss of each step, before it is taken, and the parameters."""
    rng = random.Random(8)

    def matrix(rows: int, columns: int) -> list[list[Any]]:
        return [[Value(rng.gauss(0, 0.5)) for _ in range(columns)] for _ in range(rows)]

    body, policy, critic = matrix(HIDDEN, FEATURES), matrix(ARMS, HIDDEN), matrix(1, HIDDEN)
    params = [p for rows in (body, policy, critic) for row in rows for p in row]

    def linear(rows: list[list[Any]], x: list[Any]) -> list[Any]:
        return [sum(w * xi for w, xi in zip(row, x)) for row in rows]

    def log(p: Any) -> Any:
        q = max(p.data, 1e-10)
        return Value(math.log(q), (p,), (1 / q,))

    def act(x: list[float]) -> tuple[list[Any], Any]:
        hidden = [h.relu() for h in linear(body, [Value(xi) for xi in x])]
        logits = linear(policy, hidden)
        top = max(logit.data for logit in logits)
        powers = [(logit - top).exp() for logit in logits]
        total = sum(powers)
        return [power / total for power in powers], linear(critic, hidden)[0]

    def smaller(a: Any, b: Any) -> Any:
        return a - (a - b).relu()

    def clipped(ratio: Any) -> Any:
        """The ratio between 1 - CLIP and 1 + CLIP."""
        above, over = (ratio - (1 - CLIP)).relu(), (ratio - (1 + CLIP)).relu()
        return 1 - CLIP + above - over

    def reward(x: list[float], arm: int) -> float:
        return math.cos(arm + 2 * x[0]) + 0.5 * x[1]

    def played() -> tuple[list[float], int, float, float]:
        x = [rng.uniform(-1, 1) for _ in range(FEATURES)]
        chances, value = act(x)
        arm = rng.choices(range(ARMS), [p.data for p in chances])[0]
        return x, arm, chances[arm].data, reward(x, arm) - value.data

    for number in range(steps):
        if number % 2 == 0:  # two epochs on what one policy has played
            games = [played() for _ in range(BATCH)]
        losses = []
        for x, arm, chance, advantage in games:
            chances, value = act(x)
            ratio = (log(chances[arm]) - math.log(chance)).exp()
            gain = smaller(ratio * advantage, clipped(ratio) * advantage)
            entropy = -sum(p * log(p) for p in chances)
            losses.append(0.5 * (value - reward(x, arm)) ** 2 - gain - 0.01 * entropy)
        loss = sum(losses) / BATCH
        yield loss, params
        loss.backward()
        for p in params:
            p.data -= STEP * p.grad
            p.grad = 0
