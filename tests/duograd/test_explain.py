"""``python -m autodiff`` prints value, gradients, Hessian and explanation, and clear errors."""

import re
import subprocess
import sys

import pytest

from duograd.entries import AUTODIFF

main = AUTODIFF.main


def numbers_in_row(output, name, after):
    """The numbers in the table row of this name, below the title."""
    row = re.search(rf"{after}.*?│ {name} +│(.*?)│\n", output, re.DOTALL)
    return [float(each) for each in row[1].split("│")]


def test_value_gradients_and_explanation(capsys):
    assert main(["tanh(w*x + b)", "w=0.5", "x=2", "b=1"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("tanh(w*x + b) = 0.9640275800758169\n")
    expected = {
        "w": (0.5, 0.14130164970632894),
        "x": (2.0, 0.035325412426582235),
        "b": (1.0, 0.07065082485316447),
    }
    for name, numbers in expected.items():
        assert numbers_in_row(output, name, "gradients") == pytest.approx(numbers, rel=1e-14)
    assert "1.  y = tanh(v2) = 0.964028" in output
    assert "Hessian" not in output


def test_the_hessian(capsys):
    assert main(["--order", "2", "x**3 / y", "x=2", "y=5"]) == 0
    output = capsys.readouterr().out
    assert numbers_in_row(output, "x", "Hessian") == pytest.approx([2.4, -0.48], rel=1e-14)
    assert numbers_in_row(output, "y", "Hessian") == pytest.approx([-0.48, 0.128], rel=1e-14)


def test_one_gradient_path_by_path(capsys):
    assert main(["x*y + x", "x=3", "--wrt", "x", "y=-2"]) == 0
    output = capsys.readouterr().out
    assert "is the sum over 2 paths" in output and "sum of the paths  -1" in output


def test_an_expression_may_start_with_a_minus(capsys):
    assert main(["-x**2", "x=3"]) == 0
    assert capsys.readouterr().out.startswith("-x**2 = -9.0\n")


def test_an_expression_without_variables(capsys):
    assert main(["2*3"]) == 0
    output = capsys.readouterr().out
    assert output.startswith("2*3 = 6.0\n") and "gradients" not in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["w.x", "w=1"], "an attribute is not allowed in an expression w.x\n"),
        (["w*x", "w=1"], "no value is given for 'x'"),
        (["w", "w=1", "x=2"], "a value is given for 'x'"),
        (["w", "w=one"], "w is to be a finite number, got 'one'"),
        (["w", "w=nan"], "w is to be a finite number, got 'nan'"),
        (["w", "w"], "NAME=NUMBER, got 'w'"),
        (["w", "1=2"], "NAME=NUMBER, got '1=2'"),
        (["w", "w=1", "w=2"], "w is given twice"),
        (["w", "w=1", "--wrt", "x"], "--wrt is to be one of the variables, got 'x'"),
        (["log(w)", "w=-1"], "log(w=-1.0) is outside the domain of log"),
        (["exp(w)", "w=1e4"], "overflows"),
        (["sqrt(w)", "w=0", "--order", "2"], "cannot be recorded"),
        (["(" * 5000], "brackets in each other"),
        ([""], "the expression is empty"),
    ],
)
def test_bad_input_is_explained(arguments, message, capsys):
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("autodiff: ") and message in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("arguments", [[], ["x", "x=1", "--order", "3"], ["x", "x=1", "--nonsense"]])
def test_bad_options_get_a_sentence(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert re.fullmatch(r"python -m autodiff: error: .+\n", capsys.readouterr().err)


def test_help(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    output = capsys.readouterr().out
    assert all(each in output for each in ("NAME=NUMBER", "--order", "--wrt", "examples:"))


def test_as_a_command():
    command = [sys.executable, "-m", "autodiff"]
    good = subprocess.run([*command, "x*x", "x=3"], capture_output=True, encoding="utf-8", check=True)
    assert good.stdout.startswith("x*x = 9.0\n") and "∂y/∂x" in good.stdout
    bad = subprocess.run([*command, "x*", "x=3"], capture_output=True, encoding="utf-8", check=False)
    assert bad.returncode == 2 and bad.stdout == ""
    assert bad.stderr.startswith("autodiff: the expression ends too early") and "Traceback" not in bad.stderr
