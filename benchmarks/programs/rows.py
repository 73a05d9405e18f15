"""Rows of the table as people write them into a tuple engine: each a method that makes one node.

The formulas are a textbook's, the quickest there are. They cancel and overflow where the table's do not:
``exp`` in sigmoid at -1000, ``1 - y*y`` in tanh at 20, ``erf`` in gelu at -9.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from benchmarks.programs.tuples import Scalar

__all__ = ["TEXTBOOK", "operation"]

SIGMOID = "1.0 / (1.0 + exp(-x))"
PHI = "0.5 * (1.0 + erf(x * 0.7071067811865476))"
DENSITY = "0.3989422804014327 * exp(-0.5 * x * x)"

TEXTBOOK: Mapping[str, tuple[str, str]] = {
    "add": ("x + z", "1.0, 1.0"),
    "sub": ("x - z", "1.0, -1.0"),
    "mul": ("x * z", "z, x"),
    "div": ("x / z", "1.0 / z, -y / z"),
    "pow": ("x**z", "z * x**(z - 1.0), y * log(x)"),
    "neg": ("-x", "-1.0,"),
    "abs": ("abs(x)", "1.0 if x > 0.0 else -1.0,"),
    "sqrt": ("sqrt(x)", "0.5 / y,"),
    "hypot": ("hypot(x, z)", "x / y, z / y"),
    "exp": ("exp(x)", "y,"),
    "expm1": ("expm1(x)", "y + 1.0,"),
    "log": ("log(x)", "1.0 / x,"),
    "log1p": ("log1p(x)", "1.0 / (1.0 + x),"),
    "sin": ("sin(x)", "cos(x),"),
    "cos": ("cos(x)", "-sin(x),"),
    "tan": ("tan(x)", "1.0 + y * y,"),
    "asin": ("asin(x)", "1.0 / sqrt(1.0 - x * x),"),
    "acos": ("acos(x)", "-1.0 / sqrt(1.0 - x * x),"),
    "atan": ("atan(x)", "1.0 / (1.0 + x * x),"),
    "atan2": ("atan2(x, z)", "z / (x * x + z * z), -x / (x * x + z * z)"),
    "sinh": ("sinh(x)", "cosh(x),"),
    "cosh": ("cosh(x)", "sinh(x),"),
    "tanh": ("tanh(x)", "1.0 - y * y,"),
    "sech": ("1.0 / cosh(x)", "-y * tanh(x),"),
    "asinh": ("asinh(x)", "1.0 / sqrt(1.0 + x * x),"),
    "acosh": ("acosh(x)", "1.0 / sqrt(x * x - 1.0),"),
    "atanh": ("atanh(x)", "1.0 / (1.0 - x * x),"),
    "erf": ("erf(x)", "1.1283791670955126 * exp(-x * x),"),
    "erfc": ("erfc(x)", "-1.1283791670955126 * exp(-x * x),"),
    "normal_cdf": (PHI, f"{DENSITY},"),
    "sigmoid": (SIGMOID, "y * (1.0 - y),"),
    "softplus": ("log(1.0 + exp(x))", f"{SIGMOID},"),
    "relu": ("max(0.0, x)", "float(x > 0.0),"),
    "leaky_relu": ("x if x > 0.0 else 0.01 * x", "1.0 if x > 0.0 else 0.01,"),
    "elu": ("x if x > 0.0 else exp(x) - 1.0", "1.0 if x > 0.0 else y + 1.0,"),
    "silu": (f"x * (s := {SIGMOID})", "s * (1.0 + x * (1.0 - s)),"),
    "gelu": (f"x * (s := {PHI})", f"s + x * {DENSITY},"),
    "maximum": ("max(x, z)", "float(x >= z), float(z > x)"),
    "minimum": ("min(x, z)", "float(x <= z), float(z < x)"),
    "cbrt": ("copysign(abs(x)**(1.0 / 3.0), x)", "1.0 / (3.0 * y * y),"),
    "log2": ("log2(x)", "1.4426950408889634 / x,"),
    "log10": ("log10(x)", "0.4342944819032518 / x,"),
    "xlogy": ("x * log(z)", "log(z), x / z"),
    "sin_pi": ("sin(pi * x)", "pi * cos(pi * x),"),
    "cos_pi": ("cos(pi * x)", "-pi * sin(pi * x),"),
    "sinc": ("sin(a := pi * x) / a if x else 1.0", "(cos(a) - y) / x if x else 0.0,"),
    "logsigmoid": ("-log(1.0 + exp(-x))", "1.0 / (1.0 + exp(x)),"),
    "logaddexp": ("log(exp(x) + exp(z))", "exp(x - y), exp(z - y)"),
}
"""Name of the row: y, and its local derivatives, by x, or by x and z."""


def operation(name: str) -> Callable[..., Any]:
    """The row as a method of ``tuples.Scalar``."""
    forward, slopes = TEXTBOOK[name]
    two = "z" in slopes or "z" in forward
    other, read, operands = (", other", "z = other.data; ", "self, other") if two else ("", "", "self,")
    source = f"def row(self{other}):\n    x = self.data; {read}y = {forward}\n"
    scope = {**vars(math), "Scalar": Scalar}
    exec(f"{source}    return Scalar(y, ({operands}), ({slopes}))", scope)
    method: Callable[..., Any] = scope["row"]
    return method
