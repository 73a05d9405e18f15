"""The sentences that messages are made of."""

import copy
import pickle

import pytest

from autodiff.engine.errors import (
    DomainError,
    DomainOverflow,
    DomainZeroDivision,
    did_you_mean,
    domain_error,
)


def test_a_near_name_is_suggested_whatever_its_case_and_hyphens():
    known = ["mse", "cross_entropy", "X"]
    assert did_you_mean("Cross-Entropie", known) == "did you mean 'cross_entropy'?"
    assert did_you_mean("x", known) == "did you mean 'X'?"
    assert did_you_mean("zzz", known) == did_you_mean("a", []) == ""


def test_of_several_near_names_the_nearest_come_first():
    assert did_you_mean("tanhh", ["tan", "tanh", "atanh"], most=2) == "did you mean 'tanh' or 'atanh'?"
    assert did_you_mean("tanhh", ["tan", "tanh", "atanh"]) == "did you mean 'tanh'?"


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (OverflowError(), DomainOverflow),
        (ZeroDivisionError(), DomainZeroDivision),
        (ValueError(), DomainError),
    ],
)
def test_the_error_is_of_the_kind_that_python_would_raise_and_survives_pickling(cause, kind):
    error = domain_error("div", "x=1.0, 0.0", cause)
    assert type(error) is kind and isinstance(error, type(cause)) and isinstance(error, DomainError)
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind and str(twin) == str(error)
