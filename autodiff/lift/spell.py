"""Spell: each formula and each share of a cotangent as a line in three languages.

The languages are the note's (``Z1 = W1·X + b1``), NumPy's (``Z1 = W1 @ X + b1[:, None]``) and
LaTeX. An operand that is no plain view of one array is spelled exactly only in NumPy, by an array
of positions; the text to read shows which array it picks from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from autodiff.lift.adjoint import blocks_read, partials
from autodiff.lift.formula import Access, Block, Formula, Segment
from autodiff.lift.name import identifier
from autodiff.lift.record import Ints
from autodiff.notation import CODE, READING, Expr, as_expr, symbol

__all__ = ["Line", "Speller", "latex_name"]


class Line(NamedTuple):
    """One assignment to ``target``, of ``shape``, in the three languages."""

    target: str
    shape: tuple[int | str, ...]
    text: str
    numpy: str
    latex: str


ATOM, PRODUCT, SUM = 2, 1, 0  # how tightly an expression binds


class Spelling(NamedTuple):
    """An operand or expression in the three languages.

    ``binds`` says how tightly, ``full`` that the NumPy expression has the shape of what it stands
    for, and is not one that only broadcasts to it.
    """

    text: str
    numpy: str
    latex: str
    binds: int = ATOM
    full: bool = False

    def closed(self, least: int = ATOM) -> Spelling:
        """In parentheses, unless it binds tightly enough without."""
        if self.binds >= least:
            return self
        return Spelling(f"({self.text})", f"({self.numpy})", rf"\left({self.latex}\right)", full=self.full)

    @property
    def T(self) -> Spelling:
        """The transpose."""
        if self.numpy.endswith(".T") and self.binds == ATOM:
            return Spelling(self.text[:-1], self.numpy[:-2], self.latex.removesuffix("^T"))
        text, numpy, latex, *_ = self.closed()
        return Spelling(f"{text}ᵀ", f"{numpy}.T", f"{{{latex}}}^T")

    def then(self, text: str, numpy: str, latex: str, other: Spelling) -> Spelling:
        """This factor and another with an operator between them."""
        a, b = self.closed(PRODUCT), other.closed()
        joined = (a.text + text + b.text, a.numpy + numpy + b.numpy, a.latex + latex + b.latex)
        return Spelling(*joined, PRODUCT, a.full or b.full)

    def around(self, text: str, numpy: str, latex: str, binds: int = ATOM) -> Spelling:
        """This expression put into templates, each with one #."""
        a = self.closed()
        return Spelling(
            text.replace("#", a.text), numpy.replace("#", a.numpy), latex.replace("#", a.latex), binds
        )

    def in_numpy(self, template: str) -> Spelling:
        """This expression with its NumPy spelling put into a template, which a # stands for."""
        return self._replace(
            numpy=template.replace("#", self.closed().numpy), binds=ATOM if self.binds else SUM
        )


def _number(value: float) -> Spelling:
    value = float(value)
    binds = ATOM if value >= 0.0 else SUM
    inverse = round(1.0 / value) if value and abs(1.0 / value) < 1e9 else 0
    if abs(inverse) > 10 and value == 1.0 / inverse:  # the mean over 30 samples is 1/30 of a sum
        return Spelling(f"1/{inverse}", repr(value), rf"\tfrac{{1}}{{{inverse}}}", binds)
    expr = as_expr(value)
    return Spelling(expr.text(), repr(value), expr.latex(), binds)


def _name(block: Block, prefix: str = "") -> Spelling:
    name = prefix + identifier(block.name)
    return Spelling(name, name, latex_name(name))


def _dot(a: Spelling, b: Spelling) -> Spelling:
    return a.then("·", " @ ", r" \, ", b)._replace(full=True)


def _times(a: Spelling, b: Spelling) -> Spelling:
    return a.then("·", " * ", r" \, ", b) if _is_number(a) else a.then(" ⊙ ", " * ", r" \odot ", b)


def _is_number(spelling: Spelling) -> bool:
    return not re.search("[A-Za-z_]", spelling.numpy.replace("e", ""))


