"""What stands in for JAX and PyTorch: NumPy's functions by their names, on arrays that nothing can change in
place, and whose numbers decide nothing, as those of a function that is traced."""

from types import ModuleType

import numpy as np

from autodiff.engine.namespaces import ARRAYS

__all__ = ["pure", "stand_ins"]


class Pure(np.ndarray):
    """An array that nothing changes in place, with the methods of JAX's and PyTorch's that differ."""

    def __setitem__(self, index, value):
        raise TypeError("a pure function changes no array in place")

    def __iadd__(self, other):
        raise TypeError("a pure function changes no array in place")

    def __float__(self):
        raise TypeError("a traced array is no number")

    __bool__ = item = tolist = __float__

    @property
    def at(self):
        return _At(self)

    def new_zeros(self, shape):
        return np.zeros(shape, self.dtype).view(Pure)

    def new_full(self, shape, value):
        return np.full(shape, value, self.dtype).view(Pure)

    def new_ones(self, shape):
        return np.ones(shape, self.dtype).view(Pure)

    def amax(self, **along):
        return self._along(np.ndarray.max, along)

    def amin(self, **along):
        return self._along(np.ndarray.min, along)

    def sum(self, **along):
        return self._along(np.ndarray.sum, along)

    def mean(self, **along):
        return self._along(np.ndarray.mean, along)

    def var(self, **along):
        along.pop("correction", None)
        return self._along(np.ndarray.var, along)

    def _along(self, function, along):
        axis = along.get("dim", along.get("axis"))
        keepdims = along.get("keepdim", along.get("keepdims", False))
        return function(self.view(np.ndarray), axis=axis, keepdims=keepdims).view(Pure)

    def to(self, like):
        return self.astype(getattr(like, "dtype", like))

    def numel(self):
        return self.size

    def broadcast_to(self, shape):
        return np.broadcast_to(self, shape).view(Pure)

    def index_put(self, places, values, accumulate=False):
        return _At(self)[places]._changed(values, np.add.at if accumulate else np.ndarray.__setitem__)


class _At:
    def __init__(self, array, index=None):
        self.array, self.index = array, index

    def __getitem__(self, index):
        return _At(self.array, index)

    def set(self, value):
        return self._changed(value, np.ndarray.__setitem__)

    def add(self, value):
        return self._changed(value, np.add.at)

    def _changed(self, value, change):
        copy = np.array(self.array)
        change(copy, self.index, value)
        return copy.view(Pure)


def pure(array):
    return np.array(array).view(Pure)


SHARED = (
    "exp expm1 log log1p log2 log10 sqrt hypot sin cos tan arcsin arccos arctan arctan2 sinh cosh tanh "
    "arcsinh arccosh arctanh sign fmod copysign maximum minimum squeeze tril any all"
)


def functions(join, **own):
    """A module with what all have, that which joins arrays by its name, and functions of its own."""
    module = ModuleType("stand-in")
    for name in SHARED.split():
        setattr(module, name, getattr(np, name))
    module.inf, module.nan = np.inf, np.nan
    setattr(module, join, lambda arrays: np.concatenate(arrays).view(Pure))
    module.broadcast_to = lambda x, shape: np.broadcast_to(x, shape).view(Pure)
    module.reshape = lambda x, shape: np.reshape(x, shape).view(Pure)
    module.outer = lambda a, b: np.outer(a, b).view(Pure)
    module.einsum = lambda *operands: np.einsum(*operands).view(Pure)
    module.where = lambda c, a, b: np.where(c, a, b).view(Pure)
    module.linalg = ModuleType("linalg")
    module.linalg.solve = lambda a, b: np.linalg.solve(a, b).view(Pure)
    module.linalg.inv = lambda a: np.linalg.inv(a).view(Pure)
    for name, function in own.items():
        setattr(module, name, function)
    return module


def relu(x):
    return np.maximum(x, 0.0)


def stand_ins():
    """Modules by name, with what the sources ask of JAX and PyTorch."""
    jnp = functions(
        "concatenate",
        zeros=lambda shape, kind: np.zeros(shape, kind).view(Pure),
        ones=lambda shape, kind: np.ones(shape, kind).view(Pure),
        full=lambda shape, value, kind: np.full(shape, value, kind).view(Pure),
        asarray=lambda numbers, kind: np.asarray(numbers, kind).view(Pure),
        arange=lambda n: np.arange(n).view(Pure),
        heaviside=np.heaviside,
        power=np.power,
        cbrt=np.cbrt,
        sum=np.sum,
        max=np.max,
        min=np.min,
    )
    jax = ModuleType("jax")
    jax.numpy, jax.nn = jnp, ModuleType("nn")
    jax.nn.relu = relu
    torch = functions(
        "cat",
        ones=lambda shape, dtype, device: np.ones(shape, dtype).view(Pure),
        zeros=lambda shape, dtype: np.zeros(shape, dtype).view(Pure),
        tensor=lambda numbers, dtype=None: np.array(numbers, dtype).view(Pure),
        arange=lambda n, device: np.arange(n).view(Pure),
        pow=np.power,
        relu=relu,
        sum=Pure.sum,
        amax=Pure.amax,
        amin=Pure.amin,
        float64=float,
        int64=int,
        bool=bool,
    )
    jax.scipy, torch.special = ModuleType("scipy"), ModuleType("special")
    jax.scipy.special = torch.special
    for name in ("erf", "erfc"):
        setattr(torch.special, name, getattr(ARRAYS, name))
    return {"jax": jax, "jax.numpy": jnp, "torch": torch}
