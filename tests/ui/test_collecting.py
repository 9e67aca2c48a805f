"""The collector is kept short beside Streamlit's full collection after each rerun, and still finds garbage."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from evaldash.ui import collecting


@pytest.fixture(autouse=True)
def watched() -> Iterator[None]:
    before = list(gc.callbacks)
    collecting.keep_collections_short()
    yield
    gc.callbacks[:] = before
    gc.unfreeze()


class Ring:
    """An object that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


def test_what_outlives_a_long_collection_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LONG", 0.0)
    gc.collect()
    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < gc.get_freeze_count()


def test_short_collections_set_nothing_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LONG", 60.0)
    gc.collect()
    assert gc.get_freeze_count() == 0


def test_garbage_among_what_was_set_apart_is_found_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "LONG", 0.0)
    ring = Ring()
    there = weakref.ref(ring)
    gc.collect()
    del ring
    gc.collect()
    assert there() is not None, "it was set apart while somebody held it"
    monkeypatch.setattr(collecting, "LOOK_AGAIN", 0.0)
    gc.collect()
    assert there() is None
