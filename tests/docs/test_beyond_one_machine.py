"""The guide beyond one machine: its code is right on eight devices, its script on two hosts."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autodiff.console import as_text
from benchmarks.devices import GRIDS, SAMPLES, SIZES, table
from nn import MLP, fit
from nn.datasets import load, standardise
from nn.train.traffic import on_paper

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how_to/train_beyond_one_machine.rst"
DOCTEST = "import doctest, sys; print(doctest.testfile(sys.argv[1], module_relative=False)); sys.exit(0)"

needs_jax = pytest.mark.usefixtures("jax_as_it_is")


def started(devices, *words, folder=ROOT):
    """A Python that counts its processor as so many devices."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    flags = {"XLA_FLAGS": f"--xla_force_host_platform_device_count={devices}", "JAX_PLATFORMS": "cpu"}
    return subprocess.Popen(
        [sys.executable, *words],
        env={**os.environ, **flags, "PYTHONPATH": path},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_jax
def test_every_example_is_right_on_eight_devices():
    told, complaint = started(8, "-c", DOCTEST, str(PAGE)).communicate(timeout=300)
    failed, attempted = map(int, re.findall(r"TestResults\(failed=(\d+), attempted=(\d+)", told)[0])
    assert (failed, complaint) == (0, ""), told
    assert attempted > 20


def test_the_table_is_what_the_command_prints():
    """Without the need to measure: test_devices.py holds what is read off steps to what is computed."""
    told = as_text(table([on_paper(SIZES, SAMPLES, *grid) for grid in GRIDS]))
    lines = [line.split() for line in told.splitlines() if line.startswith("(")]
    assert len(lines) == 6
    shown = PAGE.read_text(encoding="utf-8").partition("bytes S  over D")[2].partition("The last")[0]
    assert [line.split() for line in shown.splitlines() if line.strip().startswith("(")] == lines


@needs_jax
def test_two_hosts_train_the_network_that_one_does(tmp_path):
    """Two processes stand for them, with four devices each."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    script = str(ROOT / "docs/how_to/many_hosts.py")
    hosts = [started(4, script, address, "2", str(number), folder=tmp_path) for number in (0, 1)]
    try:
        told = [host.communicate(timeout=120) for host in hosts]
    finally:
        for host in hosts:
            host.kill()
    assert [host.returncode for host in hosts] == [0, 0], told
    iris = load("iris")
    settings = {"loss": "cross_entropy", "optimizer": "adam", "epochs": 5, "batch_size": 32}
    loss = fit(MLP(4, [8, 3], seed=0), standardise(iris.X), iris.y, **settings).train_loss[-1]
    for number, (out, _) in enumerate(told):
        (line,) = re.findall(r"host \d of 2, .*", out)
        begin, _, found = line.rpartition(" ")
        assert begin == f"host {number} of 2, 8 devices, loss"
        np.testing.assert_allclose(float(found), loss, rtol=1e-9)
    assert (tmp_path / "iris.npz").exists()
