"""Programs drawn as text are lifted and right; ``python -m tests.fuzz`` draws as many as one likes."""

from collections import Counter

import pytest
from mpmath import mpf

from autodiff import Value, lift
from tests.fuzz import verdict as verdicts
from tests.fuzz.programs import FAMILIES, program
from tests.fuzz.reference import FUNCTIONS, Gradients, Number
from tests.fuzz.verdict import judged

pytestmark = pytest.mark.long

EACH = 16  # programs of a family


@pytest.mark.parametrize("family", range(len(FAMILIES)), ids=[f.__name__ for f in FAMILIES])
def test_no_program_is_wrong(family):
    outcomes = Counter()
    for number in range(EACH):
        drawn = program(11, number * len(FAMILIES) + family)
        verdict = judged(drawn)
        outcomes[verdict.outcome] += 1
        assert verdict.outcome not in ("wrong", "refused"), f"{drawn.text}\n{verdict.reason}"
    assert outcomes["right"] >= EACH / 2


def test_a_wrong_gradient_is_seen(monkeypatch):
    class Wrong:
        def __init__(self, right):
            self.right, self.params = right, right.params

        def __call__(self, **inputs):
            result = self.right(**inputs)
            for grad in result.grads.values():
                grad *= 1.0 + 1e-9
            return result

        def __getattr__(self, name):
            return getattr(self.right, name)

    monkeypatch.setattr(verdicts, "lift", lambda *args, **options: Wrong(lift(*args, **options)))
    assert judged(program(11, 0)).outcome == "wrong"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_reference_is_right(name):
    """Its slopes against differences in 60 digits."""
    function = FUNCTIONS[name]
    at = [mpf("0.4"), mpf("0.7")]
    for arity in (1, 2):
        nodes = [Number(x) for x in at[:arity]]
        try:
            y = function(*nodes)
        except (TypeError, ValueError):
            continue
        gradients = Gradients(y)
        for i, node in enumerate(nodes):
            step = mpf(10) ** -20
            up, down = ([x + sign * step * (i == j) for j, x in enumerate(at[:arity])] for sign in (1, -1))
            slope = (function(*map(Number, up)).data - function(*map(Number, down)).data) / (2 * step)
            assert abs(gradients.value[node] - slope) < mpf(10) ** -15
        return
    pytest.fail(f"{name} takes neither one operand nor two")


def test_the_reference_bounds_what_floats_do():
    x = Number(0.1)
    y = FUNCTIONS["sin"](1e9 * x) + 1e8 - 1e8
    exact = float(y.data)
    value = Value(0.1)
    computed = ((1e9 * value).sin() + 1e8 - 1e8).data
    assert abs(computed - exact) <= float(y.error) < 1e-6
