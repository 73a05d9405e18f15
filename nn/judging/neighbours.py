"""What ``import`` finds for a file that is judged, and for everybody else.

A file may have neighbours, modules in its own folder, and these may be called as modules that we or
our libraries use: ``nn.py``, ``json.py``. Python keeps one module a name, so one of the two would get
the other's. Here the file and its neighbours have modules of their own under such names.
"""

from __future__ import annotations

import builtins
import importlib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

__all__ = ["own_neighbours"]


class _Neighbourhood:
    """The modules of a folder, kept apart from those of the same names elsewhere.

    Attributes:
        folder: where the file lies.
        names: what its neighbours are called.
        modules: those of them that were imported, and what is inside them.
        entered: whether ``sys.modules`` shows these at present, instead of those of everybody else.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        packages = (init.parent for init in folder.glob("*/__init__.py"))
        self.names = {entry.stem for entry in (*folder.glob("*.py"), *packages)}
        self.modules: dict[str, ModuleType] = {}
        self.entered = False
        self.find = builtins.__import__

    def importing(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        """``import``, in whose place this is put: it goes by the file that the statement stands in."""
        file = (globals or {}).get("__file__") or ""
        with self.shown(os.path.realpath(file).startswith(f"{self.folder}{os.sep}")):
            return self.find(name, globals, locals, fromlist or (), level)

    @contextmanager
    def shown(self, inside: bool) -> Iterator[None]:
        """While open, ``sys.modules`` and ``sys.path`` are the folder's, or those of everybody else."""
        if inside == self.entered:
            yield
            return
        self._turn()
        try:
            yield
        finally:
            self._turn()

    def _turn(self) -> None:
        hidden = {
            name: module for name, module in sys.modules.items() if name.partition(".")[0] in self.names
        }
        for name in hidden:
            del sys.modules[name]
        sys.modules.update(self.modules)
        self.modules = hidden
        self.entered = not self.entered
        if self.entered:
            sys.path.insert(0, str(self.folder))
        else:
            sys.path.remove(str(self.folder))
        importlib.invalidate_caches()


@contextmanager
def own_neighbours(file: Path) -> Iterator[None]:
    """While open, what ``file`` and the modules beside it import is looked for in their folder first,
    also in functions that are called later; imports of everybody else do not see that folder."""
    neighbourhood = _Neighbourhood(Path(os.path.realpath(file)).parent)
    builtins.__import__ = neighbourhood.importing
    try:
        yield
    finally:
        builtins.__import__ = neighbourhood.find
