"""check_scalar accepts right classes and names the mistake in wrong ones."""

import math

import pytest

from autodiff import Value
from autodiff.engine.ops import OPS
from nn import check_scalar
from nn.judging.scalar_class import Finding, ScalarReport
from nn.judging.scalar_mistakes import LOCALS, PASSES

pytestmark = pytest.mark.long


def engine(*, order="topological", **rules):
    """A class as in a course, with closures; ``rules`` replace ``(a, b, out) -> None`` of operations."""

    class Student:
        def __init__(self, data, children=()):
            self.data, self.grad, self.children = data, 0.0, children
            self._step = lambda: None

        def make(self, name, data, right, *others):
            others = [each if isinstance(each, Student) else Student(each) for each in others]
            out = Student(data, (self, *others))
            out._step = lambda: rules.get(name, right)(self, *others, out)
            return out

        def __add__(self, other):
            def right(a, b, out):
                a.grad += out.grad
                b.grad += out.grad

            return self.make("add", self.data + getattr(other, "data", other), right, other)

        def __mul__(self, other):
            def right(a, b, out):
                a.grad += b.data * out.grad
                b.grad += a.data * out.grad

            return self.make("mul", self.data * getattr(other, "data", other), right, other)

        def __sub__(self, other):
            def right(a, b, out):
                a.grad += out.grad
                b.grad -= out.grad

            return self.make("sub", self.data - getattr(other, "data", other), right, other)

        def __pow__(self, n):
            def right(a, b, out):
                a.grad += n * a.data ** (n - 1) * out.grad

            assert isinstance(n, float)
            return self.make("pow", self.data**n, right, n)

        __radd__, __rmul__ = __add__, __mul__

        def tanh(self):
            def right(a, out):
                a.grad += (1 - out.data**2) * out.grad

            return self.make("tanh", rules.get("tanh_data", math.tanh)(self.data), right)

        def exp(self):
            def right(a, out):
                a.grad += out.data * out.grad

            return self.make("exp", math.exp(self.data), right)

        def backward(self):
            topo, seen = [], set()

            def visit(node):
                if node not in seen:
                    seen.add(node)
                    for child in node.children:
                        visit(child)
                    topo.append(node)

            def paths(node):
                node._step()
                for child in node.children:
                    paths(child)

            def early(node):
                if node not in seen:
                    seen.add(node)
                    node._step()
                    for child in node.children:
                        early(child)

            self.grad = 0.0 if order == "unseeded" else 1.0
            if order == "in order":
                visit(self)
                for node in topo:
                    node._step()
            elif order in ("topological", "unseeded"):
                visit(self)
                for node in reversed(topo):
                    node._step()
            else:
                {"paths": paths, "early": early}[order](self)

    return Student


def put(*grads):
    """A rule that adds to each operand what one of these functions of (operands, out) gives."""

    def rule(*nodes):
        for node, grad in zip(nodes, grads, strict=False):
            node.grad += grad(*nodes)

    return rule


def overwrite(*grads):
    def rule(*nodes):
        for node, grad in zip(nodes, grads, strict=False):
            node.grad = grad(*nodes)

    return rule


