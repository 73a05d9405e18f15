"""Nothing outlives its parent: neither a process, nor what it left running, in a session of its own too."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nn.processes import guarded, waiting
from tests.marked import SOON, alive, end_soon, wait_for

ROOT = Path(__file__).parents[2]

# Writes the numbers of itself, of a child, and of a grandchild that left the session; none comes to an end.
ENDLESS = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "while True: pass"])
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open("numbers.unfinished", "w") as file:
            file.write(f"{os.getppid()} {os.getpid()} {child.pid}")
        os.rename("numbers.unfinished", "numbers")
        time.sleep(1000)
    os._exit(0)
while True: pass
"""

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere it is not promised"),
]


def started(command, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    assert wait_for((tmp_path / "numbers").exists, 60)
    assert len(alive(str(tmp_path))) >= 5  # it, its guardian, the child and what that started
    return process


# A parent that waits for a guarded process, for so many seconds.
PARENT = """
import subprocess, sys
from nn.processes import guarded
with guarded([sys.executable, "mine.py"]) as process:
    try:
        process.wait(float(sys.argv[1]))
    except subprocess.TimeoutExpired:
        sys.exit(2)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
def test_no_process_is_left_after_a_signal(tmp_path, name):
    (tmp_path / "mine.py").write_text(ENDLESS, encoding="utf-8")
    process = started([sys.executable, "-c", PARENT, "600"], tmp_path)
    assert end_soon(str(tmp_path), process, name)
    process.wait(60)


def test_no_process_is_left_when_the_time_is_over(tmp_path):
    (tmp_path / "mine.py").write_text(ENDLESS, encoding="utf-8")
    process = started([sys.executable, "-c", PARENT, "4"], tmp_path)
    assert process.wait(60) == 2
    assert not alive(str(tmp_path))


def test_no_process_is_left_when_the_guardian_is_killed(tmp_path):
    (tmp_path / "mine.py").write_text("while True: pass", encoding="utf-8")
    environment = {**os.environ, "MARK": str(tmp_path)}
    with guarded([sys.executable, "mine.py"], cwd=tmp_path, env=environment) as process:
        assert wait_for(lambda: len(alive(str(tmp_path))) == 2, 30)
        process.kill()
        assert wait_for(lambda: not alive(str(tmp_path)), SOON)


FORKED_TOO_LATE = """
import os, signal, sys
from nn import guardian
at_once = guardian.ctypes.CDLL(None)
class Slow:  # the guardian is ended before its child has said that it wants to end with it
    def prctl(self, what, value):
        if what == guardian.PR_SET_PDEATHSIG:
            os.kill(os.getppid(), signal.SIGKILL)
            while os.getppid() == parent: pass
        return at_once.prctl(what, value)
parent = os.getpid()
guardian.ctypes.CDLL = lambda name: Slow()
guardian.main(os.pipe()[0], 0, [sys.executable, "-c", "import time; time.sleep(1000)"])
"""


def test_no_process_is_left_when_the_guardian_is_killed_before_its_child_is_ready(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    process = subprocess.run([sys.executable, "-c", FORKED_TOO_LATE], env=environment, timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert wait_for(lambda: not alive(str(tmp_path)), SOON)


def test_what_a_process_left_running_ends_with_it(tmp_path):
    code = ENDLESS.replace("while True: pass\n", "")
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "MARK": str(tmp_path)}
    with guarded([sys.executable, "mine.py"], cwd=tmp_path, env=environment) as process:
        assert process.wait(60) == 0
        assert not alive(str(tmp_path))


def test_a_process_has_its_input_its_exit_code_and_a_limit(tmp_path):
    code = "import sys; print(sys.stdin.read()[::-1]); sys.exit(7)"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with guarded([sys.executable, "-c", code], **pipes) as process:
        assert process.communicate(b"abc")[0].strip() == b"cba"
    assert process.returncode == 7
    with guarded([sys.executable, "-c", "while True: pass"], cpu_seconds=1) as process:
        assert process.wait(60) in (128 + signal.SIGKILL, 128 + signal.SIGXCPU)
    with guarded([sys.executable, "-c", "import time; time.sleep(100)"]) as process:
        pass
    assert process.returncode is not None


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_submission_ends_with_its_judge(tmp_path, name):
    source = "def relu(x):\n    return x\ndef relu_backward(dout, x):\n    while True: pass\n"
    (tmp_path / "mine.py").write_text(source, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    command = [sys.executable, "-m", "nn", "judge", "mine.py", "--timeout", "600"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
        assert wait_for(lambda: len(alive(str(tmp_path))) >= 3, 60)
        assert end_soon(str(tmp_path), process, name)


def test_it_is_known_how_long_a_process_waits_for_a_processor():
    """Two that never rest, on one processor, wait for each other."""
    one = {min(os.sched_getaffinity(0))}
    endless = [sys.executable, "-c", f"import os\nos.sched_setaffinity(0, {one})\nwhile True: pass"]
    with guarded(endless) as first, guarded(endless) as second:
        assert wait_for(lambda: min(waiting(first.pid), waiting(second.pid)) > 0.2, 60)
