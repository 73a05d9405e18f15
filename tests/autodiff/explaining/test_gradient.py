"""``explain`` against enumeration, against ``grad``, and against what its displays show."""

import itertools
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import Value, exp, explain, grad, log, maximum, sqrt, topological_order
from autodiff.formulas.names import Names

pytestmark = pytest.mark.long


def enumerated(output, wrt):
    """Every path by plain recursion: the nodes and the product of the local derivatives."""
    if output is wrt:
        return [((wrt,), 1.0)]
    return [
        ((output, *nodes), local * product)
        for operand, local in zip(output.operands, output.local_derivatives, strict=True)
        for nodes, product in enumerated(operand, wrt)
    ]


@st.composite
def graphs(draw):
    """A small graph with shared nodes, and one of its nodes that is not an output."""
    number = st.floats(-2.0, 2.0)
    nodes = [Value(draw(number), f"x{i}") for i in range(3)]
    for _ in range(draw(st.integers(1, 8))):
        a, b = draw(st.sampled_from(nodes)), draw(st.sampled_from(nodes))
        nodes.append(draw(st.sampled_from([a + b, a * b, a - b, a.tanh(), a.sin(), maximum(a, b), a * 0.5])))
    return nodes[-1], draw(st.sampled_from(nodes[:-1]))


@given(graphs())
def test_paths_are_all_there_are_and_sum_to_the_gradient(graph):
    output, wrt = graph
    expected = enumerated(output, wrt)
    result = explain(output, wrt=wrt, limit=10**6)
    assert result.count == len(result.paths) == len(expected)
    assert sorted(map(id, itertools.chain(*(path.nodes for path in result.paths)))) == sorted(
        map(id, itertools.chain(*(nodes for nodes, _ in expected)))
    )
    products = sorted(path.product for path in result.paths)
    assert products == pytest.approx(sorted(product for _, product in expected), rel=1e-12, abs=1e-300)
    assert result.gradient == grad(output, wrt)
    assert result.total == pytest.approx(result.gradient, rel=1e-12, abs=1e-12)


@given(graphs(), st.integers(0, 5))
def test_the_largest_paths_are_the_largest(graph, limit):
    output, wrt = graph
    sizes = sorted((abs(product) for _, product in enumerated(output, wrt)), reverse=True)
    result = explain(output, wrt=wrt, limit=limit)
    assert result.count == len(sizes)
    assert [abs(path.product) for path in result.paths] == pytest.approx(sizes[:limit], rel=1e-12, abs=1e-300)


@given(graphs())
def test_every_factor_is_what_its_formula_says(graph):
    output, wrt = graph
    order = topological_order(output)
    if wrt not in order:
        return
    names = Names(order, [wrt])
    values = {names[node]: node.data for node in order}
    for path in explain(output, wrt=wrt).paths:
        for formula, factor in zip(path.derivatives, path.factors, strict=True):
            assert eval(formula.text(), MEANING, values) == pytest.approx(factor, rel=1e-12, abs=1e-12)


MEANING = {
    "sech": lambda x: 1.0 / math.cosh(x),
    "cos": math.cos,
    "sign": lambda x: math.copysign(1.0, x) if x else 0.0,
}


@given(graphs())
def test_the_backward_pass_arrives_at_every_gradient(graph):
    output, _ = graph
    result = explain(output)
    assert result.steps[0].node is output and result.steps[0].gradient == 1.0
    for step in result.steps:
        assert step.gradient == pytest.approx(grad(output, step.node), rel=1e-12, abs=1e-12)
        assert step.node is output or step.gradient == sum(each.amount for each in step.received)
        for each in step.passed:
            assert each.source is step.node and each.target in step.node.operands
            assert each.amount == step.gradient * each.factor
    sent = [each for step in result.steps for each in step.passed]
    arrived = [each for step in result.steps for each in step.received]
    assert sorted(map(id, sent)) == sorted(map(id, arrived))


def neuron():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(1.0, "b")
    y = (w * x + b).tanh()
    return y, w, x, b


def test_no_gradient_is_touched():
    y, w, x, _ = neuron()
    y.backward()
    before = [node.grad for node in topological_order(y)]
    str(explain(y)), str(explain(y, wrt=w)), explain(y, wrt=x).latex
    assert [node.grad for node in topological_order(y)] == before


