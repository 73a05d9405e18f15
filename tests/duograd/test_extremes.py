"""Numbers of every size that a float holds are learnt from, and any name is printed as it is."""

import csv
import re

import numpy as np
import pytest

from nn import load_model, save_model
from nn.datasets.dataset import Scaling

pytestmark = pytest.mark.long

RNG = np.random.default_rng(0)
FEATURES = RNG.random((40, 2))
MARKUP = ["length [cm]", "[small]", "[/x]", ":x:", "[bold]", "$a_b$", "<b>&amp;", "{0} %s", "\\n", "–x=1"]


def write(path, names, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [5e-324, 1e-310, 1e-200, 1e-8, 1e8, 1e200, 1.7e308])
@pytest.mark.parametrize("where", ["feature", "target"])
def test_numbers_of_any_size_are_learnt_from(run, tmp_path, size, where):
    numbers = [(i * size if size < 1e-300 else FEATURES[i, 0] * size) for i in range(40)]
    other = FEATURES[:, 1].tolist()
    targets = [i % 2 for i in range(40)] if where == "feature" else numbers
    rows = zip(numbers if where == "feature" else FEATURES[:, 0].tolist(), other, targets)
    write(tmp_path / "a.csv", ["a", "b", "y"], rows)
    options = ["--data", "a.csv", "--engine", "matrix", "--epochs", "60"]
    for command, words in (
        ("train", [*options, "--save", "a.npz"]),
        ("predict", ["a.npz", "--out", "p.csv"]),
    ):
        code, _, err = run(*words, command=command)
        assert (code, err) == (0, "")
    with (tmp_path / "p.csv").open(newline="", encoding="utf-8") as file:
        predicted = [float(line["prediction"]) for line in csv.DictReader(file)]
    assert np.isfinite(predicted).all()
    if where == "target" and size > 1e-300:
        assert 0.1 * size < np.ptp(predicted) < 3.0 * size or size == 1.7e308
    assert run(*options, "--samples", "4", command="compare")[0] == 0


@pytest.mark.parametrize("scale", [1e-310, 1e-200, 1.0, 1e200, 1e308])
def test_what_is_standardised_comes_back(scale):
    X = np.array([FEATURES[:, 0] * scale, np.full(40, scale)])
    scaling = Scaling.of(X)
    Z = scaling.standardised(X)
    np.testing.assert_allclose(Z[0].mean(), 0.0, atol=1e-12)
    np.testing.assert_allclose(Z[0].std(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(scaling.original(Z), X, rtol=1e-6)


@pytest.fixture
def marked(tmp_path):
    """A table in which everything is called like markup; the words of the target, too."""
    rows = []
    for i in range(40):
        kind = MARKUP[i % 2 * 3 + 1]
        rows.append(
            [f"{RNG.normal(2 * (i % 2)):.3f}", MARKUP[int(RNG.integers(5))], "same", f"{i}.{i}", kind]
        )
    write(tmp_path / "[red]a.csv", ["length [cm]", "[small]", "[/x]", "$a_b$", ":x:"], rows)
    return ["--data", "[red]a.csv"]


def flat(text):
    return re.sub(r"[\s│]+", "", text)


def test_every_command_prints_names_as_they_are(run, marked, tmp_path):
    code, out, err = run(
        *marked, "--save", "[b]a.npz", "--plot", "[b]a.png", "--epochs", "5", command="train"
    )
    assert (code, err) == (0, "")
    for name in ("[red]a.csv", "length [cm]", "[small]=[/x]", "[/x]", "$a_b$", ":x:", "[b]a.npz", "[b]a.png"):
        assert flat(name) in flat(out), name
    code, out, err = run("[b]a.npz", "--out", "[i]p.csv", command="predict")
    assert (code, err) == (0, "")
    assert ":x:of40samples" in flat(out) and "[small]" in out and "wrote[i]p.csv" in flat(out)
    told = (tmp_path / "[i]p.csv").read_text(encoding="utf-8")
    assert "[small]" in told and "[bold]" in told
    code, out, err = run(*marked, "--epochs", "2", "--samples", "3", "--out", "[o]", command="compare")
    assert (code, err) == (0, "")
    assert "wrote[o]/comparison.csv" in flat(out)
    for words in (["train", "--data", "[red].csv"], ["train", *marked, "--target", "[/small]"]):
        code, out, err = run(*words[1:], command=words[0])
        assert code == 2 and words[-1] in err


def test_orders_to_a_terminal_are_written_out(run):
    code, _, err = run("--data", "\x1b[31mred\u202e.csv", command="train")
    assert code == 2
    assert "\\x1b[31mred\\u202e.csv" in err and "\x1b" not in err and "\u202e" not in err


def test_a_checkpoint_says_where_its_data_are(run, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    write(tmp_path / "data" / "a.csv", ["a", "b", "y"], [[*x, i % 2] for i, x in enumerate(FEATURES)])
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert run("--data", "../data/a.csv", "--epochs", "2", "--save", "a.npz", command="train")[0] == 0
    monkeypatch.chdir(tmp_path)
    assert run("here/a.npz", command="predict")[0] == 0
    (tmp_path / "data" / "a.csv").unlink()
    code, _, err = run("here/a.npz", command="predict")
    assert code == 2 and "which the network was trained on, is not there; say --data FILE" in err


def test_notes_that_are_missing_or_of_before_are_dealt_with(run, tmp_path):
    assert run("--epochs", "3", "--save", "a.npz", "--data", "cars", command="train")[0] == 0
    code, new, _ = run("a.npz", command="predict")
    model, notes = load_model(tmp_path / "a.npz")
    for missing in ("data", "scaling", "target", "loss"):
        save_model(model, tmp_path / "b.npz", {key: each for key, each in notes.items() if key != missing})
        code, _, err = run("b.npz", command="predict")
        assert code == 2 and f"take one of train --save. Missing is {missing}" in err
    older = {key: each for key, each in notes.items() if key not in ("source", "na", "means")}
    for name in ("scaling", "target scaling"):
        unit, mean, deviation = (np.array(notes[name][key]) for key in ("unit", "mean", "deviation"))
        factor = 1.0 / (unit * deviation)
        older[name] = {"offset": (-mean / deviation).tolist(), "factor": factor.tolist()}
    save_model(model, tmp_path / "b.npz", older)
    code, old, _ = run("b.npz", command="predict")
    assert (code, old) == (0, new)


def test_a_plot_and_a_file_that_nobody_can_write_are_refused_before_training(run, tmp_path):
    for options, message in (
        (["--plot", "curve.xyz"], "no suffix of a plot 'xyz'"),
        (["--plot", "curve"], "no suffix of a plot ''"),
        (["--save", "."], "is a folder; give the name of a file in it"),
    ):
        code, out, err = run("--epochs", "100000", *options, command="train")
        assert (code, out) == (2, "") and message in err
    assert list(tmp_path.iterdir()) == []
