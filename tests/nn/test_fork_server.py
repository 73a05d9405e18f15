"""Forks of a process that has imported: what they are given, and that none outlives who asked for it."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest

from nn.fork_server import ForkServer
from nn.judging.starting import starting
from nn.judging.submitted_file import judge_file
from tests.marked import SOON, alive, wait_for

ROOT = Path(__file__).parents[2]

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there are none"),
]

SERVER = """
import os, random, sys, time
from nn.forking import serve

def run(what):
    if what == "echo":
        os.write(1, os.read(0, 100)[::-1])
        sys.exit(7)
    elif what == "open":
        os.write(1, " ".join(sorted(os.listdir("/proc/self/fd"))).encode())
    elif what == "random":
        os.write(1, str(random.random()).encode())
    elif what == "leave":
        if not os.fork():
            os.setsid()
            time.sleep(1000)
    while what == "compute":
        pass

serve(int(sys.argv[1]), run)
"""


@pytest.fixture
def server(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    with ForkServer([sys.executable, "-c", SERVER], environment) as server:
        yield server


def said(server, what):
    with server.forked(what, cpu_seconds=0) as process:
        return process.stdout.read()


def test_a_fork_has_its_input_its_exit_code_and_a_limit(server):
    with server.forked("echo", cpu_seconds=0) as process:
        process.stdin.write(b"abc")
        process.stdin.flush()
        assert process.stdout.read() == b"cba"
        assert process.wait(SOON) == 7
        assert process.returncode == 7
    with server.forked("compute", cpu_seconds=1) as process:
        assert process.wait(60) in (128 + signal.SIGKILL, 128 + signal.SIGXCPU)


def test_a_fork_is_given_no_more_than_its_pipes(server):
    """Neither the server's socket, nor what tells the judge that it has ended; 3 is what lists them."""
    assert said(server, "open") == b"0 1 2 3"


def test_forks_do_not_draw_the_same_numbers(server):
    assert said(server, "random") != said(server, "random")


def test_what_a_fork_left_running_ends_with_it(server, tmp_path):
    with server.forked("leave", cpu_seconds=0) as process:
        assert process.wait(60) == 0
        assert wait_for(lambda: len(alive(str(tmp_path))) == 2, SOON)  # the server and its guardian


def test_a_fork_ends_with_its_block(server, tmp_path):
    begin = time.monotonic()
    with server.forked("compute", cpu_seconds=0) as process:
        assert process.pid in alive(str(tmp_path))
    assert time.monotonic() - begin < SOON
    assert wait_for(lambda: len(alive(str(tmp_path))) == 2, SOON)


def test_forks_end_with_their_server(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "MARK": str(tmp_path)}
    with ForkServer([sys.executable, "-c", SERVER], environment) as server:
        fork = server.forked("compute", cpu_seconds=0)
        process = fork.__enter__()
        assert process.pid in alive(str(tmp_path))
    assert wait_for(lambda: not alive(str(tmp_path)), SOON)
    fork.__exit__(None, None, None)
    assert process.returncode


def kill(marked):
    ended = [psutil.Process(each) for each in alive(marked)]
    for each in ended:
        each.kill()
    assert not psutil.wait_procs(ended, SOON)[1]


def test_one_that_has_ended_says_so(server, tmp_path):
    assert said(server, "random")
    kill(str(tmp_path))
    with pytest.raises(OSError), server.forked("echo", cpu_seconds=0) as process:
        process.wait(SOON)


def test_a_judge_whose_server_was_killed_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv("MARK", str(tmp_path))
    (tmp_path / "mine.py").write_text(
        "def relu_forward(x):\n    return x * (x > 0), x\n"
        "def relu_backward(dout, x):\n    return dout * (x > 0)\n",
        encoding="utf-8",
    )
    with starting():
        for _ in range(3):
            assert judge_file(tmp_path / "mine.py")
            kill(str(tmp_path))