WRONG = {
    "add": [
        (overwrite(lambda a, b, o: o.grad, lambda a, b, o: o.grad), "the gradient is overwritten"),
        (put(lambda a, b, o: 1.0, lambda a, b, o: 1.0), "the chain rule is not followed"),
        (put(lambda a, b, o: o.grad), "the second operand gets no gradient"),
        (put(lambda a, b, o: 0.0, lambda a, b, o: o.grad), "the first operand gets no gradient"),
    ],
    "mul": [
        (put(lambda a, b, o: a.data * o.grad, lambda a, b, o: b.data * o.grad), "operands are swapped"),
        (put(lambda a, b, o: o.grad, lambda a, b, o: o.grad), "the local derivative is forgotten"),
        (put(lambda a, b, o: b.data * o.grad), "the second operand gets no gradient"),
        (
            put(lambda a, b, o: b.data * o.grad, lambda a, b, o: -a.data * o.grad),
            "the sign of the second operand's derivative is flipped",
        ),
        (overwrite(lambda a, b, o: b.data * o.grad, lambda a, b, o: a.data * o.grad), "overwritten"),
        (put(lambda a, b, o: b.data, lambda a, b, o: a.data), "the chain rule is not followed"),
    ],
    "sub": [
        (put(lambda a, b, o: o.grad, lambda a, b, o: o.grad), "the local derivative is forgotten"),
        (put(lambda a, b, o: -o.grad, lambda a, b, o: o.grad), "the sign of the local derivative is flipped"),
    ],
    "pow": [(put(lambda a, b, o: b.data * o.data * o.grad), "the exponent is not lowered by 1")],
    "tanh": [
        (put(lambda a, o: (o.data**2 - 1) * o.grad), "the sign of the local derivative is flipped"),
        (put(lambda a, o: (1 - a.data**2) * o.grad), "taken at the input instead of the output"),
        (put(lambda a, o: (1 - math.tanh(o.data) ** 2) * o.grad), "taken at the output instead of the input"),
        (put(lambda a, o: o.grad), "the local derivative is forgotten"),
        (put(lambda a, o: 1 - o.data**2), "the chain rule is not followed"),
        (overwrite(lambda a, o: (1 - o.data**2) * o.grad), "the gradient is overwritten"),
        (put(lambda a, o: 0.3 * o.grad), ""),
    ],
    "exp": [(put(lambda a, o: a.data * o.grad), "taken at the input instead of the output")],
}


def test_right_classes_are_accepted_through_all_they_have():
    report = check_scalar(Value)
    assert report, report
    assert [each.operation for each in report.findings] == list(OPS)
    report = check_scalar(engine())
    assert report, report
    assert [each.operation for each in report.findings] == ["add", "sub", "mul", "pow", "exp", "tanh"]


@pytest.mark.parametrize(("op", "rule", "why"), [(op, *each) for op, rows in WRONG.items() for each in rows])
def test_a_wrong_rule_is_found_in_its_operation_and_named(op, rule, why):
    report = check_scalar(engine(**{op: rule}))
    assert not report
    wrong = {each.operation: each for each in report.findings if each.problem}
    assert list(wrong) == [op], report
    assert "the gradient of " in wrong[op].problem
    assert why in wrong[op].why and bool(why) == bool(wrong[op].why), report
    assert "✗" in str(report)


def test_every_mistake_that_has_a_name_is_planted():
    whys = [why for rows in WRONG.values() for _, why in rows if why]
    whys += ["nodes are visited once for every path", "before it has all of it", "not reversed", "in a set"]
    for name in (*LOCALS, *PASSES):
        assert any(why in name for why in whys), name


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("in order", "not reversed"),
        ("paths", "nodes are visited once for every path"),
        ("early", "before it has all of it"),
    ],
)
def test_a_wrong_order_is_named(order, why):
    report = check_scalar(engine(order=order))
    assert not report
    for each in report.findings:
        if each.problem:
            assert why in each.why, each


def test_a_wrong_value_is_found():
    report = check_scalar(engine(tanh_data=math.sin))
    (wrong,) = (each for each in report.findings if each.problem)
    assert (wrong.operation, wrong.problem) == ("tanh", "tanh(x) at x = 0.6 is 0.564642, not 0.53705")


def test_what_is_no_class_of_nodes_is_refused():
    with pytest.raises(TypeError, match=r"has data, grad and backward\(\), but float\(1.0\) has no data"):
        check_scalar(float)
    with pytest.raises(TypeError, match=r"dict\(1.0\) is to make a node, but raised TypeError"):
        check_scalar(dict)


def problem(report):
    """The one operation that is wrong, and what is wrong with it."""
    (wrong,) = (each for each in report.findings if each.problem)
    return wrong.operation, wrong.problem


