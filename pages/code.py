"""Code: the reading desk. A domain expert reads trace after trace, judges, and notes what went wrong first."""

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.services.desk import reading_queue
from evaldash.services.settling import for_reader, settling_queue
from evaldash.ui.context import Context, Store, load_context, need_project
from evaldash.ui.reading import show_desk
from evaldash.ui.reading.settle import edit_desk_settings, show_agreement

VIEWS = ["Read", "Agreement", "Set up"]
VIEW = "code-view"  # session key
SETTLE = "code-settle"  # session key: of which project and coder the disagreements stand at the desk


def main() -> None:
    """Show the desk over the batch of the address, else over the first that is not read to its end."""
    context = load_context()
    store, project = need_project(context)
    view = st.segmented_control("View", VIEWS, default=VIEWS[0], key=VIEW, label_visibility="collapsed")
    if view == "Agreement":
        _agreement(context, store, project)
    elif view == "Set up":
        edit_desk_settings(store, project, who=context.coder)
    else:
        _read(context, store, project)


def _read(context: Context, store: Store, project: Project) -> None:
    batch, coder = context.parameters.get("batch"), context.coder or ""
    queue = reading_queue(store, project, batch=_number(batch), trace=context.parameters.get("trace"))
    if queue is None:
        st.title("Read and judge")
        st.info("Nothing has been drawn for reading yet. A batch of 20 is a good beginning.", icon=":material/casino:")
        st.page_link("pages/sample.py", label="Draw a batch", icon=":material/casino:")
        return
    show_desk(store, project, for_reader(store, project, queue, coder=coder), coder=coder)


def _agreement(context: Context, store: Store, project: Project) -> None:
    settling = (project.key, context.coder)
    if st.session_state.get(SETTLE) != settling:
        if show_agreement(store, project, who=context.coder):
            st.session_state[SETTLE] = settling
            st.rerun()
    elif st.button("Back to the list", icon=":material/arrow_back:"):
        st.session_state.pop(SETTLE)
        st.rerun()
    else:
        _settle(context, store, project)


def _settle(context: Context, store: Store, project: Project) -> None:
    coder = context.coder or ""
    queue = settling_queue(store, project, coder=coder)
    if queue is None:
        st.session_state.pop(SETTLE)
        st.success("All disagreements are settled.")
        return
    show_desk(store, project, for_reader(store, project, queue, coder=coder), coder=coder)


def _number(batch: str | None) -> int | None:
    if batch is None:
        return None
    if not batch.isdecimal() or len(batch) > 9:
        raise InvalidInput(
            f"batch in the address must be a number, got {batch[:20]!r}; `/code?batch=1` opens the first"
        )
    return int(batch)


main()
