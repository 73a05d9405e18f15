"""The parser: what it accepts means what Python means by it, and nothing else gets through."""

import ast
import copy
import math
import sys
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import DomainError, ExpressionError, Value, expression, functions, topological_order
from autodiff.engine.ops import OPS

NUMBERS = {"x": 0.75, "y": -1.5, "long_name": 2.0, "α": 0.3}


@st.composite
def texts(draw, depth=4):
    """An expression as someone may write it, with spaces and parentheses anywhere."""
    kind = draw(st.sampled_from(["leaf", "unary", "binary", "call", "brackets"])) if depth else "leaf"
    space = draw(st.sampled_from(["", " ", "\n", "\t  "]))
    if kind == "leaf":
        number = st.sampled_from(["2", "0.5", ".25", "1e-3", "3.", "1_000", "0x10"])
        return space + draw(st.one_of(st.sampled_from(sorted(NUMBERS)), number)) + space
    if kind == "unary":
        return draw(st.sampled_from("+-")) + draw(texts(depth=depth - 1))
    if kind == "binary":
        sign = draw(st.sampled_from(["+", "-", "*", "/", "**"]))
        return draw(texts(depth=depth - 1)) + sign + draw(texts(depth=depth - 1))
    if kind == "brackets":
        return f"({draw(texts(depth=depth - 1))}){space}"
    op = draw(st.sampled_from(list(OPS.values())))
    count = draw(st.integers(op.arity - len(op.defaults), op.arity))
    return f"{op.name}{space}({','.join(draw(texts(depth=depth - 1)) for _ in range(count))})"


def names_in(text):
    nodes = list(ast.walk(parsed(text)))
    called = {node.func for node in nodes if isinstance(node, ast.Call)}
    return {node.id for node in nodes if isinstance(node, ast.Name) and node not in called}


def parsed(text):
    return ast.parse(f"({text})", mode="eval")


def computed(text, values):
    """What Python itself gets, numbers being Values so that the domain errors are the same."""

    class Boxed(ast.NodeTransformer):
        def visit_Constant(self, node):
            return ast.Call(ast.Name("Value", ast.Load()), [node], [])

    tree = ast.fix_missing_locations(Boxed().visit(copy.deepcopy(parsed(text))))
    return eval(compile(tree, "", "eval"), {"Value": Value, **vars(functions), **values})


@given(texts())
def test_it_computes_what_python_computes(text):
    given_values = {name: NUMBERS[name] for name in names_in(text)}
    try:
        expected = computed(text, {name: Value(number) for name, number in given_values.items()})
    except DomainError:
        with pytest.raises((DomainError, ExpressionError)):
            expression(text, **given_values)
        return
    assert expression(text, **given_values).data == expected.data


@given(texts())
def test_its_leaves_are_the_names_and_the_numbers(text):
    try:
        y = expression(text, **{name: NUMBERS[name] for name in names_in(text)})
    except (DomainError, ExpressionError):
        return
    labelled = {node.label: node.data for node in topological_order(y) if node.label}
    assert labelled == {name: NUMBERS[name] for name in names_in(text)}
    assert all(not node.op for node in topological_order(y) if node.label)


@given(st.text(alphabet="xy2.e()[]{},+-*/%^=<>!'\"#\\ \n_:;@~tanhlogifα\0\ud800", max_size=40))
def test_any_text_gives_a_value_or_an_expression_error(text):
    try:
        assert isinstance(expression(text, x=1.0, y=2.0), Value)
    except ExpressionError as error:
        assert error.start is None or 0 <= error.start <= len(text)
    except DomainError:
        pass


def test_one_leaf_for_all_its_appearances():
    y = expression("x*x + x", x=3)
    y.backward()
    (x,) = (node for node in topological_order(y) if not node.op)
    assert (x.label, x.data, x.grad) == ("x", 3.0, 7.0)


def test_a_value_given_is_used_as_it_is():
    x = Value(2.0, "mine")
    expression("x**3", x=x).backward()
    assert (x.label, x.grad) == ("mine", 12.0)
    assert expression("x", x=x) is x


def test_a_negative_number_is_one_leaf():
    y = expression("x**-2", x=2)
    assert [node.data for node in topological_order(y)] == [2.0, -2.0, 0.25]
    assert expression("-2**2").data == -4.0


