"""Parts of a gradient that overwrite each other where they should be added up."""

import pytest

from nn.judging.submitted_file import judge_file

pytestmark = pytest.mark.long

CONVOLUTION = """
import numpy as np

def conv_forward(A_prev, W, b, hparameters):
    m, n_H, n_W, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H, n_W = (n_H + 2 * pad - f) // stride + 1, (n_W + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    window = padded[i, h * stride:h * stride + f, w * stride:w * stride + f]
                    Z[i, h, w, c] = np.sum(window * W[..., c]) + b[0, 0, 0, c]
    return Z, (A_prev, W, b, hparameters)

def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    f = W.shape[0]
    stride, pad = hparameters["stride"], hparameters["pad"]
    m, n_H, n_W, n_C = dZ.shape
    padded = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    d_padded, dW, db = np.zeros(padded.shape), np.zeros(W.shape), np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    here = i, slice(h * stride, h * stride + f), slice(w * stride, w * stride + f)
                    d_padded[here] += W[..., c] * dZ[i, h, w, c]
                    dW[..., c] += padded[here] * dZ[i, h, w, c]
                    db[..., c] += dZ[i, h, w, c]
    return d_padded[:, pad:-pad, pad:-pad], dW, db
"""
EMBEDDING = """
import numpy as np

def word_embedding_forward(x, W):
    return W[x, :], (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros(W.shape)
    np.add.at(dW, x, dout)
    return dW
"""
WORDS = """
import numpy as np

def loss_and_grads(x, y, W_embedding, W_out):
    h = W_embedding[x]
    e = np.exp(h @ W_out)
    p = e / e.sum(axis=1, keepdims=True)
    n = len(x)
    loss = -np.mean(np.log(p[np.arange(n), y]))
    dz = p.copy()
    dz[np.arange(n), y] -= 1
    dz /= n
    dh = dz @ W_out.T
    dW_embedding = np.zeros_like(W_embedding)
    np.add.at(dW_embedding, x, dh)
    return loss, dW_embedding, h.T @ dz
"""


def named(tmp_path, text):
    path = tmp_path / "theirs.py"
    path.write_text(text)
    return {row.on: row.name for row in judge_file(path) if not row.right}


@pytest.mark.parametrize("text", [CONVOLUTION, EMBEDDING, WORDS])
def test_what_is_added_up_is_right(tmp_path, text):
    assert named(tmp_path, text) == {}


@pytest.mark.parametrize("part, on", [("d_padded[here]", "A_prev"), ("dW[..., c]", "W"), ("db[..., c]", "b")])
def test_windows_that_overwrite_each_other(tmp_path, part, on):
    assert f"{part} +=" in CONVOLUTION
    assert named(tmp_path, CONVOLUTION.replace(f"{part} +=", f"{part} =")) == {on: "= for +="}


@pytest.mark.parametrize("text, on", [(EMBEDDING, "W"), (WORDS, "W_embedding")])
@pytest.mark.parametrize("sign", ["+=", "="])
def test_rows_that_an_index_repeats(tmp_path, text, on, sign):
    for of, added in (("dW", "dout"), ("dW_embedding", "dh")):
        text = text.replace(f"np.add.at({of}, x, {added})", f"{of}[x] {sign} {added}")
    assert named(tmp_path, text) == {on: "repeated indices lost"}
