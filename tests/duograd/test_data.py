"""Own data on the command line: how a table is read is said, and can be said; then it trains at once."""

import re

import numpy as np
import pytest

from nn import load_model
from nn.train.engines import ENGINES, LiftedEngine

pytestmark = pytest.mark.long


def table(number=80):
    """Two kinds of bolts, told apart by length and coating."""
    rng = np.random.default_rng(0)
    rows = []
    for i in range(number):
        kind = i % 2
        length = "" if i == 7 else f"{rng.normal(3 + 2 * kind, 0.7):.3f}"
        rows.append(
            f"{i},{length},{['zinc', 'none'][int(rng.random() < 0.2 + 0.6 * kind)]},2024-01-02,{kind}"
        )
    return "\n".join([",length [cm],[bold]coating,day,kind", *rows]) + "\n"


@pytest.fixture
def bolts(tmp_path):
    (tmp_path / "bolts.csv").write_text(table(), encoding="utf-8")
    return "--data", "bolts.csv"


def flat(text):
    return " ".join(text.split())


def test_a_missing_cell_is_refused_with_the_options_that_help(run, bolts):
    code, out, err = run(*bolts, command="train")
    assert (code, out) == (2, "")
    assert "bolts.csv, line 9, column 2 (length [cm]): the cell is empty" in err
    assert "--missing drop leaves such samples out; --missing mean puts the mean" in err


@pytest.mark.parametrize("command", ["train", "compare"])
def test_how_a_table_is_read_is_said_before_training_and_how_good_it_is_afterwards(run, bolts, command):
    options = ["--samples", "5"] if command == "compare" else []
    code, out, _ = run(*bolts, "--missing", "mean", *options, command=command)
    assert code == 0
    before, _, after = out.partition("training ")
    for row in (
        r"column 1 +│ left out +│ numbers of rows, from 0 on",
        r"length \[cm\] +│ a number +│ [\d.]+ to [\d.]+",
        r"\[bold\]coating +│ 2 inputs, one a value +│ none, zinc",
        r"day +│ left out +│ it is '2024-01-02' everywhere",
        r"kind +│ target, 2 classes +│ 0, 1",
    ):
        assert re.search(row, before), row
    assert "note 1 values are missing in 1 of 80 samples (length [cm] 1)" in flat(before)
    assert "from length [cm], [bold]coating=none, [bold]coating=zinc" in before
    accuracy, linear, constant = (
        float(re.search(rf"{what} ([\d.]+)%", after)[1])
        for what in ("accuracy", "a linear model", "always '[01]'")
    )
    assert constant == 50.0
    assert min(accuracy, linear) >= 75.0
    counts = [
        [0 if cell == "·" else int(cell) for cell in re.findall(r"·|\d+", row[1])]
        for row in re.finditer(r"^│ +[01] │(.*)│$", after.partition("is ╲ taken for")[2], re.MULTILINE)
    ][:2]
    assert np.sum(counts) == 16
    assert np.trace(counts) / 16 == pytest.approx(accuracy / 100.0, abs=1e-3)


def test_numbers_are_reported_beside_a_linear_model_and_the_mean(run, tmp_path):
    x = np.random.default_rng(0).normal(size=100)
    rows = [f"{value},{100 + 20 * value * abs(value)}" for value in x]
    (tmp_path / "curve.csv").write_text("\n".join(["x,y [m]", *rows]), encoding="utf-8")
    code, out, _ = run("--data", "curve.csv", "--epochs", "300", command="train")
    assert code == 0
    found = re.search(
        r"in units of y \[m\]: network ([\d.]+), linear model ([\d.]+), the mean ([\d.]+)", flat(out)
    )
    network, linear, mean = map(float, found.groups())
    assert network < linear < mean
    assert "predicted less actual: from -" in out


