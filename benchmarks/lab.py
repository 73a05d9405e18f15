"""Lab: how fast its page answers in Chromium, in time on the clock and of its main thread's processor.

``--against PAGE`` measures another page in turns, which another version wrote by ``python -m viz lab``.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.page_tasks import MAIN, WORKER, traced
from benchmarks.results import Row
from benchmarks.timing import Spread
from viz import write_lab

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

__all__ = ["SITUATIONS", "add_arguments", "run"]

HOW = (
    "In Chromium, from the action to the frame in which it is painted; the processor time of the page's main "
    "thread for it, of its longest task, and of the worker that places cards. Median of the repeats (lowest "
    "– highest), pages in turns. Of training it is the time of a frame; 30 a second are 33 ms each."
)
# Runs an action, and says how long it blocked the page and how long it took until it was painted.
TIMED = """async action => {
  const begun = performance.now(), done = action();
  const blocked = performance.now() - begun;
  await done;
  await new Promise(painted => requestAnimationFrame(() => setTimeout(painted)));
  return [blocked, performance.now() - begun];
}"""
TYPE = """async text => {
  const field = document.getElementById("text"), before = lab.names;
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (lab.names === before) await new Promise(again => setTimeout(again));
}"""
SUM = " + ".join(f"tanh(w{i}*x{i})" for i in range(59))  # 59·5 − 1 nodes, and two leaves more


FRAMES = 30
TRAIN = f"""async () => {{
  document.getElementById("train-play").click();
  for (let k = 0; k < {FRAMES}; k++) await new Promise(requestAnimationFrame);
  document.getElementById("train-play").click();
}}"""
APART = """async () => {
  document.getElementById("dissect").click();
  while (!document.getElementById("apart-said").textContent) await new Promise(again => setTimeout(again));
  for (let k = 0; k < 20; k++) await new Promise(requestAnimationFrame);
}"""


def train(k: int) -> str:
    """Thirty frames of training."""
    return TRAIN


def apart(k: int) -> str:
    """The next step is taken apart, from a page in which none was."""
    return f"""async () => {{
      document.querySelector("#rooms [value=train]").click();
      document.getElementById("apart-said").textContent = "";
      await ({APART})();
    }}"""


def edit(k: int) -> str:
    """A leaf gets another number."""
    return f"() => lab.setLeaves([[lab.names.findIndex(name => /^[Ww]/.test(name)), {0.1 + k / 100}]])"


def step(k: int) -> str:
    """One step back, or forth."""
    return f"() => lab.goTo(Math.floor(1.5 * lab.names.length) - {k % 2})"


def keystroke(k: int) -> str:
    """A letter more in an expression of 300 nodes."""
    return f"() => ({TYPE})({SUM + ' + u' + 'v' * k!r})"


@dataclass(frozen=True)
class Situation:
    """What the page shows, and what is done in it for the k-th time.

    Attributes:
        action: a function of JavaScript.
        hidden: layers of a network whose step is taken apart; "" for an expression.
        level: how its graph is folded; "" for a room in which none is shown.
        frames: in how many the time is counted.
    """

    action: Callable[[int], str]
    hidden: str = ""
    level: str = ""
    frames: int = 1

    def open(self, page: Page, path: Path) -> None:
        page.goto(f"{path.as_uri()}#room={'train' if self.hidden else 'build'}&h={self.hidden or '8'}")
        page.evaluate("lab.ready")
        if self.level:
            page.locator("#dissect").click()
            page.wait_for_function("() => lab.names.includes('J')")
            page.get_by_role("button", name=self.level, exact=True).click()


SITUATIONS = {
    "keystroke → picture, 300 nodes": Situation(keystroke),
    "edit, 1,472 nodes, scalars": Situation(edit, "16-16", "Scalars"),
    "edit, 2,000 nodes, scalars": Situation(edit, "24-24", "Scalars"),
    "edit, 2,000 nodes, layers": Situation(edit, "24-24", "Layers"),
    "step, 1,472 nodes, scalars": Situation(step, "16-16", "Scalars"),
    "step, 2,000 nodes, scalars": Situation(step, "24-24", "Scalars"),
    "taking 2,000 nodes apart": Situation(apart, "24-24"),
    "taking 12,000 nodes apart": Situation(apart, "32-32-32-32-32"),
    "a frame of training, 16-16": Situation(train, "16-16", frames=FRAMES),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks lab``."""
    parser.add_argument("--rounds", type=int, default=15, help="repeats of every action (default: 15)")
    parser.add_argument("--against", type=Path, metavar="PAGE", help="another page, to be measured in turns")
    parser.add_argument("--only", default="", help="situations with this word in their names")


def run(options: argparse.Namespace, console: Console) -> list[Row]:
    """Measure, print, and return the rows."""
    from playwright.sync_api import sync_playwright

    rows = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pages = {"this page": Path(write_lab(Path(folder) / "lab.html"))}
        if options.against:
            pages["the other page"] = options.against.absolute()
        found = shutil.which("chromium") or playwright.chromium.executable_path
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for name, situation in SITUATIONS.items():
            if options.only not in name:
                continue
            opened = {}
            for contestant, path in pages.items():
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                situation.open(page, path)
                opened[contestant] = (page, page.context.new_cdp_session(page))
            rows += _measured(name, opened, situation, options.rounds, console)
            for page, _ in opened.values():
                page.close()
        browser.close()
    console.print(HOW, style="dim")
    return rows


def _measured(
    name: str,
    opened: dict[str, tuple[Page, CDPSession]],
    situation: Situation,
    rounds: int,
    console: Console,
) -> list[Row]:
    samples: dict[str, list[tuple[float, ...]]] = {contestant: [] for contestant in opened}
    for _, session in opened.values():
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
    for k in range(rounds + 2):
        for contestant, (page, session) in opened.items():
            page.bring_to_front()
            before = _processor(session)
            blocked, painted = page.evaluate(f"() => ({TIMED})({situation.action(k)})")
            times = (blocked / 1e3, painted / 1e3, _processor(session) - before)
            if k >= 2:  # the first are for the compiler of the browser
                samples[contestant].append(tuple(each / situation.frames for each in times))
    rows = []
    for contestant, taken in samples.items():
        quantities = dict(zip(("blocked", "painted", "processor"), zip(*taken)))
        for quantity, numbers in (quantities | _tasks(opened[contestant][0], situation, rounds)).items():
            found = Spread.of(numbers)
            rows.append(Row.alone("lab", name, contestant, quantity, "s", found, HOW))
            console.print(
                f"{name}, {contestant}: {quantity} {1e3 * found.median:.1f} ms "
                f"({1e3 * found.low:.1f} – {1e3 * found.high:.1f})"
            )
    return rows


def _tasks(page: Page, situation: Situation, rounds: int) -> dict[str, list[float]]:
    """Seconds of the processor of the longest task, and of the worker, in some more repeats."""
    browser = page.context.browser
    assert browser
    found: dict[str, list[float]] = {"longest task": [], "worker": []}
    for k in range(rounds + 2, rounds + 5):
        page.bring_to_front()
        with traced(browser, page) as tasks:
            page.evaluate(f"() => ({TIMED})({situation.action(k)})")
        found["longest task"].append(max(tasks(MAIN), default=0.0))
        found["worker"].append(sum(tasks(WORKER)) / situation.frames)
    return found


def _processor(session: Any) -> float:
    """Seconds that the page's main thread has computed."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))
