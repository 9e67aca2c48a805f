"""What goes to the map and comes back: nothing is moved, mixed up or executed on the way."""

import json
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.charts.palette import palette, verdict_colours
from evaldash.services.colouring import NO_CODE, Colouring
from evaldash.ui.tracemap.packing import chosen_in, mask_text, pack_layer, pack_places, pack_titles, stamp_of

HOSTILE = "<img src=x onerror=alert(1)> \u202eevil\x1b[31m"


def unpacked(part: bytes) -> dict[str, Any]:
    """Do what parts.js does."""
    length = int.from_bytes(part[:4], "little")
    header: dict[str, Any] = json.loads(part[4 : 4 + length])
    at = -(-(4 + length) // 8) * 8
    for name, kind, count in header["arrays"]:
        header[name] = np.frombuffer(part, dtype=f"<{kind}", count=count, offset=at)
        at += -(-header[name].nbytes // 8) * 8
    return header


def test_places_keep_their_proportions_and_rings() -> None:
    points = np.array([[-10.0, 0.0], [10.0, 5.0], [0.0, 2.5]], dtype=np.float32)
    part = unpacked(pack_places(points, np.array([2], dtype=np.uint32), key="k"))
    assert list(part["x"]) == [0, 65_535, 32_768]
    assert list(part["y"]) == [0, 16_384, 8_192]
    assert list(part["ringed"]) == [2]


def test_a_part_has_the_same_stamp_until_something_in_it_changes() -> None:
    points, rings = np.eye(2, dtype=np.float32), np.array([], dtype=np.uint32)
    assert stamp_of(pack_places(points, rings, key="k")) == stamp_of(pack_places(points, rings, key="k"))
    assert stamp_of(pack_places(points, rings, key="k")) != stamp_of(pack_places(points[::-1], rings, key="k"))


def test_verdicts_have_their_colours_and_shapes_and_what_is_unread_is_noise() -> None:
    found = Colouring(
        field="verdict", title="verdict", codes=np.array([0, 1, 2], dtype=np.uint16),
        labels=("pass", "fail", "not read yet"), counts=(1, 1, 1), values=("pass", "fail", "not read yet"), noise=(2,),
    )  # fmt: skip
    part = unpacked(pack_layer(found, key="k"))
    assert part["shapes"] == ["circle", "x", "circle"]
    for theme in ("light", "dark"):
        colours = verdict_colours(theme)
        assert part["colours"][theme] == [colours["pass"], colours["fail"], palette(theme).noise]


def test_numbers_run_along_the_scale_and_say_how_many_have_none() -> None:
    found = Colouring(
        field="metric.cost", title="cost", codes=np.array([0, 255, NO_CODE], dtype=np.uint16), ends=("0", "9")
    )
    part = unpacked(pack_layer(found, key="k"))
    assert part["without"] == 1
    assert part["colours"]["light"][0] == palette("light").scale[0]
    assert part["colours"]["light"][255] == palette("light").scale[-1]


def test_titles_are_cut_and_their_hidden_characters_made_visible() -> None:
    part = unpacked(pack_titles(["", HOSTILE, "日本 " * 200], key="k"))
    whole = zlib.decompress(part["bytes"].tobytes())
    titles = [whole[a:b].decode() for a, b in zip(part["starts"], part["starts"][1:], strict=False)]
    assert titles[0] == ""
    assert "\u202e" not in titles[1]
    assert "\x1b" not in titles[1]
    assert 0 < len(titles[2]) <= 120


@given(st.lists(st.booleans(), min_size=1, max_size=70))
def test_a_choice_comes_back_as_it_went(chosen: list[bool]) -> None:
    there = chosen_in(mask_text(np.array(chosen)), len(chosen))
    assert there is not None
    assert there.tolist() == chosen


@pytest.mark.parametrize("said", [None, 7, "%%%", "", "A" * 10_000, "YQ==x"], ids=str)
def test_what_is_no_choice_selects_nothing(said: object) -> None:
    assert chosen_in(said, 100) is None
