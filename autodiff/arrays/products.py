"""Sums of products: ``@``, ``dot``, ``einsum`` and their kin, each element as ``autodiff.dot`` records it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autodiff.arrays.array import Plain, finished, values
from autodiff.arrays.elementwise import of_row
from autodiff.arrays.reductions import mean, sum
from autodiff.engine.value import Value, as_value

__all__ = [
    "corrcoef",
    "cov",
    "cross",
    "dot",
    "einsum",
    "inner",
    "kron",
    "matmul",
    "matvec",
    "outer",
    "tensordot",
    "vdot",
    "vecdot",
    "vecmat",
]

_multiply, _subtract, _divide, _sqrt = map(of_row, ("mul", "sub", "div", "sqrt"))


def _contracted(a: Plain, b: Plain) -> Plain:
    """Σₖ a[…, i, k]·b[…, j, k] for stacks (…, I, K) and (…, J, K) of rows that broadcast: (…, I, J)."""
    stack = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    result = np.empty((*stack, a.shape[-2], b.shape[-2]), dtype=object)
    a, b = np.broadcast_to(a, (*stack, *a.shape[-2:])), np.broadcast_to(b, (*stack, *b.shape[-2:]))
    for index in np.ndindex(stack):
        columns = b[index].tolist()
        for i, row in enumerate(a[index].tolist()):
            result[(*index, i)] = [_dot(row, column) for column in columns]
    return result


def _dot(ws: list[Value], xs: list[Value]) -> Any:
    return (ws[0] * xs[0]).add_products(ws[1:], xs[1:]) if ws else as_value(0.0)


def matmul(a: Any, b: Any) -> Any:
    """Σₖ a[…, i, k]·b[…, k, j]"""
    x, z = values(a), values(b)
    if not x.ndim or not z.ndim:
        raise ValueError(f"@ multiplies matrices, got shapes {x.shape} and {z.shape}; use * for a number")
    left, right = (x if x.ndim > 1 else x[None]), (z if z.ndim > 1 else z[:, None])
    _check("@", left.shape[-1], right.shape[-2], x.shape, z.shape)
    product = _contracted(left, np.swapaxes(right, -1, -2))
    product = product[..., 0] if z.ndim == 1 else product
    return finished(product[(..., 0) if z.ndim == 1 else (..., 0, slice(None))] if x.ndim == 1 else product)


def dot(a: Any, b: Any) -> Any:
    """Σₖ a[…, i, k]·b[…, k, j], the axes of b behind those of a"""
    x, z = values(a), values(b)
    if not x.ndim or not z.ndim:
        return _multiply(finished(x), finished(z))
    if x.ndim <= 2 and z.ndim <= 2:
        return matmul(x, z)
    return tensordot(x, z, ([-1], [-2 if z.ndim > 1 else -1]))


def inner(a: Any, b: Any) -> Any:
    """Σₖ a[…, k]·b[…, k], the axes of b behind those of a"""
    x, z = values(a), values(b)
    return tensordot(x, z, ([-1], [-1])) if x.ndim and z.ndim else _multiply(finished(x), finished(z))


def vdot(a: Any, b: Any) -> Any:
    """Σ aᵢ·bᵢ over all elements"""
    return matmul(values(a).ravel(), values(b).ravel())


def outer(a: Any, b: Any) -> Any:
    """aᵢ·bⱼ over all elements of both"""
    return _multiply(finished(values(a).reshape(-1, 1)), finished(values(b).reshape(1, -1)))


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None) -> Any:
    """D·Dᵀ / (n - 1) with D = A - mean of each row"""
    rows = [_rows(each, rowvar) for each in (m, y) if each is not None]
    variables = finished(np.concatenate(rows))
    n = variables.shape[1] - ((0 if bias else 1) if ddof is None else ddof)
    if n <= 0:
        raise ValueError(f"np.cov divides by n less ddof, which is {n} here: give more observations")
    deviations = _subtract(variables, mean(variables, axis=1, keepdims=True))
    return finished(np.squeeze(values(_divide(matmul(deviations, deviations.T), n))))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """C / (s·sᵀ) with the covariances C and the standard deviations s, the roots of its diagonal"""
    c = cov(x, y, rowvar)
    if not np.ndim(c):
        return _divide(c, c)
    s = _sqrt(finished(np.diag(values(c))))
    return _divide(c, outer(s, s))


def _rows(a: Any, rowvar: bool) -> Plain:
    """Variables as rows; a vector is one."""
    array = np.atleast_2d(values(a))
    return array if rowvar or len(array) == 1 else array.T


def kron(a: Any, b: Any) -> Any:
    """aᵢ·b in blocks"""
    x, z = values(a), values(b)
    ndim = max(x.ndim, z.ndim)
    x, z = x.reshape((1,) * (ndim - x.ndim) + x.shape), z.reshape((1,) * (ndim - z.ndim) + z.shape)
    spread = _multiply(
        finished(np.expand_dims(x, tuple(range(1, 2 * ndim, 2)))),
        finished(np.expand_dims(z, tuple(range(0, 2 * ndim, 2)))),
    )
    return finished(values(spread).reshape([m * n for m, n in zip(x.shape, z.shape)]))


def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    """the sum of products over pairs of axes, of a the rest first, of b the rest behind"""
    x, z = values(a), values(b)
    if isinstance(axes, (int, np.integer)):
        pairs = list(range(x.ndim - axes, x.ndim)), list(range(axes))
    else:
        of_a, of_b = (np.atleast_1d(each).tolist() for each in axes)
        pairs = [d % x.ndim for d in of_a], [d % z.ndim for d in of_b]
    sizes = [x.shape[d] for d in pairs[0]], [z.shape[d] for d in pairs[1]]
    _check("tensordot", *sizes, x.shape, z.shape)
    kept = [[d for d in range(each.ndim) if d not in taken] for each, taken in zip((x, z), pairs)]
    length = int(np.prod(sizes[0], dtype=int))
    shapes = [[each.shape[d] for d in rest] for each, rest in zip((x, z), kept)]
    rows = [
        each.transpose([*rest, *taken]).reshape(int(np.prod(shape, dtype=int)), length)
        for each, rest, taken, shape in zip((x, z), kept, pairs, shapes)
    ]
    return finished(_contracted(*rows).reshape([*shapes[0], *shapes[1]]))


def cross(a: Any, b: Any) -> Any:
    """the vector product of vectors of 3 along the last axis"""
    x, z = values(a), values(b)
    if x.shape[-1:] != (3,) or z.shape[-1:] != (3,):
        raise ValueError(
            f"np.cross of Arrays takes vectors of 3 along the last axis, got {x.shape} and {z.shape}"
        )
    x, z = np.broadcast_arrays(x, z)
    turned, back = [1, 2, 0], [2, 0, 1]
    first = _multiply(finished(x[..., turned]), finished(z[..., back]))
    return _subtract(first, _multiply(finished(x[..., back]), finished(z[..., turned])))


def einsum(subscripts: str, *operands: Any) -> Any:
    """the sum of products that the subscripts say, for several operands from left to right"""
    if not isinstance(subscripts, str):
        raise TypeError(
            "np.einsum of Arrays takes subscripts as text, for instance np.einsum('ij,jk->ik', A, B)"
        )
    arrays = [values(operand) for operand in operands]
    inputs, output = _parsed(subscripts, arrays)
    _check_sizes(subscripts, inputs, arrays)
    pairs = [_without_repeats(letters, array) for letters, array in zip(inputs, arrays)]
    while len(pairs) > 1:
        (left, a), (right, b), *rest = pairs
        needed = set(output).union(*(letters for letters, _ in rest))
        pairs = [_pair(left, a, right, b, needed), *rest]
    ((letters, array),) = pairs
    summed = tuple(d for d, letter in enumerate(letters) if letter not in output)
    array = values(sum(array, summed)) if summed else array
    left_over = [letter for letter in letters if letter in output]
    return finished(array.transpose([left_over.index(letter) for letter in output]))


def _parsed(subscripts: str, arrays: Sequence[Plain]) -> tuple[list[str], str]:
    """A letter an axis for each operand, and for the result; those of an ellipsis are capital Greek."""
    text, arrow, output = subscripts.replace(" ", "").partition("->")
    inputs = text.split(",")
    if len(inputs) != len(arrays):
        raise ValueError(f"einsum({subscripts!r}) takes {len(inputs)} operands, got {len(arrays)}")
    most = 0
    for i, (letters, array) in enumerate(zip(inputs, arrays)):
        hidden = array.ndim - len(letters.replace("...", ""))
        if hidden < 0 or (hidden and "..." not in letters):
            raise ValueError(
                f"einsum({subscripts!r}): operand {i} has shape {array.shape}, {letters!r} does not fit it"
            )
        inputs[i] = letters.replace("...", "".join(map(chr, range(0x391 + hidden - 1, 0x390, -1))))
        most = max(most, hidden if "..." in letters else 0)
    ellipsis = "".join(map(chr, range(0x391 + most - 1, 0x390, -1)))
    everything = "".join(inputs)
    if not arrow:
        once = sorted(letter for letter in set(everything) - set(ellipsis) if everything.count(letter) == 1)
        return inputs, ellipsis + "".join(once)
    output = output.replace("...", ellipsis)
    if len(set(output)) < len(output) or not set(output) <= set(everything):
        raise ValueError(
            f"einsum({subscripts!r}): the letters behind -> are each once, and of those before it"
        )
    return inputs, output


def _check_sizes(subscripts: str, inputs: Sequence[str], arrays: Sequence[Plain]) -> None:
    sizes: dict[str, int] = {}
    for letters, array in zip(inputs, arrays):
        for letter, size in zip(letters, array.shape):
            if sizes.setdefault(letter, size) != size:
                shapes = ", ".join(str(each.shape) for each in arrays)
                raise ValueError(
                    f"einsum({subscripts!r}) of shapes {shapes}: {letter} is both {sizes[letter]} and {size}"
                )


def _without_repeats(letters: str, array: Plain) -> tuple[str, Plain]:
    """The diagonal along axes of one letter."""
    for letter in dict.fromkeys(letters):
        while letters.count(letter) > 1:
            first, second = letters.index(letter), letters.rindex(letter)
            array = np.diagonal(array, axis1=first, axis2=second)
            letters = letters[:first] + letters[first + 1 : second] + letters[second + 1 :] + letter
    return letters, array


def _pair(left: str, a: Plain, right: str, b: Plain, needed: set[str]) -> tuple[str, Plain]:
    """The product of two operands, summed over what nobody else needs."""
    a, left = _alone(left, a, needed | set(right))
    b, right = _alone(right, b, needed | set(left))
    both = [letter for letter in left if letter in right and letter in needed]
    summed = [letter for letter in left if letter in right and letter not in needed]
    of_a = [letter for letter in left if letter not in right]
    of_b = [letter for letter in right if letter not in left]
    size = dict(zip(left + right, a.shape + b.shape))
    stack = [size[letter] for letter in both]

    def rows(letters: str, array: Plain, own: list[str]) -> Plain:
        ordered = array.transpose([letters.index(letter) for letter in (*both, *own, *summed)])
        lengths = [int(np.prod([size[letter] for letter in group], dtype=int)) for group in (own, summed)]
        return ordered.reshape([*stack, *lengths])

    product = _contracted(rows(left, a, of_a), rows(right, b, of_b))
    letters = [*both, *of_a, *of_b]
    return "".join(letters), product.reshape([size[letter] for letter in letters])


def _alone(letters: str, array: Plain, needed: set[str]) -> tuple[Plain, str]:
    """The sum over axes that no other operand and no result has."""
    axes = tuple(d for d, letter in enumerate(letters) if letter not in needed)
    kept = "".join(letter for letter in letters if letter in needed)
    return (values(sum(array, axes)), kept) if axes else (array, kept)


def _check(what: str, of_a: Any, of_b: Any, a: tuple[int, ...], b: tuple[int, ...]) -> None:
    if of_a != of_b:
        turned = "; with the transpose of the second it fits" if len(b) == 2 and of_a == b[1] else ""
        raise ValueError(
            f"{what} pairs axes of equal length, got {of_a} and {of_b} of shapes {a} and {b}{turned}"
        )


def vecdot(x1: Any, x2: Any) -> Any:
    """Σₖ a[…, k]·b[…, k]"""
    x, z = values(x1), values(x2)
    _check("vecdot", x.shape[-1], z.shape[-1], x.shape, z.shape)
    return finished(_contracted(x[..., None, :], z[..., None, :])[..., 0, 0])


def matvec(x1: Any, x2: Any) -> Any:
    """Σₖ a[…, i, k]·b[…, k]"""
    return finished(values(matmul(x1, finished(values(x2)[..., None])))[..., 0])


def vecmat(x1: Any, x2: Any) -> Any:
    """Σₖ a[…, k]·b[…, k, j]"""
    return finished(values(matmul(finished(values(x1)[..., None, :]), x2))[..., 0, :])
