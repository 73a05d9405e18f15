"""How the commands ``python -m autodiff``, ``nn``, ``viz`` and ``benchmarks`` start and end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from typing import NoReturn

__all__ = ["leave_with"]


def leave_with(main: Callable[[], int]) -> NoReturn:
    """Run a command and end the process with its exit code, or silently once nobody reads what it
    prints any more, as in ``python -m nn compare | head``."""
    if sys.platform != "win32":  # which has no such signal
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
