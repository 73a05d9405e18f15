"""A file is replaced when the new one is complete, and only then; what is no file is written into."""

import importlib.util
import os
import signal
import stat
import subprocess
import sys
import threading
import types
from pathlib import Path

import pytest

from nn import files
from nn.files import replacing

posix = pytest.mark.skipif(os.name != "posix", reason="links, modes and pipes as POSIX has them")


def write(path, text="new"):
    with replacing(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def test_the_new_file_takes_the_place_of_the_old_one(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old", encoding="utf-8")
    with replacing(path) as unfinished:
        unfinished.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"
        assert unfinished.suffix == ".csv"  # writers that go by the suffix see the right one
    assert path.read_text(encoding="utf-8") == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_the_old_file_is_whole_and_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), replacing(path) as unfinished:
        unfinished.write_text("ne", encoding="utf-8")
        raise KeyboardInterrupt
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_and_a_folder_in_the_way_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="no folder"), replacing(tmp_path / "no" / "a.csv"):
        pass
    with pytest.raises(IsADirectoryError, match="is a folder"), replacing(tmp_path):
        pass


@posix
def test_the_mode_of_a_file_stays_and_a_new_one_has_the_usual(tmp_path):
    for mode in (0o600, 0o640, 0o664, 0o755):
        path = tmp_path / f"{mode:o}.npz"
        path.touch()
        path.chmod(mode)
        with replacing(path) as unfinished:
            assert stat.S_IMODE(unfinished.stat().st_mode) == mode  # never open to more people
            unfinished.write_text("new", encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == mode
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.csv")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.csv").stat().st_mode) == 0o640


@posix
def test_a_symbolic_link_is_followed(tmp_path):
    folder = tmp_path / "run 3"
    folder.mkdir()
    (folder / "a.csv").write_text("old", encoding="utf-8")
    for name, to in (("latest.csv", "run 3/a.csv"), ("link.csv", "latest.csv"), ("new.csv", "run 3/b.csv")):
        (tmp_path / name).symlink_to(to)
        write(tmp_path / name, name)
        assert os.readlink(tmp_path / name) == to
        assert (tmp_path / name).read_text(encoding="utf-8") == name
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "b.csv"]
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OSError, match="leads back to itself"):
        write(tmp_path / "circle")
    (tmp_path / "folder").symlink_to(folder)
    with pytest.raises(IsADirectoryError, match="is a folder"):
        write(tmp_path / "folder")


@posix
def test_a_pipe_and_a_device_are_written_to(tmp_path):
    pipe, received = tmp_path / "pipe.svg", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: received.append(pipe.read_text(encoding="utf-8")), daemon=True)
    reader.start()
    text = "all of it " * 100_000
    write(pipe, text)
    reader.join(20)
    assert received == [text]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    write("/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert list(tmp_path.iterdir()) == [pipe]


WRITER = "from nn.files import replacing\nwith replacing({path!r}) as new: new.write_text('new'); {then}"


def python(path, then="pass", **options):
    root = str(Path(__file__).parents[2])
    command = [sys.executable, "-c", WRITER.format(path=str(path), then=then)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": root}, **options)


@posix
def test_standard_output_is_written_to_wherever_it_goes(tmp_path):
    with (tmp_path / "out.txt").open("w", encoding="utf-8") as out:
        out.write("before ")
        out.flush()
        assert python("/dev/stdout", stdout=out).wait(30) == 0
    assert "new" in (tmp_path / "out.txt").read_text(encoding="utf-8")
    with python("/dev/stdout", stdout=subprocess.PIPE) as process:
        assert process.stdout.read() == b"new"


@posix
def test_what_a_killed_writer_left_is_removed_by_the_next_and_what_a_living_one_writes_is_not(tmp_path):
    path = tmp_path / "run.npz"
    others = [
        tmp_path / name for name in (".run.unfinished.npz", ".run.12345678.npz", ".runs.0.unfinished.npz")
    ]
    for other in others:
        other.touch()
    with python(path, "print(flush=True); input()", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed:
        killed.stdout.readline()
        write(path, "beside it")
        assert len(list(tmp_path.iterdir())) == 2 + len(others)
        os.kill(killed.pid, signal.SIGKILL)
    assert len(list(tmp_path.iterdir())) == 2 + len(others)
    write(path, "after it")
    assert sorted(tmp_path.iterdir()) == sorted([path, *others])
    assert path.read_text(encoding="utf-8") == "after it"


def test_writers_of_one_file_at_once_leave_it_whole(tmp_path):
    path = tmp_path / "run.npz"

    def writer(letter):
        for _ in range(30):
            write(path, letter * 1000)

    threads = [threading.Thread(target=writer, args=(letter,)) for letter in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_text(encoding="utf-8") in {letter * 1000 for letter in "abc"}
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path):
    write(tmp_path / f"{'n' * 251}.csv")
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("fcntl", [None, types.ModuleType("fcntl")], ids=["Windows", "a browser"])
def test_without_locks_files_are_replaced_and_leftovers_stay(tmp_path, monkeypatch, fcntl):
    """Whether a leftover's writer is alive is not known there."""
    monkeypatch.setitem(sys.modules, "fcntl", fcntl)  # missing, or there without flock
    spec = importlib.util.spec_from_file_location("files_without_locks", files.__file__)
    without_locks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without_locks)
    leftover = tmp_path / ".a.01234567.unfinished.csv"
    leftover.touch()
    for text in ("one", "two"):
        with without_locks.replacing(tmp_path / "a.csv") as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "two"
    assert sorted(tmp_path.iterdir()) == [leftover, tmp_path / "a.csv"]
