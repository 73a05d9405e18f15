"""The widget without a page: what Python assigns, what a page would ask, and what is refused."""

import sys

import numpy as np
import pytest
from ipywidgets.embed import embed_data

from autodiff import Array, Value, grad, log, topological_order
from nn import MLP, MatrixMLP, fit, losses
from viz import widget

pytestmark = pytest.mark.long

X, Y = [[0.5, -1.0, 0.3], [1.0, 2.0, -0.7]], [[1.0, 0.0, 0.5]]


def leaves():
    return Value(0.5, "w"), Value(2.0, "x"), Value(-0.5, "b")


def ask(shown, *moved):
    """Let the page ask for leaves, as ``page/link.js`` does; what it is told."""
    shown.set_state({"_asked": {"turn": f"page {len(moved)} {moved}", "leaves": [[*pair] for pair in moved]}})
    assert shown._told["turn"] == shown._asked["turn"]
    return shown._told


def test_both_sides_move_the_same_values():
    w, x, b = leaves()
    y = (w * x + b).tanh() + 0.1 * log(x)
    shown, order = widget(y), topological_order(y)
    seen = []
    shown.observe(lambda change: seen.append((change.new, y.data)), "values")
    shown.values = {"w": 0.25}
    told = ask(shown, (order.index(x), 3))
    assert (w.data, x.data, b.data) == (0.25, 3.0, -0.5)
    assert y.data == shown.output == (Value(0.25) * 3.0 - 0.5).tanh().data + (0.1 * log(Value(3.0))).data
    assert [values["x"] for values, _ in seen] == [2.0, 3.0] and seen[1][1] == y.data
    assert dict(told["leaves"])[order.index(w)] == 0.25 and told["refusal"] == told["doubt"] == ""
    assert grad(y, w) == pytest.approx(3.0 * (1 - np.tanh(0.25) ** 2), rel=1e-12)


def test_what_an_observer_sets_is_what_the_page_is_told():
    w, x, b = leaves()
    shown = widget(w * x + b)
    shown.observe(lambda change: setattr(shown, "values", {"b": -change.new["w"]}), "values")
    told = ask(shown, (0, 1.5))
    assert b.data == -1.5 and dict(told["leaves"])[3] == -1.5 and shown.output == 1.5 * 2.0 - 1.5


def test_an_observer_that_fails_does_not_leave_the_page_without_an_answer():
    w, x, _ = leaves()
    shown = widget(w * x)
    shown.observe(lambda change: 1 / 0, "values")
    with pytest.raises(ZeroDivisionError):
        ask(shown, (0, 1.5))
    assert dict(shown._told["leaves"]) == {0: 1.5, 1: 2.0} and w.data == 1.5


REFUSED = {
    "nan": ({"w": float("nan"), "x": 1.0}, ValueError, "w stays 0.5: a Value holds a finite number"),
    "text": ({"w": "half"}, TypeError, "w stays 0.5: .*'half' of type str"),
    "unknown": ({"x": 1.0, "W": 1.0}, ValueError, "no leaf is called 'W'; did you mean 'w'?"),
    "nothing like it": ({"bias7": 1.0}, ValueError, "no leaf is called 'bias7'; there are w, x, b"),
    "computed": ({"z": 1.0}, ValueError, "z is computed; what is moved are the leaves: w, x, b"),
    "outside": ({"w": 0.0, "x": -1.0}, ValueError, r"log\(x=-1.0\) is outside the domain of log"),
    "too large": ({"w": 1e200, "x": 1e200}, ValueError, "overflows"),
    "no mapping": ([1.0, 2.0], Exception, "expected a dict|a dict"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_changes(case):
    given, kind, why = REFUSED[case]
    w, x, b = leaves()
    z = w * x
    z.label = "z"
    y = z + log(x) + b
    shown = widget(y)
    before = shown.values, shown.output, shown._told, y.data, z.local_derivatives
    with pytest.raises(kind, match=why):
        shown.values = given
    assert (shown.values, shown.output, shown._told, y.data, z.local_derivatives) == before
    assert shown.values == {"w": 0.5, "x": 2.0, "b": -0.5}


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        ((1, -1.0), "log(x=-1.0) is outside the domain of log; no number has changed"),
        ((0, None), "w stays 0.5: a Value holds one real number, got None"),
        ((4, 1.0), '3 stands in the expression as a number, and stays; to move it, make it Value(3, "c")'),
        ((2, 1.0), "v1 is computed; what is moved are the leaves: w, x"),
        ((99, 1.0), "there is no node 99"),
    ],
)
def test_a_page_is_told_why_and_what_there_is(moved, why):
    w, x, _ = leaves()
    y = w * x.log() * 3.0
    shown, order = widget(y), topological_order(y)
    told = ask(shown, moved)
    assert why in told["refusal"]
    assert told["leaves"] == [(i, node.data) for i, node in enumerate(order) if not node.op]
    assert (w.data, x.data) == (0.5, 2.0)


