"""The suite: each program lifts, on any data its gradient is the one by hand, and its book reads back."""

import numpy as np
import pytest

from autodiff.engine.namespaces import FLOATS
from benchmarks import __main__ as benchmarks
from benchmarks.results import read as read_rows
from benchmarks.suite import PROGRAMS
from benchmarks.suite.case import HEADLINE, LISTINGS
from benchmarks.suite.peers import replayed
from tests.benchmarks.printing import agree, expected_failures, reads_back, unlike
from tests.notation.reader import read

pytestmark = pytest.mark.long

every_program = pytest.mark.parametrize("case", PROGRAMS.values(), ids=PROGRAMS)


UNREADABLE, UNLIKE = expected_failures("unreadable.txt"), expected_failures("unlike_the_book.txt")


def marked(reasons):
    """Every program, strict xfails with their reasons."""
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(
                case,
                id=name,
                marks=[pytest.mark.xfail(strict=True, reason=reasons[name])] if name in reasons else [],
            )
            for name, case in PROGRAMS.items()
        ],
    )


def numbers(made, attribute):
    return np.vectorize(lambda value: getattr(value, attribute))(made)


@pytest.fixture(scope="module")
def lifted():
    """The programs by name, each lifted once."""
    return {name: case.lifted(case.data(0)) for name, case in PROGRAMS.items()}


def test_there_are_at_least_forty_in_both_styles():
    assert len(PROGRAMS) >= 40
    assert sum(case.through == "arrays" for case in PROGRAMS.values()) >= 10
    assert {case.through for case in PROGRAMS.values()} == {"arrays", "scalars"}
    assert len(list(LISTINGS.glob("*.txt"))) == len(PROGRAMS)


@every_program
def test_the_gradient_by_hand_is_that_of_the_graph(case):
    data = case.data(3)
    loss, made = case.record(data)
    loss.backward()
    agree(loss.data, {name: numbers(made[name], "grad") for name in case.params}, case.by_hand(**data))


@every_program
def test_peers_are_given_the_graph_itself(case):
    loss, made = case.record(case.data(0))
    leaves = [value for array in made.values() for value in array.ravel().tolist()]
    numbers_of_leaves = {id(leaf): leaf.data for leaf in leaves}
    assert replayed(loss, numbers_of_leaves, FLOATS) == pytest.approx(loss.data, rel=1e-13)


@every_program
def test_it_lifts_and_runs_on_other_data(case, lifted):
    program = lifted[case.name]
    for seed in (0, 1, 2):
        data = case.data(seed)
        program.params.update({name: data[name] for name in case.params})
        result = program(**{name: data[name] for name in case.inputs})
        agree(result.loss, result.grads, case.by_hand(**data))


@every_program
def test_the_book_says_what_is_computed(case):
    for seed in (0, 1):
        data = case.data(seed)
        found = read(HEADLINE + case.listing, data, case.constants)
        agree(found.loss, {name: found.gradient(name) for name in case.params}, case.by_hand(**data))


@marked(UNREADABLE)
def test_what_is_printed_says_what_is_computed(case, lifted):
    reads_back(case, lifted[case.name])


@marked(UNLIKE)
def test_what_is_printed_is_what_a_book_prints(case, lifted):
    assert unlike(case, lifted[case.name]) == []


def test_what_has_to_fail_is_of_the_suite():
    assert set(UNREADABLE) | set(UNLIKE) <= set(PROGRAMS)


def test_the_command_counts_times_and_says_who_is_missing(tmp_path, monkeypatch, capsys):
    def absent(*_):
        raise ImportError("not installed")

    peers = {"Counter": lambda loss, params, inputs: len(params) + len(inputs), "Absent": absent}
    monkeypatch.setattr("benchmarks.suite.command.PEERS", peers)
    words = ["suite", "gemm", "atax", "--rounds", "2", "--json", str(tmp_path / "rows.json")]
    assert benchmarks.main(words) == 0
    rows = {
        (row.case, row.contestant, row.quantity): row.median for row in read_rows(tmp_path / "rows.json")[1]
    }
    assert {case for case, _, _ in rows} == {"gemm", "atax"}
    assert rows["atax", "Counter", "operations"] == 5 * 4 + 4 + 4
    assert rows["atax", "book", "lines"] == 6
    assert rows["gemm", "lifted", "error"] < 1e-14
    assert rows["gemm", "lifted", "time by that of NumPy by hand"] > 0
    printed = capsys.readouterr().out
    assert "Absent is left out: not installed" in printed
    assert printed.index("atax") < printed.index("gemm")