def _plus(a: Spelling | None, b: Spelling) -> Spelling:
    """a + b, or a - |b| where b begins with a minus."""
    if a is None:
        return b
    if b.text.startswith("-"):
        sign, (text, numpy, latex) = "-", (each[1:] for each in b[:3])
    else:
        sign, (text, numpy, latex) = "+", b[:3]
    return Spelling(f"{a.text} {sign} {text}", f"{a.numpy} {sign} {numpy}", f"{a.latex} {sign} {latex}", SUM)


def _weighted(c: float, term: Spelling) -> Spelling:
    """c·term, with a minus for -1."""
    if c == 1.0:
        return term
    if c < 0.0:
        text, numpy, latex, _, full = _weighted(-c, term).closed(PRODUCT)
        return Spelling(f"-{text}", f"-{numpy}", f"-{latex}", SUM, full)
    return _times(_number(c), term)


def latex_name(name: str) -> str:
    """``dZ1`` as dZ^{[1]}: the number of the layer in brackets above, as in the note."""
    found = re.fullmatch(r"(d?[A-Za-z])(\d+)", name)
    return f"{found[1]}^{{[{found[2]}]}}" if found else symbol(name).latex()


def _applied(rule: Callable[..., Any], operands: Sequence[Spelling]) -> Spelling:
    """A rule, called with a namespace and operands, in the three languages.

    Symbols stand in for the operands while the rule is printed; an operand that is more than a
    name takes its place in parentheses.
    """
    stand_ins = [
        as_expr(float(each.numpy)) if _is_number(each) else symbol(f"operand{chr(ord('A') + i)}")
        for i, each in enumerate(operands)
    ]
    printed = []
    for language, (namespace, show) in enumerate(
        ((READING, Expr.text), (CODE, Expr.numpy), (READING, Expr.latex))
    ):
        text = show(as_expr(rule(namespace, *stand_ins)))
        for stand_in, operand in zip(stand_ins, operands):
            if _is_number(operand):
                continue
            text = text.replace(show(stand_in), str(operand.closed()[language]))
        printed.append(text)
    head = as_expr(rule(READING, *stand_ins)).head
    binds = SUM if head in ("add", "sub", "neg") else PRODUCT if head in ("mul", "div", "pow") else ATOM
    text, numpy, latex = printed
    return Spelling(text, numpy, latex, binds)


