"""Korean: every text of the lessons is said, and of the one that has changed the test knows which."""

import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import nbformat
import polib
import pytest
from nbclient import NotebookClient

from nn.language import VARIABLES, say

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lessons"
LESSONS = sorted(path.stem for path in (FOLDER / "ko").glob("[0-9]*.po"))
CATALOGS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        *FOLDER.glob("ko/*.po"),
        *(path for each in ("nn", "duograd", "docs") for path in (ROOT / each).glob("locale/ko/**/*.po")),
    )
)
DONE = CATALOGS
every_catalog = pytest.mark.parametrize("catalog", CATALOGS)
every_lesson = pytest.mark.parametrize("lesson", LESSONS)


# Formulas, code, where links lead, and parts.
KEPT = (
    r"\$\$.+?\$\$",
    r"\$[^$]+\$",
    r"``[^`]+``|(?<![>`])`[^`<]+`(?!`)",
    r" <(?:\.\./)*([^>]+)>`|\]\((?!README)[^)]+\)",  # Korean pages lie a folder deeper
    r"\{\w+\}",
)


def entries(catalog):
    return [each for each in polib.pofile(str(ROOT / catalog)) if not each.obsolete]


def read(path):
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def test_the_lessons_from_one_value_to_training_are_in_korean():
    assert [int(lesson[:2]) for lesson in LESSONS] == [*range(9)]


def test_the_catalogs_are_those_of_the_sources():
    done = subprocess.run(
        [sys.executable, "lessons/catalogs.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, f"run python lessons/catalogs.py: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("catalog", DONE)
def test_every_message_is_said(catalog):
    assert [each.msgid for each in entries(catalog) if not each.msgstr] == []


@every_catalog
def test_formulas_code_and_parts_of_each_message_are_in_what_is_said(catalog):
    for each in filter(lambda entry: entry.msgstr, entries(catalog)):
        for kind in KEPT:
            needed, there = (
                sorted({*re.findall(kind, text, re.DOTALL)}) for text in (each.msgid, each.msgstr)
            )
            assert needed == there, f"{each.msgid!r}: {each.msgstr!r}"


@pytest.mark.parametrize("package", ["nn", "duograd"])
def test_what_nobody_reads_is_no_message(package):
    said = entries(f"{package}/locale/ko/LC_MESSAGES/{package}.po")
    assert said
    assert [each.msgid for each in said if re.search(r"\\\W|\(\.\*|\[\^|\w ?\|", each.msgid)] == []


def tokens(code):
    """All of the code but its comments and the form of its lines."""
    form = (tokenize.COMMENT, tokenize.NL)
    return [
        (token.type, token.string)
        for token in tokenize.generate_tokens(io.StringIO(code).readline)
        if token.type not in form
    ]


@every_lesson
def test_the_code_is_the_same_in_both_languages(lesson):
    english, korean = (read(folder / f"{lesson}.ipynb").cells for folder in (FOLDER, FOLDER / "ko"))
    (own,) = [cell for cell in korean if cell.id.endswith("-ko")]
    assert 'os.environ["DUOGRAD_LANGUAGE"] = "ko"' in own.source
    korean = [cell for cell in korean if cell is not own]
    assert [cell.cell_type for cell in english] == [cell.cell_type for cell in korean]
    for one, other in zip(english, korean):
        assert one.metadata == other.metadata
        if one.cell_type == "code":
            assert tokens(one.source) == tokens(other.source)
        else:
            assert one.source != other.source
            assert re.search("[가-힣]", other.source) or one.source.startswith("$$")


def test_the_page_for_teachers_has_each_question_of_the_korean_lessons_in_korean():
    english, korean = (
        (folder / "teaching.md").read_text(encoding="utf-8") for folder in (FOLDER, FOLDER / "ko")
    )
    asked, there = (re.findall(r"^\*\*([0-8]\.\d)\*\* ", page, re.MULTILINE) for page in (english, korean))
    assert asked == there != []
    names = re.findall(r"^- `.+`: \*([^*]+)\*\. |^\| ([^|]*\w[^|]*) \|", korean, re.MULTILINE)
    assert len(names) > 100
    assert [each for each in names if not re.search("[가-힣]", "".join(each))] == []


def test_a_lesson_in_korean_runs_and_answers_in_korean(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("DUOGRAD_LANGUAGE", raising=False)
    notebook = read(FOLDER / "ko" / "00_a_graph.ipynb")
    wrong = nbformat.v4.new_code_cell("check.forward(22.0)")
    notebook.cells.append(wrong)
    where = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources=where).execute()
    said = [
        cell.outputs[0].data["text/plain"]
        for cell in notebook.cells
        if cell.cell_type == "code" and cell.source.startswith("check.")
    ]
    assert len(said) == 6
    assert all(re.search("[가-힣]", each) and not re.search("[A-Za-z]{3}", each) for each in said)


def test_english_is_what_is_said_where_no_language_is_asked_for(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.setenv(variable, "")
    assert say("sign flipped") == "sign flipped"
    monkeypatch.setenv("LANG", "C.UTF-8")
    assert say("sign flipped") == "sign flipped"
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    assert say("sign flipped") == "부호 반대"
    monkeypatch.setenv("DUOGRAD_LANGUAGE", "en")
    assert say("sign flipped") == "sign flipped"
