"""Files are tested by reading them: SVG as XML, the others by what they start with."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET

import graphviz
import pytest
from PIL import Image

from autodiff import Value
from nn import MLP
from viz import GraphvizError, draw, render

pytestmark = pytest.mark.long

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = ['say "hi"', "back\\slash \\N \\G \\l", "{a|b}", "<b>&amp;</b>", "</script><script>", "경사 하강법"]


@pytest.fixture
def y():
    w, x = Value(0.5, "w"), Value(2.0, "x")
    y = (w * x).tanh()
    y.backward()
    return y


STARTS = {
    ".svg": b"<?xml",
    ".png": b"\x89PNG",
    ".pdf": b"%PDF",
    ".dot": b"digraph",
    ".tex": b"\\documentclass",
    ".mmd": b"flowchart LR",
}


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


@pytest.mark.parametrize("suffix", STARTS)
def test_the_same_graph_gives_the_same_bytes(y, tmp_path, suffix):
    first = render(y, tmp_path / f"a{suffix}").read_bytes()
    time.sleep(1.1 if suffix == ".pdf" else 0.0)  # the time of a PDF is told in seconds
    assert render(y, tmp_path / f"b{suffix}").read_bytes() == first


def test_an_svg_says_what_it_shows(y, tmp_path):
    root = ET.parse(render(y, tmp_path / "graph.svg", title="A neuron")).getroot()
    assert root.get("role") == "img"
    title, desc = list(root)[:2]
    assert (title.tag, desc.tag) == (f"{SVG}title", f"{SVG}desc")
    assert root.get("aria-labelledby").split() == [title.get("id"), desc.get("id")]
    assert title.text == "A neuron"
    said = [sentence for sentence in desc.text.split(". ") if sentence]
    assert [sentence.split(":")[0] for sentence in said] == ["input w", "input x", "result", "output"]
    assert f"data {y.data!r}" in said[-1] and "tanh of ×" in said[-1]
    groups = root.iter(f"{SVG}g")
    titles = [each.find(f"{SVG}title").text for each in groups if each.get("class") in ("node", "edge")]
    assert {
        f"input w: data 0.5, grad {y.operands[0].operands[0].grad!r}",
        "operation ×",
        "from w to ×",
    } <= set(titles)
    assert not any("->" in each or each.startswith(("v0", "o2")) for each in titles)


def test_two_svgs_on_a_page_have_names_of_their_own(y):
    ids = [
        set(re.findall(r' id="((?:title|desc)-\w+)"', draw(each).pipe(encoding="utf-8")))
        for each in (y, y * 2)
    ]
    assert len(ids[0] | ids[1]) == 4


def test_an_svg_may_have_outlines_in_place_of_text(y, tmp_path):
    root = ET.parse(render(y, tmp_path / "graph.svg", outlines=True)).getroot()
    assert not list(root.iter(f"{SVG}text")) and len(list(root.iter(f"{SVG}path"))) > 20


def test_a_png_has_as_many_dots_as_asked_for(y, tmp_path):
    small, large = (size_of(render(y, tmp_path / f"{dpi}.png", dpi=dpi)) for dpi in (96, 288))
    assert large == pytest.approx([3 * side for side in small], abs=3)
    assert size_of(render(y, tmp_path / "usual.png")) == small


def size_of(path):
    with Image.open(path) as picture:
        return picture.size


def test_a_png_that_cannot_be_as_large_as_asked_for_is_refused_and_told_what_fits(tmp_path):
    y = Value(0.5, "x")
    for _ in range(60):
        y = y.sin()
    with pytest.raises(ValueError, match=r"32,767 pixels.*give dpi=") as refused:
        render(y, tmp_path / "graph.png", dpi=600)
    assert not (tmp_path / "graph.png").exists()
    fits = int(re.search(r"dpi=(\d+)", str(refused.value))[1])
    assert 30_000 < max(size_of(render(y, tmp_path / "graph.png", dpi=fits))) <= 32_767


@pytest.mark.parametrize(
    ("suffix", "options"),
    [(".svg", {"dpi": 96}), (".png", {"outlines": True}), (".svg", {"fragment": True}), (".png", {"dpi": 0})],
)
def test_an_option_of_another_format_is_refused(y, tmp_path, suffix, options):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name}="):
        render(y, tmp_path / f"graph{suffix}", **options)


# TikZ and Mermaid


def test_tikz_holds_every_card_as_a_table_and_every_edge(tmp_path):
    w, x = Value(0.5, "W1[0,1]"), Value(2.0, r"$\sigma_2$")
    y = (w - x).tanh()
    y.label = "50% of _y_"
    y.backward()
    text = render(y, tmp_path / "graph.tex", title="A neuron").read_text(encoding="utf-8")
    assert balanced(text)
    assert len(re.findall(r"^\\node\[(?:input|parameter|result|output)", text, re.MULTILINE)) == 4
    assert len(re.findall(r"^\\draw\[draw=.*->", text, re.MULTILINE)) == 5
    for part in (
        "$W_{0,1}^{[1]}$",
        r"$\sigma_2$",
        r"50\% of \_y\_",
        "A neuron",
        r"\ttfamily 0.5000",
        "-0.9051",
    ):
        assert part in text
    part = render(y, tmp_path / "part.tex", fragment=True).read_text(encoding="utf-8")
    assert "documentclass" not in part and part.count(r"\begin{tikzpicture}") == 1 and balanced(part)


def balanced(text):
    """Whether braces and environments of TeX close what they open."""
    bare = re.sub(r"\\[{}]", "", text)
    opened = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    stack = []
    for what, name in opened:
        if what == "begin":
            stack.append(name)
        elif not stack or stack.pop() != name:
            return False
    return not stack and bare.count("{") == bare.count("}")


@pytest.mark.parametrize("label", [*HOSTILE, "#35;", "a `b` *c* _d_", "$W_{1,2}$"])
def test_a_label_is_text_in_tikz_and_mermaid(label, tmp_path):
    y = Value(1.0, label) * 2.0
    assert balanced(render(y, tmp_path / "graph.tex").read_text(encoding="utf-8"))
    flow = render(y, tmp_path / "graph.mmd").read_text(encoding="utf-8")
    (node,) = re.findall(r'^  v0\["<b>(.*)</b><br/>data 1.0000"\]:::input$', flow, re.MULTILINE)
    shown = re.sub(r"#(\d+);", lambda sign: chr(int(sign[1])), re.sub(r"</?(?:i|sub)>", "", node))
    assert shown == ("W1,2" if label.startswith("$") else label)
    assert not re.search(r'["<>`*|]', re.sub(r"</?(?:i|sub)>", "", node))


def test_mermaid_keeps_boxes_and_the_order_of_operands(tmp_path):
    model = MLP(2, [2, 1], seed=0)
    flow = render(model, tmp_path / "graph.mmd", level="layer").read_text(encoding="utf-8")
    assert flow.count("subgraph") == flow.count("\n  end\n") == 2
    assert "Z1 = W1·A0 + b1" in flow and "[[" in flow
    x = Value(1.0, "x") - Value(2.0, "z")
    assert '-->|"1"| o2' in render(x, tmp_path / "graph.mmd").read_text(encoding="utf-8")
    assert draw(MLP(8, [8, 8, 8]), level="scalar")
    with pytest.raises(ValueError, match="Mermaid draws 500 edges at most"):
        render(MLP(8, [8, 8, 8]), tmp_path / "graph.mmd", level="scalar")


@pytest.mark.parametrize("suffix", [".tex", ".mmd"])
def test_tikz_and_mermaid_are_of_pictures_from_draw(suffix, tmp_path):
    with pytest.raises(TypeError, match=r"from what draw\(\) returns"):
        render(graphviz.Digraph(), tmp_path / f"graph{suffix}")


def test_options_reach_draw_and_a_digraph_is_taken_as_it_is(y, tmp_path):
    assert "0.4621171573" not in render(y, tmp_path / "graph.svg").read_text(encoding="utf-8")
    assert "0.7615941560" in render(y, tmp_path / "graph.svg", precision=10).read_text(encoding="utf-8")
    picture = graphviz.Digraph()
    picture.edge("here", "there")
    assert "there" in render(picture, tmp_path / "graph.svg").read_text(encoding="utf-8")


def test_another_suffix_is_refused(y, tmp_path):
    with pytest.raises(
        ValueError, match=r"one of \.svg, \.png, \.pdf, \.dot, \.tex, \.mmd; got 'graph\.bmp'"
    ):
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
