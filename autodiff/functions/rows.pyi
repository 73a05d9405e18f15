# Written by `python -m autodiff.functions.stubs` from the table of operations.

from typing import Any, overload

from autodiff.engine.value import Value

__all__ = [
    "abs",
    "acos",
    "acos_slope",
    "acosh",
    "add",
    "asin",
    "asin_slope",
    "asinh",
    "at_least",
    "at_most",
    "atan",
    "atan2",
    "atan_slope",
    "atanh",
    "atanh_slope",
    "cbrt",
    "cbrt_slope",
    "cos",
    "cos_pi",
    "cosh",
    "detach",
    "direction",
    "div",
    "elu",
    "erf",
    "erf_slope",
    "erfc",
    "erfc_slope",
    "exp",
    "expm1",
    "gelu",
    "gelu_slope",
    "hypot",
    "inversion",
    "leaky_relu",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logsigmoid",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "normal_cdf",
    "normal_cdf_slope",
    "pow",
    "relu",
    "sech",
    "sech_slope",
    "sigmoid",
    "sigmoid_slope",
    "sign",
    "silu",
    "silu_slope",
    "sin",
    "sin_pi",
    "sinc",
    "sinc_slope",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "sub",
    "tan",
    "tanh",
    "xlogy",
]

@overload
def add(x: Value, z: Value | float, /) -> Value: ...
@overload
def add(x: Value | float, z: Value, /) -> Value: ...
@overload
def add(x: float, z: float, /) -> float: ...
@overload
def add(x: Any, z: Any, /) -> Any:
    """y = add(x, z) = x + z, for numbers, Values and arrays of them.

    ∂y/∂x = 1
    ∂y/∂z = 1
    """

@overload
def sub(x: Value, z: Value | float, /) -> Value: ...
@overload
def sub(x: Value | float, z: Value, /) -> Value: ...
@overload
def sub(x: float, z: float, /) -> float: ...
@overload
def sub(x: Any, z: Any, /) -> Any:
    """y = sub(x, z) = x - z, for numbers, Values and arrays of them.

    ∂y/∂x = 1
    ∂y/∂z = -1
    """

@overload
def mul(x: Value, z: Value | float, /) -> Value: ...
@overload
def mul(x: Value | float, z: Value, /) -> Value: ...
@overload
def mul(x: float, z: float, /) -> float: ...
@overload
def mul(x: Any, z: Any, /) -> Any:
    """y = mul(x, z) = x*z, for numbers, Values and arrays of them.

    ∂y/∂x = z
    ∂y/∂z = x
    """

@overload
def div(x: Value, z: Value | float, /) -> Value: ...
@overload
def div(x: Value | float, z: Value, /) -> Value: ...
@overload
def div(x: float, z: float, /) -> float: ...
@overload
def div(x: Any, z: Any, /) -> Any:
    """y = div(x, z) = x/z, for numbers, Values and arrays of them.

    ∂y/∂x = 1/z
    ∂y/∂z = -x/z**2
    """

@overload
def pow(x: Value, z: Value | float, /) -> Value: ...
@overload
def pow(x: Value | float, z: Value, /) -> Value: ...
@overload
def pow(x: float, z: float, /) -> float: ...
@overload
def pow(x: Any, z: Any, /) -> Any:
    """y = pow(x, z) = x**z, for numbers, Values and arrays of them.

    ∂y/∂x = z*x**(z - 1)
    ∂y/∂z = x**z*log(x)
    """

@overload
def neg(x: Value, /) -> Value: ...
@overload
def neg(x: float, /) -> float: ...
@overload
def neg(x: Any, /) -> Any:
    """y = neg(x) = -x, for numbers, Values and arrays of them.

    ∂y/∂x = -1
    """

@overload
def abs(x: Value, /) -> Value: ...
@overload
def abs(x: float, /) -> float: ...
@overload
def abs(x: Any, /) -> Any:
    """y = abs(x) = abs(x), for numbers, Values and arrays of them.

    ∂y/∂x = sign(x)
    """

@overload
def sqrt(x: Value, /) -> Value: ...
@overload
def sqrt(x: float, /) -> float: ...
@overload
def sqrt(x: Any, /) -> Any:
    """y = sqrt(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(2*y)
    """

@overload
def hypot(x: Value, z: Value | float, /) -> Value: ...
@overload
def hypot(x: Value | float, z: Value, /) -> Value: ...
@overload
def hypot(x: float, z: float, /) -> float: ...
@overload
def hypot(x: Any, z: Any, /) -> Any:
    """y = hypot(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = x/y
    ∂y/∂z = z/y
    """

