"""What changed, by whom, what differs between two versions, and naming a version for good."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode, TaxonomyChange
from evaldash.services import taxonomy
from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.taxonomy.difference import Difference
from evaldash.ui.context import escape

FIELD_WORDS = {
    "name": "name", "definition": "definition", "applies_when": "applies when", "not_when": "does not apply when",
    "severity": "severity", "owner": "owner",
}  # fmt: skip
MAX_LINES = 60  # of a difference; a long one is read as the two codebooks


def show_history(store: Store, project: Project, now: TaxonomyView, *, who: str) -> None:
    """Show all versions, newest first; publish the present one; compare any two."""
    if now.taxonomy.modes and not now.taxonomy.published:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input(
            "Publish this version as", placeholder="spring review", help="A published version never changes."
        )
        if right.button("Publish", disabled=not name.strip(), width="stretch"):
            taxonomy.publish(store, project, name, who=who)
            st.rerun()
    changes = taxonomy.history(store, project)
    if not changes:
        st.caption("Nothing has been changed yet.")
        return
    st.dataframe([_row(change) for change in reversed(changes)], hide_index=True, width="stretch")
    _compare(store, project, changes)


def _row(change: TaxonomyChange) -> dict[str, object]:
    return {
        "version": change.version,
        "what": change.summary,
        "who": change.by,
        "when": f"{change.at:%d %b %H:%M}",
        "published as": change.published or "",
    }


def _compare(store: Store, project: Project, changes: list[TaxonomyChange]) -> None:
    names = {change.version: change.published for change in changes}
    last = changes[-1].version
    published = [change.version for change in changes[:-1] if change.published]
    left, right = st.columns(2)

    def label(version: int) -> str:
        return f"{version}, {names[version]}" if names.get(version) else str(version)

    versions = [0, *names]
    before = left.selectbox(
        "What changed from version", versions, index=versions.index(published[-1] if published else last - 1),
        format_func=label,
    )  # fmt: skip
    after = right.selectbox("to version", versions, index=len(versions) - 1, format_func=label)
    lines = _lines(taxonomy.compare(store, project, before, after))
    if not lines:
        st.caption("Nothing differs.")
        return
    more = [f"and {len(lines) - MAX_LINES} more"] if len(lines) > MAX_LINES else []
    st.markdown("\n".join(f"- {line}" for line in [*lines[:MAX_LINES], *more]))


def _lines(found: Difference) -> list[str]:
    def named(mode: FailureMode | None) -> str:
        return "no mode" if mode is None else f"**{escape(mode.name)}**"

    return [
        *(f"New: {named(mode)}" for mode in found.added),
        *(f"Gone: {named(mode)}" for mode in found.gone),
        *(
            f"{named(item.mode)}, {FIELD_WORDS[item.field]}: “{_short(item.before)}” became “{_short(item.after)}”"
            for item in found.reworded
        ),
        *(
            f"{count_of(len(move.codes), 'note')} from {named(move.before)} to {named(move.after)}"
            for move in found.moved
        ),
    ]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return escape(line if len(line) <= 160 else f"{line[:160]} …")
