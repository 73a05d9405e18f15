"""Benchmarks give rows of one form; the picture shows them; what the repository keeps fits together."""

import gc
import re
from dataclasses import fields
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.results import RESULTS, Row, picture, read, rows_of, write, write_picture
from benchmarks.timing import Spread

pytestmark = pytest.mark.long

KEPT = Path(__file__).parents[2] / RESULTS
TINY = {
    "call": ["--rounds", "9"],  # a difference of two times, of which a busy machine leaves nothing in fewer
    "fit": ["--rounds", "1"],
    "start": ["--rounds", "1", "--imports"],
    "eager": ["--rounds", "1", "--steps", "1", "--samples", "2", "--peers", "slots", "--largest", "1000"],
    "lift": [
        *("--rounds", "1", "--threads", "one", "--largest", "65000"),
        *("--skip", "pytorch", "jax", "casadi", "micrograd"),
    ],
    "train": ["--rounds", "1", "--skip", "micrograd"],
    "microgpt": ["--rounds", "1", "--steps", "4", "--sample", "1", "--skip", "jax"],
    "draw": ["--rounds", "1", "--widths", "2"],
}


def ratios_in(svg):
    return re.findall(r"<text[^>]*>([\d,]+(?:\.\d\d)?)</text>", svg.read_text(encoding="utf-8"))


def shown(ratio):
    return f"{ratio:,.2f}" if ratio < 10 else f"{ratio:,.0f}"


def check(rows):
    assert rows
    for row in rows:
        assert row.low <= row.median <= row.high
        assert row.median > 0
        assert len(row.how) > 40
        assert (row.ratio is None) == (row.reference is None)
        if row.ratio is not None:
            assert row.ratio_low <= row.ratio <= row.ratio_high
        assert row.unit in ("s", "bytes")
        if row.contestant == row.reference:
            assert row.ratio == 1
        elif row.reference:
            assert any(other.contestant == row.reference and other.case == row.case for other in rows)


@pytest.fixture
def a_young_process():
    """Benchmarks clear the heap before each turn; what earlier tests left there, millions of objects after
    a serial run, is none of their business and made a tiny run take a minute."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("a_young_process")
@pytest.mark.parametrize("name", command.MEASURING)
def test_a_tiny_run_gives_rows_of_the_one_form(name, tmp_path):
    path = tmp_path / "results.json"
    assert command.main([name, *TINY[name], "--json", str(path)]) == 0
    machine, rows = read(path)
    assert machine["cores"] >= 1
    check(rows)
    assert {row.benchmark for row in rows} == {name}
    assert any(row.ratio for row in rows)


def test_without_a_command_all_are_measured_and_file_and_picture_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "benchmarks").mkdir()
    made = {
        name: rows_of(
            name,
            "case",
            {
                "a": {"seconds": Spread(1, 1, 1), "ratio": Spread(1, 1, 1)},
                "b": {"seconds": Spread(3, 2, 4), "ratio": Spread(3.25, 2, 4)},
            },
            "a",
            "how",
        )
        for name in command.MEASURING
    }
    for module in command.MEASURING.values():
        monkeypatch.setattr(module, "run", lambda options, console: made[options.command])
    assert command.main([]) == 0
    _, rows = read(tmp_path / RESULTS)
    assert rows == [row for each in made.values() for row in each]
    assert ratios_in(tmp_path / "benchmarks/results.svg") == ["1.00", "3.25"] * len(made)


def test_rows_survive_the_file_and_the_picture_is_the_same_each_time(tmp_path):
    _, rows = read(KEPT)
    write(tmp_path / "a.json", {}, rows)
    assert read(tmp_path / "a.json") == ({}, rows)
    few = [row for row in rows if row.benchmark == "train"]
    for name in ("a.svg", "b.svg"):
        write_picture(tmp_path / name, few)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert {each.name for each in fields(Row)} >= {"median", "ratio", "how"}


def test_the_kept_picture_shows_the_kept_results():
    _, rows = read(KEPT)
    check(rows)
    assert {row.benchmark for row in rows} == set(command.MEASURING)
    expected = [shown(row.ratio) for row in rows if row.ratio is not None]
    assert ratios_in(KEPT.with_suffix(".svg")) == expected
    titles = [axes.get_title(loc="left") for axes in picture(rows).axes]
    text = KEPT.with_suffix(".svg").read_text(encoding="utf-8")
    assert [title for title in titles if title not in text] == []
