"""When to look again: what calls for it, the week's oddest traces, and the quick look."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.look_again import LONGEST_CADENCE, MARKS, LookAgain, set_cadence
from evaldash.services.projects import require_coder
from evaldash.services.quick_look import MOST, SIZE, draw_quick_look, quick_look
from evaldash.services.sampling import SampleRequest, draw_batch, list_batches
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import get_cycles, get_look_again
from evaldash.ui.context import escape, remember, show_error
from evaldash.ui.trace_rows import show_trace_rows


def show_again(store: Store, project: Project, *, who: str | None) -> None:
    """Show the triggers in a sentence and a table, then the two short readings on offer."""
    found = get_look_again(store, project)
    if "cycle" in st.query_params:
        st.caption("This is about all versions, whichever the address names.")
    st.html(f'<p style="font-size:1.25rem;margin:0">{_sentence(found)}</p>')
    rows = [{"trigger": item.name, "now": MARKS[item.calls], "measured": escape(item.words)} for item in found.triggers]
    st.table(rows)  # whole sentences, which a grid would cut
    _cadence(store, project, found, who)
    _weekly(store, project, found, who)
    _quick(store, project, who)


def _sentence(found: LookAgain) -> str:
    calling = dict.fromkeys(item.name.lower() for item in found.calling)
    return f"Look again: {', '.join(calling)}." if calling else "Nothing that can be measured calls for a new round."


def _cadence(store: Store, project: Project, found: LookAgain, who: str | None) -> None:
    """Let a person say after how many days a round is due; what stands there is what is kept."""
    days = st.number_input(
        "A round is due every … days", min_value=1, max_value=LONGEST_CADENCE, value=found.cadence_days,
        key=f"cadence-{project.key}-{found.cadence_days}", width=240, disabled=who is None,
        help="It calls for a new round where nothing else does." if who else "Say on the left who you are.",
    )  # fmt: skip
    if days == found.cadence_days:
        return
    try:
        set_cadence(store, project, int(days), who=require_coder(who))
    except EvaldashError as error:
        show_error(error)
        return
    st.rerun()


def _weekly(store: Store, project: Project, found: LookAgain, who: str | None) -> None:
    st.subheader("This week's oddest" if found.of_week else "The oddest nobody read")
    if not found.oddest:
        st.caption("No unread trace stands out.")
        return
    whence = (
        "" if found.of_week else " The newest week holds too few unread traces for a list, so these are of any time."
    )
    st.caption(f"Ten minutes a week between two rounds. They find new failures; they say nothing about rates.{whence}")
    ids = [trace for trace, _ in found.oddest]
    if st.button(f"Draw these {len(ids)} as a batch", icon=":material/casino:"):
        batch = draw_batch(store, project, SampleRequest(strategy="picked", traces=ids), coder=who, who=who).batch
        remember(batch=str(batch), trace=None)
        st.switch_page("pages/code.py")
    show_trace_rows(store, project, ids, key="oddest", more={trace: {"why": why} for trace, why in found.oddest})


def _quick(store: Store, project: Project, who: str | None) -> None:
    st.subheader("Quick look")
    st.caption(f"After a change: {SIZE} traces in half an hour by one expert, and one page that says what it can know.")
    left, right = st.columns(2, vertical_alignment="bottom")
    versions = [item.cycle for item in reversed(get_cycles(store, project)) if item.version]
    version = left.selectbox("Of version", [*versions, None], format_func=lambda item: item or "any version")
    if left.button(f"Draw {SIZE} at random", icon=":material/bolt:"):
        _draw(store, project, version, who)
    small = [row.number for row in list_batches(store, project) if row.read and row.size <= MOST]
    if not small:
        return
    batch = right.selectbox("Result of batch", list(reversed(small)))
    found = quick_look(store, project, batch)
    right.download_button(
        "This page as Markdown", found.text, file_name=f"quick-look-{batch}.md", mime="text/markdown", on_click="ignore"
    )
    with st.container(border=True):
        st.caption(f"{count_of(found.read, 'trace')} judged")
        st.markdown(found.text)


def _draw(store: Store, project: Project, version: str | None, who: str | None) -> None:
    try:
        batch = draw_quick_look(store, project, version=version, coder=who)
    except EvaldashError as error:
        show_error(error)
        return
    remember(batch=str(batch), trace=None)
    st.switch_page("pages/code.py")
