"""Edges as wide as the gradient that is passed back along them."""

from __future__ import annotations

import math
from collections.abc import Iterable

__all__ = ["GradientWidth"]

NARROWEST, WIDEST = 0.5, 6.0  # points


class GradientWidth:
    """How wide each edge is: in proportion to its gradient, the largest finite one being ``WIDEST``.

    Args:
        gradients: of all edges that are drawn, nan and infinite ones too; None where it is not known.
    """

    def __init__(self, gradients: Iterable[float | None]) -> None:
        self._gradients = [gradient for gradient in gradients if gradient is not None]
        self._largest = max((abs(g) for g in self._gradients if math.isfinite(g)), default=0.0)

    def edge(self, gradient: float | None) -> dict[str, str]:
        """The attributes of an edge; none of them where every gradient is 0, or this one is not known."""
        if gradient is None:
            return {}
        if math.isnan(gradient):
            return {"penwidth": f"{WIDEST:.2f}", "style": "dotted"}
        if not any(self._gradients):
            return {}
        share = abs(gradient) / self._largest if math.isfinite(gradient) and gradient else abs(gradient)
        width = {"penwidth": f"{NARROWEST + (WIDEST - NARROWEST) * min(share, 1.0):.2f}"}
        return {**width, "style": "dashed"} if gradient < 0.0 else width

    def legend(self) -> str:
        """What the reader has to know, and nothing that does not occur."""
        if not any(self._gradients):
            return "no gradient is known yet: call backward() first"
        said = ["edges: the wider, the larger the gradient passed back"]
        if any(g < 0.0 for g in self._gradients):
            said.append("dashed where it is negative")
        if any(math.isinf(g) for g in self._gradients):
            said.append("as wide as the widest where it is infinite")
        if any(math.isnan(g) for g in self._gradients):
            said.append("dotted where it is not a number")
        return "; ".join(said)
