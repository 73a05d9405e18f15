"""What devices send each other: read off a computation as XLA has compiled it, and computed on paper."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nn.train.devices import split_layers

__all__ = ["Collective", "collectives", "on_paper"]

FLOAT = 8  # bytes of a float64

_INSTRUCTION = re.compile(
    r"^\s*(?:ROOT )?%?[\w.-]+ = (?P<result>.*?) (?P<kind>all-reduce|all-gather|reduce-scatter|all-to-all|"
    r"collective-permute|collective-broadcast)(?P<start>-start)?\((?P<rest>.*)$",
    re.MULTILINE,
)
_ARRAY = re.compile(r"\b(?P<type>[a-z]+\d*\w*)\[(?P<shape>[\d,]*)\]")
_GROUPS = (
    re.compile(r"replica_groups=\[\d+,(?P<size>\d+)\]<="),
    re.compile(r"replica_groups=\{\{(?P<one>[\d,]*)\}"),
    re.compile(r"replica_groups=mesh\[(?P<mesh>[^\]]*)\][^{]*\{(?P<axes>['\w,]*)\}"),
    re.compile(r"source_target_pairs=\{(?P<pairs>[\d,{}]*)\}"),
)


@dataclass(frozen=True)
class Collective:
    """One operation in which devices send each other arrays.

    Attributes:
        kind: as XLA calls it, ``"all-reduce"`` for a sum over devices that all of them get.
        shapes: of the arrays that each device has afterwards.
        size: of these in bytes.
        devices: how many take part together.
    """

    kind: str
    shapes: tuple[tuple[int, ...], ...]
    size: int
    devices: int

    def sent(self, devices: int | None = None) -> float:
        """Bytes that each device sends, if so many take part and stand in a ring, which sends the least.

        A sum of S bytes over D devices sends 2·S·(D-1)/D: each device adds up one D-th, then passes it on.

        Source: Thakur, Rabenseifner & Gropp, Optimization of collective communication operations in MPICH
        (2005), sections 4.1 and 4.5.
        """
        D = self.devices if devices is None else devices
        shares = {"all-reduce": 2 * (D - 1) / D, "reduce-scatter": D - 1.0, "collective-permute": 1.0}
        return self.size * shares.get(self.kind, (D - 1) / D)


def collectives(hlo: str) -> list[Collective]:
    """The collectives of a compiled computation, in the order of its text.

    Args:
        hlo: of one device, as ``compiled.as_text()`` of JAX gives it.

    Raises:
        ValueError: if it says in a way that is not known here which devices take part.

    >>> hlo = "%sum = (f64[], f64[4,3]{1,0}) all-reduce(%a, %b), replica_groups=[1,8]<=[8], to_apply=%add"
    >>> collectives(hlo)
    [Collective(kind='all-reduce', shapes=((), (4, 3)), size=104, devices=8)]
    >>> collectives(hlo)[0].sent()
    182.0
    """
    found = []
    for each in _INSTRUCTION.finditer(hlo):
        arrays = [
            (array["type"], tuple(map(int, array["shape"].split(","))) if array["shape"] else ())
            for array in _ARRAY.finditer(each["result"])
        ]
        if each["start"] and each["kind"] != "all-reduce":
            arrays = arrays[len(arrays) // 2 :]  # the first half are the operands
        size = sum(_bytes(kind) * math.prod(shape) for kind, shape in arrays)
        shapes = tuple(shape for _, shape in arrays)
        found.append(Collective(each["kind"], shapes, size, _group(each["rest"])))
    return found


def on_paper(sizes: Sequence[int], m: int, samples: int, weights: int = 1) -> list[Collective]:
    """What a step of ``fit`` with ``devices=(samples, weights)`` sends, of a network without a penalty.

    Gradients of all parameters, and the loss, are added up over the devices that have different samples. Of
    each pair of split layers l and l + 1, Z[l+1] is added up over those that have different neurons, and so
    is dA[l-1] if there is a layer that wants it.

    Args:
        sizes: of the network, the inputs first.
        m: samples of a batch, a number that ``samples`` divides.
        samples, weights: the grid of devices.

    >>> [(each.shapes[0], each.size, each.devices) for each in on_paper([256, 256, 256, 10], 4096, 4, 2)]
    [((256, 1024), 2097152, 2), ((), 547928, 4)]
    """
    split = split_layers(sizes, weights)
    shapes: list[tuple[int, ...]] = [()]
    found = []
    for l, (n, width) in enumerate(pairwise(sizes), start=1):
        for name, shape in ((f"W{l}", (width, n)), (f"b{l}", (width,))):
            axes = split.get(name, (None,) * len(shape))
            shapes.append(tuple(k // weights if axis else k for k, axis in zip(shape, axes)))
        if f"b{l}" in split:
            added = [(sizes[l + 1], m // samples), *([(n, m // samples)] if l > 1 else [])]
            found += [_sum([shape], weights) for shape in added]
    return [*found, *([_sum(shapes, samples)] if samples > 1 else [])]


def _sum(shapes: Sequence[tuple[int, ...]], devices: int) -> Collective:
    return Collective("all-reduce", tuple(shapes), FLOAT * sum(map(math.prod, shapes)), devices)


def _bytes(kind: str) -> int:
    """Of a number of a type such as ``f64``; ``pred`` has no number in its name."""
    bits = re.search(r"\d+", kind)
    return max(1, int(bits[0]) // 8) if bits else 1


def _group(text: str) -> int:
    """How many devices take part together, in one of the ways in which XLA writes that down.

    Raises:
        ValueError: for another way.
    """
    iota, listed, mesh, pairs = (pattern.search(text) for pattern in _GROUPS)
    if iota:
        return int(iota["size"])
    if listed:
        return len(listed["one"].split(","))
    if mesh:
        sizes = dict(re.findall(r"'(\w+)'=(\d+)", mesh["mesh"]))
        return math.prod(int(sizes[axis]) for axis in re.findall(r"'(\w+)'", mesh["axes"]))
    if pairs:
        return pairs["pairs"].count("{")
    raise ValueError(f"which devices take part is said in a way that is not known here: {text:.200}")
