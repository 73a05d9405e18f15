"""Commands × words that nobody should write: an exit code, one sentence, nothing lost and nothing left.

Which options there are is read from the commands themselves; what each takes is said here, so that a new
option without its row fails.
"""

import contextlib
import errno
import importlib
import itertools
import os
import shutil
import subprocess
import sys
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from duograd.console import visible
from duograd.entries import DUOGRAD
from nn import MLP, save_model

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

# What each option takes: a file to read or to write, a number, a name, a word of a few, or nothing.
TAKES = {
    "in": ("data", "resume", "model", "file"),
    "out": ("save", "plot", "out", "log"),
    "number": (
        *("l2", "learning_rate", "batch_size", "epochs", "patience", "validation", "weight_decay", "clip"),
        *("samples", "seed", "timeout", "precision", "depth", "max_nodes", "layers", "dpi", "tolerance"),
        *("jobs", "hint"),
    ),
    "name": (
        *("target", "na", "roles", "loss", "activation", "output", "optimizer", "schedule", "init", "engine"),
        *("metric", "class_weight", "classes", "missing", "header", "decimal", "level", "direction"),
        *("params", "wrt", "order", "expression", "variables", "size", "title", "show"),
        *("example", "forward", "backward", "cost", "format", "dask", "devices", "language"),
    ),
    "nothing": ("local_derivatives", "gradient_width", "open", "legend"),
}
KIND = {option: kind for kind, options in TAKES.items() for option in options}

ODD = ["", "[/x]", "\x1b[31mred", "\u202etxet", "שלום", "x" * 10_000, "\n"]
WORDS = {
    "number": ["nan", "inf", "-inf", "0", "-1", "1e308", "1e999", "0x10", "9" * 10_000, *ODD],
    "name": ["nan", "-1", "=", *ODD],
    "in": [".", "/dev/null", "missing", "loop", *ODD],
    "out": [".", "/dev/full", "missing/file.png", "loop", *ODD],
}
# Words with which a command is quick, and what it is tried with besides.
BASE = {
    "train": ["--epochs", "1", "--engine", "matrix", "--layers", "2,3"],
    "compare": ["--epochs", "0", "--samples", "1", "--layers", "2,3"],
    "predict": ["net.npz"],
    "judge": ["mine.py", "--timeout", "20"],
    "draw": ["x*y", "x=1", "y=2", "-o", "picture.dot"],
    "explore": ["x*y", "x=1", "y=2"],
    "lab": [],
    "explain": ["x*y", "x=1", "y=2"],
}
SHARED = {"compare": "train"}  # whose options these have, too, and are tried there
RIGHT = "def db(dZ):\n    return dZ.sum(axis=1, keepdims=True)\n"


def options_of(command):
    return fields(importlib.import_module(f"duograd.{command}").COMMAND.options)


def cases():
    """Each option with each word that is hard for its kind, and in turns with three of the odd ones."""
    turn = itertools.count()
    for command in DUOGRAD.commands:
        shared = {each.name for each in options_of(SHARED[command])} if command in SHARED else set()
        for each in options_of(command):
            if each.name in shared:
                continue
            words = WORDS.get(KIND.get(each.name, "nothing"), [])
            odd = [word for word in words if word in ODD]
            kept = {odd[next(turn) % len(odd)] for _ in range(3)} if odd else set()
            for word in words:
                if word in ODD and word not in kept:
                    continue
                yield pytest.param(command, each, word, id=f"{command}-{each.name}-{visible(word)[:12]!r}")