@overload
def exp(x: Value, /) -> Value: ...
@overload
def exp(x: float, /) -> float: ...
@overload
def exp(x: Any, /) -> Any:
    """y = exp(x), for numbers, Values and arrays of them.

    ∂y/∂x = y
    """

@overload
def expm1(x: Value, /) -> Value: ...
@overload
def expm1(x: float, /) -> float: ...
@overload
def expm1(x: Any, /) -> Any:
    """y = expm1(x), for numbers, Values and arrays of them.

    ∂y/∂x = exp(x)
    """

@overload
def log(x: Value, /) -> Value: ...
@overload
def log(x: float, /) -> float: ...
@overload
def log(x: Any, /) -> Any:
    """y = log(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/x
    """

@overload
def log1p(x: Value, /) -> Value: ...
@overload
def log1p(x: float, /) -> float: ...
@overload
def log1p(x: Any, /) -> Any:
    """y = log1p(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(1 + x)
    """

@overload
def sin(x: Value, /) -> Value: ...
@overload
def sin(x: float, /) -> float: ...
@overload
def sin(x: Any, /) -> Any:
    """y = sin(x), for numbers, Values and arrays of them.

    ∂y/∂x = cos(x)
    """

@overload
def cos(x: Value, /) -> Value: ...
@overload
def cos(x: float, /) -> float: ...
@overload
def cos(x: Any, /) -> Any:
    """y = cos(x), for numbers, Values and arrays of them.

    ∂y/∂x = -sin(x)
    """

@overload
def tan(x: Value, /) -> Value: ...
@overload
def tan(x: float, /) -> float: ...
@overload
def tan(x: Any, /) -> Any:
    """y = tan(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1 + y**2
    """

@overload
def asin(x: Value, /) -> Value: ...
@overload
def asin(x: float, /) -> float: ...
@overload
def asin(x: Any, /) -> Any:
    """y = asin(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/sqrt(1 - x**2)
    """

@overload
def acos(x: Value, /) -> Value: ...
@overload
def acos(x: float, /) -> float: ...
@overload
def acos(x: Any, /) -> Any:
    """y = acos(x), for numbers, Values and arrays of them.

    ∂y/∂x = -1/sqrt(1 - x**2)
    """

@overload
def atan(x: Value, /) -> Value: ...
@overload
def atan(x: float, /) -> float: ...
@overload
def atan(x: Any, /) -> Any:
    """y = atan(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(1 + x**2)
    """

@overload
def atan2(x: Value, z: Value | float, /) -> Value: ...
@overload
def atan2(x: Value | float, z: Value, /) -> Value: ...
@overload
def atan2(x: float, z: float, /) -> float: ...
@overload
def atan2(x: Any, z: Any, /) -> Any:
    """y = atan2(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = z/(z**2 + x**2)
    ∂y/∂z = -x/(x**2 + z**2)
    """

@overload
def sinh(x: Value, /) -> Value: ...
@overload
def sinh(x: float, /) -> float: ...
@overload
def sinh(x: Any, /) -> Any:
    """y = sinh(x), for numbers, Values and arrays of them.

    ∂y/∂x = cosh(x)
    """

@overload
def cosh(x: Value, /) -> Value: ...
@overload
def cosh(x: float, /) -> float: ...
@overload
def cosh(x: Any, /) -> Any:
    """y = cosh(x), for numbers, Values and arrays of them.

    ∂y/∂x = sinh(x)
    """

@overload
def tanh(x: Value, /) -> Value: ...
@overload
def tanh(x: float, /) -> float: ...
@overload
def tanh(x: Any, /) -> Any:
    """y = tanh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1 - y**2
    """

@overload
def sech(x: Value, /) -> Value: ...
@overload
def sech(x: float, /) -> float: ...
@overload
def sech(x: Any, /) -> Any:
    """y = sech(x), for numbers, Values and arrays of them.

    ∂y/∂x = -y*tanh(x)
    """

@overload
def asinh(x: Value, /) -> Value: ...
@overload
def asinh(x: float, /) -> float: ...
@overload
def asinh(x: Any, /) -> Any:
    """y = asinh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/sqrt(1 + x**2)
    """

@overload
def acosh(x: Value, /) -> Value: ...
@overload
def acosh(x: float, /) -> float: ...
@overload
def acosh(x: Any, /) -> Any:
    """y = acosh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/sqrt(x**2 - 1)
    """

