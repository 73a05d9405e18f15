"""Colours are told apart by colour-blind readers and in grey, and text is readable on its ground.

Sources: WCAG 2.2 (relative luminance, contrast); Machado, Oliveira & Fernandes, A physiologically-based
model for simulation of color vision deficiency (2009), severity 1; CIE 1976 L*a*b*.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from viz.animation.painting import MARK
from viz.drawing import style
from viz.plots.figure import COLORS

BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.01182, 0.04294, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.3039],
        ]
    ),
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color):
    c = np.array([int(color[k : k + 2], 16) / 255 for k in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    light, dark = sorted((float(TO_XYZ[1] @ linear(each)) for each in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(color, blindness):
    seen = np.clip(BLINDNESS[blindness] @ linear(color), 0.0, 1.0)
    t = TO_XYZ @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(t > 0.008856, np.cbrt(t), 7.787 * t + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


GROUNDS = [(style.INK, card["fillcolor"]) for card in style.CARDS.values()]
GROUNDS += [(style.WHITE, style.DARK), (style.MUTED, style.WHITE), (style.MUTED, style.CLUSTER["fillcolor"])]
GROUNDS += [(style.PALE["fontcolor"], style.PALE["fillcolor"]), (style.WHITE, style.PALE["fontcolor"])]


@pytest.mark.parametrize(("text", "ground"), GROUNDS)
def test_text_stands_out_from_its_ground(text, ground):
    assert contrast(text, ground) >= 4.5


@pytest.mark.parametrize("ground", ["#FFFFFF", "#14171B"])
def test_lines_and_marks_stand_out_from_light_and_dark_pages(ground):
    assert contrast(style.EDGE["color"], ground) >= 3.0  # of graphics, WCAG 1.4.11
    assert contrast(MARK, "#FFFFFF") >= 4.5


@pytest.mark.parametrize("blindness", BLINDNESS)
def test_borders_of_inputs_parameters_and_outputs_differ_for_every_eye(blindness):
    kinds = [style.CARDS[kind]["color"] for kind in ("input", "parameter", "output")]
    for one, other in itertools.combinations([*kinds, MARK], 2):
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 12
    for one, other in itertools.combinations(COLORS[:2], 2):
        assert np.linalg.norm(lab(one, blindness) - lab(other, blindness)) > 20


def test_in_grey_kinds_are_told_by_their_shape():
    shapes = [
        (card["shape"], card.get("style", "filled"), card.get("peripheries", "1"))
        for card in style.CARDS.values()
    ]
    assert len(set(shapes)) == len(shapes)
    light = [lab(card["fillcolor"], "none")[0] for card in style.CARDS.values()]
    assert min(light) - lab(style.DARK, "none")[0] > 50  # operations are dark, values light