def test_a_neuron_in_text():
    y, w, _, _ = neuron()
    assert str(explain(y, wrt=w)) == (
        "∂v3/∂w = 0.141302 is the product of the local derivatives along the only path:\n\n"
        "1.  v3 ← v2 ← v1 ← w\n"
        "    (1 - v3**2)*1*x = 0.0706508*1*2 = 0.141302\n\n"
        "sum of the paths  0.141302\n"
        "gradient          0.141302\n\n"
        "where\n"
        "    w = 0.5\n"
        "    x = 2\n"
        "    v1 = w*x = 1\n"
        "    b = 1\n"
        "    v2 = v1 + b = 2\n"
        "    v3 = tanh(v2) = 0.964028"
    )


def test_a_neuron_step_by_step():
    y, *_ = neuron()
    y.label = "y"
    assert str(explain(y)).split("\n\n")[1:] == [
        "1.  y = tanh(v2) = 0.964028\n"
        "    ∂y/∂y = 1\n"
        "    passes to v2: ∂y/∂y*(1 - y**2) = 1*0.0706508 = 0.0706508",
        "2.  v2 = v1 + b = 2\n"
        "    ∂y/∂v2 = 0.0706508 from y\n"
        "    passes to v1: ∂y/∂v2*1 = 0.0706508*1 = 0.0706508\n"
        "    passes to b: ∂y/∂v2*1 = 0.0706508*1 = 0.0706508",
        "3.  b = 1\n    ∂y/∂b = 0.0706508 from v2",
        "4.  v1 = w*x = 1\n"
        "    ∂y/∂v1 = 0.0706508 from v2\n"
        "    passes to w: ∂y/∂v1*x = 0.0706508*2 = 0.141302\n"
        "    passes to x: ∂y/∂v1*w = 0.0706508*0.5 = 0.0353254",
        "5.  x = 2\n    ∂y/∂x = 0.0353254 from v1",
        "6.  w = 0.5\n    ∂y/∂w = 0.141302 from v1",
    ]


def test_latex_is_an_aligned_sum_of_products():
    x = Value(3.0, "x")
    y = x * x - x
    y.label = "y"
    assert explain(y, wrt=x).latex == (
        "\\begin{aligned}\n"
        "\\frac{\\partial y}{\\partial x} &= 1 \\cdot x \\\\\n"
        "&\\quad + 1 \\cdot x \\\\\n"
        "&\\quad + \\left(-1\\right) \\\\\n"
        "&= 1 \\cdot 3 \\\\\n"
        "&\\quad + 1 \\cdot 3 \\\\\n"
        "&\\quad + \\left(-1\\right) \\\\\n"
        "&= 5\n"
        "\\end{aligned}"
    )
    line = explain(y).latex.splitlines()[3]
    assert line == (
        "\\frac{\\partial y}{\\partial x} &= \\frac{\\partial y}{\\partial y} \\cdot \\left(-1\\right)"
        " + \\frac{\\partial y}{\\partial v_{1}} \\cdot x + \\frac{\\partial y}{\\partial v_{1}} \\cdot x"
        " = 1 \\cdot \\left(-1\\right) + 1 \\cdot 3 + 1 \\cdot 3 = 5"
    )


def parsed(html):
    return ET.fromstring("<div>" + html.replace("<br>", "<br/>") + "</div>")


def test_the_notebook_display_has_a_row_for_each_path_and_step():
    w, x = Value(0.5, "<w>"), Value(2.0, "x & y")
    y = exp(w * x) + w
    root = parsed(explain(y, wrt=w)._repr_html_())
    rows = root.findall("table/tbody/tr")
    assert len(rows) == 2
    assert ["".join(cell.itertext()) for cell in rows[0]][2:] == ["1⋅2.71828⋅2", "5.43656"]
    assert [cell.text for cell in root.findall("table/tfoot/tr/td")] == ["6.43656", "6.43656"]
    assert "where <w> = 0.5" in "".join(root.itertext())
    assert len(parsed(explain(y)._repr_html_()).findall("table/tbody/tr")) == 5


def test_paths_beyond_counting_are_counted_and_the_largest_found():
    x = Value(1.0, "x")
    y = x
    for _ in range(5_000):
        y = y * 0.5 + y * 0.25 + y * 0.25
    result = explain(y, wrt=x, limit=3)
    assert result.count == 3**5_000
    assert result.gradient == 1.0
    assert [path.factors.count(0.25) for path in result.paths] == [0, 1, 1]
    text = str(result)
    assert "sum over about 4.0·10^2385 paths" in text and "the 3 largest" in text
    assert re.search(r"the other about 4.0·10\^2385 +1\n", text)
    assert len(text) < 3_000 and len(result.latex) < 3_000


