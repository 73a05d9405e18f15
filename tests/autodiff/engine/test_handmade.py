"""Nodes made by hand, as micrograd's and microgpt's lectures make them."""

import copy
import math
import pickle

import pytest

from autodiff import Value, explain, grad, hessian, hvp, jvp, topological_order
from viz import draw

pytestmark = pytest.mark.usefixtures("version")


def lecture_tanh(x, kind=Value):
    t = math.tanh(x.data)
    out = kind(t, (x,), "tanh")

    def back():
        x.grad += (1 - t**2) * out.grad

    out._backward = back
    return out


def lecture_log(p):
    return Value(math.log(p.data), (p,), (1 / p.data,))


def weighted(ws, xs):
    """Σ w·x as one node of any number of operands."""
    return Value(
        sum(w.data * x.data for w, x in zip(ws, xs)),
        (*ws, *xs),
        [*(x.data for x in xs), *(w.data for w in ws)],
    )


def test_a_closure_is_called_in_order_among_other_nodes():
    x, z = Value(0.3), Value(-1.2)
    y = lecture_tanh(x * z) * lecture_tanh(x) + lecture_tanh(lecture_tanh(z)) / x
    y.backward()
    a, b, c = Value(0.3), Value(-1.2), None
    c = (a * b).tanh() * a.tanh() + b.tanh().tanh() / a
    c.backward()
    assert y.data == c.data
    assert (x.grad, z.grad) == pytest.approx((a.grad, b.grad), rel=1e-14)
    assert grad(y, [x, z]) == pytest.approx([a.grad, b.grad], rel=1e-14)
    assert jvp(y, {x: 1.0, z: 2.0}) == pytest.approx(a.grad + 2.0 * b.grad, rel=1e-14)
    y.backward()
    assert x.grad == pytest.approx(2.0 * a.grad, rel=1e-14)


@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_any_number_of_operands(n):
    ws, xs = [Value(0.5 * i + 1) for i in range(n)], [Value(2.0 - i) for i in range(n)]
    y = weighted(ws, xs) ** 2
    y.backward()
    total = sum((0.5 * i + 1) * (2.0 - i) for i in range(n))
    assert [w.grad for w in ws] == pytest.approx([2 * total * (2.0 - i) for i in range(n)])
    assert [x.grad for x in xs] == pytest.approx([2 * total * (0.5 * i + 1) for i in range(n)])


def test_an_operand_that_is_there_twice():
    x = Value(3.0)
    square = Value(9.0, (x, x), "*")

    def back():
        x.grad += 3.0 * square.grad
        x.grad += 3.0 * square.grad

    square._backward = back
    (square + x).backward()
    assert x.grad == 7.0
    assert sum(square.local_derivatives) == 6.0 and square._prev == {x}
    z = Value(3.0)
    Value(9.0, (z, z), (3.0, 3.0)).backward()
    assert z.grad == 6.0


def test_grads_that_were_there_stay_and_are_added_to():
    x = Value(0.5)
    x.grad = 10.0
    y = lecture_tanh(x)
    y.backward()
    assert x.grad == pytest.approx(10.0 + 1 - math.tanh(0.5) ** 2)
    before = x.grad
    assert y.local_derivatives == pytest.approx((1 - math.tanh(0.5) ** 2,)) and x.grad == before


def test_a_closure_may_be_no_multiple_of_the_gradient():
    x = Value(2.0)
    out = Value(2.0, (x,), "clip the gradient")

    def back():
        x.grad += max(-1.0, min(1.0, out.grad))

    out._backward = back
    (out * 5.0).backward()
    assert x.grad == 1.0
    with pytest.raises(ValueError, match=r"passes 1\.0 for out\.grad = 1 and 1\.0 for 2"):
        grad(out, x)


def test_node_by_node_as_in_the_lecture():
    a, b, c, f = Value(2.0, label="a"), Value(-3.0, label="b"), Value(10.0, label="c"), Value(-2.0, label="f")
    e = a * b
    d = e + c
    loss = d * f
    loss.grad = 1.0
    for node in (loss, d, e, a):
        node._backward()
    assert (f.grad, d.grad, c.grad, e.grad) == (4.0, -2.0, -2.0, -2.0)
    assert (a.grad, b.grad) == (6.0, -4.0)
    assert (loss._op, d._op, a._op) == ("*", "+", "") and loss._prev == {d, f} and a._prev == frozenset()


def test_a_backward_pass_of_ones_own_over_prev():
    x, w = Value(0.7), Value(-0.4)
    y = lecture_tanh(x * w + 1) ** 2 - lecture_log(x) + x.exp()
    y.backward()
    expected = x.grad, w.grad
    order = topological_order(y)
    for node in order:
        node.grad = 0
    topo, seen = [], set()

    def build(node):
        if node not in seen:
            seen.add(node)
            for child in node._prev:
                build(child)
            topo.append(node)

    build(y)
    y.grad = 1
    for node in reversed(topo):
        node._backward()
    assert (x.grad, w.grad) == pytest.approx(expected, rel=1e-14)
    for node in order:
        node.grad = 0
    y.grad = 1
    for node in reversed(order):
        for child, slope in zip(node._children, node._local_grads):
            child.grad += slope * node.grad
    assert (x.grad, w.grad) == pytest.approx(expected, rel=1e-14)


def test_by_keywords_and_labels():
    x = Value(1.0, label="x")
    a = Value(2.0, _children=(x,), _op="double", label="a")
    assert (a._op, a.label, a._prev, a.op) == ("double", "a", {x}, "by hand")
    assert Value(2.0, (x,), "double", "b").label == "b"
    assert Value(2.0, children=[x], local_grads=[2.0])._local_grads == (2.0,)
    assert Value(2.0, (), "", "c").label == "c" and Value(2.0, (), "in")._op == "in"


