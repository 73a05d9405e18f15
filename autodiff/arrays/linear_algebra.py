"""Determinants, inverses and linear systems of small matrices, by elimination in scalars."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np

from autodiff.arrays.array import Plain, finished, values
from autodiff.arrays.elementwise import absolute, of_row
from autodiff.arrays.products import matmul
from autodiff.engine.choices import Site, user_site
from autodiff.engine.errors import DomainError
from autodiff.engine.systems import Exchange, LinearSystem, note_solution
from autodiff.engine.value import Value, as_value

__all__ = ["cholesky", "det", "inv", "matrix_power", "multi_dot", "slogdet", "solve"]

_sign, _log = of_row("sign"), of_row("log")


def det(a: Any) -> Any:
    """by minors: the first row times determinants of what lies below, each computed once"""
    stack = _matrices("det", a)
    result = np.empty(stack.shape[:-2], dtype=object)
    for index in np.ndindex(result.shape):
        result[index] = _det(stack[index].tolist())
    return finished(result)


def _det(rows: list[list[Value]]) -> Any:
    """About n·2ⁿ products and no division, so that the derivative is right at singular matrices, too."""
    n = len(rows)
    minors: dict[tuple[int, ...], Any] = {(): as_value(1.0)}
    for size in range(1, n + 1):
        row = rows[n - size]
        minors = {
            columns: _signed(row, columns, minors) if size > 1 else row[columns[0]]
            for columns in combinations(range(n), size)
        }
    return minors[tuple(range(n))]


def _signed(row: list[Value], columns: tuple[int, ...], minors: dict[tuple[int, ...], Any]) -> Any:
    """Σ ±row[c]·(the minor without c)"""
    factors = [row[c] if i % 2 == 0 else -row[c] for i, c in enumerate(columns)]
    others = [minors[(*columns[:i], *columns[i + 1 :])] for i in range(len(columns))]
    return (factors[0] * others[0]).add_products(factors[1:], others[1:])


class SignAndLogarithm(NamedTuple):
    """What ``slogdet`` gives."""

    sign: Any
    logabsdet: Any


def slogdet(a: Any) -> SignAndLogarithm:
    """the sign of det, which is flat, and ln |det|"""
    found = det(a)
    return SignAndLogarithm(_sign(found), _log(absolute(found)))


def matrix_power(a: Any, n: int) -> Any:
    """A·A·…·A, n factors; of the inverse where n is negative"""
    stack = _matrices("matrix_power", a)
    if not n:
        return finished(values(np.broadcast_to(np.eye(stack.shape[-1]), stack.shape)))
    factor = finished(stack) if n > 0 else inv(a)
    return reduce(matmul, [factor] * abs(n))


def multi_dot(arrays: Sequence[Any]) -> Any:
    """A·B·…·C, in the order with the fewest multiplications, of equal ones that which NumPy takes"""
    factors = [*map(np.asanyarray, arrays)]
    shapes = [each.shape for each in factors]
    if (
        len(shapes) < 2
        or not {*map(len, shapes[1:-1])} <= {2}
        or not {len(shapes[0]), len(shapes[-1])} <= {1, 2}
    ):
        raise ValueError(
            f"np.linalg.multi_dot got shapes {shapes}: it takes two or more matrices, of which the first and "
            "the last may be vectors"
        )
    sizes = [1 if len(shapes[0]) == 1 else shapes[0][0], *(shape[0] for shape in shapes[1:])]
    sizes.append(1 if len(shapes[-1]) == 1 else shapes[-1][-1])

    @cache
    def cheapest(i: int, j: int) -> tuple[int, int]:
        """How many multiplications arrays i to j take, and the last one of the left factor."""
        ways = (
            (cheapest(i, k)[0] + cheapest(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
            for k in range(i, j)
        )
        return min(ways, default=(0, i))

    def product(i: int, j: int) -> Any:
        _, k = cheapest(i, j)
        return factors[i] if i == j else product(i, k) @ product(k + 1, j)

    return product(0, len(arrays) - 1)


def inv(a: Any) -> Any:
    """the solution of A·X = I by elimination"""
    stack = _matrices("inv", a)
    return solve(finished(stack), np.broadcast_to(np.eye(stack.shape[-1]), stack.shape))


def solve(a: Any, b: Any) -> Any:
    """x of A·x = b by Gaussian elimination; lifted, one operation"""
    stack, right = _matrices("solve", a), values(b)
    vector = right.ndim == 1
    right = right[:, None] if vector else right
    if right.shape[-2:-1] != stack.shape[-1:]:
        raise ValueError(
            f"np.linalg.solve got shapes {stack.shape} and {np.shape(b)}: b has a row for each of A's"
        )
    lead = np.broadcast_shapes(stack.shape[:-2], right.shape[:-2])
    stack, right = (np.broadcast_to(each, (*lead, *each.shape[-2:])) for each in (stack, right))
    result = np.empty(right.shape, dtype=object)
    site = Site(*user_site())
    for index in np.ndindex(lead):
        result[index] = _solved(stack[index].tolist(), right[index].tolist(), site)
    return finished(result[..., 0] if vector else result)


def _solved(A: list[list[Value]], B: list[list[Value]], site: Site) -> list[list[Any]]:
    n = len(A)
    system = LinearSystem([[*row] for row in A], [[*row] for row in B])
    for k in range(n):
        exchange = Exchange.of([A[i][k] for i in range(k, n)], site)
        best = k + exchange.best
        if not A[best][k].data:
            raise DomainError("np.linalg.solve got a singular matrix: a column has no pivot but 0")
        system.exchanges.append(exchange)
        A[k], A[best], B[k], B[best] = A[best], A[k], B[best], B[k]
        for i in range(k + 1, n):
            factor = -(A[i][k] / A[k][k])
            A[i][k + 1 :] = [x + factor * z for x, z in zip(A[i][k + 1 :], A[k][k + 1 :])]
            B[i] = [x + factor * z for x, z in zip(B[i], B[k])]
    for k in reversed(range(n)):
        below = [-x for x in A[k][k + 1 :]]
        B[k] = [b.add_products(below, [row[j] for row in B[k + 1 :]]) / A[k][k] for j, b in enumerate(B[k])]
    if n == 1:
        return B  # a quotient, which everybody knows
    # Nodes of their own, whose gradients are by X alone, and not by what the rows above make of it.
    X = [[x * 1.0 for x in row] for row in B]
    note_solution(system, X)
    return X


def cholesky(a: Any) -> Any:
    """L of A = L·Lᵀ, below the diagonal, of which only A's lower half is read"""
    stack = _matrices("cholesky", a)
    result = np.empty(stack.shape, dtype=object)
    for index in np.ndindex(stack.shape[:-2]):
        result[index] = _cholesky(stack[index].tolist())
    return finished(result)


def _cholesky(A: list[list[Value]]) -> list[list[Any]]:
    """Row after row: lᵢⱼ = (aᵢⱼ - Σ lᵢₖ·lⱼₖ)/lⱼⱼ, and the square root of the same for i = j."""
    L = [[as_value(0.0) for _ in row] for row in A]
    for i, row in enumerate(A):
        for j in range(i + 1):
            rest = row[j].add_products([-x for x in L[i][:j]], L[j][:j])
            L[i][j] = rest.sqrt() if i == j else rest / L[j][j]
    return L


def _matrices(name: str, a: Any) -> Plain:
    stack = values(a)
    if stack.ndim < 2 or stack.shape[-1] != stack.shape[-2]:
        raise ValueError(f"np.linalg.{name} takes square matrices, got shape {stack.shape}")
    return stack
