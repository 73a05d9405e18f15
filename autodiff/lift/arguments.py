"""The arguments of ``lift``: named arrays of leaf Values, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autodiff.labels import ValueArray, gather

__all__ = ["Leaf", "leaf_arrays"]


@dataclass(frozen=True)
class Leaf:
    """A named array of leaf Values; role is ``"parameter"`` or ``"input"``."""

    name: str
    values: ValueArray
    role: str


def leaf_arrays(inputs: Mapping[str, Any], params: Any) -> list[Leaf]:
    found = [Leaf(name, values, "parameter") for name, values in gather(params.parameters() if hasattr(params, "parameters") else params).items()]
    for name, values in inputs.items():
        found.append(Leaf(name, np.asarray(values, dtype=object), "input"))
    return found
