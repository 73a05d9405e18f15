"""``python -m tests.viz.live.round_trip [--first]``: how long a slider of the widget takes to Python
and back to the picture, in JupyterLab.

In Python an observer moves a second leaf wherever the first one moves; the time is that from the event of the
first one's slider until the number of the second one stands on its card, by the page's clock. What the
processor has computed in between says the same on a machine with other work.
"""

import argparse
import os
import statistics
import tempfile
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from tests.conftest import find_chromium
from tests.viz.live.notebook_server import Kernel, lab_server, run_notebook, write_notebook

SOURCE = """
from nn import MLP
from viz import widget
shown = widget(MLP(2, [UNITS, UNITS, 1], seed=0), X=[[0.5], [-1.0]], Y=[[1.0]])
shown.observe(lambda change: setattr(shown, "values", {"b3[0]": -change.new["W3[0,0]"]}), "values")
shown
"""
PULL = """async times => {
  [...document.querySelectorAll("#levels button")].find(each => each.textContent === "Scalars").click();
  const card = name => document.querySelector(`[data-card="${explorer.names.indexOf(name)}"]`);
  const query = document.getElementById("query");  // only cards in view are written
  query.value = "b3[0]";
  query.dispatchEvent(new Event("input", { bubbles: true }));
  query.form.requestSubmit();
  card("W3[0,0]").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  const slider = document.querySelector("#node input[type=range]");
  const number = card("b3[0]").querySelector(".number");
  const written = () => new Promise((done, fail) => {
    setTimeout(fail, 10000, Error("no answer for 10 s"));
    new MutationObserver((_, observer) => { observer.disconnect(); done(); })
      .observe(number, { childList: true, characterData: true, subtree: true });
  });
  const taken = [];
  for (let k = 1; k <= times; k++) {
    const changed = written(), begin = performance.now();
    slider.value = k / 100;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await changed;
    taken.push(performance.now() - begin);
    await new Promise(done => setTimeout(done, 50));
  }
  return [explorer.names.length, taken];
}"""
ALONE = "min(timeit.repeat(lambda: shown.pull(), number=10, repeat=5)) / 10"


def started() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def processor_time() -> float:
    """Seconds that all programs started from here have computed."""
    times = [each.cpu_times() for each in started()]
    return sum(each.user + each.system for each in times)


def go_first() -> None:
    """Let all programs started from here go before the machine's other work."""
    threads = [each.id for program in started() for each in program.threads()]
    for thread in threads:
        os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(1))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--units", type=int, default=8, help="of MLP(2, [units, units, 1])")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument(
        "--first", action="store_true", help="before the machine's other work; on Linux, for root"
    )
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as name,
        lab_server(Path(name)) as address,
        sync_playwright() as playwright,
    ):
        write_notebook(Path(name) / "graph.ipynb", [SOURCE.replace("UNITS", str(options.units))])
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        (frame,) = run_notebook(page, address, "graph.ipynb")
        if options.first:
            go_first()
        before = processor_time()
        nodes, taken = frame.evaluate(PULL, options.times)
        spent = (processor_time() - before) / options.times
        kernel = Kernel(Path(name))
        kernel.run("import timeit")
        alone = kernel.ask(ALONE)
        kernel.close()
        browser.close()
    ninth = statistics.quantiles(taken, n=10)[-1]
    print(f"{nodes} nodes, {len(taken)} times, load {os.getloadavg()[0]:.1f}")
    print(
        f"slider to Python to picture: median {statistics.median(taken):.1f} ms, nine of ten {ninth:.1f} ms"
    )
    print(f"processor time of browser, server and kernel: {1000 * spent:.1f} ms each time")
    print(f"all nodes in Python: {1000 * alone:.1f} ms")


if __name__ == "__main__":
    main()
