"""What the lessons say to guesses: every meaning belongs to a wrong answer, and to no other meaning's."""

import importlib
import pkgutil

import pytest

import duograd.course
from duograd.course import lesson_05
from duograd.course.answers import Exercise, Guess, Meaning, NotYet, exercise, guess, same

LESSONS = [
    importlib.import_module(f"duograd.course.{each.name}")
    for each in pkgutil.iter_modules(duograd.course.__path__)
    if each.name.startswith("lesson_")
]


def of_kind(kind):
    found = [(lesson, name, each) for lesson in LESSONS for name, each in vars(lesson).items()]
    return [
        pytest.param(lesson, each, id=f"{lesson.__name__[-2:]}-{name}")
        for lesson, name, each in found
        if isinstance(each, kind)
    ]


@pytest.mark.parametrize("lesson, each", of_kind(Guess))
def test_each_meaning_is_said_to_its_own_answer(lesson, each):
    right, why, meanings = each.__wrapped__()
    assert each(right).outcome == "right"
    assert why and each.__doc__
    assert meanings
    for meaning in meanings:
        said = each(meaning.answer)
        assert (said.outcome, said.name) == ("wrong", meaning.name), meaning
        assert meaning.name and meaning.text in said.text
    assert each(...).outcome == "open"
    assert each("something else entirely").outcome == "wrong"


@pytest.mark.parametrize("lesson, each", of_kind(Exercise))
def test_each_exercise_has_three_hints_and_may_be_left_open(lesson, each):
    assert each.__name__ in lesson.__all__
    assert len({each.hint(level) for level in (1, 2, 3)}) == 3
    assert all(each.hint(level).endswith((".", "?")) for level in (1, 2, 3))
    assert each(...).outcome == "open"
    with pytest.raises(ValueError, match="hints 1, 2 and 3"):
        each.hint(4)


def test_a_function_is_open_until_it_does_something():
    @exercise("One.", "Two.", "Three.")
    def doubles(function):
        if function(2) != 4:
            raise NotYet("It does not double.", "no double")
        return "It doubles."

    def dots(x): ...

    def documented(x):
        """Doubles."""
        ...

    def zero(x):
        return 0

    assert [doubles(each).outcome for each in (dots, documented, lambda x: None)] == ["open"] * 3
    assert doubles(lambda x: x + x).outcome == "right"
    for wrong in (zero, lambda x: 5, lambda x: x):
        with pytest.raises(NotYet) as refused:
            doubles(wrong)
        assert refused.value.name == "no double"
        assert refused.value._render_traceback_() == ["Not yet. It does not double."]


def test_what_a_function_raises_is_said_with_its_line():
    @exercise("One.", "Two.", "Three.")
    def calls(function):
        return str(function())

    def divides():
        return 1 / 0

    with pytest.raises(NotYet, match=r"in divides: return 1 / 0 raised ZeroDivisionError") as refused:
        calls(divides)
    assert refused.value.name == "an error"


def test_graders_do_not_take_what_is_open(monkeypatch):
    @exercise("One.", "Two.", "Three.")
    def anything(answer):
        return str(answer)

    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    with pytest.raises(NotYet) as refused:
        anything(...)
    assert refused.value.name == "open"


@pytest.mark.parametrize(
    "answer, right, agree",
    [
        (3, 3.0, True),
        ([1, 2], (1.0, 2.0), True),
        ((1, 2), (1, 2, 3), False),
        ("dZ @ A.T", "dZ@A.T", True),
        ("same", "the same", True),
        ("theirs", "irs", False),
        ("4", 4, True),
        (4, "four", False),
        ({(0, 1)}, {(0, 1)}, True),
        ({"W": (2, 3)}, {"W": (2, 3)}, True),
        ({"W": (2, 3)}, {"b": (2, 3)}, False),
        (None, 3.0, False),
        (0.1 + 0.2, 0.3, True),
    ],
)
def test_answers_that_say_the_same(answer, right, agree):
    assert same(answer, right) == agree


def test_a_guess_of_another_form_is_told_the_form():
    @guess
    def shape():
        """A shape."""
        return (2, 3), "It is.", [Meaning((3, 2), "transposed", "The other way round.")]

    @guess
    def spoilt():
        """A set."""
        return {"W1"}, "It is.", []

    @guess
    def price():
        """A number."""
        return 28.0, "It is.", []

    assert "a tuple of 2" in shape(5).text
    assert "a set, in braces" in spoilt(["W1"]).text
    assert "without quotes" in price("28").text


def test_what_would_be_right_is_left_to_the_third_hint():
    rule = lesson_05.dZ_of_tanh
    with pytest.raises(NotYet) as refused:
        rule(lambda dA, Z, A: dA * (1 - Z**2))
    assert "is given Z" in str(refused.value)
    assert "1 - A" not in str(refused.value)
    assert "1 - A" in rule.hint(3)