@overload
def atanh(x: Value, /) -> Value: ...
@overload
def atanh(x: float, /) -> float: ...
@overload
def atanh(x: Any, /) -> Any:
    """y = atanh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(1 - x**2)
    """

@overload
def erf(x: Value, /) -> Value: ...
@overload
def erf(x: float, /) -> float: ...
@overload
def erf(x: Any, /) -> Any:
    """y = erf(x), for numbers, Values and arrays of them.

    ∂y/∂x = 2*exp(-x**2)/sqrt(π)
    """

@overload
def erfc(x: Value, /) -> Value: ...
@overload
def erfc(x: float, /) -> float: ...
@overload
def erfc(x: Any, /) -> Any:
    """y = erfc(x), for numbers, Values and arrays of them.

    ∂y/∂x = -2*exp(-x**2)/sqrt(π)
    """

@overload
def normal_cdf(x: Value, /) -> Value: ...
@overload
def normal_cdf(x: float, /) -> float: ...
@overload
def normal_cdf(x: Any, /) -> Any:
    """y = normal_cdf(x), for numbers, Values and arrays of them.

    ∂y/∂x = exp(-x**2/2)/sqrt(2*π)
    """

@overload
def sigmoid(x: Value, /) -> Value: ...
@overload
def sigmoid(x: float, /) -> float: ...
@overload
def sigmoid(x: Any, /) -> Any:
    """y = sigmoid(x), for numbers, Values and arrays of them.

    ∂y/∂x = y*(1 - y)
    """

@overload
def softplus(x: Value, /) -> Value: ...
@overload
def softplus(x: float, /) -> float: ...
@overload
def softplus(x: Any, /) -> Any:
    """y = softplus(x), for numbers, Values and arrays of them.

    ∂y/∂x = sigmoid(x)
    """

@overload
def relu(x: Value, /) -> Value: ...
@overload
def relu(x: float, /) -> float: ...
@overload
def relu(x: Any, /) -> Any:
    """y = relu(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1 if x > 0 else 0
    """

@overload
def leaky_relu(x: Value, z: Value | float = 0.01, /) -> Value: ...
@overload
def leaky_relu(x: float, z: float = 0.01, /) -> float: ...
@overload
def leaky_relu(x: Any, z: Any = 0.01, /) -> Any:
    """y = leaky_relu(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 1 if x > 0 else z
    ∂y/∂z = minimum(x, 0)
    """

@overload
def elu(x: Value, z: Value | float = 1.0, /) -> Value: ...
@overload
def elu(x: float, z: float = 1.0, /) -> float: ...
@overload
def elu(x: Any, z: Any = 1.0, /) -> Any:
    """y = elu(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 1 if x > 0 else z*exp(x)
    ∂y/∂z = expm1(minimum(x, 0))
    """

@overload
def silu(x: Value, /) -> Value: ...
@overload
def silu(x: float, /) -> float: ...
@overload
def silu(x: Any, /) -> Any:
    """y = silu(x), for numbers, Values and arrays of them.

    ∂y/∂x = sigmoid(x)*(1 + x*(1 - sigmoid(x)))
    """

@overload
def gelu(x: Value, /) -> Value: ...
@overload
def gelu(x: float, /) -> float: ...
@overload
def gelu(x: Any, /) -> Any:
    """y = gelu(x), for numbers, Values and arrays of them.

    ∂y/∂x = normal_cdf(x) + x*(exp(-x**2/2)/sqrt(2*π))
    """

@overload
def maximum(x: Value, z: Value | float, /) -> Value: ...
@overload
def maximum(x: Value | float, z: Value, /) -> Value: ...
@overload
def maximum(x: float, z: float, /) -> float: ...
@overload
def maximum(x: Any, z: Any, /) -> Any:
    """y = maximum(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 1 if x - z > 0 else 0 if z - x > 0 else 1/2
    ∂y/∂z = 0 if x - z > 0 else 1 if z - x > 0 else 1/2
    """

@overload
def minimum(x: Value, z: Value | float, /) -> Value: ...
@overload
def minimum(x: Value | float, z: Value, /) -> Value: ...
@overload
def minimum(x: float, z: float, /) -> float: ...
@overload
def minimum(x: Any, z: Any, /) -> Any:
    """y = minimum(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 0 if x - z > 0 else 1 if z - x > 0 else 1/2
    ∂y/∂z = 1 if x - z > 0 else 0 if z - x > 0 else 1/2
    """

