"""A submitted file is judged with its own neighbours, whatever these are called, and so are we."""

import builtins
import itertools
import subprocess
import time
from contextvars import Context

import pytest

from nn.judging import asking, submitted_file
from nn.judging.submitted_file import SubmissionError, judge_file

pytestmark = pytest.mark.long

RIGHT = """
def backward(twin, cache, dA):
    {imports}
    grads = {{}}
    for l in range(len(twin.W), 0, -1):
        dZ = dA * slope(cache.A[l])
        grads[f"dW{{l}}"] = dZ @ cache.A[l - 1].T
        grads[f"db{{l}}"] = dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ
    return grads
"""
SLOPE = "def slope(a):\n    return 1 - a * a\n"


@pytest.mark.parametrize("where", ["top", "function"])
@pytest.mark.parametrize("name", ["nn", "autodiff", "viz", "duograd", "json", "random", "mine_too"])
def test_a_file_gets_its_own_neighbour_and_the_judge_its_own_modules(tmp_path, name, where):
    """The neighbour has what the file needs, and nothing of what the judge needs."""
    line = f"from {name} import slope"
    source = RIGHT.format(imports=line if where == "function" else "pass")
    (tmp_path / "mine.py").write_text(f"{line}\n{source}" if where == "top" else source, encoding="utf-8")
    (tmp_path / f"{name}.py").write_text("import numpy, json, random\n" + SLOPE, encoding="utf-8")
    (verdict,) = judge_file(tmp_path / "mine.py", layers=(3, 3, 2))
    assert (verdict.judged, verdict.on, verdict.right, verdict.text) == (
        "backward",
        "MLP(3, [3, 2])",
        True,
        "right",
    )


def test_neighbours_may_be_packages_and_import_each_other(tmp_path):
    (tmp_path / "nn").mkdir()
    (tmp_path / "nn" / "__init__.py").write_text("from nn.slopes import slope\n", encoding="utf-8")
    (tmp_path / "nn" / "slopes.py").write_text(
        "import math\nfrom nn import other\n" + SLOPE, encoding="utf-8"
    )
    (tmp_path / "nn" / "other.py").write_text("import viz\nassert viz.mine\n", encoding="utf-8")
    (tmp_path / "viz.py").write_text("mine = True\n", encoding="utf-8")
    (tmp_path / "numpy").mkdir()  # a folder of data, no package
    source = "import numpy as np\nfrom nn import slope\n" + RIGHT.format(imports="assert np.tanh")
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    assert all(verdict.right for verdict in judge_file(tmp_path / "mine.py", layers=(3, 2)))


def test_a_scalar_class_that_is_ours_is_seen_beside_a_neighbour_of_that_name(tmp_path):
    (tmp_path / "nn.py").write_text("", encoding="utf-8")
    (tmp_path / "mine.py").write_text(
        "from autodiff import Value as Ours\nclass Value(Ours): pass\n", "utf-8"
    )
    verdict = judge_file(tmp_path / "mine.py")
    assert not verdict
    assert "autodiff.Value, of the library that is to judge it" in verdict.rows[0].text


