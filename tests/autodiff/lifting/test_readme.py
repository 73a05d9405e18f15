"""The README of lifting: what it says each stage gives is what the stage gives."""

import doctest
import re
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).parents[3] / "autodiff/lifting/README.md"


def test_the_example_runs_and_prints_what_it_says():
    text = README.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text.replace("```\n", ""), {}, "README", str(README), 0)
    assert len(test.examples) > 20
    report = []
    results = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert results.failed == 0, "".join(report)


def matrices(text):
    """The matrices of two rows that are drawn with brackets; ½, ¼, · and − are read as numbers."""
    for above, below in re.findall(r"^( .*\[ .*)\n( .*\[ .*)$", text, re.MULTILINE):
        rows = [re.findall(r"\[(.*?)\]", line) for line in (above, below)]
        for pair in zip(*rows, strict=True):
            yield np.array([[number(cell) for cell in re.split(r"\s{2,}", row.strip())] for row in pair])


def number(cell):
    plain = cell.replace("½", "0.5").replace("¼", "0.25").replace("·", "*").replace("−", "-")
    return eval(plain, {})


def test_the_matrices_on_paper_are_right():
    text = README.read_text(encoding="utf-8")
    product, same, Z, A, dA, dZ, dW, again, db = matrices(text)
    W, b, X = np.array([[1, -2], [0.5, 1]]), np.array([[0.5], [-1]]), np.array([[2, 1], [1, 3]])
    for drawn, right in (
        (product, W @ X),
        (same, W @ X),
        (Z, W @ X + b),
        (A, np.maximum(Z, 0)),
        (dA, np.full((2, 2), 0.25)),
        (dZ, dA * (Z > 0)),
        (dW, dZ @ X.T),
        (again, dZ @ X.T),
        (db, dZ.sum(axis=1, keepdims=True)),
    ):
        assert drawn == pytest.approx(right)


def test_the_files_it_names_are_there():
    named = re.findall(r"`((?:\w+/)?\w+\.py|\w+/)`", README.read_text(encoding="utf-8"))
    assert len(named) > 6
    assert all((README.parent / name).exists() for name in named)


def test_the_positions_in_the_table_are_those_that_are_read():
    text = README.read_text(encoding="utf-8")
    rows = re.findall(r"^    (\d)     (\d) (\d)    (\d) (\d)$", text, re.MULTILINE)
    at = {"W": 0, "X": 6}
    expected = [
        (2 * (2 * s + j), *(at["W"] + 2 * j + t for t in (0, 1)), *(at["X"] + 2 * t + s for t in (0, 1)))
        for s in (0, 1)
        for j in (0, 1)
    ]
    assert [tuple(map(int, row)) for row in rows] == expected
