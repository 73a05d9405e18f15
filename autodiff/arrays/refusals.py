"""Functions of NumPy's that do not take Arrays, and what to take instead."""

from __future__ import annotations

__all__ = ["REFUSED", "refusal"]

_BY_VALUE = "its graph would depend on the order of the data"
_NO_SLOPE = "it is constant almost everywhere, so no gradient would come back; take A.data for the numbers"

REFUSED: dict[str, str] = {
    "median": f"{_BY_VALUE}; take np.mean, or A[np.argsort(A)], which is a choice",
    "percentile": f"{_BY_VALUE}; take A[np.argsort(A)], which is a choice",
    "quantile": f"{_BY_VALUE}; take A[np.argsort(A)], which is a choice",
    "sort": f"{_BY_VALUE}; take A[np.argsort(A)], which is a choice",
    "partition": f"{_BY_VALUE}; take A[np.argsort(A)], which is a choice",
    "argpartition": f"{_BY_VALUE}; take np.argsort(A), which is a choice",
    "unique": "its shape would depend on the data; take np.unique(A.data)",
    "searchsorted": "it counts by comparing; take np.searchsorted(A.data, v), or np.sum(A < v)",
    "digitize": "it counts by comparing; take np.digitize(A.data, bins)",
    "linspace": "take a + (b - a)*np.linspace(0, 1, n)",
    "apply_along_axis": "take the function's own axis=, or np.stack of a list",
    "histogram": "it counts by comparing; take np.histogram(A.data)",
    "floor": _NO_SLOPE,
    "ceil": _NO_SLOPE,
    "trunc": _NO_SLOPE,
    "rint": _NO_SLOPE,
    "round": _NO_SLOPE,
    "around": _NO_SLOPE,
    "fix": _NO_SLOPE,
    "floor_divide": _NO_SLOPE,
    "remainder": "it jumps; take A - n*np.floor(A.data / n), where the jump is a constant",
    "fmod": "it jumps; take A - n*np.trunc(A.data / n), where the jump is a constant",
    "divmod": _NO_SLOPE,
    "linalg.eig": "it is computed by iterations; there is no row for it",
    "linalg.eigh": "it is computed by iterations; there is no row for it",
    "linalg.svd": "it is computed by iterations; there is no row for it",
    "linalg.lstsq": "take np.linalg.solve(A.T @ A, A.T @ b)",
    "linalg.pinv": "take np.linalg.solve(A.T @ A, A.T)",
}
"""Functions that are refused with a reason, by their names in NumPy; all others are with a general one."""


def refusal(name: str) -> TypeError:
    """Why a function does not take Arrays, and what does."""
    reason = REFUSED.get(name.partition(".")[2])
    if reason is None:
        reason = (
            "it is not among the functions of NumPy that record operations, which the page "
            '"NumPy on Values" lists; A.data gives plain numbers, which leave the graph'
        )
    return TypeError(f"{name} does not take an Array of Values: {reason}")
