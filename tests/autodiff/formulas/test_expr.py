"""Expressions print what they mean: what is printed is run or parsed, and compared."""

import itertools
import json
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from playwright.sync_api import sync_playwright

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.engine.primitives import PRIMITIVES
from autodiff.formulas.expr import CODE, READING, Expr, as_expr, symbol
from autodiff.formulas.preludes import javascript_prelude, javascript_rows, numpy_prelude

POINTS = (-26.0, -2.5, -0.9, -1e-9, 0.0, 1e-9, 0.3, 0.75, 1.0, 1.999, 2.001, 5.0, 26.0)


def evaluations(op):
    """Every point of the grid where the row is defined, with y and the partials there."""
    for operands in itertools.product(POINTS, repeat=op.arity):
        try:
            y = op.forward(FLOATS, *operands)
            partials = op.partials(FLOATS, *operands, y)
        except (ValueError, ArithmeticError):
            continue
        if all(map(math.isfinite, (y, *partials))):
            yield operands, y, partials


def assert_close(got, expected, where):
    assert math.isclose(got, expected, rel_tol=1e-12, abs_tol=1e-300), (where, got, expected)


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_numpy_source_of_every_row_computes_it(op):
    operands = list(map(symbol, ("x", "z")[: op.arity]))
    sources = [
        as_expr(each).numpy()
        for each in (getattr(CODE, op.name)(*operands), *op.partials(CODE, *operands, symbol("y")))
    ]
    namespace = {}
    exec(numpy_prelude(" ".join(sources)), namespace)
    rows = list(evaluations(op))
    assert len(rows) >= 3
    x, z = (np.array([operands[i % op.arity] for operands, _, _ in rows]) for i in (0, 1))
    namespace |= {"x": x, "z": z, "y": np.array([y for _, y, _ in rows])}
    with np.errstate(all="ignore"):
        results = [np.broadcast_to(eval(source, namespace), x.shape) for source in sources]
    for i, (point, y, partials) in enumerate(rows):
        for result, expected in zip(results, (y, *partials), strict=True):
            assert_close(result[i], expected, (op.name, point))


@pytest.fixture(scope="module")
def in_browser(chromium):
    """Runs JavaScript in a page and gives back its result."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        yield page.evaluate
        browser.close()


def test_javascript_of_every_row_computes_it(in_browser):
    expected = {
        name: [[operands, [y, *partials]] for operands, y, partials in evaluations(op)]
        for name, op in OPS.items()
    }
    points = {name: [[*operands, values[0]] for operands, values in rows] for name, rows in expected.items()}
    got = in_browser(
        f"""() => {{
            {javascript_prelude()}
            {javascript_rows()}
            const points = {json.dumps(points)};
            const run = (row, p) => [row.forward(...p.slice(0, -1)), ...row.partials(...p)];
            return Object.fromEntries(Object.entries(points).map(
                ([name, ps]) => [name, ps.map(p => run(rows[name], p).map(Number))]));
        }}"""
    )
    assert got.keys() == OPS.keys()
    for name, rows in expected.items():
        assert len(rows) >= 3
        for (operands, values), results in zip(rows, got[name], strict=True):
            for result, value in zip(results, values, strict=True):
                assert_close(result, value, (name, operands))


def test_javascript_prelude_has_every_elementary_function_and_every_row(in_browser):
    names = {*PRIMITIVES, *(name for name, op in OPS.items() if not op.notation.infix)}
    missing = in_browser(
        f"""() => {{
            {javascript_prelude()}
            return {json.dumps(sorted(names))}.filter(name => typeof m[name] !== "function");
        }}"""
    )
    assert missing == []


def test_the_error_function_in_javascript_keeps_its_tails(in_browser):
    xs = [sign * x for x in np.linspace(0.0, 26.0, 521).tolist() for sign in (1, -1)]
    got = in_browser(
        f"() => {{ {javascript_prelude()} return {json.dumps(xs)}.map(x => [m.erf(x), m.erfc(x)]); }}"
    )
    for x, (erf, erfc) in zip(xs, got, strict=True):
        assert math.isclose(erf, math.erf(x), rel_tol=1e-12), x
        assert math.isclose(erfc, math.erfc(x), rel_tol=1e-12), x


NUMBERS = {"a": 0.7, "b": -1.3, "c": 2.5}
MEANING = {name: getattr(FLOATS, name) for name in [*OPS, *vars(type(FLOATS))] if name[0] != "_"}


@st.composite
def expressions(draw, depth=4):
    """An Expr together with the float that plain Python gets for the same operations."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        if draw(st.booleans()):
            name = draw(st.sampled_from(sorted(NUMBERS)))
            return symbol(name), NUMBERS[name]
        number = draw(st.sampled_from([0.0, 1.0, -1.0, 2.0, -0.5, 3, 1e-7, 2.5e20]))
        return as_expr(number), float(number)
    op = draw(st.sampled_from(list(OPS.values())))
    operands = [draw(expressions(depth=depth - 1)) for _ in range(op.arity)]
    try:
        number = op.forward(FLOATS, *(number for _, number in operands))
    except (ValueError, ArithmeticError):
        assume(False)
    assume(math.isfinite(number))
    return getattr(READING, op.name)(*(expr for expr, _ in operands)), number


