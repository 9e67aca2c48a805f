"""What changed between versions of the product, in words, with the interval beside them."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.cycles import Comparison, ModeChange
from evaldash.storage.store import Store
from evaldash.ui.cached import get_comparison, get_cycles
from evaldash.ui.context import show_error


def show_versions(store: Store, project: Project) -> None:
    """Show the versions there are, and two of them against each other."""
    found = get_cycles(store, project)
    read = [item.cycle for item in found if item.read]
    if len(read) >= 2:
        _compare(store, project, read)
    else:
        st.write(
            "Two versions with read traces make a comparison. A cycle is a version of the product and the traces read "
            "for it; give versions with the import, or on the page Import afterwards."
        )
    with st.expander("All versions", expanded=len(read) < 2):
        st.dataframe(
            [{"version": item.cycle, "traces": item.traces, "read": item.read} for item in found],
            hide_index=True, width="stretch",
        )  # fmt: skip


def _compare(store: Store, project: Project, read: list[str]) -> None:
    left, right, _ = st.columns([1, 1, 2])
    before = left.selectbox("Before", read, index=len(read) - 2, key="versions-before")
    after = right.selectbox("After", read, index=len(read) - 1, key="versions-after")
    try:
        found = get_comparison(store, project, before, after)
    except EvaldashError as error:
        show_error(error)
        return
    overall, *modes = found.changes
    st.html(f'<p style="font-size:1.25rem;margin:0">Any failure: {_sentence(overall)}.</p>')
    st.dataframe([_row(item) for item in _most_moved(modes)], hide_index=True, width="stretch")
    st.caption(_how(found))


def _sentence(item: ModeChange) -> str:
    return item.verdict  # made of numbers and words of our own


def _most_moved(modes: list[ModeChange]) -> list[ModeChange]:
    return sorted(modes, key=lambda item: (not item.moved, -abs(item.change.estimate or 0.0)))


def _row(item: ModeChange) -> dict[str, object]:
    known = item.change.estimate is not None
    return {
        "failure mode": item.name,
        "before": None if item.before is None else f"{item.before * 100:.0f} % of {item.n_before}",
        "after": None if item.after is None else f"{item.after * 100:.0f} % of {item.n_after}",
        "change, points (95 %)": f"{item.change.low * 100:+.0f} to {item.change.high * 100:+.0f}" if known else "",
        "what can be said": item.verdict,
    }


def _how(found: Comparison) -> str:
    how = (
        f"{found.pairs} equal inputs, judged in both versions, are compared in pairs."
        if found.pairs
        else "The inputs differ, so two samples are compared; equal inputs replayed on both versions would tell more."
    )
    return (
        f"{how} Both are seen by taxonomy version {found.taxonomy_version}. Of the modes called moved, about one in "
        "ten is moved by chance (Benjamini-Hochberg at 10 %)."
    )
