"""What the numbers of a run depend on besides the code."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["machine", "one_line"]


def machine() -> dict[str, Any]:
    """Processor, number of its cores, interpreter, and how busy the machine is, where it says so."""
    try:
        load = os.getloadavg()[0]
    except (AttributeError, OSError):
        load = None
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load": load,
    }


def one_line(machine: dict[str, Any]) -> str:
    """The same for a person to read."""
    load = "unknown load" if machine["load"] is None else f"load {machine['load']:.1f} at the start"
    return f"{machine['python']}, {machine['system']}, {machine['cores']} × {machine['processor']}, {load}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