def test_each_operation_is_tried_in_all_expressions_and_at_all_points_where_it_has_a_slope():
    tried = {each.operation: each.tried for each in check_scalar(Value).findings}
    assert [tried[name] for name in ("add", "div", "hypot", "maximum")] == [7 * 3, 7 * 3, 6 * 3, 6 * 3]
    assert [tried[name] for name in ("tanh", "neg", "log", "acosh")] == [4 * 3, 4 * 3, 4 * 2, 4 * 1]
    # Not at x = -0.7: there x**z has no slope by z, which is asked for in x**z and x**x and what they are in.
    assert tried["pow"] == 5 * 2 + 2 * 3
    # No - with a number on its left, and ** with a number on its right only.
    tried = {each.operation: each.tried for each in check_scalar(engine()).findings}
    assert tried == {"add": 21, "sub": 18, "mul": 21, "pow": 3, "exp": 12, "tanh": 12}


def test_the_expression_in_which_it_is_wrong_first_is_written_down():
    twice = put(lambda a, b, o: b.data * o.grad, lambda a, b, o: 0.0 if a is b else a.data * o.grad)
    assert problem(check_scalar(engine(mul=twice))) == (
        "mul",
        "in x*x at x = 0.6, the gradient of x is 0.6, not 1.2",
    )
    second = put(lambda a, b, o: b.data * o.grad, lambda a, b, o: 2.0 * a.data * o.grad)
    assert problem(check_scalar(engine(mul=second))) == (
        "mul",
        "in x*z at x = 0.6, z = 1.7, the gradient of z is 1.2, not 0.6",
    )
    third = put(lambda a, o: (1 - o.data**2) * (o.grad if o.grad == 1.0 else 0.5))
    assert problem(check_scalar(engine(tanh=third))) == (
        "tanh",
        "in tanh(x) * 3 at x = 0.6, the gradient of x is 0.355789, not 2.13473",
    )
    negative = put(lambda a, o: (1 - o.data**2) * o.grad * (2.0 if a.data < 0 else 1.0))
    assert problem(check_scalar(engine(tanh=negative)))[1].startswith("in tanh(x) at x = -0.7, ")


@pytest.mark.parametrize(("off", "right"), [(1e-10, True), (1e-8, False), (1e-3, False)])
def test_numbers_agree_in_nine_digits(off, right):
    assert bool(check_scalar(engine(exp=put(lambda a, o: o.data * o.grad * (1.0 + off))))) is right
    assert bool(check_scalar(engine(tanh_data=lambda x: math.tanh(x) * (1.0 + off)))) is right


def test_what_is_no_number_is_shown_as_it_is():
    report = check_scalar(engine(tanh_data=lambda x: "a" * 50))
    assert problem(report) == ("tanh", f"tanh(x) at x = 0.6 is '{'a' * 29}, not 0.53705")


def test_a_backward_pass_that_fails_is_a_finding():
    def fails(a, o):
        raise RuntimeError("no rule")

    report = check_scalar(engine(exp=fails))
    assert problem(report) == ("exp", "backward of exp(x) at x = 0.6 raised RuntimeError('no rule')")


def test_a_gradient_that_is_none_where_nothing_arrives_is_zero():
    class Lazy(engine()):
        def __init__(self, data):
            super().__init__(data)
            self.grad = None

        def make(self, *arguments):
            out = super().make(*arguments)
            for operand in out.children:
                operand.grad = operand.grad or 0.0
            return out

    report = check_scalar(Lazy)
    assert report, report


def test_a_class_without_an_operation_is_refused():
    class Bare:
        def __init__(self, data):
            self.data, self.grad = data, 0.0

        def backward(self):
            self.grad = 1.0

    with pytest.raises(TypeError, match=r"Bare has no operation of the table, such as \+ or tanh\(\)"):
        check_scalar(Bare)
    Bare.__init__ = lambda self, data: setattr(self, "data", data)
    with pytest.raises(TypeError, match=r"but Bare\(1.0\) has no grad$"):
        check_scalar(Bare)


