"""Code that is written for arrays of another library: it is not judged, and nobody is blamed."""

import pytest

from nn.judging.submitted_file import judge_file
from nn.judging.tensors import are_meant

pytestmark = pytest.mark.long

COURSE = """
def lin(inp, w, b):
    return inp @ w + b

def lin_grad(inp, out, w, b):
    inp.g = out.g @ w.t()
    w.g = inp.t() @ out.g
    b.g = out.g.sum(0)

def mse(output, targ):
    return ((output[:, 0] - targ) ** 2).mean()

def mse_grad(inp, targ):
    inp.g = 2. * (inp.squeeze() - targ)[:, None] / inp.shape[0]

def forward_and_backward(inp, targ):
    out = lin(inp, w1, b1)
    loss = mse(out, targ)
    mse_grad(out, targ)
    lin_grad(inp, out, w1, b1)
"""
CLIPPED = """
import torch

def relu_forward(x):
    {forward}

def relu_backward(dout, x):
    {backward}
"""


def test_gradients_in_attributes_of_arrays_are_not_judged(tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(COURSE)
    verdict = judge_file(path)
    assert {row.outcome for row in verdict} == {"not judged"}
    of_loss = next(row for row in verdict if row.judged == "mse, mse_grad")
    assert "inp.g" in of_loss.text and "another library" in of_loss.text


@pytest.mark.parametrize(
    "forward, backward",
    [
        ("return x.clamp_min(0.0)", "return dout * (x > 0)"),
        ("return np.maximum(x, 0.0)", "return dout * (x > 0).float()"),
        ("return np.maximum(x, 0.0)", "return dout.detach() * (x > 0)"),
        ("return np.maximum(x, 0.0)", "return (dout * (x > 0)).cuda()"),
        ("return np.maximum(x, 0.0)", "return dout.unsqueeze(0).sum(0) * (x > 0)"),
        ("return np.maximum(x, 0.0)", "return dout * (x > 0) + 0 * dout.sum(dim=0, keepdim=True)"),
        ("return np.maximum(x, 0.0)", "return dout.view(-1, x.size(1)) * (x > 0)"),
        ("return torch.relu(x)", "return dout * (x > 0)"),
        ("return np.maximum(x, 0.0)", "return dout * torch.where(x > 0, 1.0, 0.0)"),
    ],
)
def test_what_only_tensors_have_is_not_blamed(tmp_path, forward, backward):
    path = tmp_path / "theirs.py"
    path.write_text("import numpy as np\n" + CLIPPED.format(forward=forward, backward=backward))
    assert {row.outcome for row in judge_file(path)} == {"not judged"}


def test_an_error_in_code_for_numpy_is_still_blamed(tmp_path):
    path = tmp_path / "theirs.py"
    text = CLIPPED.format(forward="return np.maximum(x, 0.0)", backward="return dout @ (x > 0)")
    path.write_text("import numpy as np\n" + text)
    assert {row.outcome for row in judge_file(path)} == {"wrong"}


def test_of_an_error_only_what_numpy_lacks_is_for_tensors():
    assert are_meant("line 3 raised AttributeError: 'numpy.float64' object has no attribute 'backward'")
    assert not are_meant("line 3 raised AttributeError: 'dict' object has no attribute 'shape'")
    assert not are_meant("line 3 raised TypeError: f() got an unexpected keyword argument 'axes'")