@given(expressions())
def test_text_means_the_expression(pair):
    expr, number = pair
    assert math.isclose(eval(expr.text(), MEANING | NUMBERS), number, rel_tol=1e-9, abs_tol=1e-300)


@given(expressions())
def test_latex_and_mathml_are_well_formed(pair):
    expr, _ = pair
    latex = expr.latex()
    depth = 0
    for brace in filter("{}".__contains__, latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert latex.count(r"\left") == latex.count(r"\right")
    root = ET.fromstring(expr.mathml())
    shown = "".join(root.itertext())
    assert not set("\\{}$") & set(shown)
    symbols = {each.text for each in root.iter() if each.tag.endswith("}mi")}
    assert {name for name in NUMBERS if name in leaves(expr)} <= symbols


def leaves(expr):
    return {expr.head} if not expr.args else set().union(*map(leaves, expr.args))


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_row_reads_as_itself(op):
    operands = list(map(symbol, ("x", "z")[: op.arity]))
    expr = getattr(READING, op.name)(*operands)
    root = ET.fromstring(expr.mathml())
    shown = "".join(root.itertext()).replace("\u2061", "")
    assert "\\" not in shown
    if op.notation.infix:
        assert expr.text() == op.notation.infix.template.format(*operands)
        return
    assert expr.text() == f"{op.name}({', '.join(map(str, operands))})"
    if op.notation.latex:
        assert op.notation.latex.template.format(*operands) in expr.latex()
    else:
        assert expr.latex() == (
            rf"\operatorname{{{op.name}}}\left({', '.join(map(str, operands))}\right)".replace("_", r"\_")
        )
        assert shown == f"{op.name}({','.join(map(str, operands))})"


x, y, z = map(symbol, "xyz")


@pytest.mark.parametrize(
    ("expr", "text", "latex"),
    [
        (READING.sin(x * y + z), "sin(x*y + z)", r"\operatorname{sin}\left(x \cdot y + z\right)"),
        ((x + y) * z, "(x + y)*z", r"\left(x + y\right) \cdot z"),
        (x + y * z, "x + y*z", r"x + y \cdot z"),
        (x - (y - z), "x - (y - z)", r"x - \left(y - z\right)"),
        (x + (y + z), "x + (y + z)", "x + y + z"),
        (x / (y / z), "x/(y/z)", r"\frac{x}{\frac{y}{z}}"),
        ((x / y) ** z, "(x/y)**z", r"\left(\frac{x}{y}\right)^{z}"),
        (x**y**z, "x**y**z", "x^{y^{z}}"),
        ((x**y) ** z, "(x**y)**z", r"\left(x^{y}\right)^{z}"),
        (READING.exp(x) ** 2, "exp(x)**2", r"\left(e^{x}\right)^{2}"),
        ((-x) ** 2, "(-x)**2", r"\left(-x\right)^{2}"),
        (x ** as_expr(-2), "x**(-2)", "x^{-2}"),
        (-(x + y), "-(x + y)", r"-\left(x + y\right)"),
        (x + -y * z, "x - y*z", r"x - y \cdot z"),
        (x - -y, "x + y", "x + y"),
        (-as_expr(-x), "x", "x"),
        (-x / -y, "x/y", r"\frac{x}{y}"),
        (x * -3, "-x*3", r"-x \cdot 3"),
        (1 * x / 1, "x", "x"),
        (0 + x - 0, "x", "x"),
        (0 * x, "0*x", r"0 \cdot x"),
        (x**1, "x", "x"),
        (x + 0.1, "x + 0.1", "x + 0.1"),
        (x * 1e-5, "x*1e-05", r"x \cdot 10^{-5}"),
        (x ** as_expr(2.5e-5), "x**2.5e-05", r"x^{2.5 \cdot 10^{-5}}"),
        (as_expr(2.5e-5) ** x, "2.5e-05**x", r"\left(2.5 \cdot 10^{-5}\right)^{x}"),
        (READING.sech(x) * READING.sech(x), "sech(x)**2", r"\operatorname{sech}\left(x\right)^{2}"),
        (x * x, "x*x", r"x \cdot x"),
        (READING.choose(x, 1, y) * z, "(1 if x > 0 else y)*z", None),
        (symbol("a + b") * x, "(a + b)*x", r"\left(\mathrm{a\ +\ b}\right) \cdot x"),
        (symbol("W1[0,2]") * x, "W1[0,2]*x", r"W_{0,2}^{[1]} \cdot x"),
    ],
)
def test_parentheses_and_signs(expr, text, latex):
    assert expr.text() == str(expr) == repr(expr) == text
    assert latex is None or expr.latex() == latex


@pytest.mark.parametrize(
    ("name", "latex", "shown"),
    [
        ("w", "w", "w"),
        ("x1", "x_{1}", "x1"),
        ("x[3]", "x_{3}", "x3"),
        ("b1[0]", "b_{0}^{[1]}", "b0[1]"),
        ("alpha", r"\alpha", "α"),
        ("lambda_2", r"\lambda_{2}", "λ2"),
        ("Phi", r"\Phi", "Φ"),
        ("omicron", r"\mathrm{omicron}", "omicron"),
        ("san", r"\mathrm{san}", "san"),
        ("loss", r"\mathrm{loss}", "loss"),
        ("x_max", r"x_{\mathrm{max}}", "xmax"),
        ("100% & <b>{x}", r"\mathrm{100\%\ \&\ <b>\{x\}}", "100% & <b>{x}"),
    ],
)
def test_symbols(name, latex, shown):
    assert symbol(name).latex() == latex
    assert "".join(ET.fromstring(symbol(name).mathml()).itertext()) == shown
    assert symbol(name).text() == symbol(name).numpy() == symbol(name).javascript() == name


def test_numbers_that_are_not_finite_print_in_every_style():
    infinity, nan = as_expr(math.inf), as_expr(math.nan)
    assert (infinity.numpy(), nan.numpy()) == ("np.inf", "np.nan")
    assert (infinity.javascript(), nan.javascript()) == ("Infinity", "NaN")
    assert (infinity.latex(), (-infinity).latex()) == (r"\infty", r"-\infty")
    assert "∞" in infinity.mathml() and "nan" in nan.mathml()


def test_an_expression_of_any_depth_prints():
    total = symbol("x0")
    for i in range(1, 5_000):
        total = total + symbol(f"x{i}")
    assert total.text().count("+") == 4_999


def test_shared_parts_print_wherever_they_stand():
    shared = x + y
    assert ((shared * z - shared) / (shared * shared)).text() == "((x + y)*z - (x + y))/((x + y)*(x + y))"


def test_unknown_functions_are_refused():
    with pytest.raises(AttributeError, match="no function 'sine'"):
        READING.sine(x)


def test_shows_itself_in_a_notebook():
    assert (x / y)._repr_latex_() == r"$\frac{x}{y}$"
    assert isinstance(x / y, Expr)
