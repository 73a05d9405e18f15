"""Networks of Values, and their matrix twins.

The rooms, each of which imports only those before it: ``model``; ``losses``; ``probability`` and
``datasets``; ``train``; ``diagnosing``, ``comparing`` and ``judging``. ``registry`` finds things by
name, ``files`` writes them whole, ``processes`` starts what ends with its parent, as ``guardian`` sees to;
these are for all rooms.

What ``__init__.pyi`` names is imported when it is first asked for: who trains a network does not wait for
the judge.
"""

import lazy_loader

import autodiff  # noqa: F401 -- now, as an AttributeError in an import by name would be lost

__getattr__, __dir__, _ = lazy_loader.attach_stub(__name__, __file__)

__all__ = [
    "MLP",
    "CheckpointError",
    "Comparison",
    "Diverged",
    "History",
    "Layer",
    "MatrixMLP",
    "Module",
    "Neuron",
    "activations",
    "check_scalar",
    "compare",
    "datasets",
    "fit",
    "init",
    "judge",
    "load_model",
    "losses",
    "optim",
    "probability",
    "save_model",
]
