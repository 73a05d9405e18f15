"""What ``python -m nn judge FILE`` takes for eleven kinds of files, each with a mistake in several layers."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.nn.judging import test_forms as forms
from tests.nn.judging import test_strangers as strangers
from tests.nn.judging import test_taping as taping

KINDS = {
    "a loop": (strangers.LOOP, "* squash(hidden, slope=True)", ""),
    "global weights": (strangers.GLOBALS, "dy[targets[t]] -= 1", "pass"),
    "layers": (strangers.LAYERS, "", ""),
    "a cell": (strangers.CELL, "dc = dnext_c + dnext_h", "dc = dnext_h"),
    "a network class": (strangers.NET, "ds /= N", "pass"),
    "a penalty": (strangers.PENALISED, "* (1 - h ** 2)", ""),
    "word vectors": (strangers.WORDS, "    d[outsideIdx] -= 1\n", ""),
    "a family": (taping.FAMILY, "", ""),
    "recurrent": (forms.RECURRENT, "dy + later", "dy"),
    "gates": (forms.CELLS, "dg * (1 - g * g)", "dg"),
    "sample by sample": (forms.ONLINE, ".T * A[l] * (1 - A[l])", ".T"),
}


def times() -> Iterator[str]:
    """A line for each kind: seconds of all processors, of its own and of the processes it starts, and by the
    clock."""
    # What is installed is compiled, so it is here, by a first file.
    environment = {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "nn", "judge"]
    subprocess.run([*command, __file__], capture_output=True, check=False, env=environment)
    yield f"{'':18}computing   clock   load {os.getloadavg()[0]:.1f}"
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, (text, right, wrong)) in enumerate(KINDS.items()):
            file = Path(folder, f"file{number}.py")
            file.write_text(text.replace(right, wrong) if right else text, encoding="utf-8")
            before, begin = _spent(), time.monotonic()
            subprocess.run([*command, str(file)], capture_output=True, check=False, env=environment)
            yield f"{name:18}{_spent() - before:9.2f}{time.monotonic() - begin:8.2f}"


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
