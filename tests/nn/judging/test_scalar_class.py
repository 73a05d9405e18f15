"""check_scalar accepts right classes and names the mistake in wrong ones."""

import math

import pytest

from autodiff import Value
from autodiff.engine.ops import OPS
from nn import check_scalar


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

            self.grad = 1.0
            if order == "topological":
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
    ],
    "mul": [
        (put(lambda a, b, o: a.data * o.grad, lambda a, b, o: b.data * o.grad), "operands are swapped"),
        (put(lambda a, b, o: o.grad, lambda a, b, o: o.grad), "the local derivative is forgotten"),
        (put(lambda a, b, o: b.data * o.grad), "the second operand gets no gradient"),
        (overwrite(lambda a, b, o: b.data * o.grad, lambda a, b, o: a.data * o.grad), "overwritten"),
        (put(lambda a, b, o: b.data, lambda a, b, o: a.data), "the chain rule is not followed"),
    ],
    "sub": [(put(lambda a, b, o: o.grad, lambda a, b, o: o.grad), "the local derivative is forgotten")],
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


@pytest.mark.parametrize(
    ("order", "why"),
    [("paths", "nodes are visited once for every path"), ("early", "before it has all of it")],
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
