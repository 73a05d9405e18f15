# Written by `python -m autodiff.functions.stubs` from the table of operations.

from collections.abc import Callable
from typing import Any

from autodiff.engine.ops import Op
from autodiff.engine.value import Operand, Value

__all__ = ["RowMethods", "give_method", "give_methods"]

def give_method(kind: type[Any], op: Op, record: Callable[..., Any], apply: Callable[..., Any]) -> None: ...
def give_methods(kind: type[Any], record: Callable[..., Any], apply: Callable[..., Any]) -> None: ...

class RowMethods:
    def add(self, other: Operand) -> Value:
        """``autodiff.add`` of this Value, the row 'add' (+) of the table."""
    def sub(self, other: Operand) -> Value:
        """``autodiff.sub`` of this Value, the row 'sub' (−) of the table."""
    def mul(self, other: Operand) -> Value:
        """``autodiff.mul`` of this Value, the row 'mul' (×) of the table."""
    def div(self, other: Operand) -> Value:
        """``autodiff.div`` of this Value, the row 'div' (÷) of the table."""
    def pow(self, other: Operand) -> Value:
        """``autodiff.pow`` of this Value, the row 'pow' (^) of the table."""
    def neg(self) -> Value:
        """``autodiff.neg`` of this Value, the row 'neg' (−) of the table."""
    def abs(self) -> Value:
        """``autodiff.abs`` of this Value, the row 'abs' (|·|) of the table."""
    def sqrt(self) -> Value:
        """``autodiff.sqrt`` of this Value, the row 'sqrt' (√) of the table."""
    def hypot(self, other: Operand) -> Value:
        """``autodiff.hypot`` of this Value, the row 'hypot' (hypot) of the table."""
    def exp(self) -> Value:
        """``autodiff.exp`` of this Value, the row 'exp' (exp) of the table."""
    def expm1(self) -> Value:
        """``autodiff.expm1`` of this Value, the row 'expm1' (expm1) of the table."""
    def log(self) -> Value:
        """``autodiff.log`` of this Value, the row 'log' (log) of the table."""
    def log1p(self) -> Value:
        """``autodiff.log1p`` of this Value, the row 'log1p' (log1p) of the table."""
    def sin(self) -> Value:
        """``autodiff.sin`` of this Value, the row 'sin' (sin) of the table."""
    def cos(self) -> Value:
        """``autodiff.cos`` of this Value, the row 'cos' (cos) of the table."""
    def tan(self) -> Value:
        """``autodiff.tan`` of this Value, the row 'tan' (tan) of the table."""
    def asin(self) -> Value:
        """``autodiff.asin`` of this Value, the row 'asin' (asin) of the table."""
    def acos(self) -> Value:
        """``autodiff.acos`` of this Value, the row 'acos' (acos) of the table."""
    def atan(self) -> Value:
        """``autodiff.atan`` of this Value, the row 'atan' (atan) of the table."""
    def atan2(self, other: Operand) -> Value:
        """``autodiff.atan2`` of this Value, the row 'atan2' (atan2) of the table."""
    def sinh(self) -> Value:
        """``autodiff.sinh`` of this Value, the row 'sinh' (sinh) of the table."""
    def cosh(self) -> Value:
        """``autodiff.cosh`` of this Value, the row 'cosh' (cosh) of the table."""
    def tanh(self) -> Value:
        """``autodiff.tanh`` of this Value, the row 'tanh' (tanh) of the table."""
    def sech(self) -> Value:
        """``autodiff.sech`` of this Value, the row 'sech' (sech) of the table."""
    def asinh(self) -> Value:
        """``autodiff.asinh`` of this Value, the row 'asinh' (asinh) of the table."""
    def acosh(self) -> Value:
        """``autodiff.acosh`` of this Value, the row 'acosh' (acosh) of the table."""
    def atanh(self) -> Value:
        """``autodiff.atanh`` of this Value, the row 'atanh' (atanh) of the table."""
    def erf(self) -> Value:
        """``autodiff.erf`` of this Value, the row 'erf' (erf) of the table."""
    def erfc(self) -> Value:
        """``autodiff.erfc`` of this Value, the row 'erfc' (erfc) of the table."""
    def normal_cdf(self) -> Value:
        """``autodiff.normal_cdf`` of this Value, the row 'normal_cdf' (Φ) of the table."""
    def sigmoid(self) -> Value:
        """``autodiff.sigmoid`` of this Value, the row 'sigmoid' (σ) of the table."""
    def softplus(self) -> Value:
        """``autodiff.softplus`` of this Value, the row 'softplus' (softplus) of the table."""
    def relu(self) -> Value:
        """``autodiff.relu`` of this Value, the row 'relu' (relu) of the table."""
    def leaky_relu(self, other: Operand = 0.01) -> Value:
        """``autodiff.leaky_relu`` of this Value, the row 'leaky_relu' (leaky relu) of the table."""
    def elu(self, other: Operand = 1.0) -> Value:
        """``autodiff.elu`` of this Value, the row 'elu' (elu) of the table."""
    def silu(self) -> Value:
        """``autodiff.silu`` of this Value, the row 'silu' (silu) of the table."""
    def gelu(self) -> Value:
        """``autodiff.gelu`` of this Value, the row 'gelu' (gelu) of the table."""
    def maximum(self, other: Operand) -> Value:
        """``autodiff.maximum`` of this Value, the row 'maximum' (max) of the table."""
    def minimum(self, other: Operand) -> Value:
        """``autodiff.minimum`` of this Value, the row 'minimum' (min) of the table."""
    def at_least(self, other: Operand) -> Value:
        """``autodiff.at_least`` of this Value, the row 'at_least' (at least) of the table."""
    def at_most(self, other: Operand) -> Value:
        """``autodiff.at_most`` of this Value, the row 'at_most' (at most) of the table."""
    def sign(self) -> Value:
        """``autodiff.sign`` of this Value, the row 'sign' (sign) of the table."""
    def detach(self) -> Value:
        """``autodiff.detach`` of this Value, the row 'detach' (detach) of the table."""
    def step(self) -> Value:
        """``autodiff.step`` of this Value, the row 'step' (step) of the table."""
    def direction(self, other: Operand) -> Value:
        """``autodiff.direction`` of this Value, the row 'direction' (direction) of the table."""
    def inversion(self, other: Operand) -> Value:
        """``autodiff.inversion`` of this Value, the row 'inversion' (inversion) of the table."""
    def cbrt(self) -> Value:
        """``autodiff.cbrt`` of this Value, the row 'cbrt' (∛) of the table."""
    def log2(self) -> Value:
        """``autodiff.log2`` of this Value, the row 'log2' (log₂) of the table."""
    def log10(self) -> Value:
        """``autodiff.log10`` of this Value, the row 'log10' (log₁₀) of the table."""
    def xlogy(self, other: Operand) -> Value:
        """``autodiff.xlogy`` of this Value, the row 'xlogy' (x log y) of the table."""
    def sin_pi(self) -> Value:
        """``autodiff.sin_pi`` of this Value, the row 'sin_pi' (sin π) of the table."""
    def cos_pi(self) -> Value:
        """``autodiff.cos_pi`` of this Value, the row 'cos_pi' (cos π) of the table."""
    def sinc(self) -> Value:
        """``autodiff.sinc`` of this Value, the row 'sinc' (sinc) of the table."""
    def logsigmoid(self) -> Value:
        """``autodiff.logsigmoid`` of this Value, the row 'logsigmoid' (log σ) of the table."""
    def logaddexp(self, other: Operand) -> Value:
        """``autodiff.logaddexp`` of this Value, the row 'logaddexp' (logaddexp) of the table."""
    def cbrt_slope(self) -> Value:
        """``autodiff.cbrt_slope`` of this Value, the row 'cbrt_slope' (∛′) of the table."""
    def asin_slope(self) -> Value:
        """``autodiff.asin_slope`` of this Value, the row 'asin_slope' (asin′) of the table."""
    def acos_slope(self) -> Value:
        """``autodiff.acos_slope`` of this Value, the row 'acos_slope' (acos′) of the table."""
    def atan_slope(self) -> Value:
        """``autodiff.atan_slope`` of this Value, the row 'atan_slope' (atan′) of the table."""
    def sinc_slope(self) -> Value:
        """``autodiff.sinc_slope`` of this Value, the row 'sinc_slope' (sinc′) of the table."""
    def sech_slope(self) -> Value:
        """``autodiff.sech_slope`` of this Value, the row 'sech_slope' (sech′) of the table."""
    def atanh_slope(self) -> Value:
        """``autodiff.atanh_slope`` of this Value, the row 'atanh_slope' (atanh′) of the table."""
    def erf_slope(self) -> Value:
        """``autodiff.erf_slope`` of this Value, the row 'erf_slope' (erf′) of the table."""
    def erfc_slope(self) -> Value:
        """``autodiff.erfc_slope`` of this Value, the row 'erfc_slope' (erfc′) of the table."""
    def normal_cdf_slope(self) -> Value:
        """``autodiff.normal_cdf_slope`` of this Value, the row 'normal_cdf_slope' (Φ′) of the table."""
    def sigmoid_slope(self) -> Value:
        """``autodiff.sigmoid_slope`` of this Value, the row 'sigmoid_slope' (σ′) of the table."""
    def silu_slope(self) -> Value:
        """``autodiff.silu_slope`` of this Value, the row 'silu_slope' (silu′) of the table."""
    def gelu_slope(self) -> Value:
        """``autodiff.gelu_slope`` of this Value, the row 'gelu_slope' (gelu′) of the table."""
