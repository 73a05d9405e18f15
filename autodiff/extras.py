"""Libraries that are installed by an extra, and imported only where somebody asks for what they do."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["installed"]


def installed(module: str, extra: str, what: str) -> Any:
    """The module.

    Args:
        extra: what installs it, ``pip install 'duograd[extra]'``; the name of the library, too.
        what: needs it, for the message.

    Raises:
        ImportError: if the library is not installed; it names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"{what} needs {extra}, which is not installed; try: pip install 'duograd[{extra}]'"
        ) from error
