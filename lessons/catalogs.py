"""``python lessons/catalogs.py``: catalogs of what is said in Korean, and of what is still to be said.

A message is the English text as it stands in a source, so a text that has changed is a message without a
translation; what was said of the old one is kept at the end of the catalog. ``lessons/ko/NN_name.po`` has the
paragraphs of a lesson and the comments of its cells, ``teaching.po`` the page for teachers, the catalogs of
the packages have what the judge and the checks say, ``docs/locale`` has pages of the documentation, and the
README, of which ``README.ko.md`` is made. What has no translation yet is listed. With ``--check`` nothing is
written, and the exit code is 1 if the catalogs are not those of the sources, or ``README.ko.md`` is not that
of its own.
"""

import copy
import io
import re
import subprocess
import sys
import tempfile
import tokenize
from functools import partial
from itertools import chain
from pathlib import Path

import nbformat
import polib
from sentences import messages
from teaching import page

from nn.language import say

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
KOREAN = FOLDER / "ko"
TEACHING = KOREAN / "teaching.po"
WIDTH = 110
METADATA = {"Language": "ko", "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8"}

GRADING = ["exports", "grades", "judged", "process", "submissions", "workers"]
PACKAGES = {
    "nn": ["nn/judging/*.py", *(f"nn/grading/{name}.py" for name in GRADING)],
    "duograd": ["duograd/class_page.py", "duograd/grading.py", "duograd/judge.py", "duograd/course/*.py"],
}
# Single words, which sources do not tell from keys, and names that Python reads.
WORDS = {
    "nn": ["right", "wrong", "large", "small", "mean", "sum", "first", "last", "before", "after"],
    "duograd": ["uphill", "biases, too", "not 0"],
}
# Which say more in English: in their --help, or to programs.
COMMANDS = ["judge.py", "grading.py", "class_page.py"]
# Lessons that are in English alone, and what no reader sees.
LEFT_OUT = re.compile(r"(lesson_(09|1\d)|wire|loops)\.py$")
PAGES = ["index", "tutorials/index", "tutorials/first_hour"]
README, README_IN_KOREAN = ROOT / "README.md", ROOT / "README.ko.md"
README_CATALOG = ROOT / "docs/locale/ko/README.po"
# Code, what `python -m benchmarks readme` writes, and ends of paragraphs and rows.
BETWEEN = re.compile(r"(```.*?```|<!-- \w+ -->.*?<!-- /\w+ -->|\n\n|\n(?=\|))", re.DOTALL)

# The one line that is in the Korean edition alone.
SPEAKS = 'import os\n\nos.environ["DUOGRAD_LANGUAGE"] = "ko"  # 답을 확인하는 말과 힌트를 한국어로'


def paragraphs(text):
    """What stands between blank lines."""
    return text.split("\n\n")


def has_words(text):
    return re.search("[A-Za-z]{2}", re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL)) is not None


def comments(code):
    """Where comments of a cell are, as line, column and text."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT and has_words(token.string) and "# fmt:" not in token.string:
            yield *token.start, token.string


def messages_of(notebook):
    """Of a lesson: paragraphs and comments."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from filter(has_words, paragraphs(cell.source))
        else:
            yield from (text for _, _, text in comments(cell.source))


