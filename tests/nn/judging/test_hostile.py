"""Files that attack their judge: each ends in time with a verdict that is not "right", nothing outside its
folder is written, no process is left, and the judge is alive."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from nn.judging.asking import LONGER
from nn.judging.submitted_file import SubmissionError, judge_file
from tests.marked import SOON, alive, wait_for

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[3]

WRONG = """
import numpy as np
def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)
def affine_backward(dout, cache):
    {}
    x, w, b = cache
    return dout @ w.T, 2 * x.T @ dout, dout.sum(axis=0)
"""

# In the backward pass, which returns something wrong.
INSIDE = {
    "kill the parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "kill everything": "import os, signal; os.kill(-1, signal.SIGKILL)",
    "kill the group": "import os; os.killpg(os.getpgid(os.getppid()), 9)",
    "a child in a session of its own": (
        "import subprocess, sys\n"
        "    subprocess.Popen([sys.executable, '-c', 'while True: pass'], start_new_session=True)"
    ),
    "a child by fork": "import os, time\n    if os.fork() == 0: os.setsid(); time.sleep(1000)",
    "a fork bomb": "import os\n    while True: os.fork()",
    "a child without an audit event": (
        "import _posixsubprocess, os, sys\n"
        "    try: _posixsubprocess.fork_exec([b'/bin/sleep', b'1000'], [b'/bin/sleep'], True, (), None, None,"
        " -1, -1, -1, -1, -1, -1, -1, -1, False, True, 0, None, None, None, -1, None, False)\n"
        "    except TypeError: pass"
    ),
    "a memory bomb": "everything = np.ones(10**10)",
    "a list without an end": "x = []\n    while True: x.append(np.ones(10**6))",
    "a loop without an end": "while True: pass",
    "prints without an end": "while True: print('right ' * 1000)",
    "writes into the project": f"open({str(ROOT / 'nn' / 'hostile.py')!r}, 'w').write('x')",
    "writes into the home": (
        "import pathlib, pwd, os; open(pathlib.Path(pwd.getpwuid(os.getuid()).pw_dir) / 'hostile', 'w')"
    ),
    "deletes a file of the project": f"import os; os.remove({str(ROOT / 'README.md')!r})",
    "writes by a file descriptor": (
        f"import os; os.write(os.open({str(ROOT / 'hostile')!r}, os.O_CREAT | os.O_WRONLY), b'x')"
    ),
    "sys.exit": "import sys; sys.exit(0)",
    "os._exit": "import os; os._exit(0)",
    "an exception that cannot be told": (
        "\n    class E(BaseException):\n        def __str__(self): raise RuntimeError\n    raise E"
    ),
    "closes all files": "import os; os.closerange(0, 100)",
    "writes into the pipe": (
        "import os\n    for fd in range(3, 20):\n        try: os.write(fd, bytes(100))\n"
        "        except OSError: pass"
    ),
    "a huge message": "import os\n    os.write(4, b'\\xff' * 8); return {'dx': np.zeros(10**8)}",
    "ignores signals": (
        "import signal\n    for each in range(1, 30):\n        try: signal.signal(each, signal.SIG_IGN)\n"
        "        except (OSError, ValueError): pass\n    while True: pass"
    ),
    "a thread that survives": (
        "import threading, time, sys\n    threading.Thread(target=time.sleep, args=(1000,)).start()\n"
        "    sys.exit()"
    ),
    "deletes the working folder": "import shutil, os; shutil.rmtree(os.getcwd(), ignore_errors=True)",
    "no recursion limit": ("import sys; sys.setrecursionlimit(10**9)\n    def f(): return f()\n    f()"),
    "a verdict at exit": "import atexit; atexit.register(lambda: print('backward   MLP   right'))",
    "patches numpy": "np.testing.assert_allclose = np.allclose = np.array_equal = lambda *a, **b: True",
    "prints a row of its own": "print('affine_forward, affine_backward   w   right')",
    "an array that lies": (
        "\n    class Liar(np.ndarray):\n"
        "        def __eq__(self, other): return True\n"
        "        def __array__(self, *a, **b): return np.zeros(3)\n"
        "        def __abs__(self): return 0\n"
        "        def __reduce__(self): return exit, ()\n"
        "    x, w, b = cache\n"
        "    return (dout @ w.T).view(Liar), (2 * x.T @ dout).view(Liar), dout.sum(axis=0).view(Liar)"
    ),
    "an object that runs when it is unpickled": (
        "\n    class P:\n        def __reduce__(self): return __import__('os')._exit, (0,)\n"
        "    return P(), P(), P()"
    ),
    "reads the truth from its parent": ("import os; open(f'/proc/{os.getppid()}/mem', 'rb').read(100)"),
    "the network": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "ctypes": "import ctypes; ctypes.CDLL(None).fork()",
}


def alone(marked):
    """Whether nothing with the mark is alive."""
    return {*alive(marked)} <= {os.getpid()}


@pytest.fixture
def marked(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path))
    return str(tmp_path)


def attacked(tmp_path, source, seconds=2.0):
    """The rows of the verdict, or the error, and that it came in time and alone."""
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    begin, threads = time.monotonic(), threading.active_count()
    before = {each.name for each in ROOT.iterdir()}
    try:
        verdict = judge_file(tmp_path / "mine.py", timeout=seconds)
    except SubmissionError as error:
        verdict = error
    assert time.monotonic() - begin < (1 + LONGER) * seconds + 12.0
    assert {each.name for each in ROOT.iterdir()} == before
    assert {each.name for each in tmp_path.iterdir()} <= {"mine.py"}
    assert not (ROOT / "nn" / "hostile.py").exists()
    assert not (Path.home() / "hostile").exists()
    assert threading.active_count() <= threads
    return verdict


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere less is promised")
@pytest.mark.parametrize("attack", INSIDE)
def test_an_attack_ends_in_time_and_is_not_right(tmp_path, marked, attack):
    verdict = attacked(tmp_path, WRONG.format(INSIDE[attack]))
    assert isinstance(verdict, SubmissionError) or not verdict, verdict
    if not isinstance(verdict, SubmissionError):
        assert any(not row.right for row in verdict)
    assert wait_for(lambda: alone(marked), SOON)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere less is promised")
@pytest.mark.parametrize(
    "source",
    [
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
        "def backward(twin, cache, dA):\n    return {}",
        "def backward(twin, cache, dA):\n    return twin.backward(cache, dA)",
        "def backward(twin, cache, dA):\n    from nn import MatrixMLP\n"
        "    return MatrixMLP(twin.W, twin.b, twin.g).backward(cache, dA)",
        "import nn.judging.judgement\nnn.judging.judgement.judged = lambda *a: True\n" + WRONG.format("pass"),
        "import sys\nsys.modules['numpy'].allclose = lambda *a: True\n" + WRONG.format("pass"),
        "def affine_forward(x, w, b):\n    return None\ndef affine_backward(dout, cache):\n    print(dout)",
        "x = [0] * 10**9\n" + WRONG.format("pass"),
    ],
)
def test_what_does_nothing_or_has_it_done_is_not_right(tmp_path, marked, source):
    verdict = attacked(tmp_path, source)
    assert isinstance(verdict, SubmissionError) or not verdict, verdict
    assert wait_for(lambda: alone(marked), SOON)


def test_what_is_refused_makes_right_numbers_not_right_and_is_told(tmp_path):
    right = WRONG.replace("2 * x.T", "x.T").format(
        "\n    try: import os; os.system('true')\n    except Exception: pass"
    )
    verdict = attacked(tmp_path, right, 20.0)
    assert all(row.right for row in verdict)
    assert verdict.refused and not verdict


def test_what_is_printed_is_shown_apart_and_cut(tmp_path):
    verdict = attacked(tmp_path, WRONG.format("print('look ' * 10_000)"))
    assert verdict.printed.startswith("look look")
    assert len(verdict.printed) < 2_100


def test_using_our_library_is_seen_even_if_it_is_caught(tmp_path):
    caught = "\n    try:\n        from autodiff import grad; grad(1, 2)\n    except Exception: pass"
    verdict = attacked(tmp_path, WRONG.replace("2 * x.T", "x.T").format(caught))
    assert not verdict
    assert "autodiff.grad, of the library that is to judge it" in verdict.rows[-1].text
