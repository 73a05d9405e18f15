"""Break the code one place at a time, and see whether its tests turn red.

    pip install cosmic-ray
    python tests/mutation/run.py                          # every mutant of every room: hours
    python tests/mutation/run.py --sample 150 engine      # 150 of a room, drawn by a fixed seed

The mutants are cosmic-ray's. They are made in a copy of the repository, and each is tested in a
process that is forked after NumPy, pytest and the like have been imported, so one that is seen at
once costs a fraction of a second. What survives, and why, stands in ``survivors.toml``.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import gc
import importlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator
from hypothesis import settings

ROOT = Path(__file__).parents[2]
LONG_AGO = 10**9  # modification time of what is not mutated, so that its bytecode stays valid

# Plugins that are imported before the fork are not rewritten by pytest, of which it warns.
PYTEST = ["-x", "-q", "-p", "no:cacheprovider", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
# Tests that take seconds each; ``--thorough`` runs them, too.
SLOW = [
    "million",
    "typesets",
    "kill_at_any",
    "fresh_interpreter",
    "any_depth",
    "no_label_changes",
    "without_an_end",
    "new_row",
]


class NoBrowser:
    """A plugin of pytest that leaves out what needs a browser."""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if "chromium" not in getattr(item, "fixturenames", ())]


ENGINE = "tests/autodiff/engine"
LIFTING = "tests/autodiff/lifting"
GALLERY = f"{LIFTING}/test_gallery.py"
# A room: its modules, the tests that see most faults quickest, and those that ``--thorough`` adds.
ROOMS: dict[str, tuple[str, list[str], list[str]]] = {
    "engine": (
        "autodiff/engine/*.py",
        [f"{ENGINE}/test_ops.py", f"{ENGINE}/test_value.py", f"{ENGINE}/test_namespaces.py", ENGINE],
        ["tests/autodiff/functions", "tests/autodiff/formulas", "tests/autodiff/test_transforms.py", GALLERY],
    ),
    "fast": (
        "autodiff/fast/*.py",
        ["tests/autodiff/fast", f"{ENGINE}/test_backward.py", f"{ENGINE}/test_value.py", ENGINE],
        ["tests/autodiff/functions"],
    ),
    "debug": ("autodiff/debug/*.py", ["tests/autodiff/debug"], []),
    "lifting": (
        "autodiff/lifting/*.py",
        [f"{LIFTING}/test_{part}.py" for part in ("gallery", "record", "parameters", "program", "inputs")],
        [LIFTING],
    ),
    "find": ("autodiff/lifting/find/*.py", [GALLERY, f"{LIFTING}/find"], [LIFTING]),
    "compile": ("autodiff/lifting/compile/*.py", [f"{LIFTING}/compile", GALLERY], [LIFTING]),
    "write": ("autodiff/lifting/write/*.py", [GALLERY, f"{LIFTING}/write"], [LIFTING]),
    "comparing": ("nn/comparing/*.py", ["tests/nn/comparing"], ["tests/nn/diagnosing"]),
    "diagnosing": ("nn/diagnosing/*.py", ["tests/nn/diagnosing/test_judgement.py"], ["tests/nn/diagnosing"]),
    "judging": ("nn/judging/*.py", ["tests/nn/judging"], ["tests/duograd/test_judge.py"]),
    "checkpoint": (
        "nn/train/checkpoint.py",
        ["tests/nn/train/test_network_in_a_file.py", "tests/nn/train/test_checkpoint.py"],
        [],
    ),
}

# Of cosmic-ray's operators those that make a fault somebody might type. The others, such as
# ``a @ b`` for ``a + b``, die of a TypeError and would only make the score look better.
SWAPS = {
    "Unary": "USub_UAdd Delete_Not Delete_Invert",
    "Binary": "Add_Sub Sub_Add Mul_Div Div_Mul FloorDiv_Mul Mod_FloorDiv Pow_Mul BitAnd_BitOr BitOr_BitAnd "
    "BitXor_BitOr LShift_RShift RShift_LShift",
    "Comparison": "Eq_NotEq NotEq_Eq Lt_LtE Lt_GtE LtE_Lt LtE_Gt Gt_GtE Gt_LtE GtE_Gt GtE_Lt "
    "Is_IsNot IsNot_Is",
}
OPERATORS = [
    *("AddNot", "NumberReplacer", "RemoveDecorator", "ReplaceAndWithOr", "ReplaceOrWithAnd"),
    *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ZeroIterationForLoop", "ExceptionReplacer"),
    *(f"Replace{kind}Operator_{swap}" for kind, swaps in SWAPS.items() for swap in swaps.split()),
]


@dataclass(frozen=True)
class Mutant:
    """A place in a module, and what is put there.

    Attributes:
        room, module: where it is.
        operator, occurrence: cosmic-ray's name for the change, and which of its places in the module.
        line: of the module, from 1.
    """

    room: str
    module: str
    operator: str
    occurrence: int
    line: int

    def source(self, original: str) -> str:
        """The module with the change."""
        mutated = mutate_code(original, get_operator(f"core/{self.operator}")(), self.occurrence)
        assert mutated is not None
        return str(mutated)

    def key(self, original: str) -> dict[str, str]:
        """The change in words that stay true when lines move."""
        before, after = original.split("\n"), self.source(original).split("\n")
        changed = [i for i, (p, q) in enumerate(zip(before, after)) if p != q]
        i, j = changed[0], changed[-1] + 1
        return {
            "module": self.module,
            "before": " ".join(map(str.strip, before[i:j])),
            "after": " ".join(map(str.strip, after[i:j])),
        }


def mutants(room: str, root: Path) -> Iterator[Mutant]:
    """All mutants of a room; none where mypy, not a test, sees a fault."""
    for path in sorted(root.glob(ROOMS[room][0])):
        source = path.read_text(encoding="utf-8")
        typed = list(_left_to_mypy(ast.parse(source)))
        tree = get_ast(source)
        for name in OPERATORS:
            operator = get_operator(f"core/{name}")()
            places = [start for node in ast_nodes(tree) for start, _ in operator.mutation_positions(node)]
            for occurrence, start in enumerate(places):
                mutant = Mutant(room, str(path.relative_to(root)), name, occurrence, start[0])
                if name == "ExceptionReplacer":
                    try:
                        mutant.source(source)
                    except AttributeError:  # of cosmic-ray: it has no answer to a dotted name
                        continue
                if not any(begin <= start < end for begin, end in typed):
                    yield mutant


def _left_to_mypy(tree: ast.AST) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where annotations begin and end, and the ``frozen`` of dataclasses."""
    for node in ast.walk(tree):
        for name in ("annotation", "returns", "value"):
            part = getattr(node, name, None)
            if part is not None and (name != "value" or getattr(node, "arg", "") == "frozen"):
                yield (part.lineno, part.col_offset), (part.end_lineno, part.end_col_offset)


