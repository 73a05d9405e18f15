"""The command, run in this process and read back from what it wrote."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest

from duograd.entries import VIZ

main = VIZ.main

SVG = "{http://www.w3.org/2000/svg}"


def words(path):
    return [each.text.strip() for each in ET.parse(path).getroot().iter(f"{SVG}text")]


def test_an_expression_becomes_a_picture_with_data_and_gradients(tmp_path, capsys):
    out = tmp_path / "neuron.svg"
    assert main(["draw", "tanh(w*x + b)", "w=0.5", "x=2", "b=1", "-o", str(out)]) == 0
    assert capsys.readouterr().out == (
        f"wrote {out}: 6 nodes: 3 leaves, 3 operations (1 mul, 1 add, 1 tanh), 3 deep\n"
    )
    shown = words(out)
    assert {"w", "x", "b", "y", "tanh", "×", "+", "0.9640"} <= set(shown)
    assert shown[shown.index("w") + 4] == "0.1413"  # ∂y/∂w = x·(1 - y²)


def test_options_may_stand_anywhere_and_an_expression_may_start_with_a_minus(tmp_path):
    out = tmp_path / "graph.svg"
    assert main(["draw", "-o", str(out), "-a*c", "a=-3", "--precision", "2", "c=1", "--level=layer"]) == 0
    assert "3.00" in words(out)
    assert "-3.00" in words(out)


def test_parameters_can_be_named(tmp_path):
    out = tmp_path / "graph.dot"
    assert main(["draw", "w*x", "w=1", "x=2", "--params", "w", "-o", str(out)]) == 0
    assert out.read_text(encoding="utf-8").count("box3d") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["w*", "w=1"], "viz: the expression ends too early w*\n"),
        (["w*x", "w=1"], "x"),
        (["w*w", "w=one"], "finite number"),
        (["log(w)", "w=0"], "log(w=0.0)"),
        (["w*w", "w=1", "-o", "graph.bmp"], ".svg, .png, .pdf, .dot"),
        (["w*w", "w=1", "-o", "missing/graph.svg"], "no folder 'missing'"),
        (["w*w", "w=1", "--params", "v"], "'v'"),
        (["w*w", "w=1", "--max-nodes", "0"], "max_nodes is at least 1"),
    ],
)
def test_what_cannot_be_drawn_is_a_message_and_code_2(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["draw", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("viz: ")
    assert said in captured.err
    assert captured.out == ""
    assert list(tmp_path.iterdir()) == []


def test_it_runs_as_a_module_and_documents_itself(capsys):
    command = [sys.executable, "-m", "viz", "draw", "--help"]
    assert "tanh(w*x + b)" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for words, code in ((["--help"], 0), (["paint"], 2)):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == code
    assert "draw an expression's graph" in capsys.readouterr().out
