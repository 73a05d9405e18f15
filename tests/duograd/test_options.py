"""Words of a command line become checked objects, or a message that says what to write."""

import argparse
import importlib
import math
import re
from dataclasses import FrozenInstanceError, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autodiff import ExpressionError
from duograd.entries import DUOGRAD
from duograd.options import ExpressionOptions, positive, sizes, variables, whole
from nn.losses import Loss
from nn.model.activations import Activation

# Words that a command cannot do without.
NEEDED = {"predict": ["iris.npz"], "judge": ["mine.py"], "draw": ["x"], "explain": ["x"]}


def parsed(name, *words):
    command = importlib.import_module(f"duograd.{name}").COMMAND
    return command.options.parse(command.parser(name), [*NEEDED.get(name, []), *words])


@pytest.mark.parametrize("name", DUOGRAD.commands)
def test_options_are_frozen_objects_and_each_has_a_line_of_help(name):
    options = parsed(name)
    for each in fields(options):
        assert each.metadata["help"]
        with pytest.raises(FrozenInstanceError):
            setattr(options, each.name, None)


@pytest.mark.parametrize("name", DUOGRAD.commands)
def test_names_of_losses_and_activations_are_these_from_then_on(name):
    kinds = {"activation": Activation, "loss": Loss}
    own = kinds.keys() & {each.name for each in fields(parsed(name))}
    options = parsed(
        name, *(word for each in own for word in (f"--{each}", {"loss": "mse"}.get(each, "relu")))
    )
    for each in own:
        assert isinstance(getattr(options, each), kinds[each])


@given(st.integers(), st.integers(-3, 3))
def test_whole_numbers_from_the_least_on(number, least):
    if number >= least:
        assert whole(least)(str(number)) == number
    else:
        with pytest.raises(
            argparse.ArgumentTypeError, match=f"a whole number, {least} or more, not '{number}'"
        ):
            whole(least)(str(number))


@given(st.floats())
def test_positive_numbers_are_finite(number):
    if 0.0 < number < math.inf:
        assert positive(repr(number)) == number
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="give a positive number, not "):
            positive(repr(number))


@given(st.lists(st.integers(-1, 500), min_size=1))
def test_sizes_are_of_layers_that_have_neurons(layers):
    word = ",".join(map(str, layers))
    if min(layers) > 0:
        assert sizes(word) == tuple(layers)
    else:
        with pytest.raises(argparse.ArgumentTypeError, match="a layer has at least one neuron, not"):
            sizes(word)


@pytest.mark.parametrize("word", ["", "a", "1.5", "1,,2", "0x10", "--5", "1e3"])
def test_what_is_no_number_is_said_as_it_was_written(word):
    for read in (whole(0), sizes):
        with pytest.raises(argparse.ArgumentTypeError, match=f"not {word!r}"):
            read(word)


@pytest.mark.parametrize("words", [["-x**2", "x=3"], ["x=3", "-x**2"][::-1], ["-x*-x", "x=3"]])
def test_an_expression_may_begin_with_a_minus(words):
    options = ExpressionOptions.parse(argparse.ArgumentParser(), words)
    y, leaves = options.graph()
    assert abs(y.data) == 9.0
    assert list(leaves) == ["x"]
    assert y.label == "y"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["w"], "a variable is given as NAME=NUMBER, got 'w'"),
        (["2=3"], "a variable is given as NAME=NUMBER, got '2=3'"),
        (["w=1", "w=2"], "w is given twice"),
        (["w=inf"], "w is to be a finite number, got 'inf'"),
    ],
)
def test_a_word_that_is_no_variable_is_refused(words, message):
    with pytest.raises(ExpressionError, match=re.escape(message)):
        variables(words)
