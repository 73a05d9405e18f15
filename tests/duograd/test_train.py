"""``python -m nn train`` and ``predict``."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nn import MLP, fit, load_model, save_model
from nn.train.engines import ENGINES, LiftedEngine
from nn.train.optim import OPTIMIZERS, SCHEDULES

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


@pytest.fixture
def train(run):
    return lambda *arguments: run(*arguments, command="train")


@pytest.fixture
def predict(run):
    return lambda *arguments: run(*arguments, command="predict")


def test_training_says_how_well_and_how_fast(train):
    for engine in ENGINES:
        code, out, _ = train("--epochs", "20", "--engine", engine)
        assert code == 0
        assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) >= 85.0
        assert f" s for 140 steps with the {engine} engine" in out
        assert ("lifted 141 scalar operations → " in out) == (engine == "lifted")
        assert ("(extrapolated: 3 of its steps took " in out) == (engine != "scalar")


def test_the_handwritten_digits_are_learnt_from_scalars_that_are_lifted(train):
    code, out, _ = train("--data", "digits", "--epochs", "12")
    assert code == 0
    assert "model  MLP(64, [32, 10], activation='tanh', output='linear'), 2410 parameters" in out
    assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) >= 95.0
    assert re.search(r"the scalar engine would have taken about .* \(extrapolated: ", out)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimiser_can_be_chosen(train, optimizer):
    code, out, _ = train("--optimizer", optimizer, "--epochs", "30", "--l2", "0.001", "--batch-size", "20")
    assert code == 0
    assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) >= 85.0


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_can_be_chosen(train, schedule):
    options = ["--epochs", "40", "--engine", "matrix", "--init", "he_normal"]
    code, out, _ = train("--schedule", schedule, *options)
    assert code == 0
    assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) >= 80.0


def test_weights_clipping_validation_and_metrics_can_be_chosen(train):
    options = ["--clip", "1", "--weight-decay", "0.001", "--validation", "0.3", "--engine", "matrix"]
    metrics = ["--metric", "f1", "--metric", "auc"]
    for weights in (["balanced"], ["setosa=2", "--class-weight", "virginica=0.5"]):
        code, out, _ = train(*options, *metrics, "--class-weight", *weights)
        assert code == 0
        f1, area = map(float, re.search(r"f1 ([\d.]+), auc ([\d.]+)", out).groups())
        assert f1 > 0.8 and area > 0.9


def test_resume_without_a_file_goes_on_from_that_of_save_if_it_exists(train, tmp_path):
    options = ["--engine", "matrix", "--save", "run.npz", "--resume"]
    assert train(*options, "--epochs", "2")[0] == 0
    code, out, _ = train(*options, "--epochs", "5")
    assert code == 0 and " s for 35 steps" in out
    before = (tmp_path / "run.npz").read_bytes()
    code, out, _ = train(*options, "--epochs", "5")
    assert code == 0 and "holds a training that has ended, after 5 epochs" in " ".join(out.split())
    assert (tmp_path / "run.npz").read_bytes() == before


def test_a_training_is_saved_resumed_and_plotted(train, tmp_path):
    options = ["--optimizer", "adam", "--seed", "3", "--engine", "matrix"]
    train(*options, "--epochs", "6", "--save", "whole.npz")
    train(*options, "--epochs", "2", "--save", "run.npz")
    code, out, _ = train(
        *options, "--epochs", "6", "--resume", "run.npz", "--save", "run.npz", "--plot", "c.png"
    )
    assert code == 0
    assert "wrote run.npz" in out and "wrote c.png" in out
    assert "time " in out and " s for 42 steps" in out  # 7 an epoch: of 120 samples, 12 are set aside
    whole, resumed = (load_model(tmp_path / name)[0].state_dict() for name in ("whole.npz", "run.npz"))
    assert all(np.array_equal(whole[name], resumed[name]) for name in whole)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_ctrl_c_ends_training_and_keeps_what_was_learnt(train, predict, monkeypatch):
    class Stopping(LiftedEngine):
        made = 0

        def run(self, X, Y):
            self.made += 1
            if self.made == 100:
                signal.raise_signal(signal.SIGINT)
            return super().run(X, Y)

    monkeypatch.setitem(ENGINES, "lifted", Stopping)
    code, out, _ = train("--save", "run.npz", "--epochs", "500")
    assert code == 0
    out = " ".join(out.split())
    assert re.search(r"stopped by Ctrl-C after step 100; the weights of epoch \d+ are kept", out)
    code, out, _ = predict("run.npz")
    assert code == 0


MINE = "a,b,c,kind\n" + "".join(
    f"{i % 7},{i % 11},{i % 13},{'no' if i % 5 else 'yes'}\n" for i in range(4000)
)


def test_ctrl_c_on_own_data_leaves_whole_files_and_says_so(tmp_path, predict):
    (tmp_path / "mine.csv").write_text(MINE, encoding="utf-8")
    options = ["--data", "mine.csv", "--epochs", "100000", "--save", "run.npz", "--plot", "curve.png"]
    with subprocess.Popen(
        [sys.executable, "-m", "nn", "train", *options],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        give_up = time.monotonic() + 120
        while not (tmp_path / "run.npz").exists() and process.poll() is None and time.monotonic() < give_up:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=120)
    assert process.returncode == 0, out
    assert re.search(r"stopped by Ctrl-C after step \d+; the weights of epoch \d+ are kept", out)
    assert "wrote run.npz" in out and "wrote curve.png" in out
    assert {path.name for path in tmp_path.iterdir()} == {"mine.csv", "run.npz", "curve.png"}
    assert (tmp_path / "curve.png").read_bytes().endswith(b"IEND\xaeB`\x82")
    assert predict("run.npz", "--data", "mine.csv")[0] == 0


def test_a_linear_model_that_ctrl_c_stops_is_not_taken_for_a_whole_one(train, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text(MINE, encoding="utf-8")

    def stopped(*data, **options):
        return fit(*data, **options, callback=lambda history: signal.raise_signal(signal.SIGINT))

    monkeypatch.setattr("duograd.report.fit", stopped)
    code, out, _ = train("--data", "mine.csv", "--epochs", "1")
    assert code == 0
    assert re.search(r"beside a linear model \(not trained to its end\) [\d.]+%", out)


def test_predictions_of_classes(train, predict, tmp_path):
    train("--save", "iris.npz", "--optimizer", "adam")
    code, out, _ = predict("iris.npz", "--out", "all.csv")
    assert code == 0
    assert int(re.search(r"(\d+) of 150 right", out)[1]) > 140
    with (tmp_path / "all.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [line["sample"] for line in lines] == [str(s) for s in range(150)]
    right = sum(line["prediction"] == line["in the data"] for line in lines)
    assert f"{right} of 150 right" in out
    assert all(1 / 3 <= float(line["probability"]) <= 1 for line in lines)


@pytest.mark.parametrize(("loss", "layers"), [("mse", "6,1"), ("gaussian_nll", "6,2")])
def test_predictions_of_numbers_in_their_own_unit(train, predict, tmp_path, loss, layers):
    numbers = np.random.default_rng(0).normal(size=(60, 2))
    rows = ["a,b,c", *(f"{a},{b},{100 + 20 * a - 10 * b}" for a, b in numbers)]
    (tmp_path / "plane.csv").write_text("\n".join(rows), encoding="utf-8")
    (tmp_path / "new.csv").write_text("a,b\n0.5,0.5\n-1,0.2\n", encoding="utf-8")
    train(
        "--data",
        "plane.csv",
        "--loss",
        loss,
        "--layers",
        layers,
        "--epochs",
        "150",
        "--optimizer",
        "adam",
        "--save",
        "plane.npz",
    )
    code, out, _ = predict("plane.npz", "--data", "new.csv", "--out", "new_c.csv")
    assert code == 0
    assert "c of 2 samples" in out and "in the data" not in out
    with (tmp_path / "new_c.csv").open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    assert [float(line["prediction"]) for line in lines] == pytest.approx([105.0, 78.0], abs=4.0)
    assert ("± deviation" in lines[0]) == (loss == "gaussian_nll")


def test_a_training_that_diverges_goes_back_twice_and_then_says_so(train):
    options = ["--activation", "linear", "--loss", "mse", "--optimizer", "sgd"]
    code, out, err = train(*options, "--learning-rate", "1e6")
    assert code == 2
    out = " ".join(out.split())
    for before, after in (("1e+06", "100000"), ("100000", "10000")):
        assert re.search(
            f"began to diverge in step .* rate {re.escape(before)}; it went back .* {after}", out
        )
    assert "error: training diverged in step" in err
    assert "with learning rate 10000" in err and "Try a smaller learning rate, such as 1000" in err


def test_a_training_that_begins_to_diverge_is_saved_by_a_smaller_rate(train):
    code, out, _ = train(
        "--activation", "linear", "--loss", "mse", "--optimizer", "sgd", "--learning-rate", "5"
    )
    assert code == 0
    assert "it went back to its first weights, with learning rate 0.5" in " ".join(out.split())
    assert "training began to diverge" in out
    assert float(re.search(r"accuracy ([\d.]+)%", out)[1]) >= 70.0
    assert max(map(len, out.splitlines())) < 200  # no loss of sixty digits


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("train --optimizer adm", "no optimizer 'adm'; did you mean 'adam'"),
        ("train --learning-rate 0", "give a positive number, not '0'"),
        ("train --l2 -1", "l2 is the strength of the penalty on weights, 0 or more, got -1.0"),
        ("train --batch-size 0", "give a whole number, 1 or more, not '0'"),
        ("train --weight-decay nan", "give a number, 0 or more, not 'nan'"),
        ("train --l2 nan", "l2 is the strength of the penalty on weights, 0 or more, got nan"),
        ("train --clip 0", "give a positive number, not '0'"),
        ("train --validation 1", "give a share above 0 and below 1, not '1'"),
        ("train --class-weight seetosa=2", "no class 'seetosa'; did you mean 'setosa'"),
        ("train --class-weight setosa=-2", "give a number, 0 or more, not '-2'"),
        ("train --class-weight setosa", "give 'balanced', or CLASS=WEIGHT such as yes=2, not 'setosa'"),
        ("train --class-weight balanced --data cars", "--class-weight is for classes"),
        ("train --metric f1 --data cars", "f1 is for targets that stand for classes"),
        ("train --resume", "resume=True goes on from the file of save, so it needs one"),
        ("train --resume missing.npz", "missing.npz: No such file or directory"),
        ("train --resume junk.npz", "junk.npz is not a checkpoint"),
        ("train --resume iris.npz --seed 4", "iris.npz is of training with "),
        ("train --save junk.npz/run.npz", "junk.npz"),
        ("train --engine scalars", "invalid choice: 'scalars'"),
        ("predict junk.npz", "junk.npz is not a checkpoint"),
        ("predict bare.npz", "bare.npz does not say what its inputs are; take one of train --save"),
        ("predict iris.npz --data other.csv", "other.csv has the columns a, b, c, but the model"),
        ("predict iris.npz --data missing.csv", "missing.csv: No such file or directory"),
    ],
)
def test_what_cannot_be_done_gives_a_message_and_exit_code_2(run, train, tmp_path, arguments, message):
    (tmp_path / "junk.npz").write_text("junk", encoding="utf-8")
    (tmp_path / "other.csv").write_text("a,b,c\n1,2,x\n3,4,y\n5,6,x\n", encoding="utf-8")
    save_model(MLP(2, [1]), tmp_path / "bare.npz")
    train("--epochs", "1", "--save", "iris.npz")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    command, *options = arguments.split()
    code, _, err = run(*options, command=command)
    assert code == 2
    assert re.match(rf"(python -m nn {command}: )?error: ", err.splitlines()[-1])
    assert message in err.splitlines()[-1]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
