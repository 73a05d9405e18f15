"""``python -m tests.lessons.in_a_browser SITE LESSON``: a lesson is done to its end where a site has it.

What a learner does, in Chromium: open the student edition, write each answer in place of the dots, run all
cells. Every check has to say "Right.", a picture has to be there, and nobody but the site may be asked for
anything. ``lessons/lite.py`` writes the site; a workflow does this with a release of Pyodide.
"""

import shutil
import sys
import threading
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
from playwright.sync_api import sync_playwright

LESSONS = Path(__file__).parents[2] / "lessons"
MINUTES = 10  # for all cells, the start of Python among them
CELL = ".jp-Notebook .jp-CodeCell"


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Nobody reads what was asked for."""


def answers(lesson):
    """The code of each cell, as it is in the edition with answers."""
    notebook = nbformat.read(LESSONS / "solutions" / f"{lesson}.ipynb", as_version=nbformat.NO_CONVERT)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def questions(lesson):
    notebook = nbformat.read(LESSONS / f"{lesson}.ipynb", as_version=nbformat.NO_CONVERT)
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def write(page, number, source):
    """Put code into a cell, in place of what is there."""
    editor = page.locator(CELL).nth(number).locator(".cm-content")
    editor.click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(source)


def done(page, lesson):
    """Do the lesson; what each cell of code has said."""
    page.wait_for_selector(CELL)
    for number, (asked, answer) in enumerate(zip(questions(lesson), answers(lesson), strict=True)):
        if asked != answer:
            write(page, number, answer)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    end = time.monotonic() + 60 * MINUTES
    while time.monotonic() < end:
        prompts = page.locator(f"{CELL} .jp-InputArea-prompt").all_inner_texts()
        if prompts[0].strip("[]: ").isdigit() and not any("*" in prompt for prompt in prompts):
            return page.locator(CELL).all()
        time.sleep(1)
    raise AssertionError(f"cells still run after {MINUTES} minutes")


def judge(cells, lesson):
    """See that each check says "Right."; the number of pictures."""
    pictures = 0
    for cell, source in zip(cells, answers(lesson), strict=True):
        said = cell.locator(".jp-OutputArea-output").all_inner_texts()
        pictures += cell.locator(".jp-OutputArea-output :is(svg, img, iframe)").count()
        if source.startswith("check."):
            assert said and said[0].startswith("Right."), f"{source}: {said}"
    return pictures


def main(site, lesson):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    elsewhere = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1000})
        page.set_default_timeout(60_000 * MINUTES)
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "blob:", "data:")) else elsewhere.append(request.url)
            ),
        )
        page.goto(f"{address}/notebooks/index.html?path={lesson}.ipynb")
        pictures = judge(done(page, lesson), lesson)
        browser.close()
    server.shutdown()
    assert pictures, "no cell shows a picture"
    assert not elsewhere, f"others were asked: {elsewhere}"
    print(f"{lesson}: every answer is right in the browser, {pictures} pictures, nobody else was asked")


if __name__ == "__main__":
    main(*sys.argv[1:])