def test_pull_takes_over_what_was_set_elsewhere():
    w, x, b = leaves()
    y = (w * x + b).log()
    shown = widget(y)
    w.data = 3.0
    shown.pull()
    assert shown.values["w"] == 3.0 and shown.output == y.data == np.log(5.5)
    x.data = -1.0
    with pytest.raises(ValueError, match="outside the domain"):
        shown.pull()
    assert shown.output == y.data == np.log(5.5) and dict(shown._told["leaves"])[1] == 2.0
    shown.values = {"x": 1.0}  # and goes on from the number that was set beside it
    assert y.data == np.log(2.5)


def test_a_model_is_moved_by_its_parameters():
    model = MLP(2, [3, 1], seed=1)
    shown = widget(model, X=X, Y=Y, loss="mse")
    shown.values = {"W2[0,1]": 0.75, "b1[2]": -0.5}
    twin = MatrixMLP.from_scalar(model)
    assert twin.W[2][0, 1] == 0.75 and twin.b[1][2, 0] == -0.5
    assert shown.output == pytest.approx(losses.mse.J(twin.forward(X).A[2], np.array(Y)), rel=1e-12)
    before = shown.output
    fit(model, X, Y, loss="mse", epochs=3)
    shown.pull()
    assert shown.output < before
    assert shown.values["W2[0,1]"] == model.layers[1].neurons[0].w[1].data
    with pytest.raises(ValueError, match="a model is explored on samples"):
        widget(model)


def test_where_python_decided_by_a_number_both_sides_say_so():
    x = Value(2.0, "x")
    y = x * 3.0 if x - 1.0 > 0 else x * 0.0
    shown = widget(y)
    assert ask(shown, (0, 1.5))["doubt"] == ""
    told = ask(shown, (0, 0.5))
    assert "y = x * 3.0 if x - 1.0 > 0" in told["doubt"] and y.data == 1.5
    with pytest.warns(UserWarning, match="at these it would choose another one"):
        shown.values = {"x": -1.0}
    assert ask(shown, (0, 1.25))["doubt"] == ""


def test_an_elimination_whose_pivot_becomes_tiny_says_so():
    A = Array([[Value(2.0, "A[0,0]"), Value(1.0, "A[0,1]")], [Value(1.0, "A[1,0]"), Value(3.0, "A[1,1]")]])
    y = (np.linalg.solve(A, np.array([1.0, 2.0])) ** 2).sum()
    shown = widget(y)
    shown.values = {"A[0,0]": 0.5}
    assert y.data == pytest.approx((np.linalg.solve(A.data, [1.0, 2.0]) ** 2).sum(), rel=1e-12)
    with pytest.warns(UserWarning, match="np.linalg.solve.* would choose another one"):
        shown.values = {"A[0,0]": 1e-15}


def test_a_node_made_by_hand_is_refused():
    x = Value(2.0, "x")
    with pytest.raises(ValueError, match="made by hand"):
        widget(Value(4.0, (x,), (4.0,)) * x)


def test_without_the_extra_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(ImportError, match=r"pip install 'duograd\[notebook\]'"):
        widget(Value(1.0, "x") * 2.0)


def test_a_page_that_embeds_the_widget_has_all_that_it_shows():
    w = Value(0.5, "w")
    shown = widget(w.tanh())
    shown.values = {"w": 0.75}
    embedded = embed_data(views=[shown])
    (view,) = embedded["view_specs"]
    state = embedded["manager_state"]["state"][view["model_id"]]["state"]
    assert "export default" in state["_esm"] and state["_view_name"] == "AnyView"
    assert "<svg id" in state["_page"] and state["_told"]["leaves"] == [(0, 0.75)]


def test_the_height_is_given_to_the_page():
    shown = widget(Value(1.0, "x") * 2.0, height=400)
    assert shown.get_state(["height"])["height"] == 400