def run_tests(paths: list[str], seconds: float, report: str = "") -> str:
    """What pytest says in a forked process: "green", "red" or "timeout". With ``report``, the names
    of the modules that it imported are written there."""
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
        with open("output.txt", "w") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
        status = 1
        try:
            import pytest

            for i, path in enumerate(paths):
                seen = [f"--ignore={each}" for each in paths[:i] if each.startswith(path)]
                status = int(pytest.main([*PYTEST, *seen, path], plugins=[NoBrowser()]))
                if status:
                    break
            if report:
                Path(report).write_text(json.dumps(sorted(sys.modules)))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return "green" if status == 0 else "red"
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "timeout"


def warm_up(paths: list[str]) -> float:
    """Run the tests once as they are, import what they imported from elsewhere, and return the seconds
    that they take from then on.

    Raises:
        SystemExit: if they are red without a mutant.
    """
    sys.dont_write_bytecode = False
    if run_tests(paths, 1800.0, "modules.json") != "green":
        sys.exit(f"the tests are red as they are:\n{Path('output.txt').read_text()[-3000:]}")
    own = {path.name for path in Path().iterdir()} | {"tests", "conftest"}
    for name in json.loads(Path("modules.json").read_text()):
        if name.partition(".")[0] not in own and "pytest" not in name:
            with contextlib.suppress(Exception):
                importlib.import_module(name)
    sys.dont_write_bytecode = True
    gc.freeze()
    start = time.monotonic()
    if run_tests(paths, 1800.0) != "green":
        sys.exit(f"the tests are red in a second run:\n{Path('output.txt').read_text()[-3000:]}")
    return time.monotonic() - start


