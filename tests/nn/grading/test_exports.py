"""Grades and what other programs get of them, whatever students call themselves."""

import csv
import json

import pytest

from nn.grading.exports import COLUMNS, FORMULA, gradescope_results, to_csv
from nn.grading.grades import grade_of, mistakes_of
from nn.grading.judged import Judged, not_judged
from nn.judging.file_verdict import Row

RIGHT = Row("f", "W1", True, "right")
WRONG = Row("f", "W2", False, "dW2 is 6 times too large.", "1/m missing", "dW2", False, 14)
FOLLOWS = Row("f", "W1", False, "right given dW2", "1/m missing", "dW2", True)
NO_NAME = Row("f", "b1", False, "no simple mistake")


def test_a_student_is_as_right_as_the_worst_file():
    right, wrong = Judged("right", [RIGHT]), Judged("wrong", [RIGHT, WRONG])
    slow, empty = not_judged("it took too long"), not_judged("it defines none", empty=True)
    assert grade_of("ann", {"a.py": right}).outcome == "right"
    assert grade_of("ann", {"a.py": right, "b.py": wrong, "c.py": slow}).outcome == "wrong"
    assert grade_of("ann", {"a.py": right, "b.py": slow}).outcome == "not judged"
    helped = grade_of("ann", {"a.py": right, "parts.py": empty})
    assert helped.outcome == "right" and [each.file for each in helped.found] == ["a.py"]
    for files in ({}, {"a.py": empty}):
        nothing = grade_of("ann", files)
        assert (nothing.outcome, nothing.mistakes, nothing.right) == ("not judged", ["not judged"], 0)
        assert nothing.found[0].row.text


def test_mistakes_are_counted_by_student_the_most_frequent_first():
    ann = grade_of("ann", {"a.py": Judged("wrong", [WRONG, WRONG, FOLLOWS, NO_NAME])})
    bob = grade_of("bob", {"a.py": Judged("wrong", [NO_NAME, RIGHT])})
    assert ann.mistakes == ["1/m missing", "wrong, without a name"]
    made = {mistake: [each.student for each in who] for mistake, who in mistakes_of([ann, bob]).items()}
    assert list(made.items()) == [("wrong, without a name", ["ann", "bob"]), ("1/m missing", ["ann"])]
    kinds = mistakes_of([grade_of("ann", {"a.py": Judged("wrong", [WRONG])}, hint=2)])
    assert list(kinds) == ["a factor"]


def test_what_is_kept_comes_back():
    judged = Judged("wrong", [RIGHT, WRONG, FOLLOWS], "\udcff", False, True, 1.5)
    assert Judged.from_json(json.loads(json.dumps(judged.as_json()))) == judged


@pytest.mark.parametrize("first", [*FORMULA, " =", "\x1b", "\r"])
def test_no_cell_is_a_formula_or_an_order(tmp_path, first):
    hostile = f"{first}cmd|' /C calc'!A0,\"\n</td><script>\u202e\udcff" + "x" * 40_000
    row = Row(hostile, hostile, False, hostile, hostile)
    path = tmp_path / "report.csv"
    to_csv([grade_of(hostile, {hostile: Judged("wrong", [row])})], path)
    with path.open(newline="", encoding="utf-8") as file:
        header, cells = csv.reader(file)
    assert tuple(header) == COLUMNS and len(cells) == len(COLUMNS)
    for cell in cells:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        assert len(cell) <= 32_767 and not {"\x1b", "\r", "\u202e", "\udcff"} & {*cell}


def test_gradescope_takes_the_results():
    """By the fields of its specification."""
    files = {"a.py": Judged("wrong", [RIGHT, WRONG], seconds=2.6), "\x1b.py": not_judged("it took too long")}
    results = json.loads(json.dumps(gradescope_results(grade_of("ann", files))))
    assert results["score"] == sum(test["score"] for test in results["tests"]) == 1.0
    assert isinstance(results["execution_time"], int) and results["stdout_visibility"] == "hidden"
    assert [test["name"] for test in results["tests"]] == ["a.py: f W1", "a.py: f W2", "\\x1b.py: the file"]
    for test in results["tests"]:
        assert 0.0 <= test["score"] <= test["max_score"] == 1.0
        assert test["status"] == ("passed" if test["score"] else "failed")
        assert test["visibility"] == "visible" and test["output_format"] == "text" and test["output"]
    hinted = gradescope_results(grade_of("ann", {"a.py": Judged("wrong", [WRONG])}, hint=1))
    assert hinted["tests"][0]["output"] == "W2 is wrong. Look at line 14."
    assert gradescope_results(grade_of("ann", {}))["tests"][0]["score"] == 0.0
