"""``duograd judge FOLDER``: a class, on this computer and on a Dask cluster; again; and killed."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from nn.grading.process import JudgeProcess
from tests.marked import alive, end_soon, wait_for

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
PAIR = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w)

def affine_backward(dout, cache):
    x, w = cache
    return dout @ w.T, x.T @ dout, {}
"""
RIGHT = PAIR.format("dout.sum(axis=0)")
WRONG = PAIR.format("-dout.sum(axis=0)")
HANGS = "def affine_forward(x, w, b):\n    while True: pass\n\ndef affine_backward(dout, cache): pass\n"
START = [sys.executable, "-c", "from duograd.entries import DUOGRAD; DUOGRAD.enter()"]


@pytest.fixture
def judge(run):
    def judge(*words):
        code, out, err = run(*words, command="judge")
        return code, " ".join(out.split()), err

    return judge


def hand_in(folder, **files):
    for name, text in files.items():
        path = folder / "class" / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def rows(path="report/report.csv"):
    with open(path, newline="", encoding="utf-8") as file:
        return [*csv.DictReader(file)]


def outcomes(path="report/report.csv"):
    return {row["student"]: row["outcome"] for row in rows(path)}


def test_a_class_is_judged_and_only_what_is_new_is_judged_again(judge, tmp_path):
    imports = RIGHT.replace("import numpy as np", "import numpy as np\nfrom parts import scale")
    hand_in(tmp_path, ann__hw_py=imports, ann__parts_py="scale = 1.0\n", bob_py=WRONG, carl_py="x = 1\n")
    (tmp_path / "class" / "dora").mkdir()
    code, out, err = judge("class", "--jobs", "2")
    assert (code, err) == (1, "") and "judged 4 of 4 files" in out
    students = {"ann": "right", "bob.py": "wrong", "carl.py": "not judged", "dora": "not judged"}
    assert outcomes() == students
    (wrong,) = (row for row in rows() if row["student"] == "bob.py" and row["right"] == "wrong")
    assert wrong["on"] == "b" and wrong["text"]
    page = Path("report/report.html").read_text(encoding="utf-8")
    assert all(student in page for student in students) and str(tmp_path) not in page
    assert {each.name for each in Path("report").iterdir()} == {"report.html", "report.csv", "verdicts"}

    hand_in(tmp_path, bob_py=RIGHT, ann__parts_py="scale = 2.0\n")
    code, out, _ = judge("class", "--jobs", "1", "--hint", "1")
    assert "judged 3 of 4 files" in out and code == 2
    assert outcomes() == {**students, "bob.py": "right"}
    code, out, _ = judge("class")
    assert "judged 0 of 4 files" in out and code == 2


def test_a_file_alone_has_the_exit_codes_of_github_classroom_and_hints(judge, tmp_path):
    hand_in(tmp_path, right_py=RIGHT, wrong_py=WRONG, empty_py="x = 1\n")
    assert [judge(f"class/{name}.py")[0] for name in ("right", "wrong", "empty")] == [0, 1, 2]
    _, out, _ = judge("class/wrong.py", "--hint", "1")
    assert "b is wrong." in out and "flipped" not in out and "should be" not in out


def test_gradescope_gets_one_result_of_all_that_was_handed_in(judge, tmp_path):
    hand_in(tmp_path, layers_py=WRONG, parts_py="x = 1\n")
    code, _, err = judge("class", "--format", "gradescope", "--out", "results", "--hint", "2")
    assert (code, err) == (1, "")
    results = json.loads(Path("results/results.json").read_text(encoding="utf-8"))
    assert results["score"] == 2.0 and len(results["tests"]) == 3
    (wrong,) = (test for test in results["tests"] if test["score"] == 0.0)
    assert wrong["name"].startswith("layers.py: ") and "b is wrong." in wrong["output"]


def test_what_people_read_is_in_a_language_and_what_programs_read_is_not(judge, tmp_path):
    hand_in(tmp_path, bob_py=WRONG, carl_py="x = 1\n")
    (tmp_path / "class" / "dora").mkdir()
    (tmp_path / "class" / "notes.txt").write_text("", encoding="utf-8")
    english = judge("class", "--jobs", "2", "--language", "en")[1]
    data = [{**row, "text": ""} for row in rows()]
    assert 'lang="en"' in Path("report/report.html").read_text(encoding="utf-8")
    code, out, err = judge("class", "--jobs", "2", "--language", "ko")
    assert (code, err) == (1, "") and "judged 0" not in out and "판정" in out and "부호 반대" in out
    assert [{**row, "text": ""} for row in rows()] == data and "sign flipped" in english
    page = Path("report/report.html").read_text(encoding="utf-8")
    assert 'lang="ko"' in page
    shown = re.sub(r"<(style|title).*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)
    said = [shown, *(row["text"] for row in rows())]
    judge("class/bob.py", "--format", "gradescope", "--out", "results", "--language", "ko")
    results = json.loads(Path("results/results.json").read_text(encoding="utf-8"))
    said += [results["output"], *(test["output"] for test in results["tests"])]
    for text in (out, *said):
        assert re.search("[가-힣]", text)
        left = re.sub(r"[\w./]*(class|report|results|verdicts)[\w./]*", "", text)
        assert not re.search(r"\b(is|the|of|and|right|wrong|students?|mistakes?|judged|line)\b", left), text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing"], "there is no file"),
        (["class", "--out", ""], "the name of a folder is not empty"),
        (["class", "--out", "no/such"], "No such file or directory"),
        (["class", "--jobs", "0"], "give a whole number, 1 or more"),
        (["class", "--hint", "4"], "invalid choice"),
        (["class", "--dask", "nowhere"], "there is no Dask scheduler at 'nowhere'"),
        (["empty"], "there is nothing to judge"),
    ],
)
def test_what_cannot_be_done_is_said(judge, tmp_path, words, message):
    hand_in(tmp_path, right_py=RIGHT)
    (tmp_path / "empty").mkdir()
    code, _, err = judge(*words)
    assert code == 2 and message in err and len(err.splitlines()) <= 2