@overload
def at_least(x: Value, z: Value | float, /) -> Value: ...
@overload
def at_least(x: Value | float, z: Value, /) -> Value: ...
@overload
def at_least(x: float, z: float, /) -> float: ...
@overload
def at_least(x: Any, z: Any, /) -> Any:
    """y = at_least(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 0 if z - x > 0 else 1
    ∂y/∂z = 1 if z - x > 0 else 0
    """

@overload
def at_most(x: Value, z: Value | float, /) -> Value: ...
@overload
def at_most(x: Value | float, z: Value, /) -> Value: ...
@overload
def at_most(x: float, z: float, /) -> float: ...
@overload
def at_most(x: Any, z: Any, /) -> Any:
    """y = at_most(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = 0 if x - z > 0 else 1
    ∂y/∂z = 1 if x - z > 0 else 0
    """

@overload
def sign(x: Value, /) -> Value: ...
@overload
def sign(x: float, /) -> float: ...
@overload
def sign(x: Any, /) -> Any:
    """y = sign(x), for numbers, Values and arrays of them.

    ∂y/∂x = 0
    """

@overload
def detach(x: Value, /) -> Value: ...
@overload
def detach(x: float, /) -> float: ...
@overload
def detach(x: Any, /) -> Any:
    """y = detach(x), for numbers, Values and arrays of them.

    ∂y/∂x = 0
    """

@overload
def step(x: Value, /) -> Value: ...
@overload
def step(x: float, /) -> float: ...
@overload
def step(x: Any, /) -> Any:
    """y = step(x), for numbers, Values and arrays of them.

    ∂y/∂x = 0
    """

@overload
def direction(x: Value, z: Value | float, /) -> Value: ...
@overload
def direction(x: Value | float, z: Value, /) -> Value: ...
@overload
def direction(x: float, z: float, /) -> float: ...
@overload
def direction(x: Any, z: Any, /) -> Any:
    """y = direction(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = z*(z/(z**2 + x**2))/sqrt(z**2 + x**2)
    ∂y/∂z = -y*(z/(z**2 + x**2))
    """

@overload
def inversion(x: Value, z: Value | float, /) -> Value: ...
@overload
def inversion(x: Value | float, z: Value, /) -> Value: ...
@overload
def inversion(x: float, z: float, /) -> float: ...
@overload
def inversion(x: Any, z: Any, /) -> Any:
    """y = inversion(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = z*(z/(z**2 + x**2))/(z**2 + x**2) - y**2
    ∂y/∂z = -2*y*(z/(z**2 + x**2))
    """

@overload
def cbrt(x: Value, /) -> Value: ...
@overload
def cbrt(x: float, /) -> float: ...
@overload
def cbrt(x: Any, /) -> Any:
    """y = cbrt(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(3*y**2)
    """

@overload
def log2(x: Value, /) -> Value: ...
@overload
def log2(x: float, /) -> float: ...
@overload
def log2(x: Any, /) -> Any:
    """y = log2(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(x*log(2))
    """

@overload
def log10(x: Value, /) -> Value: ...
@overload
def log10(x: float, /) -> float: ...
@overload
def log10(x: Any, /) -> Any:
    """y = log10(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(x*log(10))
    """

@overload
def xlogy(x: Value, z: Value | float, /) -> Value: ...
@overload
def xlogy(x: Value | float, z: Value, /) -> Value: ...
@overload
def xlogy(x: float, z: float, /) -> float: ...
@overload
def xlogy(x: Any, z: Any, /) -> Any:
    """y = xlogy(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = log(z)
    ∂y/∂z = x/z
    """

@overload
def sin_pi(x: Value, /) -> Value: ...
@overload
def sin_pi(x: float, /) -> float: ...
@overload
def sin_pi(x: Any, /) -> Any:
    """y = sin_pi(x), for numbers, Values and arrays of them.

    ∂y/∂x = π*cos_pi(x)
    """

@overload
def cos_pi(x: Value, /) -> Value: ...
@overload
def cos_pi(x: float, /) -> float: ...
@overload
def cos_pi(x: Any, /) -> Any:
    """y = cos_pi(x), for numbers, Values and arrays of them.

    ∂y/∂x = -π*sin_pi(x)
    """

@overload
def sinc(x: Value, /) -> Value: ...
@overload
def sinc(x: float, /) -> float: ...
@overload
def sinc(x: Any, /) -> Any:
    """y = sinc(x), for numbers, Values and arrays of them.

    ∂y/∂x = (cos_pi(x) - y)/x
    """

