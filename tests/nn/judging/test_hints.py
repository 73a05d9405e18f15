"""Hints say where, of what kind, and what, and no sooner; a bare assert of a verdict says what is wrong."""

import re

import numpy as np
import pytest

from nn import judge
from nn.judging.file_verdict import FileVerdict, Row
from nn.judging.hints import hint, kind_of
from tests.nn.judged.test_judged import CASES

RNG = np.random.default_rng(2)
X, y, w = RNG.normal(size=(6, 3)), RNG.normal(size=6), RNG.normal(size=3)
NAMES = {name for cases in CASES.values() for _, _, mistakes in cases.values() for name in mistakes.values()}


def squares(w, X, y):
    e = X @ w - y
    return np.mean(e**2), 2 * X.T @ e


@pytest.fixture(scope="module")
def wrong():
    return judge(squares, w=w, X=X, y=y)


def test_each_level_says_more(wrong):
    assert wrong.findings[0].name == "1/m missing"
    first, second, third = (wrong.hint(level) for level in (1, 2, 3))
    assert first.startswith("w is wrong.")
    assert second == f"{first} It is about a factor."
    assert third == wrong.findings[0].text and "6" in third
    for level in (0, 4, "2"):
        with pytest.raises(ValueError, match="a hint has the level 1"):
            wrong.hint(level)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_first_two_levels_are_made_of_their_own_words(name):
    """None of the mistake's name, but where it is, in their names, gets into them."""
    first, second = (hint(level, "W1", name, "It is solved so: " + name, "dZ1", 14) for level in (1, 2))
    assert first == "W1 is wrong. Look at dZ1, line 14."
    assert second == f"{first} It is about {kind_of(name)}."
    assert not re.search(r"[=′⊙²√+*·/]|\d", kind_of(name))
    assert name not in second.replace("it could not be judged", "")


def test_most_mistakes_have_a_kind():
    assert sum(kind_of(name) == "a formula" for name in NAMES) <= 0.1 * len(NAMES)
    assert len({kind_of(name) for name in NAMES}) >= 8
    assert kind_of("error for sign(error)") == kind_of("A1 for X") != kind_of("sign flipped")


def test_what_follows_is_not_hinted_at():
    rows = [
        Row("f", "W2", False, "it is this", "sign flipped", "dW2", False, 3),
        Row("f", "W1", False, "it follows", "sign flipped", "dW2", True),
        Row("f", "b1", True, "right"),
    ]
    verdict = FileVerdict(rows)
    assert verdict.hint(1) == "W2 is wrong. Look at line 3."
    assert FileVerdict(rows[2:]).hint(1) == "All is right."
    assert rows[0].hinted(1).name == "" and rows[0].hinted(2).name == "a sign"
    assert [each.hinted(3) for each in rows] == rows and rows[2].hinted(1) == rows[2]


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        ([(True, "")], "right"),
        ([(True, ""), (False, "not judged")], "not judged"),
        ([(False, "not judged"), (False, "")], "wrong"),
        ([], "not judged"),
    ],
)
def test_the_outcome_of_a_file(rows, outcome):
    verdict = FileVerdict([Row("f", "W", right, "", name) for right, name in rows])
    assert verdict.outcome == outcome and bool(verdict) == (outcome == "right")


# pytest writes the asserts of this file anew, so those that are tried are run as text.
@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert verdict", "1/m missing"),
        ("for once in [1]:\n    assert once and verdict", "1/m missing"),
        ("assert verdict and True", "1/m missing"),
        ("assert verdict, 'their own'", "their own"),
        ("assert not verdict", None),
        ("assert verdict or True", None),
        ("if verdict: raise KeyError", None),
        ("assert bool(verdict) is False", None),
        ("while verdict: pass", None),
        ("[each for each in [verdict] if each]", None),
    ],
)
def test_a_bare_assert_says_what_is_wrong(wrong, code, message):
    file = FileVerdict([Row("f", "W", False, "1/m missing: it is too large")])
    for verdict in (wrong, file):
        if message is None:
            exec(code, {"verdict": verdict})
        else:
            with pytest.raises(AssertionError, match=message) as raised:
                exec(code, {"verdict": verdict})
            assert ("gradient by" in str(raised.value)) == (verdict is wrong and message != "their own")


def test_a_line_is_looked_up_in_the_file_of_the_function(tmp_path):
    # A page break ends no line of Python.
    text = "def f(w, X, y):\n    e = X @ w - y  # \f\n    dw = 3 * X.T @ e\n    return e @ e / 2, dw\n"
    path = tmp_path / "f.py"
    path.write_text(text, encoding="utf-8")
    nowhere, there = {}, {}
    exec(text, nowhere)
    exec(compile(text, path, "exec"), there)
    assert judge(nowhere["f"], w=w, X=X, y=y).hint(1) == "w is wrong."
    assert judge(there["f"], w=w, X=X, y=y).hint(1) == "w is wrong. Look at line 3."
    assert "dw = 3 * X.T @ e" in judge(there["f"], w=w, X=X, y=y).findings[0].text
