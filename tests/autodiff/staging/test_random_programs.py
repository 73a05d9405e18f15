"""Random programs of loops, decisions, assignments and labels, lifted, against themselves as plain Python."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import lifted
from tests.examples import examples

pytestmark = pytest.mark.long

NAMES = ("a", "b", "c", "t")
THRESHOLDS = ("-0.7", "0.2", "0.9")


class Source:
    """Draws the text of a program with arguments x (3,), S (3, 2), t and the labels k (2,)."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def text(self):
        lines = [line for _ in range(self.r.randint(2, 6)) for line in self.statement(1)]
        return "\n".join(
            ["def f(x, S, t, k):", "    a, b, c = x[0], t, S[0, 1]", *lines, "    return a + b * c"]
        )

    def expression(self, depth=0):
        e = [self.expression(depth + 1) for _ in range(2)] if depth < 3 else [self.r.choice(NAMES)] * 2
        name, place = self.r.choice(NAMES), self.r.randrange(3)
        forms = (
            name,
            f"x[{place}]",
            repr(round(self.r.uniform(-2.0, 2.0), 2)),
            f"({e[0]} {self.r.choice('+-*')} {e[1]})",
            f"math.tanh({e[0]})",
            f"abs({e[0]})",
            f"max({e[0]}, {e[1]})",
            f"sorted([{e[0]}, {e[1]}, 0.1])[{place}]",
            f"({e[0]} if {e[1]} > {name} else {name})",
            f"S[k[{place % 2}], 1]",
            f"np.sum(S[k] * {name})",
            f"x[np.argmax(x * {name})]",
        )
        return self.r.choice(forms)

    def condition(self):
        forms = (
            f"{self.expression(1)} {self.r.choice(('<', '<=', '>', '>='))} {self.expression(1)}",
            f"k[0] {self.r.choice(('==', '<', '!='))} {self.r.randrange(3)}",
            f"(x > {self.r.choice(THRESHOLDS)}).{self.r.choice(('any', 'all'))}()",
        )
        return self.r.choice(forms)

    def statement(self, depth):
        indent = "    " * depth
        change = self.r.choice(("=", "+=", "*="))
        simple = (
            f"{indent}{self.r.choice('abc')} = {self.expression()}",
            f"{indent}x[{self.r.randrange(3)}] = {self.expression()}",
            f"{indent}x[x > {self.r.choice(THRESHOLDS)}] {change} {self.expression()}",
        )
        form = self.r.randrange(5) if depth < 3 else 0
        if form < 2:
            return [self.r.choice(simple)]
        inside = self.statement(depth + 1)
        if form == 2:
            return [f"{indent}if {self.condition()}:", *inside]
        if form == 3:
            return [f"{indent}for i in range({self.r.choice(('2', 'k[0] + 1', 'len(x)'))}):", *inside]
        count = f"n{depth}"
        head = [f"{indent}{count} = 0", f"{indent}while {count} < 3 and {self.condition()}:"]
        return [*head, f"{indent}    {count} += 1", *inside]


@given(st.integers(0, 2**32))
@examples(times=1 / 3)
def test_a_lifted_program_gives_what_python_gives(seed):
    text = Source(seed).text()
    names = {"np": np, "math": math, "__name__": "program"}
    exec(text, names)
    function, rng = names["f"], np.random.default_rng(seed)
    fast = lifted(function)
    for _ in range(4):
        x, S, t = rng.normal(size=3), rng.normal(size=(3, 2)), float(rng.normal())
        k = rng.integers(0, 3, size=2)
        right = float(function(x.copy(), S.copy(), t, k.copy()))
        if not abs(right) < 1e6:
            continue
        value, grads = fast.value_and_grad(x, S, t, k)
        assert value == pytest.approx(right, rel=1e-10, abs=1e-10), text
        h = 1e-6
        ends = [float(function(x.copy(), S.copy(), t + step, k.copy())) for step in (h, 0.0, -h)]
        slopes = (ends[0] - ends[1]) / h, (ends[1] - ends[2]) / h
        if slopes[0] == pytest.approx(slopes[1], rel=1e-3, abs=1e-3):  # else there is a kink or a jump
            assert grads["t"] == pytest.approx(sum(slopes) / 2.0, rel=1e-2, abs=1e-2), text