def test_counts_are_written_out_while_they_can_be_read():
    x = Value(1.0, "x")
    y = x
    for _ in range(20):
        y = y + y
    assert "sum over 1,048,576 paths" in str(explain(y, wrt=x, limit=1))
    y = x
    for _ in range(100):
        y = y * y
    assert "about 1.3·10^30 paths" in str(explain(y, wrt=x, limit=1))


def test_a_long_chain_is_shown_by_its_ends():
    x = Value(0.1, "x")
    y = x
    for _ in range(10_000):
        y = y.sin()
    result = explain(y, wrt=x)
    assert len(result.paths[0].factors) == 10_000
    assert "v10000 ← v9999 ← v9998 ← v9997 ← v9996 ← v9995 ← … ← v5" in str(result)
    assert "… and 9,801 more steps" in str(explain(y))
    assert len(str(explain(y))) < 100_000 and len(explain(y)._repr_html_()) < 500_000


def test_no_path_and_the_empty_path():
    x, z = Value(2.0, "x"), Value(3.0)
    y = x * x
    result = explain(y, wrt=z)
    assert (result.count, result.paths, result.gradient, result.total) == (0, (), 0.0, 0.0)
    assert str(result) == "v2 does not depend on v1: no path leads there, so ∂v2/∂v1 = 0"
    assert "\\end{aligned}" in result.latex and "does not depend" in result._repr_html_()
    result = explain(x, wrt=x)
    assert (result.count, result.paths[0].factors, result.total) == (1, (), 1.0)
    assert "∂x/∂x = 1" in str(result) and "1" in result.latex
    assert explain(x).steps[0].gradient == 1.0


def test_a_node_in_the_middle_is_an_input_of_its_own():
    x = Value(2.0, "x")
    h = x * x
    h.label = "h"
    y = h * h + x
    result = explain(y, wrt=h)
    assert result.count == 2 and result.total == result.gradient == 8.0
    assert "x" not in {result.names[node] for path in result.paths for node in path.nodes}


def test_slopes_that_are_not_finite_are_shown():
    x = Value(0.0, "x")
    y = sqrt(x) * x + log(x + 1.0)
    result = explain(y, wrt=x)
    assert "nan" in str(result) and "inf" in str(result)
    assert "\\infty" in result.latex and "∞" in result._repr_html_()
    y = sqrt(x) - sqrt(x)
    assert math.isnan(explain(y, wrt=x).total) and math.isnan(explain(y).steps[-1].gradient)


@pytest.mark.parametrize("wrong", [3.0, "w", [1]])
def test_only_values_are_explained(wrong):
    y, *_ = neuron()
    with pytest.raises(TypeError, match=r"wrt is the Value .* got .* of type"):
        explain(y, wrt=wrong)
    with pytest.raises(TypeError, match="a graph starts at a Value"):
        explain(wrong)


def test_a_negative_limit_is_refused():
    y, w, *_ = neuron()
    with pytest.raises(ValueError, match="most paths to list, got -1"):
        explain(y, wrt=w, limit=-1)


def names_of(output, variables=()):
    order = topological_order(output)
    names = Names(order, variables)
    return [names[node] for node in order]


def test_names_are_labels_numbers_and_counters():
    x, two = Value(3.0, "x"), Value(2.0)
    assert names_of(x * two + 1) == ["x", "2", "v1", "1", "v2"]
    assert names_of(x * two, [two]) == ["x", "v1", "v2"]
    assert names_of(Value(1.0) * Value(2.0)) == ["v1", "v2", "v3"]


def test_names_are_unique():
    a, b, c = Value(1.0, "h"), Value(2.0, "h"), Value(3.0, "h_2")
    v = Value(4.0, "v1")
    names = names_of((a + b) * (c + v))
    assert names == ["h", "h_3", "v2", "h_2", "v1", "v3", "v4"]


def test_definitions_show_what_was_written():
    x = Value(3.0, "x")
    y = 1 * x + -2
    names = Names(topological_order(y))
    assert [names.definition(node).text() for node in topological_order(y)] == [
        "1",
        "x",
        "1*x",
        "-2",
        "v1 + (-2)",
    ]
