"""The board: failure modes on one side, the notes of the chosen one on the other, and everything one can do to them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode
from evaldash.services import taxonomy
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage.readings import CodeRow
from evaldash.storage.store import Store
from evaldash.ui.context import escape
from evaldash.ui.taxonomy_notes import choose_notes

LOOSE = "Notes without a mode"
NEW = "a new mode"


def show_board(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show the modes, and the chosen one with its notes."""
    left, right = st.columns([2, 3], gap="medium")
    with left:
        chosen = _choose_mode(now)
        _undo(store, project, who)
    with right:
        if chosen is None:
            st.subheader(LOOSE)
            _notes(store, project, now, now.uncategorised, key="loose", who=who)
        else:
            _mode(store, project, now, chosen, who)


def _choose_mode(now: TaxonomyView) -> FailureMode | None:
    modes = now.taxonomy.modes
    rows = [{"mode": LOOSE, "notes": len(now.uncategorised), "traces": len({c.trace for c in now.uncategorised})}]
    rows += [{"mode": mode.name, "notes": len(now.by_mode[mode.id]), "traces": now.traces_of(mode)} for mode in modes]
    event = st.dataframe(
        rows, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row", key="taxonomy-modes"
    )
    picked = event["selection"]["rows"]
    place = picked[0] if picked else (0 if now.uncategorised else 1)
    return modes[place - 1] if 0 < place <= len(modes) else None


def _undo(store: Store, project: Project, who: str) -> None:
    if st.button("Undo the last change", icon=":material/undo:", help="As a version of its own; nothing is lost."):
        taxonomy.undo(store, project, who=who)
        st.rerun()


def _mode(store: Store, project: Project, now: TaxonomyView, mode: FailureMode, who: str) -> None:
    st.subheader(escape(mode.name))
    st.write(escape(mode.definition) or "*No definition yet: could a stranger tell whether a trace has it?*")
    with st.popover("Edit, merge, retire", icon=":material/edit:"):
        _edit(store, project, now, mode, who)
    _notes(store, project, now, now.by_mode[mode.id], key=mode.id, who=who)


def _edit(store: Store, project: Project, now: TaxonomyView, mode: FailureMode, who: str) -> None:
    with st.form(f"edit-{mode.id}", border=False):
        name = st.text_input("Name", mode.name)
        definition = st.text_area("Definition, in one sentence", mode.definition)
        applies = st.text_area("Applies when", mode.applies_when)
        not_when = st.text_area("Does not apply when", mode.not_when)
        if st.form_submit_button("Save", type="primary"):
            _save(store, project, mode, name, (definition, applies, not_when), who)
            st.rerun()
    others = [other for other in now.taxonomy.modes if other.id != mode.id]
    if others:
        into = st.selectbox("Merge into", others, format_func=lambda other: other.name, key=f"merge-{mode.id}")
        if st.button("Merge", key=f"do-merge-{mode.id}"):
            taxonomy.merge(store, project, [mode.id], into=into.id, who=who)
            st.rerun()
    if st.button(
        "Retire this mode", key=f"retire-{mode.id}", help="Its notes stay, without a mode. Undo brings it back."
    ):
        taxonomy.retire(store, project, mode.id, who=who)
        st.rerun()


def _save(store: Store, project: Project, mode: FailureMode, name: str, words: tuple[str, str, str], who: str) -> None:
    definition, applies, not_when = words
    if name.strip() != mode.name:
        taxonomy.rename(store, project, mode.id, name, who=who)
    if words != (mode.definition, mode.applies_when, mode.not_when):
        taxonomy.define(
            store, project, mode.id, who=who, definition=definition, applies_when=applies, not_when=not_when
        )


def _notes(store: Store, project: Project, now: TaxonomyView, codes: Sequence[CodeRow], *, key: str, who: str) -> None:
    if not codes:
        st.caption("No notes here.")
        return
    chosen = choose_notes(codes, key=key)
    if not chosen:
        st.caption("Choose notes to move them.")
        return
    targets = [NEW, LOOSE, *(mode.name for mode in now.taxonomy.modes)]
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    target = left.selectbox(f"Move {count_of(len(chosen), 'note')} to", targets, key=f"{key}-target")
    name = left.text_input("Its name", key=f"{key}-name") if target == NEW else ""
    if right.button("Move", type="primary", key=f"{key}-move", width="stretch"):
        _move(store, project, [code.id for code in chosen], target, name, who)
        st.rerun()


def _move(store: Store, project: Project, codes: list[str], target: str, name: str, who: str) -> None:
    if target == NEW:
        taxonomy.create(store, project, name, codes=codes, who=who)
    else:
        taxonomy.move(store, project, codes, to=None if target == LOOSE else target, who=who)
