"""What explain says stood in the way did: without it the gather is gone."""

import numpy as np
import pytest

from autodiff import dot, leaves, lift
from tests.notation.reader import read

MAKE = np.random.default_rng(8)
NONE = "every operand is read by rule: no gather is left"


def lifted(loss, *arrays):
    return lift(loss, params=[value for array in arrays for value in array.ravel()])


def reads_back(program, *arrays):
    found = read(
        str(program), dict(zip((block.name for block in program.blocks[1:]), arrays)), program.constants
    )
    result = program()
    assert found.loss == pytest.approx(result.loss, rel=1e-12)
    for name, grad in result.grads.items():
        np.testing.assert_allclose(found.gradient(name), grad, rtol=0, atol=1e-11)


def windows(starts):
    k, x = leaves("k", MAKE.normal(size=3)), leaves("x", MAKE.normal(size=12))
    return lifted(sum(dot(k.tolist(), x[i : i + 3].tolist()).tanh() for i in starts), k, x)


def test_windows_that_do_not_go_along_with_the_rest_are_named():
    assert windows(range(8)).explain() == NONE
    said = windows([0, 1, 2, 3, 4, 5, 6, 9]).explain()
    assert said.startswith("element 8 of ")
    assert said.endswith(" reads another element of x than the rest")


def columns(picked):
    E, w = leaves("E", MAKE.normal(size=(3, 9))), leaves("w", MAKE.normal(size=3))
    program = lifted(sum(dot(w.tolist(), E[:, j].tolist()).tanh() for j in picked), E, w)
    reads_back(program, E.data, w.data)
    return program


def test_columns_that_are_looked_up_follow_no_rule():
    assert columns([1, 2, 3, 4]).explain() == NONE
    said = columns([8, 0, 3, 4, 7, 1]).explain()
    assert said.startswith("the ")
    assert "columns 1, 2, 4, 5, 8, 9 of E" in said
    assert said.endswith("which follow no rule")


def test_an_array_that_is_read_beside_another_is_said():
    x, y = leaves("x", MAKE.normal(size=4)), leaves("y", MAKE.normal(size=4))
    parts = [*(a.exp() for a in x[:3]), *(b.sin() for b in y[:3])]
    together = lifted(sum((a * a).tanh() for a in parts), x, y)
    apart = lifted(sum((a * a).tanh() for a in parts[:3]), x, y)
    assert apart.explain() == NONE
    assert together.explain() == NONE or "together, as if they were one array" in together.explain()


def test_sums_of_different_lengths_are_said():
    x = leaves("x", MAKE.normal(size=12))
    u = [a.exp() for a in x]
    ragged = lifted(sum(sum(u[3 * i : 3 * i + n]).sin() for i, n in enumerate((3, 2, 3, 2))), x)
    assert "sums of different lengths, of 2 and 3 terms" in ragged.explain()
    even = lifted(sum(sum(u[3 * i : 3 * i + 2]).sin() for i in range(4)), x)
    assert even.explain() == NONE


def test_the_listing_says_it_in_comments():
    program = columns([8, 0, 3, 4, 7, 1])
    assert [line for line in str(program).split("\n") if line.startswith("# gathered: ")] == [
        f"# gathered: {line}" for line in program.explain().split("\n")
    ]
    assert "gathered" not in str(columns([1, 2, 3, 4]))


def test_what_a_constant_lists_is_read_by_its_name():
    program = columns([8, 0, 3, 4, 7, 1])
    assert "E[:,I]" in str(program)
    assert program.constants["I"].tolist() == [1.0, 2.0, 4.0, 5.0, 8.0, 9.0]