@dataclass
class Speller:
    """Spells the lines of a program.

    Attributes:
        blocks: all its blocks.
        needs: those whose cotangents are computed.
        constants: the values of the block of constants.
        stored: by name, the literals of the arrays that the NumPy lines refer to.
    """

    blocks: Sequence[Block]
    needs: set[Block]
    constants: Any
    stored: dict[str, str] = field(default_factory=dict)
    given: set[Block] = field(default_factory=set)

    def shape(self, block: Block) -> tuple[int | str, ...]:
        """The shape of a block's array in the source; m is the number of samples."""
        dims = _squeezed(block.dims) if block.varies and block.role == "formula" else block.dims
        return (*dims, *_samples(block.varies))

    def forward(self, formula: Formula) -> Line:
        """The line that fills the formula's block."""
        value = self._elementwise(formula) if formula.op is not None else self._reduction(formula)
        return self._line(_name(formula.block), " = ", value, formula.block, fill=True)

    def backward(self, formula: Formula) -> list[Line]:
        """The lines that hand the formula's operands their shares of its cotangent, those of
        parameters first."""
        parameters = {"d" + identifier(block.name) for block in self.blocks if block.role == "parameter"}
        return sorted(self._shares(formula), key=lambda line: line.target not in parameters)

    def _shares(self, formula: Formula) -> Iterator[Line]:
        block = formula.block
        if block not in self.needs or block not in self.given:
            return
        d = _name(block, "d")._replace(full=True)
        shape = self.shape(block)
        if formula.op is not None:
            spelled = [self.operand(each, block) for each in formula.operands] + [_name(block)]
            for i, (access, partial) in enumerate(zip(formula.operands, partials(formula))):
                if isinstance(partial, Expr):
                    slope = _applied(lambda m, *args, i=i: formula.op.partials(m, *args)[i], spelled)  # type: ignore[union-attr]
                    yield from self._give(access, _times(d, slope), shape)
                elif partial:
                    yield from self._give(access, _weighted(float(partial), d), shape)
            return
        for segment in formula.segments:
            if segment.kind == "matmul":
                yield from self._matmul_shares(segment, d, block)
            else:
                yield from self._term_shares(segment, d, block)

    def _line(self, target: Spelling, sign: str, value: Spelling, block: Block, fill: bool = False) -> Line:
        shape = self.shape(block)
        numpy = value.numpy
        if fill and not re.search(r"[A-Za-z]", numpy):
            numpy = f"np.full({_tuple(shape)}, {numpy})"
        return Line(
            target.numpy,
            shape,
            f"{target.text}{sign}{value.text}",
            f"{target.numpy}{sign}{numpy}",
            f"{target.latex} &{sign.strip()} {value.latex}",
        )

    # Operands

    def operand(self, access: Access, context: Block) -> Spelling:
        """An operand of an elementwise formula or of a row of terms, to broadcast in ``context``."""
        spelled = self._array(access, _squeezed(access.shape) if context.varies else access.shape)
        if context.varies and not access.varies and re.search(r"[A-Za-z]", spelled.numpy):
            return spelled.in_numpy("#[..., None]")._replace(full=False)
        return spelled

    def _array(self, access: Access, shape: tuple[int, ...], exact: bool = False) -> Spelling:
        """The array an access reads; if not ``exact``, perhaps one that broadcasts to its ``shape``."""
        positions = access.positions.reshape(shape)
        block = access.block
        if block is not None and block.role == "constant":
            return self._constant(self.constants[positions - block.start], exact)
        if block is not None and positions.size:
            for text, latex, places in _views(block, self.shape(block), int(positions.flat[0])):
                full = places.shape == shape
                if (full or not exact) and _broadcasts(places, positions):
                    name = _name(block)
                    shown = text.replace("[:, None]", "").replace("[None]", "").replace(".T", "ᵀ")
                    latex = latex.replace("#", name.latex)
                    return Spelling(name.text + shown, name.numpy + text, latex, full=full)
        return self._picked(access, positions)

    def _picked(self, access: Access, positions: Ints) -> Spelling:
        """An access by an array of positions."""
        there = blocks_read(access, self.blocks)
        tail = ", m" if access.varies else ""
        flat = [f"{identifier(block.name)}.reshape(-1{tail})" for block in there]
        source = flat[0] if len(flat) == 1 else f"np.concatenate([{', '.join(flat)}])"
        names = ",".join(identifier(block.name) for block in there)
        index = self._store(_local(positions, there))
        latex = ",".join(latex_name(identifier(block.name)) for block in there)
        return Spelling(f"{names}[…]", f"{source}[{index}]", rf"{latex}[\cdot]", full=True)

    def _constant(self, values: Any, exact: bool = False) -> Spelling:
        """An array of constants; if not ``exact``, as small as broadcasting allows."""
        if not exact:
            for axis in range(values.ndim):
                first = values.take([0], axis) if values.shape[axis] else values
                values = first if (values == first).all() else values
            if values.size == 1:
                return _number(values.flat[0])
        shown = f"[{' '.join(_number(v).text for v in values.ravel())}]" if values.size <= 6 else "c"
        return Spelling(shown, self._store(values), shown)

    def _store(self, values: Any) -> str:
        """The name in the source of an array of positions or constants."""
        literal = f"np.array({values.tolist()})"
        for name, known in self.stored.items():
            if known == literal:
                return name
        name = f"i{len(self.stored) + 1}"
        self.stored[name] = literal
        return name

    # Forward

    def _elementwise(self, formula: Formula) -> Spelling:
        assert formula.op is not None
        name = formula.op.name
        spelled = [self.operand(each, formula.block) for each in formula.operands]
        return _applied(lambda m, *operands: getattr(m, name)(*operands), spelled)

    def _reduction(self, formula: Formula) -> Spelling:
        total: Spelling | None = None
        for segment in formula.segments:
            term = self._segment(segment, formula)
            if formula.reduction == "add":
                total = _plus(total, term)
            elif total is None:
                total = term
            else:
                short = formula.reduction[:3]
                total = Spelling(
                    f"{short}({total.text}, {term.text})",
                    f"np.{formula.reduction}({total.numpy}, {term.numpy})",
                    rf"\{short}\left({total.latex}, {term.latex}\right)",
                )
        bias: Any = formula.bias
        if isinstance(bias, np.ndarray):
            total = _plus(total, self._weights(bias, formula.block))
        elif bias or total is None:
            constant = _number(bias)
            first = total is None or total.text.startswith("-")
            total = _plus(constant, total) if total and first else _plus(total, constant)
        return total

    def _segment(self, segment: Segment, formula: Formula) -> Spelling:
        block = formula.block
        if segment.kind == "matmul":
            assert isinstance(segment.coefficient, float)
            return _weighted(segment.coefficient, self._matmul(segment, block))
        term = self._term(segment, block)
        short = "Σ" if formula.reduction == "add" else formula.reduction[:3]
        latex = r"\sum" if formula.reduction == "add" else rf"\{short}"
        if segment.owner is not None:
            call = f"reduce_at(np.{formula.reduction}, #, {self._store(segment.owner)}, {block.size})"
            return term.around(f"{short}ᵣ #", call, f"{latex} #")
        if len(segment.x.shape) > len(block.dims):
            full = _filled(term, (*segment.x.shape, *_samples(block.varies)))
            method = "sum" if formula.reduction == "add" else short
            total = full.around(
                f"{short}ₜ #", f"#.{method}(axis={-2 if block.varies else -1})", f"{latex}_t #"
            )
            return _weighted(segment.coefficient if isinstance(segment.coefficient, float) else 1.0, total)
        return term

    def _term(self, segment: Segment, block: Block) -> Spelling:
        """c·x·z of a segment that is read term by term; a number c stays outside a sum over terms."""
        term = self.operand(segment.x, block)
        if segment.z is not None:
            term = _times(term, self.operand(segment.z, block))
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            return _times(term, self._weights(c, block))
        summed = segment.owner is None and len(segment.x.shape) > len(block.dims)
        return term if summed else _weighted(c, term)

    def _weights(self, values: Any, block: Block) -> Spelling:
        """Constants, one for each element or term of a block's sums."""
        squeezed = block.varies and values.ndim == len(block.dims)
        spelled = self._constant(values.reshape(_squeezed(values.shape)) if squeezed else values)
        return spelled.in_numpy("#[..., None]") if block.varies and spelled.numpy.startswith("i") else spelled

    def _matmul(self, segment: Segment, block: Block) -> Spelling:
        x, z = segment.x, segment.z
        assert z is not None
        if self._plain(segment, block):
            return _dot(self._exact(x), self._exact(z) if z.varies else self._exact(z).T)
        stacked = self._einsum(block, ("jt", x), ("st", z), "js")
        if self.shape(block) == self._full_shape(block):
            return stacked
        return stacked.in_numpy(f"#.reshape({_tuple(self.shape(block))})")

    def _full_shape(self, block: Block) -> tuple[int | str, ...]:
        return (*block.dims, *_samples(block.varies))

    def _plain(self, segment: Segment, block: Block) -> bool:
        """Whether a product is one of two matrices, or of a matrix and every sample's vector."""
        x, z = segment.x, segment.z
        assert z is not None
        return len(block.dims) == 2 and (not block.varies or (not x.varies and z.shape[0] == 1))

    def _exact(self, access: Access) -> Spelling:
        """A matrix operand; of one column of samples (1, T, m) the vectors (T, m)."""
        return self._array(access, access.shape[1:] if access.varies else access.shape, exact=True)

    def _einsum(
        self,
        block: Block,
        a: tuple[str, Access | Spelling],
        b: tuple[str, Access],
        out: str,
        summed: bool = False,
    ) -> Spelling:
        """A stacked product, or one over samples; the first operand may be the cotangent's spelling."""
        batch = "b" * (len(block.dims) - 2)
        spelled, letters = [], []
        for axes, operand in (a, b):
            varies = operand.varies if isinstance(operand, Access) else block.varies
            letters.append(batch + axes + "m" * varies)
            if isinstance(operand, Access):
                operand = self._array(operand, operand.shape, exact=True)
            spelled.append(operand.closed())
        result = batch + out + "m" * (block.varies and not summed)
        both = _dot(*spelled)
        numpy = f'np.einsum("{",".join(letters)}->{result}", {spelled[0].numpy}, {spelled[1].numpy})'
        return both._replace(numpy=numpy)

    # Backward

    def _matmul_shares(self, segment: Segment, d: Spelling, block: Block) -> Iterator[Line]:
        x, z, c = segment.x, segment.z, segment.coefficient
        assert z is not None and isinstance(c, float)
        if self._plain(segment, block):
            X, Z = self._exact(x), self._exact(z)
            dZT = _dot(X.T, d)
            yield from self._give(x, _weighted(c, _dot(d, Z.T if z.varies else Z)), x.shape)
            if z.varies:
                yield from self._give(z, _weighted(c, dZT), (*z.shape[1:], "m"))
            else:
                yield from self._give(z, _weighted(c, _dot(d.T, X)), z.shape, transposed=_weighted(c, dZT))
            return
        full = d.in_numpy(f"#.reshape({_tuple(self._full_shape(block))})")
        for access, axes, other, other_axes in ((x, "jt", z, "st"), (z, "st", x, "jt")):
            summed = block.varies and not access.varies
            share = self._einsum(block, ("js", full), (other_axes, other), axes, summed)._replace(full=True)
            yield from self._give(access, _weighted(c, share), (*access.shape, *_samples(access.varies)))

    def _term_shares(self, segment: Segment, d: Spelling, block: Block) -> Iterator[Line]:
        tail = _samples(block.varies)
        shape = segment.x.shape
        if segment.owner is not None:
            d = d.in_numpy(f"#[{self._store(segment.owner)}]")
        elif len(shape) > len(block.dims):
            d = d.in_numpy(f"#.reshape({_tuple((*block.dims, 1, *tail))})")._replace(full=False)
        else:
            shape = _squeezed(shape) if block.varies else shape
        c = segment.coefficient
        if isinstance(c, np.ndarray):
            d, c = _times(d, self._weights(c, block)), 1.0
        for access, other in ((segment.x, segment.z), (segment.z, segment.x)):
            if access is not None:
                value = d if other is None else _times(d, self.operand(other, block))
                yield from self._give(access, _weighted(c, value), (*shape, *tail))

    def _give(
        self,
        access: Access,
        value: Spelling,
        shape: Sequence[int | str],
        transposed: Spelling | None = None,
    ) -> Iterator[Line]:
        """The lines that add ``value``, of ``shape``, to the cotangents of what ``access`` reads."""
        there = [block for block in blocks_read(access, self.blocks) if block in self.needs]
        if not there:
            return
        positions = access.positions.reshape([n for n in shape if isinstance(n, int)])
        rank = positions.ndim
        over = [
            axis
            for axis in range(rank)
            if positions.shape[axis] > 1 and (positions == positions.take([0], axis)).all()
        ]
        target = positions[tuple(0 if axis in over else slice(None) for axis in range(rank))]
        if "m" in shape and not access.varies:
            over.append(rank)
        block = there[0]
        wanted = tuple(n for n in self.shape(block) if isinstance(n, int))
        places = np.arange(block.start, block.start + block.size)
        whole = np.array_equal(target.ravel(), places)
        value = _filled(value, shape)
        if over:
            axes = over[0] if len(over) == 1 else tuple(over)
            value = value.around("Σ #", f"#.sum(axis={axes})", r"\sum #")
        if whole:
            if target.shape != wanted:
                value = value.in_numpy(f"#.reshape({_tuple(self.shape(block))})")
            yield self._assigned(block, value)
        elif target.ndim == 2 and not access.varies and np.array_equal(target.T.ravel(), places):
            yield self._assigned(block, transposed or value.T)
        else:
            blocks = blocks_read(access, self.blocks)
            for each in there:
                yield self._scattered(each, len(blocks) > 1, target, value)

    def _assigned(self, block: Block, value: Spelling) -> Line:
        name = _name(block, "d")
        if block not in self.given:
            self.given.add(block)
            return self._line(name, " = ", value, block)
        line = self._line(name, " += ", value, block)
        return line._replace(numpy=f"{name.numpy} = {name.numpy} + {value.closed().numpy}")

    def _scattered(self, block: Block, several: bool, target: Ints, value: Spelling) -> Line:
        name = _name(block, "d")
        start = "" if block in self.given else f"{name.numpy} = np.zeros_like({_name(block).numpy})\n"
        self.given.add(block)
        tail = ", m" if block.varies else ""
        flat = target.ravel()
        mine = np.flatnonzero((flat >= block.start) & (flat < block.start + block.size))
        part = f"[{self._store(mine)}]" if several else ""
        line = self._line(
            Spelling(f"{name.text}[…]", name.numpy, rf"{name.latex}[\cdot]"), " += ", value, block
        )
        numpy = (
            f"{start}np.add.at({name.numpy}.reshape(-1{tail}), {self._store(flat[mine] - block.start)}, "
            f"{value.closed().numpy}.reshape(-1{tail}){part})"
        )
        return line._replace(numpy=numpy)


