"""Targets: the array libraries in which the source of a program can be written."""

from collections.abc import Mapping

from autodiff.lifting.write.targets.array_api import ArrayApi
from autodiff.lifting.write.targets.jax import Jax
from autodiff.lifting.write.targets.spelling import Spelling
from autodiff.lifting.write.targets.torch import Torch

__all__ = ["TARGETS", "spelled"]

TARGETS: Mapping[str, type[Spelling] | None] = {
    "numpy": None,
    "jax": Jax,
    "torch": Torch,
    "array_api": ArrayApi,
}


def spelled(source: str, target: str) -> str:
    """NumPy source of a program as a target writes it.

    Raises:
        ValueError: for a target that is none of them.
    """
    if target not in TARGETS:
        raise ValueError(f"target is one of {', '.join(map(repr, TARGETS))}, got {target!r}")
    spelling = TARGETS[target]
    return source if spelling is None else spelling().spell(source)
