# Written by `python -m autodiff.functions.stubs` from the table of operations.

from typing import Any, overload

from autodiff.engine.value import Value

__all__ = [
    "abs",
    "acos",
    "acosh",
    "add",
    "asin",
    "asinh",
    "at_least",
    "at_most",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "detach",
    "div",
    "elu",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "gelu",
    "hypot",
    "leaky_relu",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "normal_cdf",
    "pow",
    "relu",
    "sech",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "sub",
    "tan",
    "tanh",
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
    ∂y/∂z = -y/z
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
    ∂y/∂z = y*log(x)
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

    ∂y/∂x = 0.5/y
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

    ∂y/∂x = 1 + y*y
    """

@overload
def asin(x: Value, /) -> Value: ...
@overload
def asin(x: float, /) -> float: ...
@overload
def asin(x: Any, /) -> Any:
    """y = asin(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/sqrt((1 - x)*(1 + x))
    """

@overload
def acos(x: Value, /) -> Value: ...
@overload
def acos(x: float, /) -> float: ...
@overload
def acos(x: Any, /) -> Any:
    """y = acos(x), for numbers, Values and arrays of them.

    ∂y/∂x = -1/sqrt((1 - x)*(1 + x))
    """

@overload
def atan(x: Value, /) -> Value: ...
@overload
def atan(x: float, /) -> float: ...
@overload
def atan(x: Any, /) -> Any:
    """y = atan(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(1 + x*x)
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

    ∂y/∂x = z/hypot(x, z)/hypot(x, z)
    ∂y/∂z = -x/hypot(x, z)/hypot(x, z)
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

    ∂y/∂x = sech(x)**2
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

    ∂y/∂x = 1/hypot(1, x)
    """

@overload
def acosh(x: Value, /) -> Value: ...
@overload
def acosh(x: float, /) -> float: ...
@overload
def acosh(x: Any, /) -> Any:
    """y = acosh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/(sqrt(x - 1)*sqrt(x + 1))
    """

@overload
def atanh(x: Value, /) -> Value: ...
@overload
def atanh(x: float, /) -> float: ...
@overload
def atanh(x: Any, /) -> Any:
    """y = atanh(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1/((1 - x)*(1 + x))
    """

@overload
def erf(x: Value, /) -> Value: ...
@overload
def erf(x: float, /) -> float: ...
@overload
def erf(x: Any, /) -> Any:
    """y = erf(x), for numbers, Values and arrays of them.

    ∂y/∂x = 1.1283791670955126*exp(-x*x)
    """

@overload
def erfc(x: Value, /) -> Value: ...
@overload
def erfc(x: float, /) -> float: ...
@overload
def erfc(x: Any, /) -> Any:
    """y = erfc(x), for numbers, Values and arrays of them.

    ∂y/∂x = -1.1283791670955126*exp(-x*x)
    """

@overload
def normal_cdf(x: Value, /) -> Value: ...
@overload
def normal_cdf(x: float, /) -> float: ...
@overload
def normal_cdf(x: Any, /) -> Any:
    """y = normal_cdf(x), for numbers, Values and arrays of them.

    ∂y/∂x = 0.3989422804014327*exp(-0.5*x*x)
    """

@overload
def sigmoid(x: Value, /) -> Value: ...
@overload
def sigmoid(x: float, /) -> float: ...
@overload
def sigmoid(x: Any, /) -> Any:
    """y = sigmoid(x), for numbers, Values and arrays of them.

    ∂y/∂x = y*sigmoid(-x)
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

    ∂y/∂x = step(x)
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

    ∂y/∂x = 1 if x > 0 else z*exp(minimum(x, 0))
    ∂y/∂z = expm1(minimum(x, 0))
    """

@overload
def silu(x: Value, /) -> Value: ...
@overload
def silu(x: float, /) -> float: ...
@overload
def silu(x: Any, /) -> Any:
    """y = silu(x), for numbers, Values and arrays of them.

    ∂y/∂x = sigmoid(x)*(1 + x*sigmoid(-x))
    """

@overload
def gelu(x: Value, /) -> Value: ...
@overload
def gelu(x: float, /) -> float: ...
@overload
def gelu(x: Any, /) -> Any:
    """y = gelu(x), for numbers, Values and arrays of them.

    ∂y/∂x = normal_cdf(x) + x*(0.3989422804014327*exp(-0.5*x*x))
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

    ∂y/∂x = 0.5 + 0.5*sign(x - z)
    ∂y/∂z = 0.5 - 0.5*sign(x - z)
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

    ∂y/∂x = 0.5 - 0.5*sign(x - z)
    ∂y/∂z = 0.5 + 0.5*sign(x - z)
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

    ∂y/∂x = 1 - step(z - x)
    ∂y/∂z = step(z - x)
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

    ∂y/∂x = 1 - step(x - z)
    ∂y/∂z = step(x - z)
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