def test_without_dask_the_extra_is_named(judge, tmp_path, monkeypatch):
    hand_in(tmp_path, right_py=RIGHT)
    monkeypatch.setitem(sys.modules, "distributed", None)  # as if it were not installed
    code, _, err = judge("class", "--dask", "tcp://127.0.0.1:1")
    assert code == 2 and "pip install 'duograd[grading]'" in err


@pytest.mark.skipif(not hasattr(os, "fork"), reason="elsewhere there is no such name")
def test_names_that_nobody_should_have(judge, tmp_path):
    hostile = ["<img src=x onerror=alert(1)>", "\x1b[31mred", "=1+1", "\u202etxet", "x" * 240, "-rf"]
    (tmp_path / "class").mkdir()
    for name in hostile:
        (tmp_path / "class" / name).mkdir()
    (tmp_path / "class" / os.fsdecode(b"\xff.py")).write_text("x = 1\n", encoding="utf-8")
    code, out, err = judge("class")
    page = Path("report/report.html").read_text(encoding="utf-8")
    assert (code, err) == (2, "")
    for text in (out, page, Path("report/report.csv").read_text(encoding="utf-8")):
        assert not {"\x1b", "\u202e", "\udcff"} & {*text}
    assert "<img" not in page and "<script" not in page and "&lt;img src=x" in page
    assert not re.search(r"https?:|url\(|@import|src=(?!x onerror)", page)
    assert {"'=1+1", "'-rf"} <= {row["student"] for row in rows()}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it is not promised")
@pytest.mark.parametrize("name", ["SIGINT", "SIGKILL"])
def test_killed_in_the_middle_nothing_runs_on_and_nothing_is_lost(judge, tmp_path, name):
    hand_in(tmp_path, ann_py=RIGHT, bob_py=WRONG, eve_py=HANGS)
    words = ["judge", "class", "--jobs", "1", "--timeout", "8"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    with subprocess.Popen(
        [*START, *words], cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        kept = tmp_path / "report" / "verdicts"
        assert wait_for(lambda: len([*kept.glob("[0-9a-f]*.json")]) == 2, 60)
        assert wait_for(lambda: len(alive(str(tmp_path))) >= 4, 60)
        assert end_soon(str(tmp_path), process, name)
    assert process.returncode != 0
    (tmp_path / "class" / "eve.py").write_text(RIGHT, encoding="utf-8")
    code, out, _ = judge("class", "--timeout", "8")
    assert code == 1 and "judged 1 of 3 files" in out
    assert not (tmp_path / "report" / "unfinished").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is no such signal")
def test_a_judge_that_is_lost_is_replaced_and_its_verdict_not_kept():
    settings = {"timeout": 20.0}
    mine = psutil.Process()
    others = {*mine.children()}  # such as a browser that another test has opened

    def judges():
        return [each for each in mine.children() if each not in others]

    with JudgeProcess() as judge:
        found = []
        asking = threading.Thread(
            target=lambda: found.append(judge.judge({"eve.py": HANGS.encode()}, "eve.py", settings))
        )
        asking.start()
        assert wait_for(lambda: sum(1 + len(each.children(recursive=True)) for each in judges()) >= 3, 30)
        time.sleep(0.1)
        for each in judges():
            for worker in each.children():
                os.kill(worker.pid, signal.SIGKILL)
        asking.join(30)
        (lost,) = found
        assert lost.outcome == "not judged" and not lost.lasting and "the judge ended" in lost.message
        assert judge.judge({"ann.py": RIGHT.encode()}, "ann.py", settings).outcome == "right"
    assert wait_for(lambda: not judges(), 10)


@pytest.fixture
def cluster(tmp_path):
    """The address of a Dask cluster of two workers on this computer."""
    script = (
        "import distributed, sys\n"
        "if __name__ == '__main__':\n"
        "    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)\n"
        "    print(cluster.scheduler_address, flush=True)\n"
        "    sys.stdin.read()\n"
        "    cluster.close()\n"
    )
    (tmp_path / "cluster.py").write_text(script, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "cluster.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MARK": f"{tmp_path} cluster"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        yield process.stdout.readline().strip()
        process.stdin.close()


def test_a_dask_cluster_gives_the_same(judge, tmp_path, cluster):
    hand_in(tmp_path, ann__hw_py=RIGHT, bob_py=WRONG, carl_py="x = 1\n", dora_py=WRONG + "\n")
    code, out, err = judge("class", "--dask", cluster, "--out", "there")
    assert (code, err) == (1, "") and "judged 4 of 4 files" in out
    assert judge("class", "--out", "here")[0] == 1
    assert rows("there/report.csv") == rows("here/report.csv")
    code, out, _ = judge("class", "--dask", cluster, "--out", "there")
    assert code == 1 and "judged 0 of 4 files" in out