def _samples(varies: bool) -> tuple[str, ...]:
    return ("m",) if varies else ()


def _filled(value: Spelling, shape: Sequence[int | str]) -> Spelling:
    """The value broadcast to its full shape, where it may be smaller."""
    if value.full:
        return value
    return value._replace(numpy=f"np.broadcast_to({value.numpy}, {_tuple(shape)})", binds=ATOM, full=True)


def _squeezed(dims: tuple[int, ...]) -> tuple[int, ...]:
    """Without a trailing axis of length 1: one sample's column is a vector."""
    return dims[:-1] if len(dims) > 1 and dims[-1] == 1 else dims


def _tuple(shape: Sequence[int | str]) -> str:
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def _broadcasts(places: Ints, positions: Ints) -> bool:
    try:
        return bool((np.broadcast_to(places, positions.shape) == positions).all())
    except ValueError:
        return False


def _local(positions: Ints, there: Sequence[Block]) -> Ints:
    """Positions in a buffer as positions in these blocks' arrays laid end to end."""
    starts = np.array([block.start for block in there])
    before = np.cumsum([0, *(block.size for block in there[:-1])])
    which = np.searchsorted(starts, positions, side="right") - 1
    local: Ints = positions - starts[which] + before[which]
    return local


def _views(block: Block, shape: Sequence[int | str], first: int) -> Iterator[tuple[str, str, Ints]]:
    """Plain views of a block that begin at position ``first``: in NumPy, in LaTeX, and where they lie."""
    dims = tuple(n for n in shape if isinstance(n, int))
    places = block.start + np.arange(block.size).reshape(dims)
    corner = np.unravel_index(first - block.start, dims) if dims else ()
    for fixed in product((False, True), repeat=len(dims)):
        index = tuple(int(i) if fix else slice(None) for i, fix in zip(corner, fixed))
        part = places[index]
        inside = ", ".join(str(i) if isinstance(i, int) else ":" for i in index)
        text = f"[{inside}]" if any(fixed) else ""
        latex = "#" + (f"_{{{inside}}}" if any(fixed) else "")
        yield text, latex, part
        if part.ndim == 2 and "m" not in shape:
            yield f"{text}.T", f"{{{latex}}}^T", part.T
        if part.ndim == 1:
            yield f"{text}[:, None]", latex, part[:, None]
            yield f"{text}[None]", latex, part[None]