def test_what_was_guessed_can_be_said(run, bolts):
    said = [
        "--missing",
        "drop",
        "--target",
        "[bold]coating",
        "--roles",
        "column 1=number",
        "--roles",
        "kind=ignore",
    ]
    code, out, _ = run(*bolts, *said, "--epochs", "1", command="train")
    assert code == 0
    assert re.search(r"\[bold\]coating +│ target, 2 classes", out)
    assert re.search(r"column 1 +│ a number +│ 0 to 79", out)
    assert re.search(r"kind +│ left out +│ as was said", out)
    assert "79 samples, of which 16 are kept" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--target kin", "no column in bolts.csv 'kin'; did you mean 'kind'"),
        ("--roles kind", "give NAME=ROLE, such as age=number, not 'kind'"),
        ("--roles kind=numbers", "no role 'numbers'; did you mean 'number'"),
        ("--header maybe", "no answer 'maybe'; did you mean 'yes'? Known are yes, no"),
        ("--missing zero", "invalid choice: 'zero'"),
        ("--missing drop --classes no --loss cross_entropy", "cross_entropy is a loss for classes"),
        (
            "--missing drop --target day",
            "column 'day' holds dates or times, which are no targets; --target NAME",
        ),
        ("--data iris --target species", "--target is for a file of your own; iris is read as it is"),
    ],
)
def test_options_without_meaning_are_refused(run, bolts, arguments, message):
    code, out, err = run(*bolts, *arguments.split(), command="train")
    assert (code, out) == (2, "")
    assert message in flat(err)


def test_predictions_read_another_table_as_the_first_was_read(run, bolts, tmp_path):
    run(*bolts, "--missing", "mean", "--save", "bolts.npz", command="train")
    (tmp_path / "new.csv").write_text(
        "[bold]coating;length [cm];weight\nzinc;3,0;1\nnone;5,25;2\nzinc;;3\n", encoding="utf-8"
    )
    code, out, _ = run("bolts.npz", "--data", "new.csv", command="predict")
    assert code == 0
    assert re.findall(r"│ +\d │ +([01]) │ +0\.\d+ │", out)[:2] == ["0", "1"]
    means = load_model(tmp_path / "bolts.npz")[1]["means"]
    assert 3.5 < means[0] < 4.5
    for text, message in (
        ("length [cm]\n3\n4\n", "has one column"),
        (
            "length [cm],weight\n3,1\n4,1\n",
            "new.csv has the columns length [cm], weight, but the model was trained",
        ),
        (
            "[bold]coating,length [cm]\ngold,1\n",
            "line 2, column 1 ([bold]coating): 'gold' is none of the values",
        ),
        (
            "[bold]coating,length [cm]\nzinc,tall\n",
            "line 2, column 2 (length [cm]): 'tall' is not a finite number",
        ),
    ):
        (tmp_path / "new.csv").write_text(text, encoding="utf-8")
        code, _, err = run("bolts.npz", "--data", "new.csv", command="predict")
        assert code == 2
        assert message in flat(err)


def test_what_is_missing_is_refused_in_predictions_too(run, bolts, tmp_path):
    run(*bolts, "--missing", "drop", "--save", "bolts.npz", command="train")
    code, _, err = run("bolts.npz", "--data", "bolts.csv", command="predict")
    assert code == 2
    assert "bolts.csv: sample 7 misses 'length [cm]'" in err


def test_a_full_disk_leaves_the_checkpoint_of_before_and_says_so(run, bolts, tmp_path, monkeypatch):
    train = [*bolts, "--missing", "drop", "--save", "bolts.npz", "--epochs", "2"]
    assert run(*train, command="train")[0] == 0
    before = (tmp_path / "bolts.npz").read_bytes()

    def full(file, **arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device", "bolts.npz")

    monkeypatch.setattr("numpy.savez", full)
    code, _, err = run(*train, command="train")
    assert code == 2
    assert "bolts.npz: No space left on device" in err
    assert (tmp_path / "bolts.npz").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bolts.csv", "bolts.npz"]


def test_a_broken_training_of_own_data_is_whole_and_says_so(run, bolts, tmp_path, monkeypatch):
    class Diverging(LiftedEngine):
        """Its third pass is not finite, as one with a rate far too large."""

        passes = 0

        def run(self, X, Y):
            done = super().run(X, Y)
            self.passes += 1
            return done._replace(J=float("nan")) if self.passes == 3 else done

    monkeypatch.setitem(ENGINES, "lifted", Diverging)
    code, out, _ = run(*bolts, "--missing", "drop", "--save", "bolts.npz", command="train")
    assert code == 0
    assert "began to diverge in step 3 with learning rate 0.005; it went back to its first weights" in flat(
        out
    )
    load_model(tmp_path / "bolts.npz")
