"""JupyterLab as a reader has it: a server of its own, a notebook in Chromium, and its kernel to ask."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client import BlockingKernelClient
from playwright.sync_api import Frame, Page

__all__ = ["Kernel", "lab_server", "run_notebook", "write_notebook"]

START = 120.0  # seconds, on a machine with much to do
LEFT_OUT = {  # of the server: what the notebook does not need, and what takes time to start
    "jupyter_lsp": False,
    "jupyter_server_terminals": False,
    "jupyterlab_jupytext": False,
    "nbgrader.server_extensions.assignment_list": False,
    "nbgrader.server_extensions.course_list": False,
    "nbgrader.server_extensions.formgrader": False,
    "nbgrader.server_extensions.validate_assignment": False,
    "notebook": False,
}
NOT_SHOWN = {  # of the page, likewise, and what asks for news
    "@jupyter/nbgrader": True,
    "@jupyter-notebook/lab-extension": True,
    "@jupyterlab/apputils-extension:announcements": True,
    "@jupyterlab/lsp-extension": True,
    "@jupyterlite/pyodide-kernel-extension": True,
    "jupyterlab-jupytext": True,
}
FRAME = "iframe[title='Computation graph']"


def write_notebook(path: Path, cells: Iterable[str]) -> None:
    """A notebook of cells of code."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(each.strip()) for each in cells])
    made.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(made, path)


@contextmanager
def lab_server(folder: Path) -> Iterator[str]:
    """JupyterLab with the notebooks of a folder, as long as it lasts; its address."""
    own, runtime = folder / "own", folder / "own/runtime"
    runtime.mkdir(parents=True)
    (own / "labconfig").mkdir()
    settings = {"ServerApp": {"jpserver_extensions": LEFT_OUT}}
    (own / "jupyter_server_config.json").write_text(json.dumps(settings), "utf-8")
    (own / "labconfig/page_config.json").write_text(json.dumps({"disabledExtensions": NOT_SHOWN}), "utf-8")
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(own),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
    }
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--IdentityProvider.token="]
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={folder}"]
    with (own / "said.txt").open("w") as said:
        server = subprocess.Popen(command, env=environment, stdout=said, stderr=said)
    try:
        yield _address(runtime, server, own / "said.txt")
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:
            server.kill()


def run_notebook(page: Page, address: str, name: str) -> list[Frame]:
    """Open a notebook and run it; the frame that each of its cells shows, once there is a graph in it."""
    page.goto(f"{address}doc/tree/{name}")
    page.get_by_text("| Idle").wait_for(timeout=1000 * START)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    cells = page.locator(".jp-CodeCell").count()
    page.locator(FRAME).nth(cells - 1).wait_for(timeout=1000 * START)
    frames = [element.content_frame() for element in page.locator(FRAME).element_handles()]
    for frame in frames:
        frame.wait_for_selector(".card")
    return frames


def _address(runtime: Path, server: subprocess.Popen[bytes], said: Path) -> str:
    end = time.monotonic() + START
    while server.poll() is None and time.monotonic() < end:
        for path in runtime.glob("jpserver-*.json"):
            try:
                return str(json.loads(path.read_text("utf-8"))["url"])
            except ValueError:  # half written
                continue
        time.sleep(0.05)
    raise AssertionError(f"JupyterLab did not start: {said.read_text('utf-8')}")


class Kernel:
    """The kernel that runs under a server of ``lab_server``, spoken to beside the browser."""

    def __init__(self, folder: Path) -> None:
        end = time.monotonic() + START
        found: list[Path] = []
        while not found:
            assert time.monotonic() < end, "no kernel has started"
            found = [*(folder / "own" / "runtime").glob("kernel-*.json")]
            time.sleep(0.05)
        self._client = BlockingKernelClient(connection_file=str(found[0]))
        self._client.load_connection_file()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=START)

    def run(self, code: str) -> Any:
        """Run code, which may give JSON as what it prints; the error's name and text where it raises."""
        printed: list[str] = []

        def hear(message: Any) -> None:
            if message["header"]["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, output_hook=hear, timeout=START)["content"]
        if reply["status"] == "error":
            return f"{reply['ename']}: {reply['evalue']}"
        return json.loads("".join(printed)) if printed else None

    def ask(self, expression: str) -> Any:
        """What an expression of Python is, as far as JSON can say it."""
        return self.run(f"import json; print(json.dumps({expression}))")

    def close(self) -> None:
        self._client.stop_channels()
