"""Code for arrays of another library, such as PyTorch's tensors: NumPy's do not have what it asks them for,
so that it is not judged, and nobody is blamed.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

import numpy as np

from nn.judging.units import Defined

__all__ = ["are_meant", "asked_for", "reason"]

MISSING = re.compile(
    r"'numpy\.\w+' object has no attribute '(\w+)'"
    r"|unexpected keyword argument '(dim|keepdim)'"
    r"|\.(size)\(.*'int' object is not callable"
    r"|\.(view)\(.*Cannot interpret '-?\d+' as a data type"
    r"|'_Absent'"  # what stands for a module that is not here
)


def are_meant(why: str) -> bool:
    """Whether this error comes from arrays' being NumPy's, or from a module that is not here."""
    return MISSING.search(why) is not None


def asked_for(members: Iterable[Defined], arrays: Iterable[str]) -> str:
    """The first attribute that these parameters are asked for and that no array of NumPy has, as ``inp.g``;
    "" if there is none."""
    names = {*arrays}
    for each in members:
        for node in ast.walk(each.node):
            if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
                continue
            name = node.value.id
            if name in names and name in {*each.parameters, *each.optional} and not _is_there(node.attr):
                return f"{name}.{node.attr}"
    return ""


def reason(what: str) -> str:
    """Why something is not judged, with what was asked for or raised."""
    return (
        f"{what.rstrip('.')}. Arrays of NumPy have no such thing: either it is misspelt, or the code is for "
        "arrays of another library, such as tensors; only code that runs with NumPy is judged"
    )


def _is_there(attribute: str) -> bool:
    return hasattr(np.ndarray, attribute)
