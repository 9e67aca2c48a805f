"""Beside the desk on the page Code: where coders differ, who decides, what the project asks of its readers."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.coding import list_coders
from evaldash.services.desk_settings import (
    DeskSettings,
    checks_as_text,
    desk_settings,
    parse_checks,
    save_desk_settings,
)
from evaldash.services.settling import AGREE, ReadTwice, choose_deciding_coder, read_twice
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.context import show_error

FIRST = "the first coder of each trace"
MARKS = {"pass": "✓", "fail": "✗", "deferred": "◷"}


def show_agreement(store: Store, project: Project, *, who: str | None) -> bool:
    """Show who differs on what; True when the disagreements are to be settled at the desk."""
    found = read_twice(store, project)
    if not found:
        st.info("No trace has been read by two people yet. Two coders who open the same batch do not see each other.")
        return False
    differ = [item for item in found if item.how != AGREE]
    still = [item for item in differ if not item.settled]
    agreed = len(found) - len(differ)
    st.subheader(
        f"{count_of(len(found), 'trace')} read by several: they agree on {agreed} and differ on {len(differ)}; "
        f"{len(still)} to settle"
    )
    _choose_who_decides(store, project, who=who)
    rows = [_row(item) for item in sorted(found, key=lambda item: item.how == AGREE)]
    st.dataframe(rows, hide_index=True, width="stretch")
    return bool(still) and st.button(f"Settle {len(still)} at the desk", type="primary", icon=":material/gavel:")


def _choose_who_decides(store: Store, project: Project, *, who: str | None) -> None:
    names = [FIRST, *list_coders(store, project)]
    now = project.deciding_coder if project.deciding_coder in names else FIRST
    chosen = st.selectbox("Whose verdict counts", names, index=names.index(now), width=360)
    if chosen != now:
        choose_deciding_coder(store, project, None if chosen == FIRST else chosen, who=who)
        st.rerun()


def _row(item: ReadTwice) -> dict[str, str]:
    said = [
        f"{reading.coder}: {MARKS[reading.verdict.value]} {'; '.join(code.text for code in reading.codes)}".rstrip()
        for reading in item.readings
    ]
    state = f"settled by {item.settled}" if item.settled else item.how
    return {"trace": item.name, "state": state, "readings": "   |   ".join(said)}


def edit_desk_settings(store: Store, project: Project, *, who: str | None) -> None:
    """Show a form for guidelines and sub-checks."""
    now = desk_settings(store, project)
    with st.form("desk-settings", border=False):
        guidelines = st.text_area("Guidelines for readers", now.guidelines, height=180,
            help="Markdown. One key away at the desk, above the codebook.")  # fmt: skip
        checks = st.text_area("Sub-checks, one a line", checks_as_text(now.checks), height=120,
            help="A yes-or-no question, or a name with items: “Facts present: date, price, platform”.")  # fmt: skip
        pressed = st.form_submit_button("Keep", type="primary")
    if pressed:
        try:
            wanted = DeskSettings(guidelines=guidelines, checks=parse_checks(checks))
            save_desk_settings(store, project, wanted, who=who)
            st.success("Kept. Everybody who reads this project has it from the next trace on.")
        except EvaldashError as error:
            show_error(error)