def copy_repository(folder: Path) -> None:
    """The files that git knows, and those it might, in a folder of their own."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
            os.utime(folder / name, (LONG_AGO, LONG_AGO))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rooms", nargs="*", choices=[[], *ROOMS], help="all of them if none is named")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants of a room; 0 for all")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--module", default="", help="only modules whose path holds this")
    parser.add_argument("--survivors", type=Path, help="only the survivors in this file of results")
    parser.add_argument("--thorough", action="store_true", help="all tests of a room, and 60 random examples")
    parser.add_argument("--results", type=Path, default=Path("mutants.jsonl"), help="added to, line by line")
    options = parser.parse_args()
    results = options.results.resolve()
    again = options.survivors and [json.loads(line) for line in options.survivors.read_text().splitlines()]
    os.environ.update(CI="1", OPENBLAS_NUM_THREADS="1")
    if not options.thorough:
        settings.register_profile("quick", derandomize=True, deadline=None, max_examples=10, database=None)
        PYTEST.extend(["--hypothesis-profile", "quick", "-k", " and ".join(f"not {name}" for name in SLOW)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_repository(folder)
        os.chdir(folder)
        sys.path.insert(0, name)
        os.environ["PYTHONPATH"] = name
        for room in options.rooms or ROOMS:
            every = [each for each in mutants(room, folder) if options.module in each.module]
            population = len(every)
            if again:
                wanted = {(r["module"], r["before"], r["after"]) for r in again if r["outcome"] == "green"}
                every = [m for m in every if tuple(m.key((folder / m.module).read_text()).values()) in wanted]
            random.Random(options.seed).shuffle(every)
            chosen = every[: options.sample or None]
            if chosen:
                test_room(room, chosen, population, results, bool(again), options.thorough)


def test_room(
    room: str, chosen: list[Mutant], population: int, results: Path, again: bool, thorough: bool
) -> None:
    """Test mutants of a room, and write a line of results for each."""
    _, quick, further = ROOMS[room]
    tests = [*quick, *further] if thorough else quick
    seconds = warm_up(tests)
    print(f"{room}: {len(chosen)} of {population} mutants; its tests take {seconds:.1f} s", flush=True)
    seen = 0
    done = [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    known = {(r["module"], r["before"], r["after"]): r["outcome"] for r in done}
    for number, mutant in enumerate(chosen, start=1):
        path = Path(mutant.module)
        original = path.read_text(encoding="utf-8")
        key = tuple(mutant.key(original).values())
        if key in known and not again:
            seen += known[key] != "green"
            continue
        start = time.monotonic()
        try:
            path.write_text(mutant.source(original), encoding="utf-8")
            outcome = run_tests(tests, 20.0 + 4.0 * seconds)
        finally:
            path.write_text(original, encoding="utf-8")
            os.utime(path, (LONG_AGO, LONG_AGO))
        seen += outcome != "green"
        line = {
            "room": room,
            "population": population,
            "outcome": outcome,
            "seconds": round(time.monotonic() - start, 1),
            "line": mutant.line,
            "operator": mutant.operator,
            **mutant.key(original),
        }
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        if outcome == "green":
            print(
                f"  {number} {mutant.module}:{mutant.line}\n    - {line['before']}\n    + {line['after']}",
                flush=True,
            )
    print(f"{room}: {seen} of {len(chosen)} were seen", flush=True)


if __name__ == "__main__":
    main()
