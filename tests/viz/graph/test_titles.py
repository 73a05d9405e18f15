"""Any text becomes one that can be shown where there is little room."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.graph.titles import columns, fitting, visible

ANY = st.text(max_size=20)


@given(ANY, st.integers(1, 25))
def test_a_visible_text_is_short_and_xml_can_hold_it(text: str, longest: int) -> None:
    shown = visible(text, longest)
    assert len(shown) == min(len(text), longest) and shown.isprintable()
    element = ET.Element("text")
    element.text = shown
    assert ET.fromstring(ET.tostring(element)).text == (shown or None)


@given(ANY, st.integers(1, 25))
def test_what_fits_is_the_text_or_its_start_with_a_mark(text: str, room: int) -> None:
    shown = fitting(text, room)
    assert columns(shown) <= room
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    assert shown == text or columns(text) > room


@pytest.mark.parametrize(("text", "width"), [("", 0), ("gradient", 8), ("경사", 4), ("损失L", 5)])
def test_wide_letters_take_two_columns(text: str, width: int) -> None:
    assert columns(text) == width
