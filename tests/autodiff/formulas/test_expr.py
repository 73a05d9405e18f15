"""Expressions print what they mean: what is printed is run or parsed, and compared."""

import math
import operator
import xml.etree.ElementTree as ET

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autodiff.engine.namespaces import FLOATS
from autodiff.engine.ops import OPS
from autodiff.formulas.expr import CODE, READING, Expr, as_expr, symbol
from autodiff.formulas.printing import pieced, printed
from autodiff.formulas.styles.javascript import JAVASCRIPT
from autodiff.formulas.styles.latex import LATEX
from autodiff.formulas.styles.mathml import MATHML
from autodiff.formulas.styles.numpy import NUMPY
from autodiff.formulas.styles.text import TEXT

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
    if op.name in vars(type(READING)) and not op.notation.infix:  # a textbook's form, such as x·log(x)
        assume(all(1e-100 < abs(operand) < 1e100 for _, operand in operands))
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
    if op.name in vars(type(READING)):  # which writes it out, as x*log(z)
        assert op.name not in expr.text()
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
        (READING.choose(x, READING.choose(y, 1, 2), z), "(1 if y > 0 else 2) if x > 0 else z", None),
        (READING.choose(x, z, READING.choose(y, 1, 2)), "z if x > 0 else 1 if y > 0 else 2", None),
        (READING.choose(READING.choose(x, y, z), 1, 2), "1 if (y if x > 0 else z) > 0 else 2", None),
        (as_expr(1e-5) ** x, "1e-05**x", r"\left(10^{-5}\right)^{x}"),
        (symbol("a + b") * x, "(a + b)*x", r"\left(\mathrm{a\ +\ b}\right) \cdot x"),
        (symbol("W1[0,2]") * x, "W1[0,2]*x", r"W_{0,2}^{[1]} \cdot x"),
        (symbol("W1[0,2]") ** 2, "W1[0,2]**2", r"\left(W_{0,2}^{[1]}\right)^{2}"),
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


@pytest.mark.parametrize("op", [op for op in OPS.values() if op.notation.operator], ids=lambda op: op.name)
def test_pythons_operators_make_the_rows_of_the_table(op):
    operands = [x, y][: op.arity]
    expr = getattr(operator, op.notation.operator)(*operands)
    assert (expr.head, expr.args) == (op.name, tuple(operands))


def test_operators_are_the_same_for_arrays():
    ufuncs = {op.notation.operator: op.notation.ufunc for op in OPS.values() if op.notation.infix}
    for name, ufunc in ufuncs.items():
        operands = [2.5, 4.0][: ufunc.nin]
        assert ufunc(*operands) == getattr(operator, name)(*operands)


def test_powers_are_calls_in_javascript_which_refuses_a_sign_before_its_operator():
    assert (-(x**2)).javascript() == "-m.pow(x, 2)"
    assert (-(x * y)).javascript() == "-x*y"


@given(expressions(), st.sampled_from([TEXT, LATEX, MATHML, NUMPY, JAVASCRIPT]))
def test_texts_that_stand_for_symbols_are_put_in_by_structure(pair, style):
    """Each symbol stands for something that mentions the others, and none of it is replaced again."""
    expr, _ = pair
    a, b, c = map(symbol, "abc")
    meaning = {"a": b, "b": c + a, "c": -a}
    atoms = {name: pieced(instead, style) for name, instead in meaning.items()}
    assert printed(expr, style, atoms=atoms) == printed(substituted(expr, meaning), style)


def substituted(expr, meaning):
    """The expression with others instead of its symbols, and nothing simplified."""
    if expr.args:
        return Expr(expr.head, tuple(substituted(operand, meaning) for operand in expr.args))
    return meaning.get(expr.head, expr)


def test_slopes_read_as_in_a_textbook():
    x, z, y = map(symbol, "xzy")
    assert [str(each) for each in OPS["atan"].partials(READING, x, y)] == ["1/(1 + x**2)"]
    assert [str(each) for each in OPS["atan2"].partials(READING, x, z, y)] == [
        "z/(z**2 + x**2)",
        "-x/(x**2 + z**2)",
    ]
    assert [str(each) for each in OPS["hypot"].partials(READING, x, z, y)] == [
        "x/hypot(x, z)",
        "z/hypot(z, x)",
    ]
    assert str(READING.inversion(1e200, x)) == "1e+200/(1e+200**2 + x**2)"
    assert OPS["atan"].partials(CODE, x, y)[0].numpy() == "inversion(1.0, x)"
