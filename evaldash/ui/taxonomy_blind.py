"""The test of the codebook on a page: judged traces to read blind, one at a time, and how far the answers agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import streamlit as st

from evaldash.domain.blind_test import BlindAnswer, BlindTest
from evaldash.domain.stored import Project
from evaldash.services import blind_tests
from evaldash.services.taxonomy import view
from evaldash.services.wording import agree, count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import get_blind_codebook
from evaldash.ui.codebook_entry import entry_words
from evaldash.ui.context import escape
from evaldash.ui.reading import show_trace
from evaldash.ui.taxonomy_blind_model import offer_model_test
from evaldash.ui.taxonomy_blind_result import show_result
from evaldash.ui.workshop.assets import component

HEIGHT = 640  # px


class Save(Protocol):
    """Changes what was said so far of a trace (`of`, by default the one that is shown) and keeps it."""

    def __call__(self, change: Callable[[BlindAnswer], BlindAnswer], of: str = ...) -> None:
        """Keep it."""


WHAT = (
    "Could a stranger apply these modes? A second coder reads up to 30 judged traces without seeing what was said of "
    "them, ticks the modes that apply, and the answers are compared."
)


def show_blind_test(store: Store, project: Project, *, who: str) -> None:
    """Show the test that `who` has begun, or how to begin one; below it what the tests so far say."""
    tests = blind_tests.list_tests(store, project)
    mine = next((test for test in tests if test.coder == who and test.waiting), None)
    if mine is not None:
        st.fragment(_read)(store, project, mine.id, who)
        return  # no result beside a blind reading
    st.write(WHAT)
    _begin(store, project, who, number=len(tests) + 1)
    offer_model_test(store, project, who=who, number=len(tests) + 1)
    for place, test in enumerate(tests):
        if len(test.waiting) < len(test.judged):
            with st.container(key=f"blind-result-{place}"):
                show_result(store, project, test)


def _begin(store: Store, project: Project, who: str, *, number: int) -> None:
    frame = blind_tests.frame_of(store, project, coder=who)
    holding = sum(bool(item.modes) for item in frame)
    if not holding:
        st.info(
            f"No trace can test {escape(who)} yet: a test takes traces that others judged and {escape(who)} did not, "
            "with a mode for each failure. Let a colleague who did not code them choose a name on the left.",
            icon=":material/group:",
        )
        return
    size = min(blind_tests.SIZE, len(frame))
    st.caption(
        f"**{count_of(len(frame), 'trace')}** can be drawn, judged by others and not by you; **{holding:,}** of them "
        f"{agree(holding, 'holds', 'hold')} a mode. Half of a test holds one, spread over the modes, so it says "
        "nothing about how frequent a mode is."
    )
    if st.button(f"Begin with {count_of(size, 'trace')}", type="primary", icon=":material/visibility_off:"):
        blind_tests.begin_test(store, project, coder=who, seed=number)
        st.rerun()


def _read(store: Store, project: Project, id: str, who: str) -> None:
    test = blind_tests.find_test(store, project, id)
    if not test.waiting:
        st.rerun(scope="app")
    trace = test.waiting[0]
    done = len(test.judged) - len(test.waiting)
    st.progress(done / len(test.judged), text=f"Trace {done + 1} of {len(test.judged)}. Each tick is saved.")
    left, right = st.columns([3, 2])
    with left:
        show_trace(store, project, trace, key=f"blind-{id}-{trace}", height=HEIGHT, who=who)

    def save(change: Callable[[BlindAnswer], BlindAnswer], of: str = trace) -> None:
        given = blind_tests.find_test(store, project, id).answer(of)  # as it is now: the page may be a key behind
        blind_tests.answer_trace(store, project, id, change(given), coder=who)

    with right, st.container(height=HEIGHT):
        _questions(store, project, test, trace, save)


def _questions(store: Store, project: Project, test: BlindTest, trace: str, save: Save) -> None:
    """Ask of each mode whether it applies, with the codebook beside the question; all of it by key as well."""
    given = test.answer(trace)
    modes = view(store, project, test.taxonomy_version).taxonomy.modes
    unseen = frozenset(item.trace for item in test.judged)
    book = get_blind_codebook(store, project, test.taxonomy_version, unseen)
    before = test.before(trace)
    left, right = st.columns([1, 3])
    left.button(
        "Back", key=f"blind-back-{trace}", width="stretch", disabled=before is None,
        on_click=lambda: save(lambda now: replace(now, done=False), before or trace),
    )  # fmt: skip
    right.button(
        "Next: these apply" if given.failed else "Next: it passes", key=f"blind-next-{trace}", type="primary",
        width="stretch", on_click=lambda: save(lambda now: replace(now, done=True)),
    )  # fmt: skip
    boxes = [f"blind-{trace}-{mode.id}" for mode in modes]
    last = f"blind-{trace}-other"
    data = {"trace": trace, "boxes": [*boxes, last], "next": f"blind-next-{trace}", "back": f"blind-back-{trace}"}
    component("evaldash_blind_keys")(key="blind-keys", data=data)
    for number, (mode, entry, key) in enumerate(zip(modes, book.entries, boxes, strict=True), start=1):
        st.checkbox(
            f"**{number}. {escape(mode.name)}**", mode.id in given.modes, key=key,
            on_change=_ticked, args=(save, key, mode.id),
        )  # fmt: skip
        st.caption(entry_words(entry, quotes=1))
    st.checkbox("**0. It fails in another way**", given.other, key=last, on_change=_ticked, args=(save, last, None))
    st.caption("A failure for which none of the modes above is meant.")


def _ticked(save: Save, key: str, mode: str | None) -> None:
    """Keep a tick as it stands in its box; `mode` None is another failure."""
    is_on = bool(st.session_state[key])

    def change(now: BlindAnswer) -> BlindAnswer:
        if mode is None:
            return replace(now, other=is_on)
        return replace(now, modes=now.modes | {mode} if is_on else now.modes - {mode})

    save(change)
