"""Both themes can be read: contrast at WCAG's AA, and chart colours that stand out from the background."""

from __future__ import annotations

import itertools
import tomllib
from pathlib import Path

import pytest

THEMES = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
TEXT, MARK = 4.5, 3.0  # WCAG 2.2, 1.4.3 (text) and 1.4.11 (parts of graphics and controls)
COLOURS = ("red", "orange", "yellow", "green", "blue", "violet", "gray")


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    darker, lighter = sorted([_luminance(one), _luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_reads_well(name: str) -> None:
    theme = THEMES[name]
    grounds = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    inks = [theme["textColor"], theme["linkColor"], *(theme[f"{colour}TextColor"] for colour in COLOURS)]
    weak = [(ink, ground) for ink, ground in itertools.product(inks, grounds) if _contrast(ink, ground) < TEXT]
    assert weak == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_coloured_boxes_read_well(name: str) -> None:
    theme = THEMES[name]
    pairs = [(theme[f"{colour}TextColor"], theme[f"{colour}BackgroundColor"]) for colour in COLOURS]
    assert [pair for pair in pairs if _contrast(*pair) < TEXT] == []


@pytest.mark.parametrize("name", ["light", "dark"])
def test_the_accent_carries_white_words_and_stands_out(name: str) -> None:
    accent = THEMES[name]["primaryColor"]
    assert _contrast(accent, "#ffffff") >= TEXT
    assert _contrast(accent, THEMES[name]["backgroundColor"]) >= MARK


@pytest.mark.parametrize("name", ["light", "dark"])
def test_chart_colours_are_eight_and_told_apart(name: str) -> None:
    colours = THEMES[name]["chartCategoricalColors"]
    assert len(set(colours)) == 8
    # Neighbours in luminance may be close (hue tells them apart); none may vanish into the page.
    assert min(_contrast(colour, THEMES[name]["backgroundColor"]) for colour in colours) >= 2