@overload
def logsigmoid(x: Value, /) -> Value: ...
@overload
def logsigmoid(x: float, /) -> float: ...
@overload
def logsigmoid(x: Any, /) -> Any:
    """y = logsigmoid(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1 - sigmoid(x)
    """

@overload
def logaddexp(x: Value, z: Value | float, /) -> Value: ...
@overload
def logaddexp(x: Value | float, z: Value, /) -> Value: ...
@overload
def logaddexp(x: float, z: float, /) -> float: ...
@overload
def logaddexp(x: Any, z: Any, /) -> Any:
    """y = logaddexp(x, z), for numbers, Values and arrays of them.

    ∂y/∂x = sigmoid(x - z)
    ∂y/∂z = sigmoid(z - x)
    """

@overload
def cbrt_slope(x: Value, /) -> Value: ...
@overload
def cbrt_slope(x: float, /) -> float: ...
@overload
def cbrt_slope(x: Any, /) -> Any:
    """y = cbrt_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -0.6666666666666666*y/x
    """

@overload
def asin_slope(x: Value, /) -> Value: ...
@overload
def asin_slope(x: float, /) -> float: ...
@overload
def asin_slope(x: Any, /) -> Any:
    """y = asin_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = x*y**3
    """

@overload
def acos_slope(x: Value, /) -> Value: ...
@overload
def acos_slope(x: float, /) -> float: ...
@overload
def acos_slope(x: Any, /) -> Any:
    """y = acos_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = x*y**3
    """

@overload
def atan_slope(x: Value, /) -> Value: ...
@overload
def atan_slope(x: float, /) -> float: ...
@overload
def atan_slope(x: Any, /) -> Any:
    """y = atan_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -2*(x*y)*y
    """

@overload
def sinc_slope(x: Value, /) -> Value: ...
@overload
def sinc_slope(x: float, /) -> float: ...
@overload
def sinc_slope(x: Any, /) -> Any:
    """y = sinc_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -9.869604401089358*sinc(x) - 2*y/x
    """

@overload
def sech_slope(x: Value, /) -> Value: ...
@overload
def sech_slope(x: float, /) -> float: ...
@overload
def sech_slope(x: Any, /) -> Any:
    """y = sech_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = sech(x)*(tanh(x)**2 - sech(x)**2)
    """

@overload
def atanh_slope(x: Value, /) -> Value: ...
@overload
def atanh_slope(x: float, /) -> float: ...
@overload
def atanh_slope(x: Any, /) -> Any:
    """y = atanh_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = 2*x*y**2
    """

@overload
def erf_slope(x: Value, /) -> Value: ...
@overload
def erf_slope(x: float, /) -> float: ...
@overload
def erf_slope(x: Any, /) -> Any:
    """y = erf_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -2*(x*y)
    """

@overload
def erfc_slope(x: Value, /) -> Value: ...
@overload
def erfc_slope(x: float, /) -> float: ...
@overload
def erfc_slope(x: Any, /) -> Any:
    """y = erfc_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -2*(x*y)
    """

@overload
def normal_cdf_slope(x: Value, /) -> Value: ...
@overload
def normal_cdf_slope(x: float, /) -> float: ...
@overload
def normal_cdf_slope(x: Any, /) -> Any:
    """y = normal_cdf_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -x*y
    """

@overload
def sigmoid_slope(x: Value, /) -> Value: ...
@overload
def sigmoid_slope(x: float, /) -> float: ...
@overload
def sigmoid_slope(x: Any, /) -> Any:
    """y = sigmoid_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = -y*tanh(x/2)
    """

@overload
def silu_slope(x: Value, /) -> Value: ...
@overload
def silu_slope(x: float, /) -> float: ...
@overload
def silu_slope(x: Any, /) -> Any:
    """y = silu_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = sigmoid_slope(abs(x))*(2 - abs(x) + abs(x)*(2*(1 - sigmoid(abs(x)))))
    """

@overload
def gelu_slope(x: Value, /) -> Value: ...
@overload
def gelu_slope(x: float, /) -> float: ...
@overload
def gelu_slope(x: Any, /) -> Any:
    """y = gelu_slope(x), for numbers, Values and arrays of them.

    ∂y/∂x = exp(-minimum(abs(x), 40)**2/2)*(2 - minimum(abs(x), 40)**2)/sqrt(2*π)
    """
