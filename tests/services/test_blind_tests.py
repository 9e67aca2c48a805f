"""The test of the codebook through the store: who can be tested by what, answers kept as made, what they come to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evaldash.domain.blind_test import BlindAnswer, BlindTest, JudgedTrace
from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services import blind_tests, coding, taxonomy
from evaldash.services.codebook import load_codebook
from evaldash.services.coded import CodedProject, load_coded
from evaldash.storage.store import Store, open_store
from evaldash.taxonomy.blind_draw import draw_for_test
from tests.support.traces import conversation, make_project

FAILED, ALL = 12, 20


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    """Return 20 traces that ana judged: 10 with the mode Date, 1 with Tone, 1 with a note without a mode, 8 pass."""
    traces = [conversation(number) for number in range(ALL)]
    made = make_project(store, traces)
    for number, trace in enumerate(traces):
        codes = (OpenCode(id=f"code{number:04d}", text=f"note {number}"),) if number < FAILED else ()
        verdict = Verdict.FAIL if codes else Verdict.PASS
        coding.save_reading(
            store, made, Reading(id=f"r{number}", trace=trace.id, verdict=verdict, codes=codes), coder="ana"
        )
    taxonomy.create(store, made, "Date", codes=[f"code{number:04d}" for number in range(10)], who="ana")
    taxonomy.create(store, made, "Tone", codes=["code0010"], who="ana")
    return made


def answer_all(store: Store, project: Project, test: BlindTest, *, wrong: int) -> BlindTest:
    """Answer as ana did, but miss the mode of the first `wrong` traces that hold one."""
    for item in test.judged:
        modes = item.modes
        if modes and wrong:
            modes, wrong = frozenset(), wrong - 1
        given = BlindAnswer(trace=item.trace, modes=modes, done=True)
        blind_tests.answer_trace(store, project, test.id, given, coder="ben")
    return next(item for item in blind_tests.list_tests(store, project) if item.id == test.id)


def test_a_test_is_of_the_taxonomy_that_its_traces_were_seen_by(
    store: Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_and_let_somebody_change(*given: Any) -> CodedProject:
        found = load_coded(*given)
        taxonomy.retire(store, project, "Tone", who="ana")
        return found

    monkeypatch.setattr(blind_tests, "load_coded", load_and_let_somebody_change)
    test = blind_tests.begin_test(store, project, coder="ben", seed=1)
    modes = {mode.id for mode in taxonomy.view(store, project, test.taxonomy_version).taxonomy.modes}
    assert {mode for item in test.judged for mode in item.modes} <= modes


def test_only_what_others_judged_and_sorted_can_test_a_coder(store: Store, project: Project) -> None:
    assert len(blind_tests.frame_of(store, project, coder="ben")) == ALL - 1  # one note has no mode
    with pytest.raises(Conflict, match="no trace can test ana"):
        blind_tests.begin_test(store, project, coder="ana", seed=1)
    seen = blind_tests.frame_of(store, project, coder="ben")[0].trace
    coding.save_reading(store, project, Reading(id="own", trace=seen, verdict=Verdict.PASS), coder="ben")
    assert seen not in {item.trace for item in blind_tests.frame_of(store, project, coder="ben")}


def test_answers_are_kept_as_they_are_made_and_compared(store: Store, project: Project) -> None:
    test = blind_tests.begin_test(store, project, coder="ben", seed=1)
    assert (len(test.judged), test.frame_size, test.waiting[0]) == (19, 19, test.judged[0].trace)
    ticked = BlindAnswer(trace=test.waiting[0], other=True)
    blind_tests.answer_trace(store, project, test.id, ticked, coder="ben")
    [kept] = blind_tests.list_tests(store, project)
    assert kept.answer(ticked.trace) == ticked
    assert kept.waiting == test.waiting  # a tick is no answer yet
    with pytest.raises(InvalidInput, match="nothing of this test"):
        blind_tests.result_of(store, project, kept)
    with pytest.raises(Conflict, match="not done yet"):
        blind_tests.begin_test(store, project, coder="ben", seed=2)
    done = answer_all(store, project, test, wrong=0)
    assert done.waiting == ()
    found = blind_tests.result_of(store, project, done)
    assert (found.verdict.same, found.verdict.n, found.apart) == (19, 19, ())
    assert (found.verdict.ac1, found.verdict.kappa, found.verdict.ac1_bounds) == (1.0, 1.0, None)


def test_a_disagreement_counts_where_it_is(store: Store, project: Project) -> None:
    test = answer_all(store, project, blind_tests.begin_test(store, project, coder="ben", seed=1), wrong=3)
    found = blind_tests.result_of(store, project, test)
    date, tone = found.by_mode
    assert (found.verdict.both, found.verdict.first_only, found.verdict.second_only, found.verdict.neither) == (
        8, 3, 0, 8,
    )  # fmt: skip
    # By hand: po = 16/19; yes by the first 11/19, by the second 8/19; kappa (po - pe) / (1 - pe), AC1 with 2 p (1 - p).
    expected = (11 * 8 + 8 * 11) / 19**2
    assert found.verdict.kappa == pytest.approx((16 / 19 - expected) / (1 - expected))
    assert found.verdict.ac1 == pytest.approx((16 / 19 - 0.5) / 0.5)
    assert len(found.apart) == 3
    assert (tone.few, tone.ac1, tone.kappa) == (True, None, None)
    assert date.first_only + tone.first_only == 3
    assert (found.together.n, found.together.first_only) == (38, 3)


def test_what_happens_later_changes_nothing_of_a_test(store: Store, project: Project) -> None:
    test = answer_all(store, project, blind_tests.begin_test(store, project, coder="ben", seed=1), wrong=1)
    before = blind_tests.result_of(store, project, test)
    taxonomy.rename(store, project, "Date", "When", who="ana")
    coding.save_reading(
        store, project, Reading(id="again", trace=test.judged[0].trace, verdict=Verdict.DEFERRED), coder="ana"
    )
    [again] = blind_tests.list_tests(store, project)
    assert blind_tests.result_of(store, project, again) == before


def test_an_answer_of_another_or_about_something_else_is_refused(store: Store, project: Project) -> None:
    test = blind_tests.begin_test(store, project, coder="ben", seed=1)
    given = BlindAnswer(trace=test.judged[0].trace, done=True)
    with pytest.raises(NotFound, match="cleo has no test"):
        blind_tests.answer_trace(store, project, test.id, given, coder="cleo")
    with pytest.raises(InvalidInput, match="not one of this test"):
        blind_tests.answer_trace(store, project, test.id, replace(given, trace="f" * 64), coder="ben")
    with pytest.raises(InvalidInput, match="modes must be of taxonomy version"):
        blind_tests.answer_trace(store, project, test.id, replace(given, modes=frozenset({"x"})), coder="ben")


def test_the_codebook_of_a_test_quotes_none_of_its_traces(store: Store, project: Project) -> None:
    frame = blind_tests.frame_of(store, project, coder="ben")
    kept = frame[0].trace
    book = load_codebook(store, project, without={item.trace for item in frame[1:]})
    assert [list(entry.examples) for entry in book.entries] == [["note 0"], []]
    assert kept not in {item.trace for item in frame[1:]}


def test_half_hold_a_mode_and_each_mode_comes() -> None:
    """90 traces of a common mode, 4 each of two rare ones, 100 without: 5 of each mode or all there are."""
    held = ["a"] * 90 + ["b"] * 4 + ["c"] * 4 + [""] * 100
    frame = [
        JudgedTrace(trace=f"{number:03d}", failed=bool(mode), modes=frozenset({mode} - {""}))
        for number, mode in enumerate(held)
    ]
    drawn = draw_for_test(frame, size=30, rng=np.random.default_rng(3))
    modes = [next(iter(item.modes), "") for item in drawn]
    assert [modes.count(mode) for mode in ("", "a", "b", "c")] == [15, 7, 4, 4]
    assert drawn == draw_for_test(frame[::-1], size=30, rng=np.random.default_rng(3))
    assert modes != sorted(modes)
    assert len(draw_for_test(frame[:98], size=30, rng=np.random.default_rng(3))) == 30
    assert len(draw_for_test(frame[97:], size=30, rng=np.random.default_rng(3))) == 30
    assert len(draw_for_test(frame[96:100], size=30, rng=np.random.default_rng(3))) == 4
