"""``python -m nn compare``, as it is used."""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nn.losses import LOSSES
from nn.losses.regression import MSE

pytestmark = pytest.mark.long


def test_the_main_job(tmp_path):
    """In another folder, with no arguments: Iris, three gradients that agree, three files."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "nn", "compare"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
    )
    assert done.returncode == 0, done.stderr
    assert "iris: 150 samples, of which 30" in done.stdout
    assert "MLP(4, [8, 3], activation='tanh'" in done.stdout
    assert "60/60 epochs" in done.stdout
    assert float(re.search(r"accuracy ([\d.]+)%", done.stdout)[1]) >= 90.0
    assert re.search(r"dW1 = dZ1·Xᵀ +8×4 +32 .*dW1\[\d,\d\] .* ✓", done.stdout)
    assert "All 14 quantities agree" in done.stdout
    assert "17,040 scalar operations → 14 array operations" in done.stdout
    assert re.search(r"^  dA1 = W2ᵀ·dZ2 ", done.stdout, re.MULTILINE)
    written = sorted(re.findall(r"wrote out/(\S+):", done.stdout))
    assert written == ["comparison.csv", "explorer.html", "graph.svg", "training.png"]
    assert written == sorted(path.name for path in (tmp_path / "out").iterdir())
    svg = ElementTree.parse(tmp_path / "out" / "graph.svg").getroot()
    text = " ".join("".join(svg.itertext()).split())
    for label in ("W1[7,3]", "b2[2]", "x[3]", "y[0]", "z1[7]", "a1[0]", "loss"):
        assert label in text, label
    assert (tmp_path / "out" / "training.png").read_bytes().startswith(b"\x89PNG")
    with (tmp_path / "out" / "comparison.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 5828


@pytest.mark.parametrize(
    ("most", "says"),
    [
        (3000, r"wrote {}: a page to step through, with numbers to pull on, for 3 test samples\n"),
        (500, r"wrote {}: a page to step through, with numbers to pull on, for 1 test sample\n"),
        (100, r"left out {}: this graph has 2\d\d nodes, and a page shows 100 at most"),
    ],
)
def test_the_page_shows_as_many_samples_as_fit(run, tmp_path, monkeypatch, most, says):
    monkeypatch.setattr("viz.explorer.api.MOST_NODES", most)
    code, out, _ = run("--layers", "8,3", "--epochs", "0", "--samples", "1")
    assert code == 0
    assert re.search(says.format("out/explorer.html"), out)
    assert (tmp_path / "out" / "explorer.html").exists() == says.startswith("wrote")


def environment():
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "COLUMNS": "80"}


@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_can_be_chosen(run, loss, tmp_path):
    outputs = LOSSES[loss].outputs(3)
    options = f"--epochs 1 --samples 3 --layers 2,{outputs} --out here/there"
    code, out, _ = run("--loss", loss, *options.split())
    assert code == 0
    assert re.search(rf"dA2 = ∂J/∂A2 +{outputs}×3 +{3 * outputs} ", out)
    assert len(list((tmp_path / "here" / "there").iterdir())) == 4


def test_a_file_of_ones_own_with_numbers_to_predict(run, tmp_path):
    lines = [f"{x},{-x},{2 * x + 1}" for x in range(20)]
    (tmp_path / "line.csv").write_text("\n".join(["a,b,c", *lines]), encoding="utf-8")
    code, out, _ = run("--data", "line.csv", "--epochs", "30", "--activation", "relu")
    assert code == 0
    assert "tell c: a number" in out
    assert ", mse, 16 samples" in out
    assert float(re.search(r"mean squared error ([\d.e-]+)", out)[1]) < 0.1


def test_a_file_of_ones_own_with_two_classes_and_one_output(run, tmp_path):
    lines = [f"{x},{x * x % 7},{int(x > 9)}" for x in range(20)]
    (tmp_path / "two.csv").write_text("\n".join(lines), encoding="utf-8")
    options = "--data two.csv --loss binary_cross_entropy --layers 3,1 --epochs 2"
    code, out, _ = run(*options.split())
    assert code == 0
    assert "tell column 3: one of 0, 1" in out


def test_gradients_that_differ_give_exit_code_1(run, monkeypatch):
    monkeypatch.setattr(MSE, "dA", lambda self, A, Y: self.derivative(A, Y))
    code, out, _ = run("--loss", "mse", "--epochs", "0")
    assert code == 1
    assert "First difference, in order of computation: dA2 = ∂J/∂A2." in out
    assert "training.png" not in out  # there was none


FILES = {
    "empty_cell.csv": "a,b,c\n1,2,x\n3,,y\n",
    "text_cell.csv": "a,b,c\n1,2,x\n3,four,y\n",
    "one_class.csv": "a,b,c\n1,2,x\n3,4,x\n",
    "tiny.csv": "a,b,c\n1,2,x\n3,4,y\n",
    "file": "",
}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--data missing.csv", "missing.csv: No such file or directory"),
        ("--data irs", "no data set or file 'irs'; did you mean 'iris'"),
        ("--data .", ".: Is a directory"),
        ("--data empty_cell.csv", "empty_cell.csv, line 3, column 2 (b): the cell is empty"),
        ("--data text_cell.csv", "text_cell.csv, line 3, column 2 (b): 'four' is not a finite number"),
        ("--data one_class.csv", "'c' holds one class only, 'x'"),
        ("--data tiny.csv", "2 samples are too few to set 20% of them aside"),
        ("--layers 8,0", "a layer has at least one neuron, not 0 as in '8,0'"),
        ("--layers 8,x", "give sizes such as 8,3, not '8,x'"),
        ("--layers 8,4", "iris has 3 classes, so --layers ends with 3 for cross_entropy, not 4"),
        ("--layers 8,1 --loss hinge", "iris has 3 classes"),
        ("--activation tahn", "no activation 'tahn'; did you mean 'tanh'"),
        ("--loss cross-entropy", "no loss 'cross-entropy'; did you mean 'cross_entropy'"),
        ("--epochs -1", "give a whole number, 0 or more, not '-1'"),
        ("--epochs many", "give a whole number, 0 or more, not 'many'"),
        ("--samples 0", "give a whole number, 1 or more, not '0'"),
        ("--samples 121", "there are 120 training samples, --samples cannot be 121"),
        ("--out file", "'file' is to be a folder, but it is a file"),
        ("--out file/out", "file/out: Not a directory"),
        ("--out /proc/out", "/proc/out: No such file or directory"),
    ],
)
def test_what_cannot_be_done_gives_a_message_and_exit_code_2(run, tmp_path, arguments, message):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    code, out, err = run(*arguments.split())
    assert code == 2
    assert re.match(r"(python -m nn compare: )?error: ", err.splitlines()[-1])
    assert message in err.splitlines()[-1]
    assert "training" not in out  # it is said before anything is computed
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)


def test_an_old_file_stays_whole_if_the_new_one_cannot_be_finished(run, tmp_path, monkeypatch):
    assert run("--epochs", "1")[0] == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}

    def savefig(self, path, **options):
        path.write_bytes(b"half a pic")
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", savefig)
    code, _, err = run("--epochs", "1")
    assert code == 2
    assert "No space left on device" in err
    after = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert after == before


def test_help_names_every_option_and_choice(run):
    code, out, _ = run("--help")
    assert code == 0
    for word in (
        "--data",
        "--layers",
        "--activation",
        "--loss",
        "--epochs",
        "--seed",
        "--out",
        "--samples",
        "iris",
        "leaky_relu",
        "binary_cross_entropy",
        "Exit code",
    ):
        assert word in out
