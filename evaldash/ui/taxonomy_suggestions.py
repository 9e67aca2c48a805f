"""Suggested failure modes as cards with the notes they rest on; nothing changes before a person accepts."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import SuggestedMode, Suggestion
from evaldash.errors import EvaldashError
from evaldash.jobs import start_job
from evaldash.llm.settings import from_env
from evaldash.services import jobs, suggesting
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error
from evaldash.ui.progress import watch_job

REJECTED = "evaldash_rejected"  # session key: (suggestion, mode name) that this person threw away
EVIDENCE_CHARS = 200


def show_suggestions(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the newest suggestion as cards, and a way to make one."""
    job = jobs.newest(store, project, kind="suggest")
    running = job is not None and job.state == "running"
    if job is not None and job.state != "done":
        watch_job(store, job.id, on_done=lambda _: None)
    suggestion = suggesting.newest_suggestion(store, project)
    cards = [] if suggestion is None else _open_cards(suggestion, now)
    if not running:
        _offer(store, project, now, who, primary=not cards)
    if suggestion is not None and cards:
        _cards(store, project, now, suggestion, cards, who)


def _offer(store: Store, project: Project, now: TaxonomyView, who: str, *, primary: bool) -> None:
    if not now.uncategorised:
        st.success("Every note has a failure mode.", icon=":material/done_all:")
        return
    kind: Literal["primary", "secondary"] = "primary" if primary else "secondary"
    words = f"Suggest modes for {count_of(len(now.uncategorised), 'note')}"
    if st.button(words, type=kind, icon=":material/auto_awesome:", help="On this machine, by what the notes say."):
        _start(store, project, lambda: suggesting.suggest_locally(store, project, who=who))
    settings = from_env(os.environ)
    if settings is None:
        return
    with st.popover(f"Ask {settings.model}", icon=":material/cloud:"):
        st.write(f"The notes go to {escape(settings.host)}, with keys, addresses and numbers masked.")
        limit = st.number_input("At most, in US dollars", min_value=0.01, value=1.0)
        if st.button("Ask"):
            _start(store, project, lambda: suggesting.suggest_by_model(store, project, limit_usd=limit, who=who))


def _start(store: Store, project: Project, suggest: Callable[[], Suggestion]) -> None:
    start_job(store, project, kind="suggest", message="grouping the notes", work=lambda _: suggest().id)
    st.rerun()


def _open_cards(suggestion: Suggestion, now: TaxonomyView) -> list[SuggestedMode]:
    """Return the suggested modes that still have notes without a mode and were not thrown away."""
    loose = {code.id for code in now.uncategorised}
    rejected = st.session_state.get(REJECTED, set())
    return [mode for mode in suggestion.modes if loose & set(mode.codes) and (suggestion.id, mode.name) not in rejected]


def _cards(
    store: Store, project: Project, now: TaxonomyView, suggestion: Suggestion, cards: list[SuggestedMode], who: str
) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    left.write(
        f"**{len(cards)}** suggestions, by {escape(suggestion.method)}. Edit the words, then accept or throw away."
    )
    if right.button("Accept all", type="primary", width="stretch", icon=":material/done_all:"):
        _accept(store, project, suggestion, cards, who)
    texts = {code.id: code.text for code in now.codes}
    names = {mode.id: mode.name for mode in now.taxonomy.modes}
    for mode in cards:
        with st.container(border=True):
            _card(store, project, suggestion, mode, texts, names, who)
    if suggestion.left_over:
        st.caption(f"Left over: {len(suggestion.left_over)} notes. {escape(suggestion.left_over_reason)}")


def _card(
    store: Store,
    project: Project,
    suggestion: Suggestion,
    mode: SuggestedMode,
    texts: dict[str, str],
    names: dict[str, str],
    who: str,
) -> None:
    key = f"{suggestion.id[:8]}-{mode.name}"
    loose = [code for code in mode.codes if code in texts]
    left, right = st.columns([3, 1])
    with left:
        if mode.existing:
            st.markdown(f"**More for {escape(names.get(mode.existing, mode.name))}** · {len(loose)} notes")
        else:
            st.text_input(f"New mode · {len(loose)} notes", mode.name, key=f"name-{key}", max_chars=120)
            st.text_area("Definition", mode.definition, key=f"definition-{key}", height=68)
    if right.button("Accept", key=f"accept-{key}", width="stretch", icon=":material/check:"):
        _accept(store, project, suggestion, [mode], who)
    if right.button("Throw away", key=f"reject-{key}", width="stretch", icon=":material/close:"):
        st.session_state[REJECTED] = st.session_state.get(REJECTED, set()) | {(suggestion.id, mode.name)}
        st.rerun()
    for code in [*mode.evidence, *(code for code in loose if code not in mode.evidence)][:5]:
        st.caption(f"“{escape(texts.get(code, '')[:EVIDENCE_CHARS])}”")
    if len(loose) > 5 and st.toggle(f"all {len(loose)} notes", key=f"all-{key}"):
        st.dataframe([{"note": texts[code]} for code in loose], hide_index=True, width="stretch")


def _accept(store: Store, project: Project, suggestion: Suggestion, modes: list[SuggestedMode], who: str) -> None:
    edited = {
        mode.name: (
            st.session_state.get(f"name-{suggestion.id[:8]}-{mode.name}", mode.name),
            st.session_state.get(f"definition-{suggestion.id[:8]}-{mode.name}", mode.definition),
        )
        for mode in modes
        if mode.existing is None
    }
    try:
        suggesting.accept(store, project, suggestion.id, who=who, only=[mode.name for mode in modes], edited=edited)
    except EvaldashError as error:
        show_error(error)
        return
    st.rerun()
