"""``python -m nn judge``: a file of somebody's, in a process of its own."""

import re
import time

import pytest

from nn.judging.asking import LONGER

pytestmark = pytest.mark.long

RIGHT = """
import numpy as np
def backward(twin, cache, dA):
    grads = {}
    for l in range(len(twin.W), 0, -1):
        dZ = dA * (1 - cache.A[l] ** 2)
        grads[f"dW{l}"] = dZ @ cache.A[l - 1].T
        grads[f"db{l}"] = dZ.sum(axis=1, keepdims=True)
        dA = twin.W[l].T @ dZ
    return grads
"""
VALUE = """
class Value:
    def __init__(self, data, operands=()):
        self.data, self.grad, self.operands, self.step = data, 0.0, operands, lambda: None
    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))
        def step():
            self.grad = other.data * out.grad
            other.grad = self.data * out.grad
        out.step = step
        return out
    def backward(self):
        self.grad = 1.0
        self.step()
        for each in self.operands:
            each.step()
"""


@pytest.fixture
def judge(run, tmp_path):
    def judge(code, *options):
        (tmp_path / "mine.py").write_text(code, encoding="utf-8")
        code, out, err = run("mine.py", *options, command="judge")
        return code, " ".join(out.split()), err

    return judge


def test_a_right_pass_is_right_on_every_network(judge):
    code, out, _ = judge(RIGHT)
    assert code == 0
    assert out.count("right") == 3


@pytest.mark.parametrize(
    ("old", "new", "verdict"),
    [
        ("1 - cache.A[l] ** 2", "1 - cache.Z[l] ** 2", "g′ taken at Z instead of A"),
        ("cache.A[l - 1].T", "cache.A[l - 1].T / dA.shape[1]", "1/m twice"),
        ("keepdims=True", "keepdims=False", "the shape of a bias lost"),
        ("dA = twin", "dA = -twin", "sign flipped"),
        ("1 - cache.A[l] ** 2", "0.9 - cache.A[l] ** 2", "None of the mistakes that have a name"),
        ("twin.W[l].T @ dZ", "twin.W[l].T @ dZ.T", 'raised ValueError: matmul: .* in line 9, "dA = twin'),
        ("return grads", "return None", "your backward pass returns Gradients, or a dict"),
    ],
)
def test_a_wrong_pass_gets_a_verdict(judge, old, new, verdict):
    code, out, _ = judge(RIGHT.replace(old, new), "--layers", "3,4,4,2")
    assert code == 1
    assert re.search(verdict, out.replace("dA.shape", "")), out


def test_rules_and_a_scalar_class_are_judged_each(judge):
    rules = "dW = lambda dZ, A: A @ dZ.T\ndb = lambda dZ: dZ.sum(1)[:, None]\n"
    code, out, _ = judge(VALUE + rules)
    assert code == 1
    assert "the gradient is overwritten" in out
    assert "transposed" in out
    assert out.count("right") >= 3


def test_activation_and_loss_can_be_chosen(judge):
    code = RIGHT.replace("1 - cache.A[l] ** 2", "twin.g[l].derivative(cache.Z[l], cache.A[l])")
    options = "--activation sigmoid --output linear --loss cross_entropy --layers 2,3,3"
    assert judge(code, *options.split())[0] == 0


def test_a_file_without_an_end_is_ended(judge):
    begin = time.monotonic()
    code, _, err = judge("while True: pass", "--timeout", "3")
    assert code == 2
    assert "longer than 3 seconds; is there a loop without an end?" in err
    assert time.monotonic() - begin < 3 * (1 + LONGER) + 12


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def backward(:", "mine.py: SyntaxError"),
        ("x = 1\nraise KeyError('a')", "mine.py: KeyError: 'a', in line 2"),
        ("raise SystemExit(0)", "mine.py: SystemExit: 0, in line 1"),
        ("import os\nos._exit(3)", r"mine.py ended Python \(exit code 3\) before it could be judged"),
        ("x = 1", r"it defines none of backward\(twin, cache, dA\), dZ"),
    ],
)
def test_what_cannot_be_judged_gives_a_message_and_exit_code_2(judge, source, message):
    code, out, err = judge(source)
    assert (code, out) == (2, "")
    assert re.search(message, err)
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("missing.py", "there is no file 'missing.py'"),
        ("mine.py --timeout 0", "give a positive number, not '0'"),
        ("mine.py --loss msee", "no loss 'msee'; did you mean 'mse'"),
        ("mine.py --activation tahn", "no activation 'tahn'; did you mean 'tanh'"),
        ("mine.py --layers 3,x", "give sizes such as 8,3, not '3,x'"),
        ("mine.py --layers 3", "--layers names the number of inputs and at least one layer"),
    ],
)
def test_options_without_meaning_are_refused(run, tmp_path, arguments, message):
    (tmp_path / "mine.py").write_text(RIGHT, encoding="utf-8")
    code, _, err = run(*arguments.split(), command="judge")
    assert code == 2
    assert message in err.splitlines()[-1]
