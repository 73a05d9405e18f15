"""Program: what ``lift`` makes of a graph, to be run on arrays and to be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from autodiff.lifting.arguments import Leaf, cast, check_one_hot, checked_arrays
from autodiff.lifting.carrying import carrier_to
from autodiff.lifting.check import check_program
from autodiff.lifting.compile.elementary import Array
from autodiff.lifting.compile.guarding import GuardBroken
from autodiff.lifting.compile.run import Result, Run
from autodiff.lifting.formula import Block, Formula
from autodiff.lifting.guards import Guards
from autodiff.lifting.keeping import check_kept, recorded_arrays
from autodiff.lifting.outputs import Outputs
from autodiff.lifting.parameters import Parameters
from autodiff.lifting.plan import Plan
from autodiff.lifting.record import Ints
from autodiff.lifting.recorded import Recorded
from autodiff.lifting.write.listing import Listing
from autodiff.lifting.write.rendered import Line

__all__ = ["Program"]

KEPT = 8  # numbers of samples whose buffers and code are kept


class Program:
    """A scalar graph as matrix formulas; made by ``lift``.

    ``program(X=..., Y=...)`` runs it, ``print(program)`` shows what was found, ``len(program)`` is
    the number of array operations of the forward pass. A run writes into the program's own buffers,
    so of several threads that call it one runs at a time; what it returns is the caller's to keep.
    A copy or a pickle of a program has parameters, and Values to push them to, of its own.

    Attributes:
        dtype: of all arrays.
        batch: whether inputs have a trailing sample axis.
        plan: the formulas that were found, and the blocks that they fill.
        strict: whether a run that a choice of Python's would have sent elsewhere is an error, or a warning.
        points: at how many points it was held to the graph; 2, or 1 where no second one was found.

    >>> from autodiff import leaves, lift
    >>> W, x = leaves("W", [[0.5, -1.0]]), leaves("x", [[2.0], [3.0]])
    >>> program = lift((W @ x)[0, 0].tanh(), {"x": x}, W.ravel())
    >>> len(program), program(x=[[0.0], [0.0]]).grads["W"]
    (2, array([[0., 0.]]))
    """

    def __init__(
        self,
        plan: Plan,
        recorded: Recorded,
        leaves: Sequence[Leaf],
        batch: bool,
        dtype: npt.DTypeLike,
        outputs: Outputs | None = None,
        guards: Guards | None = None,
        strict: bool = True,
        orders: Guards | None = None,
    ) -> None:
        self.plan = plan
        self.strict = strict
        self._guards, self._orders = guards, orders  # those of rows matter to the recorded graph alone
        self._guarding = True
        self._outputs = outputs
        self._inputs: dict[str, Array] | None = None  # of the latest call, for vjp
        self._recorded = recorded
        self.dtype = np.dtype(dtype)
        self.batch = batch
        self._leaves = leaves
        self._one_hot = [leaf.name for leaf in leaves if leaf.one_hot]
        self._static = np.zeros(plan.sizes[0], self.dtype)
        self._whole(plan.blocks[0])[...] = cast(plan.constants, self.dtype, "a constant of the graph")
        for block, numbers in plan.numbers.items():
            self._whole(block)[...] = cast(numbers, self.dtype, f"a number of {block.name}")
        self._latest: Result | None = None
        self._prepare()
        self.pull()
        self._operations = self.run_for(1).operations

    def _prepare(self) -> None:
        """What a copy has to make anew: it cannot share a lock, or code that writes into arrays."""
        self._lock = RLock()  # held while buffers are in use
        self._params = Parameters(
            {b.name: self._whole(b) for b in self.plan.with_role("parameter")}, self._lock
        )
        self._shapes = {block.name: block.dims for block in self.plan.with_role("input")}
        self._runs: dict[int, Run] = {}
        self._recent: Run | None = None

    def __getstate__(self) -> dict[str, Any]:
        with self._lock:
            state = vars(self) | {"_static": self._static.copy()}
        for name in ("_lock", "_params", "_shapes", "_runs", "_recent", "_listing"):
            state.pop(name, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._prepare()

    def _whole(self, block: Block) -> Array:
        return self._static[block.start : block.start + block.size].reshape(block.dims)

    def _data(self, leaf: Leaf) -> Array:
        data = np.array([value.data for value in leaf.values.ravel()], dtype=np.float64)
        return cast(data.reshape(leaf.values.shape), self.dtype, f"{leaf.role} {leaf.name!r}")

    @property
    def params(self) -> Parameters:
        """Name -> array, live: what you write into them, or assign to a name, the next run uses."""
        return self._params

    @params.setter
    def params(self, arrays: Mapping[str, npt.ArrayLike]) -> None:
        if not isinstance(arrays, Mapping):
            raise TypeError(f"params maps names to arrays, got {type(arrays).__name__}")
        missing = [name for name in self._params if name not in arrays]
        if missing:
            raise ValueError(
                f"params lacks {', '.join(map(repr, missing))}; to change some, use params.update"
            )
        self._params.update(arrays)

    @property
    def formulas(self) -> Sequence[Formula]:
        """What the graph became, in the order in which it runs."""
        return self.plan.formulas

    @property
    def blocks(self) -> Sequence[Block]:
        """The arrays of constants, parameters and inputs, and of the formulas."""
        return self.plan.blocks

    @property
    def constants(self) -> Mapping[str, Array]:
        """The arrays of plain numbers that the listing names, by name."""
        return dict(self._listing.operands.constants)

    @property
    def operations(self) -> int:
        """Number of scalar operations in the recorded graph."""
        return self.plan.operations

    def __call__(self, /, **inputs: npt.ArrayLike) -> Result:
        """Run the program on arrays of the inputs' shapes; with ``batch=True`` on arrays with a
        further, trailing axis of m samples, for the mean loss over them and its gradients.

        Raises:
            TypeError, ValueError: for names and shapes that do not fit; see ``checked_arrays``.
            DomainError: if an operation leaves its domain or a number overflows. The message names
                the formula and the operand. Parameters are as they were.
            BranchError: if Python would have decided otherwise with these data than when the graph was
                recorded; with ``strict=False`` a RuntimeWarning.
        """
        if self._one_hot:
            check_one_hot(inputs, self._one_hot)
        return self._run(inputs)

    def _run(self, inputs: Mapping[str, npt.ArrayLike]) -> Result:
        with self._lock:
            if self._outputs is not None:
                self._inputs = {
                    name: np.array(array)
                    for name, array in inputs.items()
                    if name != self._outputs.cotangents
                }
                inputs = {**self._outputs.with_ones(inputs)}
            run = self._recent
            taken = run.take(inputs) if run is not None else None
            if run is None or taken is None:
                arrays = checked_arrays(self._shapes, inputs, self.batch, self.dtype)
                run = self.run_for(next(iter(arrays.values())).shape[-1] if self.batch and arrays else 1)
                taken = run.take(arrays)
                assert taken is not None
            self._latest = None  # its memory can serve this run, if nobody else keeps it
            try:
                result = run.result(taken, self._guarding)
            except GuardBroken:
                self._check_choices(run)
                result = run.result(taken, guarded=False)
            self._latest = result = result or self._in_recorded_order(run)
            return result

    def evaluate(self, params: Iterable[tuple[Array, Any]], inputs: Mapping[str, Any]) -> Result:
        """One run with other parameters, as a call, with its errors; no other thread's comes between.

        Args:
            params: arrays of ``params``, and numbers of the same shape to write into them.
            inputs: as in a call; those that are to be one-hot are.
        """
        with self._lock:
            for array, numbers in params:
                array[...] = numbers
            return self._run(inputs)

    def _check_choices(self, run: Run) -> None:
        """See whether a guard of the latest run is broken, too, if everything is computed in the recorded
        order; formulas, which add up in another, may err where two numbers are nearly the same.

        Raises:
            BranchError: if one is.
        """
        assert self._guards is not None
        error = self._recorded.broken(self._guards, {**self._params, **run.inputs}, run.samples)
        if error is not None and self.strict:
            raise error
        if error is not None:
            warnings.warn(str(error), RuntimeWarning, stacklevel=4)

    def _in_recorded_order(self, run: Run) -> Result:
        """The result of the latest run, in which the formulas failed, operation by operation: sums that
        formulas write in another order may overflow or leave a domain where the graph does not.

        Raises:
            DomainError: where the graph does, too.
            BranchError: where the graph solves a system in an order of rows that these data forbid.
        """
        arrays = {**self._params, **run.inputs}
        m = run.samples
        if self._orders and (other := self._recorded.broken(self._orders, arrays, m)) is not None:
            raise run.failure() or other
        kept = self.plan.all_kept
        try:
            loss, grads = self._recorded.run(arrays, m, [block.name for block in self.plan.wanted])
            inside = recorded_arrays(kept, self._recorded, arrays, m) if kept else []
        except FloatingPointError:
            failure = run.failure()
            if failure is None:
                raise
            raise failure from None
        values = {array.name: cast(got, self.dtype, array.name) for array, got in zip(kept, inside)}
        outputs = values.pop(self.plan.outputs.name) if self.plan.outputs else None
        grads = {name: cast(grad, self.dtype, f"d{name}") for name, grad in grads.items()}
        return Result(loss, grads, values, outputs)

    def vjp(self, cotangents: npt.ArrayLike, /, **inputs: npt.ArrayLike) -> dict[str, Array]:
        """The gradients of Σ cotangents ⊙ outputs, by name, of a program of several outputs.

        Args:
            cotangents: one for each output, in the shape of the outputs; with ``batch=True`` with a
                trailing axis of m samples, over which is summed, too.
            **inputs: as in a call; without any, those of the latest call.

        Raises:
            TypeError: for a program of one loss, and where there was no call and no inputs are given.
            TypeError, ValueError, DomainError: as in a call.

        >>> from autodiff import Value, lift
        >>> w = Value(0.5, "w")
        >>> program = lift([w * w, w.exp()], params=[w])
        >>> program().outputs.round(3).tolist(), program.vjp([1.0, 0.0])["w"].item()
        ([0.25, 1.649], 1.0)
        """
        if self._outputs is None:
            raise TypeError("vjp() is for several outputs, lift([y1, y2], ...); of one loss, run the program")
        with self._lock:
            if not inputs and self._inputs is None and len(self._shapes) > 1:
                raise TypeError(f"the program has not run yet; pass its inputs: {', '.join(self._shapes)}")
            return self(**self._outputs.with_cotangents(inputs or self._inputs or {}, cotangents)).grads

    def run_for(self, m: int) -> Run:
        """The run for m samples; of those not asked for lately, the oldest is forgotten."""
        with self._lock:
            run = self._runs.pop(m, None) or Run(self.plan, self._static, m, self.line)
            self._runs[m] = self._recent = run
            if len(self._runs) > KEPT:
                del self._runs[next(iter(self._runs))]
        return run

    def check(self) -> None:
        """Compare with the recorded graph, at its data and nearby.

        Raises:
            LiftError: if loss or gradients are not the graph's.
        """
        unit = float(np.finfo(self.dtype).eps) / 2.0
        self._guarding = False  # nearby, Python might decide otherwise, and the graph still is this one
        try:
            self.points = check_program(self._recorded, self._run_on, unit)
            if self.plan.all_kept:
                self.pull()
                self._check_kept(unit)
        finally:
            self._guarding = True
            self.pull()
            self._latest = self._inputs = None

    def _check_kept(self, unit: float) -> None:
        tail = (1,) if self.batch else ()
        inputs = [leaf for leaf in self._leaves if leaf.role == "input"]
        result = self._run({leaf.name: self._data(leaf).reshape(leaf.values.shape + tail) for leaf in inputs})
        arrays = [*result.values.values(), *([] if result.outputs is None else [result.outputs])]
        check_kept(self.plan.all_kept, self._recorded, arrays, unit)

    def _run_on(self, arrays: Mapping[str, Array], m: int) -> tuple[float, dict[str, Array]]:
        """Loss and gradients for parameters and inputs by name."""
        self._params.update({name: arrays[name] for name in self._params})
        result = self._run({name: arrays[name].astype(self.dtype) for name in self._shapes})
        return result.loss, result.grads

    def pull(self) -> None:
        """Read the parameters' data from their Values into ``params``."""
        self.params.update((leaf.name, self._data(leaf)) for leaf in self._leaves if leaf.role == "parameter")

    def push(self) -> None:
        """Write ``params`` into the data of their Values, and the latest run's gradients into their
        ``grad``, replacing what was there. Before the first run, and after one that failed, grads
        are left alone."""
        with self._lock:
            grads = self._latest.grads if self._latest else {}
            for leaf in self._leaves:
                if leaf.role == "parameter":
                    values = leaf.values.ravel().tolist()
                    for value, number in zip(values, self.params[leaf.name].ravel().tolist()):
                        value.data = number
                    if leaf.name in grads:
                        for value, number in zip(values, grads[leaf.name].ravel().tolist()):
                            value.grad = number

    def __len__(self) -> int:
        return self._operations

    def __bool__(self) -> bool:
        return True

    @cached_property
    def _listing(self) -> Listing:
        return Listing(self.plan, len(self))

    def line(self, number: int) -> str:
        """The text of one formula, counted from 0."""
        return self._listing.formulas[number].text

    @property
    def forward(self) -> Sequence[Line]:
        """The lines of the listing up to the loss; see ``Line`` for what each says of itself."""
        return [line for line in self._listing.forward if line.text]

    @property
    def forward_nodes(self) -> list[Ints]:
        """For each line of ``forward`` the numbers on the tape of the nodes that it computes; -1 for none."""
        return self._listing.nodes

    @property
    def backward(self) -> Sequence[Line]:
        """The lines of the gradients, from the loss back."""
        return [line for line in self._listing.backward if line.text]

    def shape(self, block: Block) -> tuple[int | str, ...]:
        """The shape of a block's array; "m" is the number of samples."""
        return self._listing.operands.shape(block)

    def __str__(self) -> str:
        return "\n".join([self._listing.text(), *self._remarks])

    @cached_property
    def _remarks(self) -> list[str]:
        """What a reader of the formulas should know besides."""
        remarks = [f"gathered: {each}" for each in self.obstacles]
        if self.points == 1:
            remarks.append("checked at the recorded point only: no other was found in the domain")
        if self.kinks:
            many = f"{self.kinks} operations have kinks" if self.kinks > 1 else "1 operation has a kink"
            remarks.append(f"{many} within rounding of the recorded point: either slope may be taken there")
        return ["", *(f"# {remark}" for remark in remarks)] if remarks else []

    @cached_property
    def kinks(self) -> int:
        """How many operations of the graph have a kink so near to the recorded point that rounding
        decides on which side they are; either slope may be the one that is taken."""
        return self._recorded.kinks(float(np.finfo(self.dtype).eps) / 2.0)

    def __repr__(self) -> str:
        return f"<Program: {self._listing.headline()}>"

    def explain(self) -> str:
        """What stood in the way of a rule where an operand is still picked by a table of places, a sentence
        for each, in the names of the listing, where they stand as comments, too.

        >>> from autodiff import leaves, lift
        >>> x = leaves("x", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
        >>> print(lift(sum(x[i].tanh() for i in (0, 1, 2, 4)), params=x).explain())
        element 4 of tanh(x[(1, 2, 3, 5)]) reads another element of x than the rest
        >>> print(lift(sum(x[i].tanh() for i in (0, 1, 2, 3)), params=x).explain())
        every operand is read by rule: no gather is left
        """
        return "\n".join(self.obstacles) or "every operand is read by rule: no gather is left"

    @property
    def obstacles(self) -> list[str]:
        """The sentences of ``explain``, one for each gather that is left."""
        return self._listing.obstacles()

    def source(self, target: str = "numpy") -> str:
        """Source of the program, which needs nothing but the library it is for: it defines
        ``run(params..., inputs...)``, which returns the loss and the gradients by name. It has the formulas
        alone: where they overflow, or a slope does, as that of log at 1e-310, it says inf or nan where a
        run of the program would fall back on the graph.

        For other targets than NumPy ``run`` is a pure function: it changes nothing in place, so that it can
        be traced and differentiated, and it raises nothing: where data are such that a choice of Python's
        would have fallen otherwise, loss and gradients are nan. Arrays have the type of the first argument.

        Args:
            target: ``"numpy"``, ``"jax"``, ``"torch"`` or ``"array_api"``, the last for arrays of any
                library that follows the Python array API standard.

        Raises:
            ValueError: for another target.

        >>> from autodiff import Value, lift
        >>> w = Value(0.5, "w")
        >>> print(lift(w * w.exp(), params=[w]).source("jax").partition("    v1")[2])
         = jnp.exp(w)
            J = w * v1
            dw = v1 + w * v1
            return J, {'w': dw}
        <BLANKLINE>
        """
        return self._listing.source(target)

    def to(self, target: str) -> Any:
        """The program as a function of JAX, or as a module of PyTorch.

        - ``to("jax")``: ``f(params, inputs)`` of two dicts of arrays by name, which gives the loss and a dict
          of the gradients of the parameters: to be handed to ``jax.jit``, ``jax.vmap``, and, of the
          loss or of the gradients, to ``jax.grad``. JAX computes in float32 unless ``jax_enable_x64`` is set.
        - ``to("torch")``: a ``torch.nn.Module`` with the parameters of the program, a copy of their numbers
          in its dtype; ``module(X=..., Y=...)`` is the loss, for ``backward()`` and optimizers,
          ``module.loss_and_grads(X=..., Y=...)`` the loss and the program's own gradients by name.

        The derivative of the loss is the program's own gradient. Derivatives of gradients are the library's,
        of the formulas; at a point where a formula has a case, as gelu at 0, they may be of one case only.

        Inputs get the type of the parameters. Shapes are checked. Numbers cannot be where a function is
        traced: where a choice of Python's would fall otherwise, or one-hot targets are none, all is nan.

        Raises:
            ImportError: if the library is not installed; it names the extra that installs it.
            TypeError: for a program of several outputs; of the function and the module, for names that do not
                fit, and where the loss is differentiated with respect to an input.
            ValueError: for another target; of the function and the module, for shapes that do not fit.
        """
        if self._outputs is not None:
            raise TypeError("to() takes a program of one loss; this one has several outputs, for vjp()")
        arrays = {block.name: self.shape(block) for block in self.plan.with_role("parameter", "input")}
        carrier = carrier_to(target)
        return carrier(self.source(target), arrays, self._params, self._one_hot)

    def latex(self) -> str:
        """The formulas as a LaTeX ``aligned`` environment, without dollar signs."""
        return self._listing.latex()

    def _repr_latex_(self) -> str:
        return f"$${self.latex()}$$"
