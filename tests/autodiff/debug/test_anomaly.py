"""detect_anomaly names the first node that is not finite, and costs nothing when it is off."""

import math
import sys
import threading

import pytest

from autodiff import AnomalyError, DomainError, Value, detect_anomaly, dot, grad, log


def line_of(text):
    """The number of the line of this file with the given comment."""
    with open(__file__, encoding="utf-8") as file:
        return next(i for i, line in enumerate(file, 1) if line.rstrip().endswith(f"# {text}"))


def test_a_gradient_that_is_not_finite_is_traced_to_its_node_and_lines():
    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        x = Value(0.0, "x")  # leaf
        root = x.sqrt()  # root
        y = (root * 2.0 + 1.0) * Value(3.0, "w")
        y.backward()
    message = str(caught.value)
    leaf, root = (f"test_anomaly.py:{line_of(text)}" for text in ("leaf", "root"))
    assert message.startswith(f"the gradient of x = 0.0, made at {leaf} (x = Value(0.0,")
    assert f"is inf: it comes from sqrt(x=0.0), made at {root} (root = x.sqrt()" in message
    assert "local derivative is inf" in message
    assert x.grad == 0.0


def test_the_first_node_is_named_and_not_one_that_it_spoils():
    tiny = Value(1e-200)
    square = tiny * tiny  # rounds to 0
    square.label = "square"
    named = r"^the gradient of square = mul\(1e-200, 1e-200\), used at .* sqrt"
    with pytest.raises(AnomalyError, match=named), detect_anomaly():
        (square.sqrt() * 2.0).backward()


def test_a_value_outside_a_domain_is_traced_to_its_line():
    with pytest.raises(AnomalyError, match=r"log\(rate=-1\.0\) is outside") as caught, detect_anomaly():
        log(Value(-1.0, "rate"))  # outside
    assert f"at test_anomaly.py:{line_of('outside')} (log(" in str(caught.value)
    assert isinstance(caught.value, DomainError) and isinstance(caught.value.__cause__, DomainError)


def test_nodes_inside_dot_are_placed_where_it_was_called():
    named = r"the gradient of w = 1e-20, .* comes from mul\(w="
    with pytest.raises(AnomalyError, match=named) as caught, detect_anomaly():
        total = dot([Value(1.0), Value(1e-20, "w")], [Value(3.0), Value(1e20)])  # neuron
        (total * 1e300).backward()
    assert f"used at test_anomaly.py:{line_of('neuron')} (total = dot(" in str(caught.value)


def test_gradients_by_transforms_are_watched_along_their_inputs_only():
    x, w = Value(0.0, "x"), Value(1.0, "w")
    y = x.sqrt() + w
    with detect_anomaly():
        assert grad(y, w) == 1.0
    with pytest.raises(AnomalyError, match="the gradient of x"), detect_anomaly():
        grad(y, [x])


def test_powers_of_negative_numbers_are_no_anomaly():
    x = Value(-2.0, "x")
    with detect_anomaly():
        (x**2).backward()
    assert x.grad == -4.0
    with pytest.raises(AnomalyError, match=r"the gradient of z = 2\.0.* is nan"), detect_anomaly():
        (x ** Value(2.0, "z")).backward()


def test_blocks_nest_and_leave_no_trace():
    assert sys.getprofile() is None
    backward = Value.backward
    with detect_anomaly():
        with detect_anomaly():
            pass
        with pytest.raises(AnomalyError):
            Value(0.0).sqrt().backward()
    assert sys.getprofile() is None and Value.backward is backward
    x = Value(0.0)
    x.sqrt().backward()
    assert x.grad == math.inf
    with pytest.raises(KeyError), detect_anomaly():
        raise KeyError
    assert sys.getprofile() is None


def test_a_profiler_that_was_on_sees_on():
    seen = []

    def profile(frame, event, result):
        seen.append(event)

    sys.setprofile(profile)
    try:
        with detect_anomaly():
            seen.clear()
            Value(1.0).exp()
            assert "return" in seen
        assert sys.getprofile() is profile
    finally:
        sys.setprofile(None)


def test_only_the_thread_that_opened_the_block_is_watched():
    results = []

    def work():
        x = Value(0.0)
        x.sqrt().backward()
        results.append(x.grad)

    with detect_anomaly():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert results == [math.inf]


def test_the_innermost_line_of_ones_own_is_named():
    def inner(x):
        return log(x)  # inner

    with pytest.raises(AnomalyError) as caught, detect_anomaly():
        inner(Value(-1.0))
    assert f"at test_anomaly.py:{line_of('inner')} (return log(x)" in str(caught.value)


def test_a_leaf_without_a_label_is_named_by_its_number():
    x = Value(1e200, "x")
    with pytest.raises(AnomalyError, match=r"^the gradient of the leaf 1e-100, .* is inf"), detect_anomaly():
        (x * Value(1e-100) * 1e200).backward()


def test_what_arrives_by_several_paths_is_added():
    x = Value(1e-10, "x")
    with pytest.raises(AnomalyError, match=r"the gradient of x = 1e-10, .* is inf"), detect_anomaly():
        (x * 1e308 + (x * 1e308) * 1.0).backward()
    with detect_anomaly():
        (x * 1e308 - (x * 1e308) * 1.0).backward()
    assert x.grad == 0.0
