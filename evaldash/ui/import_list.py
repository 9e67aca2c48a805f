"""The imports so far: what came in, of which version of the product, and the way back."""

from __future__ import annotations

import streamlit as st

from evaldash.services.imports import list_imports, set_version, undo_import
from evaldash.services.wording import count_of
from evaldash.storage.imports import ImportRow
from evaldash.ui.context import Context, escape
from evaldash.ui.import_report import show_not_understood

SHOWN = 8  # imports; older ones on request
PATHS_SHOWN = 3
SAID = "evaldash_import_said"  # session key: what a change of an import came to, shown once


def show_imports(context: Context) -> None:
    """Show the imports of the project, the newest first."""
    if context.project is None:
        return
    rows = list(reversed(list_imports(context.store, context.project)))
    if not rows:
        return
    st.subheader("Imports so far")
    if SAID in st.session_state:
        st.success(st.session_state.pop(SAID), icon=":material/check_circle:")
    everything = len(rows) > SHOWN and st.toggle(f"Show all {len(rows)}")
    for row in rows if everything else rows[:SHOWN]:
        _show(context, row)


def _show(context: Context, row: ImportRow) -> None:
    with st.container(border=True):
        what, count, version, change = st.columns([4.5, 2.5, 2.5, 1.5], vertical_alignment="center")
        what.markdown(f"**{escape(_paths(row))}**")
        what.caption(f"Import {row.key}, {row.at:%d %b %Y, %H:%M} UTC")
        count.markdown(_came_in(row))
        version.markdown(f"version {escape(row.version)}" if row.version else "versions as they came")
        with change.popover("Change", width="stretch"):
            _change(context, row)


def _paths(row: ImportRow) -> str:
    more = len(row.paths) - PATHS_SHOWN
    return ", ".join(row.paths[:PATHS_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _came_in(row: ImportRow) -> str:
    if not row.traces:
        return "no trace of it is left" if row.report.get("traces_new") else "no new trace"
    rejected = row.report.get("records_rejected", 0)
    broken_off = "" if row.report else ", not finished"
    return count_of(row.traces, "trace") + (f", {rejected:,} rejected" if rejected else "") + broken_off


def _change(context: Context, row: ImportRow) -> None:
    assert context.project is not None, "show_imports asks before"
    version = st.text_input("Version of your product", value=row.version or "", key=f"version-{row.key}")
    if st.button("Set the version", key=f"set-version-{row.key}", disabled=not version.strip()):
        count = set_version(context.store, context.project, row.key, version.strip(), who=context.coder)
        _said(
            f"{count_of(count, 'trace')} of import {row.key} {'is' if count == 1 else 'are'} now of version {version}."
        )
    show_not_understood(row.report.get("not_understood", []))
    st.divider()
    st.caption(
        "Taking it back removes its traces that nobody drew or read; importing the files again brings them back."
    )
    if st.button(f"Take import {row.key} back", key=f"undo-{row.key}", disabled=not row.traces):
        gone, left = undo_import(context.store, context.project, row.key, who=context.coder)
        stay = f"; {left:,} stay, because they were drawn or read" if left else ""
        _said(f"Import {row.key} is taken back: {count_of(gone, 'trace')} removed{stay}.")


def _said(words: str) -> None:
    st.session_state[SAID] = escape(words)
    st.rerun()
