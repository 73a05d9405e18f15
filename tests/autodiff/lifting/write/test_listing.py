"""Names, text, source and LaTeX of programs."""

import re

import matplotlib.mathtext
import numpy as np
import pytest

from autodiff import Value, dot, lift
from autodiff.functions import mean
from autodiff.lifting.block_names import identifier
from benchmarks import graphs

pytestmark = pytest.mark.long


@pytest.fixture
def network():
    graph = graphs.mlp((2, 16, 16, 1), 100)
    return lift(graph.loss, graph.inputs, graph.params)


def section(text, title):
    """The lines of a program's text under one title, without shapes."""
    lines = text.split(f"\n{title}\n")[1].split("\n\n")[0].split("\n")
    return [re.split(r"  +\(", line.strip())[0] for line in lines]


def test_the_first_line_says_what_was_found(network):
    headline = str(network).split("\n")[0]
    assert headline == "64,400 scalar operations → 13 array operations"
    assert repr(network) == f"<Program: {headline}>"
    assert len(network) == 13
    assert bool(network)


def test_a_network_reads_like_the_note(network):
    text = str(network)
    assert "parameters  W1 (16, 2), b1 (16,), W2 (16, 16), b2 (16,), W3 (1, 16), b3 (1,)" in text
    assert "inputs      X (2, 100), Y (100,)" in text
    assert section(text, "forward") == [
        "Z1 = W1·X + b1",
        "A1 = relu(Z1)",
        "Z2 = W2·A1 + b2",
        "A2 = relu(Z2)",
        "Z3 = W3·A2 + b3",
        "v1 = 1 - Yᵀ ⊙ Z3",
        "J = 1/m·Σ relu(v1)",
    ]
    backward = section(text, "backward")
    for l in (1, 2, 3):
        A = "X" if l == 1 else f"A{l - 1}"
        assert backward.count(f"dW{l} = dZ{l}·{A}ᵀ") == 1
        assert backward.count(f"db{l} = Σⱼ dZ{l}") == 1
        if l < 3:
            assert backward.count(f"dA{l} = W{l + 1}ᵀ·dZ{l + 1}") == 1
            assert backward.count(f"dZ{l} = dA{l} ⊙ step(Z{l})") == 1
    assert not any(line.startswith(("dX", "dY", "dA0")) for line in backward)
    assert len(backward) == 2 + 2 * 4 + 2


def test_the_source_of_a_network_has_one_operation_of_each_kind_a_layer(network):
    source = network.source()
    forward, _, backward = source.partition("dv1 =")
    assert forward.count("@") == 3
    assert forward.count("relu(Z") == 2
    assert [forward.count(f" + b{l}") for l in (1, 2, 3)] == [1, 1, 1]
    assert backward.count("@") == 5  # dW of three layers, dA of two
    assert "np.array(" not in source
    assert "dX" not in source


def test_gradients_by_inputs_are_listed_on_request():
    graph = graphs.mlp((2, 4, 1), 6)
    program = lift(graph.loss, graph.inputs, graph.params, wrt_inputs=True)
    assert "dX = W1ᵀ·dZ1" in section(str(program), "backward")


def test_a_batch_reads_the_same_with_m_samples():
    graph = graphs.mlp((2, 4, 3), 1, "tanh")
    program = lift(
        graph.loss,
        {name: np.array(v, object)[..., 0] for name, v in graph.inputs.items()},
        graph.params,
        batch=True,
    )
    text = str(program)
    assert "inputs      X (2, m), Y (3, m)" in text
    assert section(text, "forward")[:3] == ["Z1 = W1·X + b1", "A1 = tanh(Z1)", "Z2 = W2·A1 + b2"]
    assert "J = 1/m·Σ" in text
    assert "dW2 = dZ2·A1ᵀ" in section(text, "backward")


@pytest.mark.parametrize("make", [graphs.attention, graphs.convolution, graphs.gru, graphs.logistic])
def test_shapes_stand_in_one_column_and_no_line_is_very_long(make):
    graph = make(9) if make is graphs.logistic else make()
    for line in str(lift(graph.loss, graph.inputs, graph.params)).split("\n")[4:]:
        assert len(line) < 200


def test_a_program_typesets(network):
    attention = graphs.attention((3, 2), vocabulary=5, width=4, heads=2, hidden=6)
    for program in (network, lift(attention.loss, attention.inputs, attention.params)):
        latex = program.latex()
        assert program._repr_latex_() == f"$${latex}$$"
        head, *rows, foot = latex.split("\n")
        assert (head, foot) == (r"\begin{aligned}", r"\end{aligned}")
        parser = matplotlib.mathtext.MathTextParser("path")
        for row in rows:
            assert row.count("&") == 1
            row = row.removesuffix(r"\\").replace("&", "").replace(r"\tfrac", r"\frac")
            parser.parse(f"${row}$")
    assert r"Z^{[1]} &= W^{[1]} \, X + b^{[1]}" in network.latex()


# Names


CLASHES = [
    "J",
    "m",
    "np",
    "math",
    "run",
    "i1",
    "e",
    "E",
    "d",
    "dw",
    "w",
    "θ",
    "σ",
    "x.1",
    "x_1",
    "2nd",
    "lambda",
    "relu",
    "v1",
    "add_at",
    "sum of",
    "_",
]


@pytest.mark.parametrize("batch", [False, True])
def test_any_label_names_a_parameter(agrees, batch):
    params = [Value(0.1 * i + 0.2, name) for i, name in enumerate(CLASHES)]
    x = Value(0.7)
    loss = (
        dot(params, params[1:] + params[:1]).tanh() * x
        + mean([p.exp() for p in params])
        + params[0] * params[2]
    )
    program = lift(loss, {"np ": x}, params, batch)
    assert list(program.params) == CLASHES
    if not batch:
        agrees(program, loss, params, {"np ": x})
        return
    result = program(**{"np ": [0.7]})
    namespace = {}
    exec(program.source(), namespace)
    source_loss, grads = namespace["run"](*program.params.values(), np.array([0.7]))
    assert source_loss == pytest.approx(result.loss, rel=1e-13)
    assert {name: grad.item() for name, grad in grads.items()} == pytest.approx(
        {name: grad.item() for name, grad in result.grads.items()}, rel=1e-12
    )


def test_no_two_symbols_are_the_same(agrees):
    params = [Value(0.1 * i + 0.2, name) for i, name in enumerate(["W", "dW", "ddW", "a-b", "a_b", "a b"])]
    loss = dot(params, [p.sin() for p in params])
    program = lift(loss, params=params)
    agrees(program, loss, params)
    symbols = [block.symbol for block in program.blocks if block.symbol]
    assert len({*symbols, *(f"d{each}" for each in symbols)}) == 2 * len(symbols)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("W1", "W1"), ("layer.0/W", "layer_0_W"), ("2nd", "_2nd"), ("θ", "θ"), ("", "_"), ("a b", "a_b")],
)
def test_identifiers_are_as_near_as_can_be(name, expected):
    assert identifier(name) == expected


def test_numbers_read_well():
    w = [Value(0.5 * i + 0.1, f"w[{i}]") for i in range(30)]
    assert "J = 1/m·Σ v1" in str(lift(mean([v.exp() for v in w]), params=w))
    text = str(lift((1.0 - w[0] * 2.0 - w[1]) / 4.0, params=w[:2]))
    assert "J = 1/4 - 1/2·w[1] - 1/4·w[2]  ()" in text