@pytest.mark.parametrize("name", OPS)
def test_every_row_can_be_called(name):
    op = OPS[name]
    operands = ", ".join(["1.5", "2.5"][: op.arity]).replace("1.5", "0.5" if name != "acosh" else "1.5")
    assert expression(f"{name}({operands})").op == name


def test_clip_can_be_called():
    assert [expression("clip(x, -1, 1)", x=x).data for x in (-3, 0.5, 3)] == [-1.0, 0.5, 1.0]


REFUSED = [
    # the text, with the offending place between ‹ and ›, and words of the reason
    ("1 + ‹w.real›", "an attribute"),
    ("‹w.__class__›", "an attribute"),
    ("tanh(‹w[0]›)", "a subscript"),
    ("[w ‹for› w in x]", "'for' is not allowed"),
    ("{w ‹for› w in x}", "'for' is not allowed"),
    ("sum(w ‹for› w in x)", "'for' is not allowed"),
    ("‹lambda›: w", "'lambda' is not allowed"),
    ("w ‹if› x else b", "'if' is not allowed"),
    ("w ‹and› x", "'and' is not allowed"),
    ("‹True› + w", "'True' is not allowed"),
    ("w + ‹w__x›", "two underscores"),
    ("w + ‹__import__›", "two underscores"),
    ("‹__import__›(w)", "no function '__import__'"),
    ("‹eval›(w)", "no function 'eval'"),
    ("w + ‹'›a'", "text is not allowed"),
    ('f‹"›{w}"', "text is not allowed"),
    ("w ‹#› the weight", "a comment is not allowed"),
    ("w ‹\\›\n + 1", "a backslash is not allowed"),
    ("2 * ‹3j›", "3j is not a real number"),
    ("‹...›", "Ellipsis is not a real number"),
    ("‹w < x›", "a comparison"),
    ("‹(w, x)›", "a list of expressions"),
    ("‹[w]›", "a list"),
    ("‹{w}›", "a set"),
    ("‹{w: x}›", "a dictionary"),
    ("(‹w := x›)", "an assignment"),
    ("maximum(w, ‹*x›)", "a starred operand"),
    ("‹tanh›(x=w)", "without names"),
    ("‹tanh(w)›(x)", "a name can be called"),
    ("‹tanh›(w, x)", "takes 1 operand, got 2"),
    ("‹tanh›()", "takes 1 operand, got 0"),
    ("‹leaky_relu›(w, x, b)", "takes 1 or 2 operands, got 3"),
    ("‹clip›(w)", "takes 3 operands, got 1"),
    ("1 + ‹tahn›(w)", "did you mean 'tan' or 'tanh'"),
    ("‹w›(x)", "no function 'w'"),
    ("‹ln›(w)", "no function 'ln'; write log(x)"),
    ("‹σ›(w)", "write sigmoid(x)"),
    ("w * ‹tanh›", "call it, tanh(x)"),
    ("‹w ^ 2›", "a power is written x**2"),
    ("‹w // 2›", "operators of an expression are + - * / and **"),
    ("‹w % 2›", "operators of an expression"),
    ("‹~w›", "operators of an expression"),
    ("w + ‹weight›", "no value is given for 'weight'"),
    ("w + ‹bb›", "did you mean 'b'"),
    ("‹9**9**9›", "overflows"),
    ("w + ‹10.0**400›", "overflows"),
    ("w + 9**‹9**9**9›", "overflows"),
    ("w ** ‹1e400›", "a finite number"),
    ("w + ‹log(1 - 1)›", "outside the domain of log"),
    ("w + ‹1/0›", "divides by zero"),
    ("w + ‹12345678901234567891›", "no float holds the int"),
    ("‹clip(w, 2, 1)›", "low <= high"),
    ("‹(›w", "never closed"),
    ("w + ‹)›", "unmatched"),
    ("w ‹x›", "not an expression"),
    ("w ‹=› 1", "not an expression"),
    ("σ*α + ‹ω.ω›", "an attribute"),
    ("   w\n\t+ ‹x.y›", "an attribute"),
]


