"""Every exception of the project survives pickling and copying, and so comes back from a worker process."""

import copy
import importlib
import inspect
import pickle
import pkgutil

import pytest

import autodiff
import duograd
import nn
import viz
from nn import History
from nn.datasets.table import Advice

# What a parameter with this annotation may be.
EXAMPLES = {
    "Advice": Advice("missing", "drop", "leaves such samples out"),
    "str": "why",
    "int": 3,
    "float": 0.5,
    "History": History(train_loss=[0.5], steps=2),
    "Exception": KeyError("a"),
    "Mapping[str, str]": {"raised": "KeyError: 'a'", "line": "3", "code": "b = d['a']"},
}


def exception_classes():
    for package in (autodiff, nn, viz, duograd):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.endswith("__main__"):
                module = importlib.import_module(found.name)
                for _, kind in inspect.getmembers(module, inspect.isclass):
                    if issubclass(kind, BaseException) and kind.__module__ == found.name:
                        yield kind


CLASSES = sorted(set(exception_classes()), key=lambda kind: kind.__qualname__)


def made(kind):
    """An exception of this class, from examples of what it takes."""
    if "__init__" not in vars(kind):
        return kind("why")
    parameters = list(inspect.signature(kind).parameters.values())
    return kind(*(EXAMPLES[str(parameter.annotation).partition(" |")[0]] for parameter in parameters))


def test_the_classes_are_found():
    assert {"DomainError", "Diverged", "CheckpointError", "LiftError"} <= {kind.__name__ for kind in CLASSES}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_an_exception_survives_pickling_and_copying(kind):
    error = made(kind)
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(other) is kind
        assert (str(other), other.args, vars(other)) == (str(error), error.args, vars(error))