def words_of(command, option, word):
    """The words of a command line in which an option has that word; None if there it has no place."""
    if "short" in option.metadata:
        name = f"--{option.name.replace('_', '-')}"
        base = BASE[command]
        if option.name in ("data", "target", "roles") and command == "explore":
            base = ["--data", "iris"] if option.name != "data" else []
        return [*base, f"{name}={word}"]
    return [word, *BASE[command][1:]] if option.name != "variables" else [*BASE[command], word]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Files that commands read, and that none may touch."""
    folder = tmp_path_factory.mktemp("words")
    save_model(MLP(2, [1]), folder / "net.npz")
    (folder / "mine.py").write_text(RIGHT, encoding="utf-8")
    (folder / "loop").symlink_to("loop")
    return folder


def contents(folder):
    return {
        path.name: path.is_symlink() or path.read_bytes() for path in folder.iterdir() if not path.is_dir()
    }


def test_every_option_has_its_row():
    own = {each.name for command in DUOGRAD.commands for each in options_of(command)}
    assert own == KIND.keys()
    assert set(BASE) == set(DUOGRAD.commands)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such devices and links")
@pytest.mark.parametrize(("command", "option", "word"), [*cases()])
def test_a_bad_word_gets_a_sentence(folder, monkeypatch, capsys, command, option, word):
    monkeypatch.chdir(folder)
    monkeypatch.setattr("duograd.console.PATIENCE", 600.0)
    monkeypatch.setattr("webbrowser.open", lambda page: None)
    before, folders = contents(folder), {path for path in folder.iterdir() if path.is_dir()}
    try:
        code = DUOGRAD.main([command, *words_of(command, option, word)])
    except SystemExit as ended:
        code = ended.code
    out, err = capsys.readouterr()
    after = contents(folder)
    for path in {path for path in folder.iterdir() if path.is_dir()} - folders:
        shutil.rmtree(path)  # or it would be read as a class by the next
    made = after.keys() - before.keys()
    for name in made:
        (folder / name).unlink()
    assert code in (0, 1, 2)
    assert {name: after[name] for name in before} == before
    assert "\x1b[31mred" not in out + err and "\u202e" not in out + err
    if code == 2:
        assert len(err.splitlines()) == 1 and "error: " in err, err
        assert len(err) < 1000 and "Traceback" not in err
        assert not made, made
    else:
        assert err == ""


SUFFIX = {
    ("train", "save"): ".npz",
    ("train", "plot"): ".png",
    ("predict", "out"): ".csv",
    ("draw", "out"): ".svg",
    ("explore", "out"): ".html",
    ("lab", "out"): ".html",
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    path = tmp_path_factory.mktemp("trained") / "iris.npz"
    assert DUOGRAD.main(["train", *BASE["train"], "--save", str(path)]) == 0
    return path


def words_for_output(command, trained):
    """The words of a command that writes the one file it is told to."""
    if command == "predict":
        return [str(trained)]
    return BASE[command][:3] if command == "draw" else BASE[command]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no such pipes")
@pytest.mark.parametrize(("command", "option"), SUFFIX)
@pytest.mark.parametrize("kind", ["link", "pipe", "reader that leaves", "mode"])
def test_output_goes_where_it_was_told(tmp_path, monkeypatch, capsys, trained, command, option, kind):
    monkeypatch.chdir(tmp_path)
    suffix, base = SUFFIX[command, option], words_for_output(command, trained)
    target, given = tmp_path / f"real{suffix}", tmp_path / f"given{suffix}"
    received = []
    if kind == "pipe":
        os.mkfifo(given)
        reader = threading.Thread(target=lambda: received.append(given.read_bytes()))
        reader.start()
    elif kind == "reader that leaves":
        os.mkfifo(given)

        def leave():
            with given.open("rb"):
                pass

        reader = threading.Thread(target=leave)
        reader.start()
    elif kind == "link":
        target.write_bytes(b"old")
        given.symlink_to(target)
    else:
        given.write_bytes(b"old")
        given.chmod(0o640)
    code = DUOGRAD.main([command, *base, f"--{option}", str(given)])
    _, err = capsys.readouterr()
    if kind == "reader that leaves":
        reader.join(30)
        assert code in (0, 2)  # a small file may still have gone into the pipe
        assert code == 0 or ("Broken pipe" in err and len(err.splitlines()) == 1)
    else:
        assert (code, err) == (0, "")
    if kind == "pipe":
        reader.join(30)
        assert len(received[0]) > 100
    elif kind == "link":
        assert given.is_symlink() and len(target.read_bytes()) > 100
    elif kind == "mode":
        assert given.stat().st_mode & 0o777 == 0o640 and len(given.read_bytes()) > 100
    assert {path.name for path in tmp_path.iterdir()} <= {target.name, given.name}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="it has no such device")
@pytest.mark.parametrize(("command", "option"), SUFFIX)
def test_a_full_disk_is_named_with_the_file(tmp_path, monkeypatch, capsys, trained, command, option):
    monkeypatch.chdir(tmp_path)
    given = tmp_path / f"given{SUFFIX[command, option]}"
    given.symlink_to("/dev/full")
    assert DUOGRAD.main([command, *words_for_output(command, trained), f"--{option}", str(given)]) == 2
    _, err = capsys.readouterr()
    assert given.name in err and "No space left on device" in err and len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [given.name] and given.is_symlink()


FULL = """
import resource, sys
import matplotlib.font_manager  # has a cache of its own, which it writes once
from duograd.entries import DUOGRAD
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))  # the system says so when a file would grow beyond it
sys.exit(DUOGRAD.main(sys.argv[1:]))
"""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no such limits")
@pytest.mark.parametrize(("command", "option"), SUFFIX)
def test_where_room_ends_in_the_middle_the_old_file_stays(tmp_path, trained, command, option):
    given = tmp_path / f"given{SUFFIX[command, option]}"
    given.write_bytes(b"old")
    words = [command, *words_for_output(command, trained), f"--{option}", given.name]
    ran = subprocess.run(
        [sys.executable, "-c", FULL, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ran.returncode == 2
    assert given.name in ran.stderr and os.strerror(errno.EFBIG) in ran.stderr, ran.stderr
    assert len(ran.stderr.splitlines()) == 1
    assert given.read_bytes() == b"old" and [*tmp_path.iterdir()] == [given]


@pytest.mark.parametrize(("command", "option"), SUFFIX)
@pytest.mark.parametrize("function", ["access", "open"])
def test_where_nothing_may_be_written_the_old_file_stays(
    tmp_path, monkeypatch, capsys, trained, command, option, function
):
    """Nothing is forbidden to root, who runs many a test, so the system is one that forbids: at once, or
    only when the file is to be made."""
    monkeypatch.chdir(tmp_path)
    given = tmp_path / f"given{SUFFIX[command, option]}"
    given.write_bytes(b"old")
    answers = getattr(os, function)

    def forbid(path, flags, *more, **settings):
        inside = str(path).startswith(str(tmp_path))
        if function == "access" and inside and flags == os.W_OK:
            return False
        if function == "open" and inside and flags & os.O_CREAT:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return answers(path, flags, *more, **settings)

    monkeypatch.setattr(os, function, forbid)
    code = DUOGRAD.main([command, *words_for_output(command, trained), f"--{option}", str(given)])
    monkeypatch.undo()
    _, err = capsys.readouterr()
    assert code == 2 and len(err.splitlines()) == 1
    assert ("nothing can be written in" if function == "access" else "Permission denied") in err
    assert str(tmp_path) in err
    assert given.read_bytes() == b"old" and [*tmp_path.iterdir()] == [given]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no such pipes")
@pytest.mark.parametrize(
    ("words", "content", "says"),
    [
        ("train --data {} --epochs 1 --engine matrix", "table", None),
        ("train --epochs 1 --engine matrix --layers 2,3 --resume {}", "network", "not a checkpoint"),
        ("predict {}", "network", "not a checkpoint"),
        ("predict {network} --data {}", "table", "has the columns"),
        ("judge {} --timeout 20", "submission", "no file"),
    ],
)
def test_a_pipe_is_read_or_refused(tmp_path, capsys, trained, words, content, says):
    """A table is read from one; what has to be read twice, or from its end, is refused."""
    table = "a,b\n" + "\n".join(f"{i},{i % 2}" for i in range(40))
    contents = {"table": table.encode(), "network": trained.read_bytes(), "submission": RIGHT.encode()}
    given = tmp_path / "given.csv"
    os.mkfifo(given)

    def fill():
        with contextlib.suppress(BrokenPipeError):
            given.write_bytes(contents[content])

    writer = threading.Thread(target=fill)
    writer.start()
    code = DUOGRAD.main([word.format(given, network=trained) for word in words.split()])
    os.close(os.open(given, os.O_RDONLY | os.O_NONBLOCK))  # for a writer that still waits for a reader
    writer.join(30)
    _, err = capsys.readouterr()
    assert (code, err) == (0, "") if says is None else code == 2
    assert says is None or (says in err and len(err.splitlines()) == 1)
    assert given.is_fifo()
