"""The widget's page is the explorer's, and its modules can be put into one script with those."""

from collections import Counter
from pathlib import Path

from tests.viz.explorer.test_bundle import declared
from viz.live import bundle
from viz.live.bundle import page_modules


def test_every_file_is_bundled_and_no_two_modules_give_a_name_to_different_things():
    files = {path.stem for path in (Path(bundle.__file__).parent / "page").glob("*.js")} - {"widget"}
    modules = page_modules()
    assert [*modules][-2:] == ["link", "live"] and files == {"link", "live"}
    given = Counter(name for source in modules.values() for name in declared(source))
    assert [name for name, count in given.items() if count > 1] == []
