"""The questions have the right answers, and what a class has learnt is computed as the formulas have it."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from autodiff import grad, relu
from nn.grading.verdict_log import read_log

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
KIT = ROOT / "lessons" / "kit"
QUESTIONS = yaml.safe_load((KIT / "questions.yaml").read_text(encoding="utf-8"))
FORMS = [(number, form) for number in range(10) for form in "AB"]
HEAD = ["code", "when", "form", *map(str, range(1, 11))]


def softmax(z):
    return np.exp(z) / np.exp(z).sum()


def slopes(function, n):
    """How many numbers of a Jacobian are not zero, by differences."""
    z, h = np.linspace(-0.5, 0.4, n), 1e-6
    columns = [(function(z + h * e) - function(z - h * e)) / (2 * h) for e in np.eye(n)]
    return int((np.abs(columns) > 1e-9).sum())


class Layer:
    """The gradients of sum(Z * dZ) by differences, for a layer in columns or in rows of one size."""

    def __init__(self, columns):
        rng = np.random.default_rng(0)
        self.W, self.A = rng.normal(size=(4, 4)), rng.normal(size=(4, 4))
        self.dZ, self.m = rng.normal(size=(4, 4)), 4
        self.columns = columns
        self.Z = self.forward(self.W, self.A)

    def forward(self, W, A):
        return W @ A if self.columns else A @ W

    def by(self, name):
        """One element is moved by 1, which is a difference as good as any, as Z is linear in it."""
        made = np.zeros((4, 4))
        for place in np.ndindex(4, 4):
            moved = {"W": self.W.copy(), "A": self.A.copy()}
            moved[name][place] += 1
            made[place] = np.sum((self.forward(**moved) - self.Z) * self.dZ)
        return made

    @property
    def dW(self):
        return self.by("W")

    @property
    def dA(self):
        return self.by("A")


NAMES = {
    "grad": grad,
    "relu": relu,
    "np": np,
    "softmax": softmax,
    "slopes": slopes,
    "grad_size": lambda neurons, inputs, samples: neurons * inputs,
    "layer": lambda columns: Layer(columns),
}


@pytest.mark.parametrize("number, form", FORMS)
def test_the_right_answer_is_the_only_right_one(number, form):
    question = QUESTIONS[number][form]
    layer = vars(Layer("column for each" in question["text"]))
    wanted = eval(question["computed"], NAMES)
    right = []
    for choice, meaning in question["choices"].items():
        given = eval(choice, {"np": np, **layer})
        if np.shape(given) == np.shape(wanted) and np.allclose(given, wanted, rtol=1e-6):
            right.append(meaning)
    assert right == ["right"]
    assert len(question["choices"]) == 4


def run(*arguments):
    return subprocess.run(
        [sys.executable, "lessons/kit/evaluate.py", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": "", "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
    )


def letters(form, right):
    """Answers of which those at these places are right, and the others the first that is not."""
    made = []
    for number, question in enumerate(QUESTIONS):
        meanings = list(question[form]["choices"].values())
        place = meanings.index("right")
        made.append("abcd"[place if number in right else (place + 1) % 4])
    return made


def answers(path, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


def test_a_class_has_its_gain_its_questions_and_its_mistakes(tmp_path):
    rows = [
        ["na14", "before", "A", *letters("A", {0, 1})],
        ["na14", "after", "B", *letters("B", {0, 1, 2, 3, 4, 5})],
        ["ko02", "before", "B", *letters("B", {0, 1, 2, 3})],
        ["ko02", "after", "A", *letters("A", set(range(10)))],
        ["gone", "before", "A", *[""] * 10],
    ]
    log = tmp_path / "verdicts.jsonl"
    entry = '{"day": "2026-03-04", "outcome": "%s", "right": 1, "judged": 2, "kinds": [%s]}\n'
    log.write_text(entry % ("wrong", '"a factor"') + entry % ("right", ""))
    made = run(answers(tmp_path / "answers.csv", rows), "--log", log)
    assert made.returncode == 0, made.stderr
    told = {line.split("  ")[1].strip(): line.split() for line in made.stdout.splitlines() if "  " in line}
    assert "2 learners, 10 questions" in made.stdout
    assert told["right before"][-1] == "3.00"  # of 2 and 4
    assert told["right after"][-1] == "8.00"  # of 6 and 10
    assert told["gain"][-1] == "+5.00"
    assert told["its 95 % interval"][-3:] == ["+4.00", "…", "+6.00"]
    assert told["normalised gain"][-1] == "0.71"  # 5 of the 7 that could be gained
    assert told["chain rule"][2:4] == ["100%", "100%"]
    assert told["element by element"][3:5] == ["0%", "50%"]
    assert told["2026-03-02"][1:] == ["2", "50%", "1×", "a", "factor"]  # of Monday to Sunday


@pytest.mark.parametrize(
    "rows, said",
    [
        ([], "at least two learners"),
        ([["a", "during", "A", *"abcdabcdab"]], "line 2: 'during' is neither 'before' nor 'after'"),
        ([["a", "before", "C", *"abcdabcdab"]], "line 2: 'C' is none of the forms A, B"),
        ([["a", "before", "A", *"abcdabcdae"]], "line 2: 'e' is none of the answers a, b, c, d"),
        ([["", "before", "A", *"abcdabcdab"]], "line 2: the code is empty"),
        ([["a", "before", "A", *"abcdabcdab"]] * 2, "line 3: 'a' has two sheets 'before'"),
        ([["a", when, "A", *"abcdabcdab"] for when in ("before", "after")], "line 3: 'a' has form A twice"),
    ],
)
def test_what_is_no_table_of_answers_is_told_with_its_line(tmp_path, rows, said):
    made = run(answers(tmp_path / "answers.csv", rows))
    assert made.returncode == 2 and said in made.stderr and "Traceback" not in made.stderr


def test_a_log_has_no_names(tmp_path):
    homework, log = tmp_path / "ann_smith.py", tmp_path / "verdicts.jsonl"
    homework.write_text(
        "def smith_forward(x, w, b):\n    return x @ w + b, (x, w)\n"
        "def smith_backward(dout, cache):\n    x, w = cache\n"
        "    return dout @ w.T, x.T @ dout, -dout.sum(axis=0)\n"
    )
    for _ in range(2):
        judged = subprocess.run(
            [sys.executable, "-m", "nn", "judge", homework, "--log", log],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert judged.returncode == 1, judged.stderr
    first, second = read_log(log)
    assert first == second and first.kinds == ("a sign",) and (first.right, first.judged) == (2, 3)
    assert "smith" not in log.read_text()
    log.write_text(log.read_text() + "{}\n")
    with pytest.raises(ValueError, match=r"line 3: '\{\}' is no verdict of a log"):
        list(read_log(log))
