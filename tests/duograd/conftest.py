"""The command line, as tests call it."""

import pytest

from duograd.entries import NN


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run ``python -m nn`` in an empty folder: its exit code, what it printed, and to stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setattr("duograd.console.PATIENCE", 600.0)  # what is printed is the same on a slow machine

    def run(*arguments, command="compare"):
        try:
            code = NN.main([command, *arguments])
        except SystemExit as exit:
            code = exit.code
        return code, *capsys.readouterr()

    return run
