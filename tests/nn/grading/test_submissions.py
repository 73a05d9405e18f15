"""What is a student's, and what is not; what a verdict depends on."""

import os

import pytest

from nn.grading.submissions import LARGEST, MOST, key_of, submissions_in


@pytest.fixture
def folder(tmp_path):
    handed_in = tmp_path / "handed in"
    for name in ("carol.py", "bob.IPYNB", "ann/hw.py", "ann/parts/layers.py", "ann/w.npz", "dan/hw.py"):
        path = handed_in / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return handed_in


def titles(submissions):
    return {student: [each.title for each in files] for student, files in submissions.files.items()}


def test_each_entry_is_a_student(folder):
    (folder / "empty").mkdir()
    (folder / "notes.txt").write_text("", encoding="utf-8")
    (folder / ".git").mkdir()
    (folder / "ann" / "__pycache__").mkdir()
    (folder / "ann" / "__pycache__" / "hw.py").write_text("", encoding="utf-8")
    (folder / "report").mkdir()
    found = submissions_in(folder, but=folder / "report")
    assert titles(found) == {
        "ann": ["ann/hw.py", "ann/parts/layers.py"],
        "bob.IPYNB": ["bob.IPYNB"],
        "carol.py": ["carol.py"],
        "dan": ["dan/hw.py"],
        "empty": [],
    }
    assert found.left_out == ("notes.txt: neither a Python file nor a notebook",)


def test_all_of_a_folder_may_be_one_students(folder):
    found = submissions_in(folder, of_one=True, but=folder / "dan")
    (files,) = found.files.values()
    assert [each.name for each in files] == ["ann/hw.py", "ann/parts/layers.py", "bob.IPYNB", "carol.py"]
    assert titles(submissions_in(folder / "carol.py")) == {"carol.py": ["carol.py"]}
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        submissions_in(folder / "missing")


def test_a_file_comes_with_its_own_neighbours_alone(folder):
    found = submissions_in(folder).files
    assert found["ann"][0].contents() == {
        "hw.py": b"ann/hw.py",
        "parts/layers.py": b"ann/parts/layers.py",
        "w.npz": b"ann/w.npz",
    }
    assert found["carol.py"][0].contents() == {"carol.py": b"carol.py"}
    with (folder / "dan" / "data.bin").open("wb") as file:
        file.truncate(LARGEST)
    assert found["dan"][0].contents().keys() == {"hw.py"}
    with (folder / "carol.py").open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ValueError, match="larger than"):
        found["carol.py"][0].contents()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no such pipes")
def test_no_link_and_no_pipe_is_followed(folder, tmp_path):
    (tmp_path / "secret.py").write_text("", encoding="utf-8")
    (folder / "ann" / "stolen.py").symlink_to(tmp_path / "secret.py")
    (folder / "ann" / "loop").symlink_to(folder)
    (folder / "eve.py").symlink_to(tmp_path / "secret.py")
    os.mkfifo(folder / "pipe.py")
    found = submissions_in(folder)
    assert titles(found)["ann"] == ["ann/hw.py", "ann/parts/layers.py"]
    assert "eve.py" not in found.files and "pipe.py" not in found.files
    assert [each.partition(":")[0] for each in found.left_out] == ["eve.py", "pipe.py"]


def test_what_is_more_than_can_be_judged_is_said(folder):
    for number in range(MOST):
        (folder / "dan" / f"more{number:02}.py").write_text("", encoding="utf-8")
    found = submissions_in(folder)
    assert len(found.files["dan"]) == MOST
    assert found.left_out == (f"dan/more{MOST - 1}.py: more than {MOST} files",)


def test_a_verdict_depends_on_all_that_it_was_made_of():
    base = ({"a.py": b"1", "b.py": b"2"}, "a.py", "settings")
    others = [
        ({"a.py": b"1", "b.py": b"3"}, "a.py", "settings"),
        ({"a.py": b"1", "c.py": b"2"}, "a.py", "settings"),
        ({"a.py": b"1b.py2"}, "a.py", "settings"),
        ({"a.py": b"1", "b.py": b"2"}, "b.py", "settings"),
        ({"a.py": b"1", "b.py": b"2"}, "a.py", "other settings"),
        ({"a.py": b"1", "b.py": b"2", "\udcff.py": b""}, "a.py", "settings"),
    ]
    assert key_of({"b.py": b"2", "a.py": b"1"}, *base[1:]) == key_of(*base)
    assert len({key_of(*each) for each in (base, *others)}) == 1 + len(others)
