"""A cell whose gates are parts of one array: each is told by the name that it has there."""

import linecache

import numpy as np
import pytest

from nn import judge

FORWARD = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2*H]), sigmoid(a[:, 2*H:3*H])
    g = np.tanh(a[:, 3*H:])
    next_c = f * prev_c + i * g
    next_h = o * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c)
"""
BACKWARD = """
def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, next_c = cache
    dc = dnext_c + dnext_h * o * (1 - np.tanh(next_c)**2)
    do = dnext_h * np.tanh(next_c)
    di = dc * g
    df = dc * prev_c
    dg = dc * i
    da = np.hstack([di*i*(1-i), df*f*(1-f), do*o*(1-o), dg*(1-g*g)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)
"""


def judged(backward):
    names = {"np": np}
    exec(FORWARD + backward, names)
    rng = np.random.default_rng(4)
    shapes = {"x": (5, 4), "prev_h": (5, 3), "prev_c": (5, 3), "Wx": (4, 12), "Wh": (3, 12), "b": 12}
    arguments = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return judge(names["lstm_step_forward"], names["lstm_step_backward"], **arguments)


def test_a_right_one_is_right():
    assert judged(BACKWARD)


@pytest.mark.parametrize(
    ("right", "wrong", "name", "text"),
    [
        ("dc * f,", "dc,", "f missing", "It should be dprev_c = dc ⊙ f."),
        ("dc * g", "dc * i", "i for g", "di is computed with i where g should be. It should be di = dc ⊙ g."),
        ("dc * i", "dc * o", "o for i", "dg is computed with o where i should be. It should be dg = dc ⊙ i."),
        ("dc * i", "dc", "i missing", "It should be dg = dc ⊙ i."),
        ("dc * prev_c", "dc * next_c", "next_c for prev_c", "It should be df = dc ⊙ prev_c."),
        (
            "dnext_c + ",
            "",
            "the cotangent of next_c missing",
            "dc lacks what the layer is given for next_c: add",
        ),
    ],
)
def test_a_mistake_in_a_gate_is_told_by_its_name(right, wrong, name, text):
    assert right in BACKWARD
    findings = [each for each in judged(BACKWARD.replace(right, wrong)).findings if not each.right]
    (first,) = [each for each in findings if not each.follows]
    assert first.name == name
    assert text in first.text


@pytest.mark.parametrize("results", ["p, q", "x * w, x + w", "product, total", "new_p, new_q"])
def test_cotangents_belong_to_outputs_by_name_or_else_in_order(results):
    code = f"""
def both_forward(x, w):
    p, q = product, total = new_p, new_q = x * w, x + w
    return {results}, (x, w)

def both_backward(dp, dq, cache):
    x, w = cache
    return dp * w + dq, dp * x + dq
"""
    names = {}
    exec(code, names)
    forward, backward = names["both_forward"], names["both_backward"]
    text = code.splitlines(keepends=True)
    linecache.cache["both.py"] = (len(code), None, text, "both.py")
    exec(compile(code, "both.py", "exec"), names)
    x, w = np.arange(1.0, 5.0), np.array([0.5, -1.0, 2.0, 3.0])
    assert judge(forward, backward, x=x, w=w)  # whose source cannot be read
    assert judge(names["both_forward"], backward, x=x, w=w)


def test_a_layer_that_keeps_no_cache_has_several_outputs_too():
    def both_forward(x, w):
        p, q = x * w, x + w
        return p, q

    def both_backward(dp, dq, x, w):
        return dp * w + dq, dp * x + dq

    x, w = np.arange(1.0, 5.0), np.array([0.5, -1.0, 2.0, 3.0])
    assert judge(both_forward, both_backward, x=x, w=w)


SEQUENCE = """
import numpy as np

def sigmoid(x):
    return 1 / (1 + np.exp(-x))

def lstm_forward(x, h0, Wx, Wh, b):
    N, T, D = x.shape
    H = h0.shape[1]
    h, c, prev_h, steps = np.zeros((N, T, H)), np.zeros((N, H)), h0, []
    for t in range(T):
        a = x[:, t] @ Wx + prev_h @ Wh + b
        i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:2*H]), sigmoid(a[:, 2*H:3*H])
        g = np.tanh(a[:, 3*H:])
        new_c = f * c + i * g
        tc = np.tanh(new_c)
        steps.append((x[:, t], prev_h, c, i, f, o, g, tc))
        prev_h, c = o * tc, new_c
        h[:, t] = prev_h
    return h, (steps, Wx, Wh, D)

def lstm_backward(dh, cache):
    steps, Wx, Wh, D = cache
    N, T, H = dh.shape
    dx, dWx, dWh, db = np.zeros((N, T, D)), np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(4 * H)
    dh_next, dc_next = np.zeros((N, H)), np.zeros((N, H))
    for t in reversed(range(T)):
        xt, prev_h, prev_c, i, f, o, g, tc = steps[t]
        dht = dh[:, t] + dh_next
        dc = dc_next + dht * o * (1 - tc ** 2)
        do = dht * tc * o * (1 - o)
        di = dc * g * i * (1 - i)
        df = dc * prev_c * f * (1 - f)
        dg = dc * i * (1 - g ** 2)
        da = np.concatenate([di, df, do, dg], axis=1)
        dx[:, t] = da @ Wx.T
        dWx += xt.T @ da
        dWh += prev_h.T @ da
        db += da.sum(axis=0)
        dh_next, dc_next = da @ Wh.T, dc * f
    return dx, dh_next, dWx, dWh, db
"""


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("dht * tc * o", "dht * o", "tc missing"),
        ("g * i * (1 - i)", "g * (1 - i)", "dA for dA*A"),
        ("dc_next + ", "", None),
    ],
)
def test_a_mistake_in_a_gate_of_all_steps_is_told(right, wrong, name):
    names = {}
    assert right in SEQUENCE
    exec(SEQUENCE.replace(right, wrong), names)
    rng = np.random.default_rng(4)
    shapes = {"x": (3, 2, 2), "h0": (3, 2), "Wx": (2, 8), "Wh": (2, 8), "b": 8}
    arguments = {key: rng.normal(size=shape) for key, shape in shapes.items()}
    verdict = judge(names["lstm_forward"], names["lstm_backward"], **arguments)
    told = {each.name for each in verdict.findings if not each.right}
    assert not verdict and len(told) == 1 and (told == {name} or name is None) and told != {""}
