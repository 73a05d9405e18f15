"""A class of students: a folder of files with random backward passes, every third wrong, judged as a teacher
would, and what that took.
"""

import os
import resource
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from nn.grading.grading import judged_files
from nn.grading.submissions import submissions_in
from tests.nn.judged.drawn import drawn


def text_of(seed: int, number: int) -> tuple[str, bool]:
    """A file, and whether it is right."""
    rng = np.random.default_rng((seed, 2, number))
    made = drawn(rng)
    edit = made.edits[int(rng.integers(len(made.edits)))] if number % 3 == 0 else None
    shown = {
        name: np.asarray(each).tolist() if isinstance(each, np.ndarray) else each
        for name, each in made.arguments.items()
    }
    kinds = {name: str(each.dtype) for name, each in made.arguments.items() if isinstance(each, np.ndarray)}
    example = ", ".join(
        f"{name!r}: np.array({each}, dtype={kinds[name]!r})" if name in kinds else f"{name!r}: {each!r}"
        for name, each in shown.items()
    )
    return (
        f"import numpy as np\n\n\n{made.source(edit)}\n\ndef example():\n    return {{{example}}}\n",
        edit is None,
    )


def judge_class(count: int, seed: int, jobs: int) -> str:
    """Judge so many files, and say what came of it and what it took."""
    with tempfile.TemporaryDirectory() as folder:
        files, out = Path(folder, "files"), Path(folder, "report")
        files.mkdir()
        (out / "verdicts").mkdir(parents=True)
        right: dict[str, bool] = {}
        for number in range(count):
            name = f"student{number:03}"
            text, right[name] = text_of(seed, number)
            Path(files, f"{name}.py").write_text(text, encoding="utf-8")
        begin, before = time.monotonic(), _spent()
        found, _ = judged_files(submissions_in(files), {"timeout": 20.0}, out, jobs=jobs)
        wall, spent = time.monotonic() - begin, _spent() - before
    outcomes = Counter(
        ("right" if right[Path(student).stem] else "wrong", judged.outcome)
        for student, by_name in found.items()
        for judged in by_name.values()
    )
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    memory = max(resource.getrusage(who).ru_maxrss for who in whose) / 1024
    told = ", ".join(f"{n} {what} ones told {said}" for (what, said), n in sorted(outcomes.items()))
    return (
        f"{count} files, {jobs} at once: {told}; {wall:.0f} s, {spent:.0f} s of computing, "
        f"{spent / count:.2f} a file, load {os.getloadavg()[0]:.1f}, no process above {memory:.0f} MB"
    )


def _spent() -> float:
    of = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in of)
