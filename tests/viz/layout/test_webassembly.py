"""In a browser Graphviz is a script beside Python: it draws, says what is wrong, and has to be loaded."""

import asyncio

import graphviz
import pytest

from viz.layout import process, webassembly


class Placer:
    """What Pyodide hands over as the script's class."""

    def layout(self, source, kind, engine):
        if "wrong" in source:
            raise RuntimeError("syntax error in line 1")
        return f"<{kind} {engine}>{source}</{kind}>"


@pytest.fixture
def browser(monkeypatch):
    """Pyodide's functions, with Graphviz loaded or not, and Python able to wait for it or not."""
    loop = asyncio.new_event_loop()

    def begin(loaded=True, waits=True):
        future = loop.create_future()
        if loaded:
            future.set_result(Placer())
        scripts = []
        monkeypatch.setattr(webassembly, "run_js", lambda script: scripts.append(script) or future)
        monkeypatch.setattr(webassembly, "can_run_sync", lambda: waits)
        monkeypatch.setattr(webassembly, "run_sync", lambda each: each.result())
        monkeypatch.setattr(process, "is_in_a_browser", lambda: True)
        return scripts

    webassembly._loading.cache_clear()
    yield begin
    webassembly._loading.cache_clear()
    loop.close()


@pytest.mark.parametrize("waits", [True, False])
def test_a_picture_is_drawn_without_a_process(browser, monkeypatch, waits):
    scripts = browser(waits=waits)
    monkeypatch.setattr(process, "guarded", None)  # nothing may be started
    for _ in range(2):
        assert process.to_bytes(graphviz.Digraph("g"), "svg").startswith(b"<svg dot>digraph g {")
    (script,) = scripts  # loaded once
    assert script.endswith("return Graphviz.load(); })()")


def test_what_graphviz_says_is_told(browser):
    browser()
    with pytest.raises(process.GraphvizError, match="could not draw this as svg: syntax error in line 1"):
        process.to_bytes(graphviz.Digraph("wrong"), "svg")


def test_where_it_is_still_loaded_and_python_cannot_wait_that_is_said(browser):
    browser(loaded=False, waits=False)
    with pytest.raises(process.GraphvizError, match="still being loaded here: run this cell once more"):
        process.to_bytes(graphviz.Digraph("g"), "svg")
