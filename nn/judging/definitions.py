"""What a file defines, run without the rest of it: its functions and classes, and what these need.

A stranger's file trains, plots, asks and reads files at its top level, and often fails there. So only
imports, definitions and assignments are run, one by one, each for a short time; what fails is left out, and
told. A module that is not here, or is only for pictures and tables, is stood in for. This module imports
nothing of the library: it is read in the process of a submission.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import linecache
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar

import numpy as np

from nn.judging.structures import made_classes

__all__ = ["OwnLibraryError", "Piece", "defined"]

Piece = tuple[str, str]  # what it is called in tracebacks, and its text

OURS = {"autodiff", "nn", "viz", "duograd"}
STOOD_IN = {
    "IPython",
    "PIL",
    "bokeh",
    "cv2",
    "google",
    "graphviz",
    "h5py",
    "imageio",
    "ipywidgets",
    "keras",
    "matplotlib",
    "mpl_toolkits",
    "pandas",
    "plotly",
    "seaborn",
    "skimage",
    "sklearn",
    "tensorflow",
    "torch",
    "torchvision",
    "wandb",
}
BUILDING = ("add", "append", "use", "compile", "add_layer", "set_loss", "set")  # net.add(Dense(2, 3))
OLD = {
    "float": float,
    "int": int,
    "bool": bool,
    "object": object,
    "str": str,
    "float_": float,
    "infty": float("inf"),
}
EACH, IMPORT, ALL = 0.4, 4.0, 2.0  # seconds of computing for a statement, an import, and all statements


class OwnLibraryError(Exception):
    """A submission called the library that is to judge it. Every one is kept in ``called``, caught or not."""

    called: ClassVar[list[str]] = []

    def __init__(self, what: str) -> None:
        super().__init__(f"it calls {what}, of the library that is to judge it")
        self.called.append(what)
        self._what = what

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._what,)


class _Absent(ModuleType):
    """A module that is not here, and whatever is in it: it does nothing, and gives itself."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "softmax" and self.__name__.partition(".")[0] not in STOOD_IN:
            return _softmax
        return _Absent(f"{self.__name__}.{name}")

    def __call__(self, *args: Any, **_: Any) -> Any:
        return args[0] if self.__name__.startswith("tqdm") and args else self

    def __getitem__(self, _: Any) -> Any:
        return self

    def __iter__(self) -> Iterator[Any]:
        return iter((self, self))

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _softmax(x: Any) -> Any:
    """What people import from a module of their own under this name, where there is no choice of an axis."""
    if np.ndim(x) != 1:
        raise TypeError("softmax of an array of several axes: the module that defines it is not here")
    shifted = np.exp(x - np.max(x))
    return shifted / np.sum(shifted)


class _OursMeta(type):
    """The type of what stands for things of this library, so that classes can be made of them."""

    def __call__(cls, *_: Any, **__: Any) -> Any:
        own = [each for each in cls.__mro__ if isinstance(each, _OursMeta)][-1]
        raise OwnLibraryError(f"{own.__module__}.{own.__name__}")

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _OursMeta(name, (), {"__module__": f"{cls.__module__}.{cls.__name__}"})