def test_modules_in_the_working_folder_are_nobodys(tmp_path, monkeypatch):
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    for name in ("nn", "json", "numpy", "random"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    (tmp_path / "mine.py").write_text(SLOPE + RIGHT.format(imports="import json"), encoding="utf-8")
    monkeypatch.chdir(folder)
    (verdict,) = judge_file("../mine.py", layers=(3, 2))
    assert verdict.right


def test_where_no_process_can_be_started_the_file_runs_here_and_that_is_said(tmp_path, monkeypatch):
    def unable(*_, **__):
        raise OSError("no processes in a browser")

    monkeypatch.setattr(subprocess, "Popen", unable)
    (tmp_path / "mine.py").write_text(SLOPE + RIGHT.format(imports="import json"), encoding="utf-8")
    importing = builtins.__import__
    verdict = Context().run(judge_file, tmp_path / "mine.py", layers=(3, 2))  # nor one that forks any
    assert verdict
    assert "the file ran in the judge's own" in verdict.notes[-1]
    assert builtins.__import__ is importing


def test_where_no_process_can_be_started_a_pair_is_held_to_differences(tmp_path, monkeypatch):
    def unable(*_, **__):
        raise OSError("no processes in a browser")

    monkeypatch.setattr(subprocess, "Popen", unable)
    (tmp_path / "pair.py").write_text(
        "def scale_forward(x, gamma):\n    return x * gamma, (x, gamma)\n"
        "def scale_backward(dout, cache):\n    x, gamma = cache\n"
        "    return dout * gamma, -(dout * x).sum(axis=0)\n"
    )
    verdict = Context().run(judge_file, tmp_path / "pair.py")  # nor one that forks any
    assert [row.right for row in verdict.rows] == [True, False]
    assert any("central differences of the forward pass" in note for note in verdict.notes)
    assert "the file ran in the judge's own" in verdict.notes[-1]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nn\nnn.MLP", "module 'nn' has no attribute 'MLP', in line 2"),
        ("import os\nos._exit(3)", r"ended Python \(exit code 3\)"),
        ("x = 1", "it defines none of backward"),
    ],
)
def test_what_cannot_be_judged_says_why(tmp_path, source, message):
    (tmp_path / "nn.py").write_text("", encoding="utf-8")
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    with pytest.raises(SubmissionError, match=message):
        judge_file(tmp_path / "mine.py")


def test_a_file_of_many_things_ends(tmp_path, monkeypatch):
    path = tmp_path / "many.py"
    pair = (
        "def f{0}_forward(x):\n    return x * x\n\ndef f{0}_backward(dout, x):\n    return 2 * x * dout\n\n"
    )
    path.write_text("".join(pair.format(i) for i in range(30)))
    monkeypatch.setattr(submitted_file, "THINGS", 0)
    first, *rest = judge_file(path)
    assert first.right
    assert len(rest) == 29 and all(row.outcome == "not judged" for row in rest)
    assert all("The time for the file" in row.text for row in rest)


@pytest.mark.parametrize("others", [False, True])
def test_a_file_is_given_the_time_back_in_which_others_had_the_processor(tmp_path, monkeypatch, others):
    """Where the system says that it waited, as it does of a machine with more to do than it can."""
    waited = itertools.count(1.0, 1.0)
    monkeypatch.setattr(asking, "waiting", lambda process: next(waited) if others else 0.0)
    path = tmp_path / "slow.py"
    path.write_text("import time\nslept = time.sleep(3.0)\n" + SLOPE + RIGHT.format(imports="pass"))
    if others:
        assert judge_file(path, layers=(3, 2), timeout=2.0)
    else:
        with pytest.raises(SubmissionError, match="took longer than 2 seconds"):
            judge_file(path, layers=(3, 2), timeout=2.0)


def test_nobody_is_given_time_without_an_end(tmp_path, monkeypatch):
    waited = itertools.count(0.5, 0.5)
    monkeypatch.setattr(asking, "waiting", lambda process: next(waited))
    path = tmp_path / "endless.py"
    path.write_text("def forever():\n    while True: pass\n\nnever = forever()\n")
    begin = time.monotonic()
    with pytest.raises(SubmissionError, match="took longer"):
        judge_file(path, timeout=0.5)
    assert time.monotonic() - begin > (1 + asking.LONGER) * 0.5


def test_what_was_not_reached_is_said(tmp_path):
    path = tmp_path / "ends.py"
    path.write_text(
        "import os\n\n"
        "def a_forward(x):\n    return x * x\n\ndef a_backward(dout, x):\n    return 2 * x * dout\n\n"
        "def b_forward(x):\n    os._exit(3)\n\ndef b_backward(dout, x):\n    return dout\n\n"
        "def c_forward(x):\n    return x * x\n\ndef c_backward(dout, x):\n    return 3 * x * dout\n"
    )
    assert [row.outcome for row in judge_file(path)] == ["right", "not judged", "not judged"]
