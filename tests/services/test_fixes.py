"""Fixes and what became of their modes; the store is tried on both databases."""

from collections.abc import Iterator

import pytest

from evaldash.errors import InvalidInput, NotFound
from evaldash.services import coding, taxonomy
from evaldash.services.browse import trace_heads
from evaldash.services.fixes import list_fixes, prevented, record_fix
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.stats.change import newcombe
from evaldash.storage.store import Store, open_store
from tests.services.test_saturation import judge
from tests.support.traces import conversation, make_project


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


def test_a_fix_shows_what_became_of_its_mode(store: Store) -> None:
    project = make_project(store, [conversation(n) for n in range(40)])
    drawn = draw_batch(store, project, SampleRequest(strategy="uniform", size=40, seed=1)).traces
    version = {head.id: head.version for head in trace_heads(store, project)}
    first = [item.trace for item in drawn if version[item.trace] == "1"]
    for item in drawn:
        judge(store, project, item.trace, *(["late"] if item.trace in first[:12] else []))
    codes = [code.id for code in coding.list_codes(store, project)[0]]
    taxonomy.create(store, project, "Late", codes=codes, who="ana")
    record_fix(store, project, "Late", "the tool  says\nwhen it runs", who="ana", version="2")
    record_fix(store, project, "Late", "a typo", who="ana", kind="bug")
    found = list_fixes(store, project)
    assert [item.fix.kind for item in found] == ["bug", "change"]
    assert [item.fix.what for item in prevented(found)] == ["a typo"]
    effect, expected = found[1].effect, newcombe(0, 20, 12, 20)
    assert effect is not None
    assert (effect.before, effect.after) == (0.6, 0.0)
    assert (effect.change.low, effect.change.high) == pytest.approx((expected.low, expected.high))
    assert effect.verdict.startswith("fell from 60 % to 0 %")
    assert found[0].effect is None  # nothing ran after it
    assert found[1].fix.what == "the tool says when it runs"


def test_a_fix_needs_words_and_a_mode_that_is_there(store: Store) -> None:
    project = make_project(store, [conversation(1)])
    with pytest.raises(InvalidInput, match="1 to 2000 characters"):
        record_fix(store, project, "Late", "  ", who="ana")
    with pytest.raises(NotFound):
        record_fix(store, project, "Late", "x", who="ana")
