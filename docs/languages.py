"""The Korean pages stand beside the English ones, in ``ko/`` of each version, and each leads to the other."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).parent
KOREAN = "ko"
LESSONS = "tutorials/lessons/"
CATALOGS = f"locale/{KOREAN}/LC_MESSAGES"


def is_translated(page: str, docs: Path = DOCS) -> bool:
    """Whether a page is there in Korean: by its catalog, or as a file beside the Korean lessons.

    >>> is_translated("tutorials/first_hour"), is_translated("reference/nn")
    (True, False)
    """
    if page.startswith(LESSONS):
        lesson = docs.parent / "lessons" / KOREAN / page.removeprefix(LESSONS)
        return any(Path(f"{lesson}{suffix}").is_file() for suffix in (".ipynb", ".md"))
    return (docs / CATALOGS / f"{page}.po").is_file()


def same_page(page: str, language: str) -> str:
    """The address, as seen from a page, of the same page in the other language; "" where there is none.

    Args:
        page: its name, as Sphinx has it: ``tutorials/index``.
        language: the page's own. From Korean there is always a way back, also from a page not yet translated.

    >>> same_page("tutorials/index", "en"), same_page("tutorials/index", "ko")
    ('../ko/tutorials/index.html', '../../tutorials/index.html')
    """
    to_the_top = "../" * page.count("/")
    if language == KOREAN:
        return f"{to_the_top}../{page}.html"
    return f"{to_the_top}{KOREAN}/{page}.html" if is_translated(page) else ""
