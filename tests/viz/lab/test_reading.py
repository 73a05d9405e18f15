"""The page reads expressions as Python does."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autodiff import ExpressionError, expression, topological_order
from autodiff.engine.errors import DomainError
from autodiff.grammar import function_names, operands_taken

NAMES = ["x", "y1", "가"]
NUMBERS = st.one_of(
    st.integers(0, 99).map(str), st.floats(0.01, 9.0).map(repr), st.sampled_from(["1e2", ".5", "2.", "1_0"])
)
LEAVES = st.one_of(st.sampled_from(NAMES), NUMBERS)


def calls(inner):
    def call(name):
        least, most = operands_taken(name)
        return st.lists(inner, min_size=least, max_size=most).map(lambda given: f"{name}({', '.join(given)})")

    return st.sampled_from(sorted(function_names())).flatmap(call)


TEXTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", " + ", "**-", "*-"]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("+{}".format),
        calls(inner),
    ),
    max_leaves=9,
)


def meant(text, names=NAMES):
    """What Python reads: each node by what it computes from what."""
    names = {name: 0.7 for name in names if name in text}
    said = {}
    for node in topological_order(expression(text, **names)):
        said[node] = (
            (node.op, *(said[each] for each in node.operands)) if node.op else node.label or node.data
        )
    return said[node]


def seen(shared, text):
    """What the page reads, likewise."""
    contents = shared.evaluate("text => lab.graphOf(text)", text)
    said = []
    for (first, *operands), name, kind in zip(
        contents["nodes"], contents["names"], contents["kinds"], strict=True
    ):
        leaf = name if kind == "input" else first
        said.append((first, *(said[i] for i in operands)) if isinstance(first, str) else leaf)
    return said[-1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXTS)
def test_an_expression_is_the_graph_that_python_makes_of_it(shared, text):
    try:
        expected = meant(text)
    except (DomainError, ExpressionError):  # such as 9**9**9, of which Python makes no graph
        return
    if not isinstance(expected, str):  # a name alone is the output here, and not an input
        assert seen(shared, text) == expected


@pytest.mark.parametrize("name", function_names())
def test_every_function_is_read_with_as_many_operands_as_python_takes(shared, name):
    least, most = operands_taken(name)
    for count in range(most + 2):
        refused = shared.evaluate(
            "text => { try { lab.graphOf(text); return ''; } catch (error) { return error.message; } }",
            f"{name}({', '.join('xyz'[:count] if count < 4 else 'xyzw')})",
        )
        assert bool(refused) == (not least <= count <= most), (count, refused)


REFUSED = {
    "": "type an expression",
    "w*": "ends too early",
    "(w + b": "“)” is missing",
    "w x": "is an operator such as * missing",
    "2x": "missing, as in 2*x",
    "w*(x)(b)": "missing, as in (…)*(…)",
    "x(y + 1)": "a product is written x*(…)",
    "y = wx": "a product is written w*x",
    "1,5*x": "write 1.5",
    "w*x)": "closes no bracket",
    "|x|": "write abs(x)",
    "√x": "write sqrt(x)",
    "e^x": "write exp(x)",
    "ln x": "write log(x)",
    "σ(z)": "write sigmoid(x)",
    "sum(x)": "write x1 + x2",
    "np.tanh(x)": "write tanh(x)",
    "ReLU(x)": "did you mean relu",
    "w[0]": "names, numbers, functions, + - * / ** ( )",
    "f(x) = x*2": "one name stands left of =",
    "y == x": "one name stands left of =",
    "tahn(x)": "did you mean tanh",
    "max(x, y)": "did you mean maximum",
    "x^2": "a power is written x**2",
    "tanh": "write tanh(x)",
    "tanh(x, y)": "takes 1 operand, here are 2",
    "w.real": "“.” is not part of an expression",
    "__class__": "two underscores",
    "lambda": "a word of Python's",
    "1e999": "too large",
    "x = y = 2": "one name stands left of =",
    "tanh = x": "tanh is a function",
    "x*2\nx = 3": "input in a line above",
    "a = x*2\na = x*3": "made in a line above",
    "a = x*2\nb = a": "a has a name already",
    "'; alert(1)": "is not part of an expression",
    "<script>alert(1)</script>": "is not part of an expression",
    "(" * 10_000: "at most 10,000 characters|too many brackets",
    "(" * 150 + "x" + ")" * 150: "too many brackets",
    "-" * 5000 + "x": "too many brackets",
    "x**" * 3000 + "x": "too many brackets",
    "x+" * 4999 + "x": "more than 3,000 nodes",
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_is_no_expression_is_refused_with_its_place(shared, text):
    found = shared.evaluate(
        "text => { try { lab.graphOf(text); } catch (e) { return [e.message, e.start, e.end]; } }",
        text,
    )
    assert found and any(reason in found[0] for reason in REFUSED[text].split("|"))
    assert 0 <= found[1] <= found[2] <= len(text) + 1


@pytest.mark.parametrize("printed", ["w·x − b", "w⋅x – b", "w×x − b", "w∗x-b", "w∙x−b"])
def test_signs_of_print_are_those_that_are_typed(shared, printed):
    assert seen(shared, printed) == meant("w*x - b", "wxb") == meant(printed, "wxb")


def test_what_the_page_prints_can_be_typed(shared):
    assert seen(shared, "(a − y)² ÷ x₁⁻¹") == seen(shared, "(a - y)**2/x1**-1")


def test_lines_name_parts_and_what_nothing_uses_is_left_out(shared):
    read = lambda text: shared.evaluate("text => lab.graphOf(text)", text)  # noqa: E731
    contents = read("h = tanh(w*x)  # a neuron\n\nspare = x + 1\nloss = (h - 1)**2")
    assert contents["names"] == ["w", "x", "w·x", "h", "1", "h − 1", "2", "loss"]
    assert contents["kinds"][-1] == "output"
