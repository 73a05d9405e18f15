"""A forward pass that never runs is not judged, and what it met is told, at its line."""

import pytest

from nn.judging.submitted_file import judge_file

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    out = x @ w + b
    {line}
    return out, {returned}

def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w.T, x.T @ dout, dout.sum(axis=0)
"""


def verdict_on(tmp_path, line, returned):
    path = tmp_path / "affine.py"
    path.write_text(AFFINE.format(line=line, returned=returned), encoding="utf-8")
    return judge_file(path)


@pytest.mark.parametrize(
    ("line", "returned", "told"),
    [
        ("cache = (x, w, b)", "cach", "name 'cach' is not defined"),
        ("out = out.reshap(-1); cache = (x, w, b)", "cache", "no attribute 'reshap'"),
        ("cache = (x, w, b); raise NotImplementedError('to do')", "cache", "to do"),
    ],
)
def test_what_a_forward_pass_met_is_told(tmp_path, line, returned, told):
    verdict = verdict_on(tmp_path, line, returned)
    assert not verdict
    assert told in " ".join(str(verdict).split())


def test_it_is_judged_when_it_is_mended(tmp_path):
    assert verdict_on(tmp_path, "cache = (x, w, b)", "cache")