def test_the_table_shows_each_operation_and_names_those_that_are_missing():
    findings = [Finding("add", 21), Finding("mul", 3, "is wrong", "because"), Finding("exp", 1, "is off")]
    shown = str(ScalarReport("Mine", findings)).split("\n")
    title, header, _, *lines = (" ".join(line.split()) for line in shown if line.strip())
    assert title == "Mine"
    assert header == "operation expressions verdict probably"
    assert lines[:3] == [
        "add 21 ✓",
        "mul 3 ✗ is wrong because",
        "exp 1 ✗ is off no mistake that has a name gives these numbers",
    ]
    missing = " ".join(lines[3:])
    assert missing.startswith("not there, so not tried: ")
    assert missing.removeprefix("not there, so not tried: ").split(", ") == [
        name for name in OPS if name not in ("add", "mul", "exp")
    ]
    assert bool(ScalarReport("Mine", findings[:1])) and not ScalarReport("Mine", findings)


class KeepsASet:
    """Its operands are the keys of a dict, and x * x has only one."""

    def __init__(self, data, slopes=None):
        self.data, self.grad, self.slopes = data, 0.0, slopes or {}

    def __add__(self, other):
        return KeepsASet(self.data + other.data, {self: 1.0, other: 1.0})

    def __mul__(self, other):
        other = other if isinstance(other, KeepsASet) else KeepsASet(other)
        return KeepsASet(self.data * other.data, {self: other.data, other: self.data})

    def backward(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for each in node.slopes:
                    visit(each)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for each, slope in node.slopes.items():
                each.grad += slope * node.grad


def test_operands_in_a_set_are_named():
    report = check_scalar(KeepsASet)
    assert {each.operation for each in report.findings if "in a set" in each.why} == {"add", "mul"}, report


def test_a_missing_seed_is_named():
    report = check_scalar(engine(order="unseeded"))
    assert not report
    assert all("the seed is missing" in each.why for each in report.findings), report


def test_larger_graphs_are_tried_and_what_is_no_mistake_is_noted():
    report = check_scalar(engine())
    assert report
    assert {each.operation for each in report.graphs} == {"all in a chain", "tanh far from 0"}
    notes = " ".join(report.notes)
    assert "10,000 nodes ends in a RecursionError" in notes
    assert "inner nodes keep theirs" in notes
    assert "3 - x" in notes
    ours = check_scalar(Value)
    assert {each.operation for each in ours.graphs} == {
        "all in a chain",
        "backward() twice",
        "a deep graph",
        "tanh far from 0",
    }
    assert not ours.notes


def test_a_pass_that_forgets_where_it_was_is_found():
    class Forgets(Value):
        def backward(self):
            super().backward()
            self.count = getattr(self, "count", 0) + 1
            if self.count > 1:
                for each in self.operands:
                    each.grad += 1.0
                    for leaf in each.operands:
                        leaf.grad += 1.0

    report = check_scalar(Forgets)
    assert not report
    assert "after a second backward()" in next(each.problem for each in report.graphs if each.problem)


def test_tanh_of_large_numbers_is_tried():
    def overflows(x):
        return (math.exp(2 * x) - 1) / (math.exp(2 * x) + 1)

    def silently(x):
        return math.tanh(x) if abs(x) < 100 else math.nan

    assert "math.tanh knows" in " ".join(check_scalar(engine(tanh_data=overflows)).notes)
    report = check_scalar(engine(tanh_data=silently))
    assert [each.operation for each in report.graphs if each.problem] == ["tanh far from 0"]


def test_reflected_operators_are_tried():
    class TurnedRound(Value):
        def __rsub__(self, other):
            return self - other

    report = check_scalar(TurnedRound)
    assert [each.operation for each in report.findings if each.problem] == ["sub"]
    assert "3 - x" in report.findings[1].problem