@pytest.mark.parametrize(("marked", "reason"), REFUSED, ids=[marked for marked, _ in REFUSED])
def test_what_is_refused_is_pointed_at(marked, reason):
    text = marked.replace("‹", "").replace("›", "")
    start, end = marked.index("‹"), marked.index("›") - 1
    with pytest.raises(ExpressionError) as caught:
        expression(text, **{name: 0.5 for name in ("w", "x", "b", "σ", "α") if name in text})
    message, shown, carets = str(caught.value).split("\n")
    assert reason in message
    assert shown[4:] == "".join(each if each.isprintable() else " " for each in text)
    assert carets.index("^") - 4 == start
    if end - start > 1:
        assert carets == " " * (start + 4) + "^" * (end - start)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_no_expression(text):
    with pytest.raises(ExpressionError, match="the expression is empty"):
        expression(text)


@pytest.mark.parametrize("text", ["w + ", "-", "w**"])
def test_an_end_that_comes_too_early_is_pointed_at(text):
    with pytest.raises(ExpressionError, match="ends too early") as caught:
        expression(text, w=1)
    assert caught.value.start == len(text.rstrip())
    assert str(caught.value).split("\n")[2] == " " * (4 + len(text.rstrip())) + "^"


def test_a_long_text_is_refused_and_a_long_line_is_shown_around_the_place():
    with pytest.raises(ExpressionError, match="at most 10,000 characters, this one has 10,001"):
        expression("1" * 10_001)
    sums = "w + " * 200
    with pytest.raises(ExpressionError) as caught:
        expression(f"{sums}x.y + {sums}w", w=1, x=2)
    _, shown, carets = str(caught.value).split("\n")
    assert len(shown) < 90
    assert shown[carets.index("^") : carets.rindex("^") + 1] == "x.y"


DEEP = {
    "brackets": "(" * 4_000 + "x" + ")" * 4_000,
    "signs": "-" * 9_000 + "x",
    "powers": "x**" * 3_000 + "x",
    "signed powers": "x**-" * 2_000 + "x",
    "calls": "tanh(" * 1_400 + "x" + ")" * 1_400,
    "subscripts": "x[" * 3_000,
    "sum": "x+" * 4_000 + "x",
    "operands": "maximum(x," * 900 + "x" + ")" * 900,
}


@pytest.mark.parametrize("text", DEEP.values(), ids=DEEP)
def test_deep_nesting_is_refused_on_a_small_stack_and_a_small_recursion_limit(text):
    caught = []

    def attempt():
        try:
            expression(text, x=1.0)
        except ExpressionError as error:
            caught.append(str(error))

    size = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
    assert len(caught) == 1 and "too many operators in a row, or brackets in each other" in caught[0]


def test_what_may_be_deep_is_deep():
    assert expression("+".join(["x"] * 900), x=1.0).data == 900.0
    assert expression("(" * 90 + "x" + ")" * 90, x=1.0).data == 1.0
    assert expression(f"maximum({'+'.join('x' * 600)}, {'+'.join('x' * 600)})", x=1.0).data == 600.0
    limit = sys.getrecursionlimit()
    nested = "tanh(" * 90 + "x" + ")" * 90
    assert 0.0 < expression(nested, x=1.0).data < 1.0
    assert sys.getrecursionlimit() == limit


def test_variables_have_to_fit():
    with pytest.raises(ExpressionError, match="a value is given for 'z', which the expression does not"):
        expression("x", x=1, z=2)
    with pytest.raises(ExpressionError, match="x: a Value holds one real number, got 'one'"):
        expression("x", x="one")
    with pytest.raises(ExpressionError, match="x: a Value holds a finite number"):
        expression("x", x=math.inf)
    with pytest.raises(ExpressionError, match="two underscores"):
        expression("x", x=1, __y=2)
    with pytest.raises(ExpressionError, match="no value is given for 'x'"):
        expression("x")
    assert expression("source + self", source=1, self=2).data == 3.0


def test_a_domain_error_of_the_data_comes_from_the_core():
    with pytest.raises(DomainError, match=r"log\(x=-1.0\) is outside the domain of log"):
        expression("log(x)", x=-1)


def test_only_text_is_parsed():
    with pytest.raises(TypeError, match="an expression is text, got 3 of type int"):
        expression(3)
    assert issubclass(ExpressionError, ValueError)


def test_no_warning_of_pythons_own_gets_out(recwarn):
    with pytest.raises(ExpressionError):
        expression("1if x")
    assert expression("0x1+x", x=1).data == 2.0
    assert not recwarn
