"""Files are tested by reading them: SVG as XML, the others by what they start with."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import graphviz
import pytest

from autodiff import Value
from viz import GraphvizError, draw, render

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ['say "hi"', "back\\slash \\N \\G \\l", "{a|b}", "<b>&amp;</b>", "</script><script>", "경사 하강법"]


@pytest.fixture
def y():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = (w * x).tanh()
    y.backward()
    return y


STARTS = {".svg": b"<?xml", ".png": b"\x89PNG", ".pdf": b"%PDF", ".dot": b"digraph"}


@pytest.mark.parametrize(("suffix", "start"), STARTS.items())
def test_the_suffix_says_as_what(y, tmp_path, suffix, start):
    path = render(y, tmp_path / f"graph{suffix}")
    assert path.read_bytes().startswith(start)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_no_dot_command_is_needed_and_nothing_is_printed(y, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("PATH", "")
    root = ET.parse(render(y, tmp_path / "graph.svg")).getroot()
    assert len(root.findall(f".//{SVG}g[@class='node']")) == 6
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_is_text_in_svg(label, tmp_path):
    path = render(Value(1.0, label) * 2.0, tmp_path / "graph.svg")
    assert label in [each.text for each in ET.parse(path).getroot().iter(f"{SVG}text")]
    assert "<script" not in path.read_text(encoding="utf-8")


def test_a_card_has_room_for_wide_letters_whatever_font_is_here(tmp_path):
    root = ET.parse(render(Value(1.0, "손실함수의기울기") * 2.0, tmp_path / "graph.svg")).getroot()
    nodes = root.findall(f".//{SVG}g[@class='node']")
    (card,) = [node for node in nodes if node.find(f".//{SVG}text[1]").text == "손실함수의기울기"]
    x = [float(point.split(",")[0]) for point in card.find(f".//{SVG}polygon").get("points").split()]
    assert max(x) - min(x) > 8 * 12  # 8 letters, as wide as the font is high


def test_the_same_graph_gives_the_same_svg(y, tmp_path):
    assert render(y, tmp_path / "a.svg").read_bytes() == render(y, tmp_path / "b.svg").read_bytes()


def test_options_reach_draw_and_a_digraph_is_taken_as_it_is(y, tmp_path):
    assert "0.4621171573" not in render(y, tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert "0.7615941560" in render(y, tmp_path / "graph.svg", precision=10).read_text(encoding="utf-8")
    picture = graphviz.Digraph()
    picture.edge("here", "there")
    assert "there" in render(picture, tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_another_suffix_is_refused(y, tmp_path):
    with pytest.raises(ValueError, match=r"one of \.svg, \.png, \.pdf, \.dot; got 'graph\.bmp'"):
        render(y, tmp_path / "graph.bmp")


def test_a_failure_leaves_the_file_that_was_there(tmp_path):
    path = tmp_path / "graph.svg"
    path.write_text("old", encoding="utf-8")
    broken = graphviz.Digraph(body=["-> ->"])
    with pytest.raises(GraphvizError, match=r"could not draw this as svg.*syntax error in line 2"):
        render(broken, path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["graph.svg"]


def test_a_folder_that_is_not_there_is_an_error_that_names_it(y, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*missing' to put 'graph\.svg' in"):
        render(y, tmp_path / "missing" / "graph.svg")


def test_without_any_graphviz_the_error_says_what_to_install(y, tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(GraphvizError, match=r"pip install 'pygraphviz>=2'.*system's graphviz"):
        render(y, tmp_path / "graph.svg")
    assert render(y, tmp_path / "graph.dot").exists()


def test_the_dot_command_serves_where_pygraphviz_is_missing(y, tmp_path, monkeypatch):
    (tmp_path / "dot").write_text('#!/bin/sh\nread line; echo "$1 $line"\n', encoding="utf-8")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert render(y, tmp_path / "graph.svg").read_text(encoding="utf-8") == "-Tsvg digraph {\n"


def test_a_picture_shows_itself_in_a_notebook(y, monkeypatch):
    monkeypatch.setenv("PATH", "")
    bundle = draw(y)._repr_mimebundle_()
    assert set(bundle) == {"image/svg+xml"}
    assert ET.fromstring(bundle["image/svg+xml"].encode()).tag == f"{SVG}svg"


def test_a_picture_that_is_drawn_takes_no_options(y, tmp_path):
    with pytest.raises(TypeError, match=r"drawn already; give precision to draw\(\)"):
        render(draw(y), tmp_path / "graph.svg", precision=2)