class _Ours(ModuleType):
    """This library as a submission finds it: everything is there, and nothing can be called."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _OursMeta(name, (), {"__module__": self.__name__})


def defined(
    pieces: Sequence[Piece], file: str, neighbours: set[str], whole: bool = False
) -> tuple[dict[str, Any], list[tuple[str, int, str]]]:
    """The names that the pieces of a file define, and what was left out: piece, line, why.

    Args:
        pieces: the texts of a module, or of the cells of a notebook.
        file: where it lies.
        neighbours: the modules beside it, which it may import.
        whole: run everything, as Python would, with everything that this may raise.
    """
    _bring_back_old_names()
    scope: dict[str, Any] = {"__name__": "student", "__file__": file, "__builtins__": builtins}
    left_out: list[tuple[str, int, str]] = []
    spent = _Spent(ALL)
    with _imports(file, neighbours):
        for name, text in pieces:
            linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
            try:
                tree = ast.parse(text, name)
            except SyntaxError as error:
                if whole or len(pieces) == 1:
                    raise
                left_out.append((name, error.lineno or 0, f"SyntaxError: {error.msg}"))
                continue
            if whole:
                exec(compile(tree, name, "exec"), scope)
                continue
            for node in _statements(tree.body):
                if not _defines(node):
                    if not _says_nothing(node):
                        left_out.append((name, node.lineno, "no definition"))
                    continue
                code = compile(ast.Module([node], []), name, "exec")
                try:
                    with spent.limited(IMPORT if isinstance(node, (ast.Import, ast.ImportFrom)) else EACH):
                        exec(code, scope)
                except (Exception, SystemExit) as error:
                    left_out.append((name, node.lineno, f"{type(error).__name__}: {error!s:.200}"))
        for name, text in pieces:
            with contextlib.suppress(SyntaxError):
                for made in made_classes(ast.parse(text, name)):
                    exec(compile(ast.Module([made], []), name, "exec"), scope)
    return scope, left_out


def _statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, also those under ``if __name__ == "__main__":``, each by itself, and those of a ``main()``
    that is called there."""
    functions = {each.name: each for each in body if isinstance(each, ast.FunctionDef)}
    for node in body:
        if not (isinstance(node, ast.If) and "__name__" in ast.dump(node.test)):
            yield node
            continue
        for each in node.body:
            main = functions.get(ast.unparse(each).removesuffix("()"))
            inner = main.body if main is not None and not main.args.args else [each]
            yield from (part for part in inner if part is each or _defines(part))


def _bring_back_old_names() -> None:
    """Names that NumPy once had, for code that was written when it did."""
    old = {**OLD, "asfarray": lambda a, dtype=float: np.asarray(a, dtype=dtype), "product": np.prod}
    for name, each in old.items():
        if name not in vars(np):
            setattr(np, name, each)


def _defines(node: ast.AST) -> bool:
    """Whether a statement at the top level only defines something."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return True
    if isinstance(node, ast.If) and "__name__" in ast.dump(node.test):
        return False
    if isinstance(node, (ast.If, ast.Try)):
        bodies = [*node.body, *node.orelse]
        if isinstance(node, ast.Try):
            bodies += [*(each for handler in node.handlers for each in handler.body), *node.finalbody]
        return all(_defines(each) or isinstance(each, ast.Pass) for each in bodies)
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        if isinstance(node.value.func, ast.Attribute) and node.value.func.attr in BUILDING:
            return isinstance(node.value.func.value, ast.Name)
        return ast.unparse(node.value.func).startswith(("sys.path.", "np.random.seed", "np.seterr"))
    return False


def _says_nothing(node: ast.AST) -> bool:
    """A docstring or a lone name."""
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, (ast.Constant, ast.Name))
    )


class _Spent:
    """Time that is used up."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    @contextlib.contextmanager
    def limited(self, most: float) -> Iterator[None]:
        """While open, a TimeoutError comes when the time is over; not where there are no such signals."""
        if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
            yield
            return

        def over(*_: Any) -> None:
            raise TimeoutError("it takes long")

        before = signal.signal(signal.SIGPROF, over)
        given = most if most > EACH else max(min(most, self._left), 0.02)
        signal.setitimer(signal.ITIMER_PROF, given)
        try:
            yield
        finally:
            left = signal.setitimer(signal.ITIMER_PROF, 0.0)[0]
            self._left -= given - left if most == EACH else 0.0
            signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def _imports(file: str, neighbours: set[str]) -> Iterator[None]:
    """Stand in for modules that the file imports, and that are not here, are the judge's own, or draw.

    The stand-ins stay for functions that import when they are called.
    """
    find = builtins.__import__
    folder = os.path.dirname(file) + os.sep
    stood_in: dict[str, ModuleType] = {}

    def importing(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        root = name.partition(".")[0]
        theirs = str((globals or {}).get("__file__") or "").startswith(folder)
        if not theirs or level or root in neighbours:
            return find(name, globals, locals, fromlist or (), level)
        if root in OURS:
            return stood_in.setdefault(name if fromlist else root, _Ours(name if fromlist else root))
        if root not in STOOD_IN:
            try:
                return find(name, globals, locals, fromlist or (), level)
            except ImportError:
                pass
        return stood_in.setdefault(name if fromlist else root, _Absent(name if fromlist else root))

    builtins.__import__ = importing
    yield
