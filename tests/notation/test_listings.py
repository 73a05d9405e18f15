"""Every listing is in the notation of its page, and what it says is what the program computes."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import leaves, lift
from nn import MLP, losses
from tests.examples import examples
from tests.notation.programs import SHOWN, every_listing, printed
from tests.notation.reader import read

pytestmark = pytest.mark.long

TOLERANCE = 1e-11  # relative to the largest element
SAMPLES = 3


def _breaks():
    """By name of a listing, what is wrong with it: ``breaks.txt`` says first what each word means."""
    text = Path(__file__).with_name("breaks.txt").read_text(encoding="utf-8")
    _, kinds, listings = text.strip("\n").split("\n\n")
    meaning = dict(line.split(": ", 1) for line in kinds.split("\n"))
    found = (line.split(" = ") for line in listings.split("\n"))
    return {name: "; ".join(meaning[word] for word in words.split()) for name, words in found}


BREAKS = _breaks()


def numbers_for(program, seed=0):
    """Inputs of a program, positive so that nothing leaves its domain."""
    make = np.random.default_rng(seed)
    tail = (SAMPLES,) if program.batch else ()
    inputs = [block for block in program.blocks if block.role == "input"]
    return {block.name: make.uniform(0.2, 0.9, (*block.dims, *tail)) for block in inputs}


def symbols(program):
    """The listing's name of each array, by its label."""
    return {block.name: block.symbol for block in program.blocks if block.role in ("parameter", "input")}


def agrees(program, inputs):
    """Hold what the listing says to what the program computes."""
    names = symbols(program)
    arrays = {names[name]: array for name, array in {**program.params, **inputs}.items()}
    found = read(str(program), arrays, getattr(program, "constants", {}))
    result = program(**inputs)
    assert found.loss == pytest.approx(result.loss, rel=TOLERANCE, abs=TOLERANCE)
    assert result.grads
    for name, right in result.grads.items():
        scale = max(1.0, np.abs(right).max())
        np.testing.assert_allclose(found.gradient(names[name]), right, rtol=0.0, atol=TOLERANCE * scale)


def marked(name, make):
    reason = BREAKS.get(name)
    return pytest.param(
        make, id=name, marks=[pytest.mark.xfail(strict=True, reason=reason)] if reason else []
    )


@pytest.mark.parametrize("make", [marked(name, make) for name, make in every_listing()])
def test_a_printed_listing_reads_back(make, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    program = make()
    agrees(program, numbers_for(program))


def test_every_break_is_of_a_listing_that_there_is():
    assert set(BREAKS) <= {name for name, _ in every_listing()} | {"random MLPs"}


def test_all_programs_that_files_print_are_read(monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    assert {name: len(printed(name)) for name in SHOWN} == SHOWN


@pytest.mark.xfail("random MLPs" in BREAKS, strict=True, reason=BREAKS.get("random MLPs", ""))
@examples(times=1 / 6)
@given(st.data())
def test_a_random_network_reads_back(data):
    depth = data.draw(st.integers(1, 3))
    sizes = [data.draw(st.integers(1, 4)) for _ in range(depth + 1)]
    m = data.draw(st.integers(1, 4))
    activation = data.draw(st.sampled_from(["tanh", "relu", "sigmoid", "softplus"]))
    batch = data.draw(st.booleans())
    kind = "cross_entropy" if sizes[-1] > 1 and data.draw(st.booleans()) else "mse"
    model = MLP(sizes[0], sizes[1:], activation=activation, seed=data.draw(st.integers(0, 99)))
    make = np.random.default_rng(data.draw(st.integers(0, 99)))
    X = make.normal(size=(sizes[0], m))
    Y = np.eye(sizes[-1])[:, make.integers(0, sizes[-1], m)]
    program = _network(model, X[:, :1] if batch else X, Y[:, :1] if batch else Y, losses.LOSSES[kind], batch)
    agrees(program, {"X": X, "Y": Y})


def _network(model, X, Y, loss, batch):
    x, y = leaves("X", X), leaves("Y", Y)
    total = loss.mean([model(column) for column in x.T.tolist()], y.T.tolist())
    inputs = {"X": x[:, 0], "Y": y[:, 0]} if batch else {"X": x, "Y": y}
    return lift(total, inputs, model, batch)
