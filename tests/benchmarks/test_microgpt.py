"""The GPT trains alike as scalars of two classes, lifted, and on JAX, at microgpt's sizes."""

from itertools import islice

import numpy as np
import pytest

from autodiff import Value
from benchmarks import microgpt
from benchmarks.programs import gpt, tuples

pytestmark = pytest.mark.long

WORDS = ["ann", "christopher", "jo"]  # of several lengths, the longest of the data among them


def losses(training):
    return [*islice(training(WORDS, 10), 4)]


@pytest.fixture(scope="module")
def of_own_class():
    return losses(microgpt.of_scalars(tuples.Scalar))


@pytest.fixture(scope="module")
def program():
    return microgpt.found_program()


def test_it_has_as_many_parameters_as_microgpt(program):
    assert sum(array.size for array in program.params.values()) == 4192


def test_eager_and_lifted_training_have_the_losses_of_the_published_way(of_own_class, monkeypatch, program):
    monkeypatch.setattr(microgpt, "found_program", lambda: program)
    assert len({*of_own_class}) == 4
    for training in (microgpt.of_scalars(Value), microgpt.lifted):
        assert losses(training) == pytest.approx(of_own_class, rel=0.0, abs=1e-9)


def test_jax_has_the_losses_of_the_published_way(of_own_class, jax):
    assert losses(microgpt.on_jax) == pytest.approx(of_own_class, rel=0.0, abs=1e-9)


def test_one_program_has_the_gradients_of_words_of_any_length(program):
    start = gpt.weights(27, gpt.PUBLISHED)
    program.params.update({name: np.array(rows) for name, rows in start.items()})
    for word in WORDS:
        X, Y = microgpt.columns(word)
        found = program(X=X, Y=Y)
        loss, params = next(gpt.train(tuples.Scalar, 1, [word], gpt.PUBLISHED, microgpt.LETTERS))
        loss.backward()
        assert found.loss == pytest.approx(loss.data, rel=1e-12)
        gradients = np.concatenate([found.grads[name].ravel() for name in start])
        np.testing.assert_allclose(gradients, [p.grad for p in params], rtol=1e-9, atol=1e-14)


def test_a_training_that_differs_is_found():
    trainings = {
        "lifted": lambda words, steps: iter([1.0, 2.0]),
        "other": lambda words, steps: iter([1.0, 2.1]),
    }
    with pytest.raises(RuntimeError, match="other trains to other losses"):
        microgpt.agree(trainings, WORDS, 2)
