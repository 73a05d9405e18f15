"""Products: the two factors of a matrix product, and products of stacks of matrices, in three languages."""

from __future__ import annotations

from autodiff.lifting.formula import Access, Block, Formula, Segment
from autodiff.lifting.write.operands import Operands
from autodiff.lifting.write.rendered import Rendered

__all__ = ["einsum", "factors", "is_plain", "vectors_of"]


def is_plain(segment: Segment, block: Block) -> bool:
    """Whether a product is one of two matrices, or of a matrix and a vector, or every sample's vector."""
    x, z = segment.x, segment.z
    assert z is not None
    return len(block.dims) <= 2 and (not block.varies or (not x.varies and z.varies and z.shape[0] == 1))


def factors(operands: Operands, segment: Segment, block: Block) -> tuple[Rendered, Rendered]:
    """A and B of a plain product A·B; of one column of samples (1, T, m) the vectors (T, m)."""
    x, z = segment.x, segment.z
    assert z is not None
    left, right = (
        operands.array(each, each.shape[1:] if each.varies else each.shape, exact=True) for each in (x, z)
    )
    if len(block.dims) == 1:
        return left, operands.array(z, z.shape[1:], exact=True)
    return left, right if z.varies else right.T


def einsum(
    operands: Operands,
    block: Block,
    a: tuple[str, Access | Rendered],
    b: tuple[str, Access],
    out: str,
    summed: bool = False,
) -> Rendered:
    """A stacked product, or one over samples; the first operand may be the cotangent as written."""
    batch = "b" * (len(block.dims) - 2)
    written, letters = [], []
    sizes: dict[str, int | str] = {}
    for axes, operand in (a, b):
        if isinstance(operand, Access):
            operand = operands.array(operand, operand.shape, exact=True)
        letters.append(batch + axes + "m" * (operand.shape[-1] == "m"))
        sizes.update(zip(letters[-1], operand.shape))
        written.append(operand)
    result = batch + out + "m" * (not summed and "m" in sizes)
    both = written[0].dot(written[1])
    numpy = f'np.einsum("{",".join(letters)}->{result}", {written[0].numpy}, {written[1].numpy})'
    shape = tuple(sizes[letter] for letter in result)
    return Rendered(both.text, numpy, both.latex, shape, both.binds)


def vectors_of(formula: Formula) -> tuple[Access, Access]:
    """The vectors, one a row, of whose distances a formula is the table."""
    x, z = formula.operands
    return x.without([1]), z.without([0])
