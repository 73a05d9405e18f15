"""The menu of versions: which there are, which is preferred, and how a build is told which one it is."""

import re
import runpy
import sys
from pathlib import Path
from urllib.parse import urljoin

import pytest

DOCS = Path(__file__).parents[2] / "docs"
with pytest.MonkeyPatch.context() as patch:
    patch.setattr(sys, "path", [str(DOCS), *sys.path])
    VERSIONS = runpy.run_path(str(DOCS / "versions.py"))
LANGUAGES = runpy.run_path(str(DOCS / "languages.py"))
HOME = "https://example.org/duograd/dev/"


def test_releases_are_ordered_as_numbers_and_nothing_else_is_one():
    tags = ["v0.2.0", "v0.10.0", "v0.9.1", "v1.0.0rc1", "paper-1", "0.3.0"]
    assert VERSIONS["released"](tags) == ["v0.10.0", "v0.9.1", "v0.2.0"]


def test_the_menu_prefers_the_newest_release():
    entries = VERSIONS["switcher"](["v0.3.0", "v0.2.0"], "https://example.org/duograd")
    assert [(each["version"], each.get("preferred", False)) for each in entries] == [
        ("dev", False),
        ("v0.3.0", True),
        ("v0.2.0", False),
    ]
    assert entries[1]["url"] == "https://example.org/duograd/v0.3.0/"
    assert len({each["name"] for each in entries}) == 3


def test_a_build_of_several_has_the_menu_and_one_alone_has_not():
    assert VERSIONS["menu"]({}) == {}
    made = VERSIONS["menu"]({"DOCS_VERSION": "v0.3.0", "DOCS_URL": "https://example.org/duograd"})
    assert made["switcher"] == {
        "json_url": "https://example.org/duograd/switcher.json",
        "version_match": "v0.3.0",
    }
    assert "version-switcher" in made["navbar_start"]


def test_the_korean_pages_of_a_version_are_built_below_the_english_ones_where_it_has_them(tmp_path):
    english, korean = VERSIONS["builds"](DOCS.parent, tmp_path / "dev")
    assert english[-2:] == [str(DOCS), str(tmp_path / "dev")]
    assert korean[-4:] == ["-D", "language=ko", str(DOCS), str(tmp_path / "dev/ko")]
    assert "-W" in english and "-W" in korean
    (old,) = VERSIONS["builds"](tmp_path, tmp_path / "v0.2.0")
    assert old[-1] == str(tmp_path / "v0.2.0")


BOTH = ["index", "tutorials/first_hour", "tutorials/lessons/04_dW", "tutorials/lessons/teaching"]


@pytest.mark.parametrize("page", BOTH)
def test_a_page_leads_to_the_same_one_in_the_other_language_and_back(page):
    there = urljoin(f"{HOME}{page}.html", LANGUAGES["same_page"](page, "en"))
    assert there == f"{HOME}ko/{page}.html"
    assert urljoin(there, LANGUAGES["same_page"](page, "ko")) == f"{HOME}{page}.html"


@pytest.mark.parametrize("page", ["reference/nn", "tutorials/lessons/09_likelihood", "search"])
def test_what_is_not_translated_leads_nowhere_and_is_led_away_from(page):
    assert LANGUAGES["same_page"](page, "en") == ""
    assert urljoin(f"{HOME}ko/{page}.html", LANGUAGES["same_page"](page, "ko")) == f"{HOME}{page}.html"


def test_links_of_korean_pages_to_what_lies_beside_all_versions_go_a_folder_further():
    english = (DOCS / "tutorials/index.rst").read_text(encoding="utf-8")
    catalog = (DOCS / "locale/ko/LC_MESSAGES/tutorials/index.po").read_text(encoding="utf-8")
    korean = catalog.rpartition("msgstr")[2]
    links = re.findall(r"<((?:\.\./)+[^>]+)>", english)
    assert links
    for link in links:
        place = urljoin(f"{HOME}tutorials/index.html", link)
        assert not place.startswith(HOME)
        assert urljoin(f"{HOME}ko/tutorials/index.html", f"../{link}") == place
        assert f"<../{link}>" in korean