def in_korean(notebook, catalog):
    """A lesson with its paragraphs and comments as a catalog has them."""
    said = {each.msgid: each.msgstr for each in catalog.translated_entries()}
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = "\n\n".join(said.get(each, each) for each in paragraphs(cell.source))
            continue
        lines = cell.source.split("\n")
        for row, column, text in comments(cell.source):
            line = lines[row - 1]
            lines[row - 1] = line[:column] + said.get(text, text) + line[column + len(text) :]
        cell.source = "\n".join(lines)
    first = next(i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    notebook.cells.insert(first, nbformat.v4.new_code_cell(SPEAKS, id=f"{notebook.cells[0].id[:-2]}ko"))
    return notebook


def catalog_of(stem):
    """The catalog of a lesson; None if it is in English alone."""
    path = KOREAN / f"{stem}.po"
    return polib.pofile(str(path), wrapwidth=WIDTH) if path.exists() else None


def of_packages():
    """The messages of each package's catalog, with the files that say them."""
    for package, patterns in PACKAGES.items():
        found = {word: [] for word in WORDS.get(package, ())}
        for path in sorted({path for each in patterns for path in ROOT.glob(each)}):
            if not LEFT_OUT.search(path.name):
                for message in messages(path.read_text(encoding="utf-8"), path.name in COMMANDS):
                    found.setdefault(message, []).append(path.relative_to(ROOT).as_posix())
        yield ROOT / package / "locale/ko/LC_MESSAGES" / f"{package}.po", found


def of_pages():
    """The messages of pages of the documentation, as Sphinx finds them."""
    with tempfile.TemporaryDirectory() as folder:
        only = ",".join(f"{page}.rst" for page in PAGES)
        settings = {"include_patterns": only, "default_role": "code", "gettext_compact": "0"}
        given = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
        command = [sys.executable, "-m", "sphinx", "-Q", "-C", "-b", "gettext", *given]
        subprocess.run([*command, str(ROOT / "docs"), folder], check=True)
        for page in PAGES:
            found = {each.msgid: [f"docs/{page}.rst"] for each in polib.pofile(f"{folder}/{page}.pot")}
            yield ROOT / "docs/locale/ko/LC_MESSAGES" / f"{page}.po", found


def of_readme():
    """The messages of the README: its paragraphs and the rows of its tables."""
    pieces = BETWEEN.split(README.read_text(encoding="utf-8"))[::2]
    return README_CATALOG, {each.strip(): ["README.md"] for each in pieces if has_words(each)}


def readme_in_korean():
    """The README as its catalog has it; what is measured stays as it stands there."""
    catalog = polib.pofile(str(README_CATALOG))
    said = {each.msgid: each.msgstr for each in catalog.translated_entries()}
    pieces, old = (BETWEEN.split(path.read_text(encoding="utf-8")) for path in (README, README_IN_KOREAN))
    pieces[::2] = [each.replace(each.strip(), said.get(each.strip(), each.strip())) for each in pieces[::2]]
    measured = iter(each for each in old if each.startswith("<!-- "))
    return "".join(next(measured) if each.startswith("<!-- ") else each for each in pieces)


def of_teaching(notebooks):
    """The messages of the page for teachers: what it asks to be said in other words when it is made."""
    asked = []
    page(
        {int(stem[:2]): (0, each) for stem, each in notebooks.items()},
        words=lambda text: asked.append(text) or text,
    )
    return TEACHING, dict.fromkeys(asked, ())


def teaching_in_korean(lessons, korean):
    """The page for teachers, of the lessons that there are in Korean."""
    said = {each.msgid: each.msgstr for each in polib.pofile(str(TEACHING)).translated_entries()}
    course = partial(say, into="ko", packages=("duograd", "nn"))
    return page(lessons, korean, lambda text: said.get(text, text), course)


def of_lessons(notebooks):
    for stem, notebook in notebooks.items():
        if (KOREAN / f"{stem}.po").exists():
            yield KOREAN / f"{stem}.po", dict.fromkeys(messages_of(notebook), ())


def merged(path, found):
    """A catalog of just these messages, with the translations there are; others are kept as obsolete."""
    catalog = polib.pofile(str(path), wrapwidth=WIDTH) if path.exists() else polib.POFile(wrapwidth=WIDTH)
    template = polib.POFile()
    for message, files in found.items():
        template.append(polib.POEntry(msgid=message, occurrences=[(file, "") for file in files]))
    catalog.merge(template)
    for each in [each for each in catalog if each.obsolete and not each.msgstr]:
        catalog.remove(each)
    catalog.metadata = METADATA
    place = {message: number for number, message in enumerate(found)}
    catalog.sort(key=lambda each: (each.obsolete, place.get(each.msgid, 0), each.msgid))
    return catalog


def main(arguments):
    from editions import sources

    check, code = "--check" in arguments, 0
    notebooks = sources()
    made = of_lessons(notebooks), of_packages(), of_pages(), [of_readme(), of_teaching(notebooks)]
    for path, found in chain(*made):
        catalog = merged(path, found)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        missing = catalog.untranslated_entries()
        if f"{catalog}".rstrip() != old.rstrip():
            code = 1
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"{catalog}".rstrip() + "\n", encoding="utf-8")
        if missing:
            print(f"{path.relative_to(ROOT)}: {len(missing)} to be translated, such as {missing[0].msgid!r}")
    korean = readme_in_korean()
    if korean != README_IN_KOREAN.read_text(encoding="utf-8"):
        print(f"{README_IN_KOREAN.name} is not what its catalog says")
        code = 1
        if not check:
            README_IN_KOREAN.write_text(korean, encoding="utf-8")
    return int(check and code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