def test_the_derivative_of_an_own_operation_may_be_replaced():
    x = Value(-2.0)
    y = x.relu()

    def straight_through():
        x.grad += y.grad

    y._backward = straight_through
    (3.0 * y).backward()
    assert x.grad == 3.0 and y._op == "relu" and y._backward is straight_through


def test_prev_may_be_set_on_a_leaf():
    x = Value(3.0)
    out = Value(6.0)
    out._prev = {x}
    out._op = "twice"

    def back():
        x.grad += 2.0 * out.grad

    out._backward = back
    (out + 1).backward()
    assert x.grad == 2.0 and out._op == "twice"
    leaf = Value(1.0)
    leaf._prev = set()
    assert leaf.op == "" and leaf.operands == ()


def test_copies_and_pickles_hold_the_local_derivatives():
    x = Value(0.5, label="x")
    unfinished = Value(1.0, (x,), "unfinished")
    for node, slope in ((lecture_tanh(x), 1 - math.tanh(0.5) ** 2), (lecture_log(x), 2.0)):
        for twin in (copy.deepcopy(node * 3.0), pickle.loads(pickle.dumps(node * 3.0))):
            twin.backward()
            (leaf,) = [each for each in topological_order(twin) if each.label == "x"]
            assert leaf.grad == pytest.approx(3.0 * slope) and leaf is not x
            assert node._op in {each._op for each in topological_order(twin)}
    with pytest.raises(ValueError, match="'unfinished' made at"):
        copy.deepcopy(unfinished).backward()


def test_it_has_an_operation_of_its_own_in_pictures_and_words():
    x = Value(0.5, label="x")
    y = lecture_tanh(x * 2.0)
    assert "unfinished" in draw(Value(1.0, (x,), "unfinished") * 2.0).source
    z = Value(1.0, (x, y), (2.0, 3.0))
    (z + y).backward()
    source = draw(z + y).source
    assert "tanh" in source and "by hand" in source
    text = str(explain(y, wrt=x))
    assert "tanh(v1)" in text and f"{grad(y, x):.6g}" in text


def test_it_differentiates_once_and_says_so():
    x = Value(0.5)
    y = lecture_tanh(x) ** 2
    for more in (
        lambda: hessian(y, [x]),
        lambda: grad(y, x, create_graph=True),
        lambda: hvp(y, [x], [1.0]),
        lambda: hessian(lecture_log(x), [x]),
    ):
        with pytest.raises(ValueError, match=r"differentiates once; autodiff\.operation makes a row of it"):
            more()


def refused(call):
    with pytest.raises((TypeError, ValueError, AttributeError)) as caught:
        call()
    return str(caught.value)


def test_what_nobody_can_mean_is_refused():
    x, y = Value(1.0), Value(2.0) * 3.0
    nothing = Value(1.0, (x,), "nothing")
    for call in ((nothing * 2).backward, nothing._backward, lambda: grad(nothing, x)):
        assert "nothing says what their gradients get: set out._backward = closure" in refused(call)
    assert "test_handmade.py:" in refused(nothing.backward)
    assert "(x,), with a comma" in refused(lambda: Value(1.0, x, "name"))
    assert "a number that takes part is Value(number)" in refused(lambda: Value(1.0, (2.0,), "name"))
    assert "got 2 for 1 children" in refused(lambda: Value(1.0, (x,), (1.0, 2.0)))
    assert "as many children, got none" in refused(lambda: Value(1.0, (), (1.0,)))
    assert "one real number" in refused(lambda: Value(1.0, (x,), ("a",)))
    assert "the operation's name or a tuple of local derivatives" in refused(lambda: Value(1.0, (x,), 2.0))
    assert "takes no third argument" in refused(lambda: Value(1.0, "x", "name"))
    assert "got colour='red'" in refused(lambda: Value(1.0, colour="red"))
    assert "a leaf passes nothing on" in refused(lambda: setattr(x, "_backward", print))
    assert "a function that adds to gradients" in refused(lambda: setattr(y, "_backward", 3))
    assert "'mul' was recorded" in refused(lambda: setattr(y, "_prev", {x}))
    for name in ("_children", "_local_grads"):
        assert f"{name} only tells" in refused(lambda name=name: setattr(y, name, (x,)))
        assert "this is a leaf" in refused(lambda name=name: setattr(x, name, (x,)))
    assert "'mul' was recorded" in refused(lambda: setattr(y, "_op", "times"))
    with pytest.raises(AttributeError):
        y._prev.add(x)


def test_data_that_was_changed_since_is_no_silent_mixture():
    x, w = Value(0.5, label="x"), Value(2.0)
    out = Value(1.0, (x, w), "*")

    def back():
        x.grad += w.data * out.grad
        w.grad += x.data * out.grad

    out._backward = back
    w.data = 7.0
    with pytest.raises(ValueError, match=r"was made where an operand was 2\.0, which is 7\.0 now"):
        out.backward()
    assert x.grad == w.grad == 0.0


def test_an_error_in_a_closure_leaves_the_grads():
    x = Value(1.0)
    x.grad = 5.0
    out = Value(1.0, (x,), "broken")

    def back():
        x.grad += 1.0
        raise RuntimeError("in the closure")

    out._backward = back
    with pytest.raises(RuntimeError, match="in the closure"):
        out.backward()
    assert x.grad == 5.0


def test_infinite_slopes_meet_flat_edges_by_the_rule():
    x = Value(-1.0)
    root = Value(0.0, (x.relu(),), (math.inf,))
    (root + x).backward()
    assert x.grad == 1.0
