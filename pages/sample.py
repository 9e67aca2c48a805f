"""Sample: which traces should be read next, and what may be computed from them afterwards."""

import streamlit as st

from evaldash.services.browse import count_traces
from evaldash.services.sampling import frame_size, list_batches
from evaldash.services.wording import count_of
from evaldash.ui.context import load_context, need_project
from evaldash.ui.own_fields import show_own_fields
from evaldash.ui.sample_draw import start_draw, watch_draw
from evaldash.ui.sample_form import choose_request
from evaldash.ui.sample_next import show_where_next
from evaldash.ui.sample_preview import show_preview
from evaldash.ui.tables import show_batches


def main() -> None:
    """Show the page: choose a way to draw, draw, and the batches there are."""
    context = load_context()
    store, project = need_project(context)
    st.title("Draw a batch to read")
    left = frame_size(store, project)
    if count_traces(store, project) == 0:
        st.info("This project has no traces yet. Import some to draw from.", icon=":material/upload_file:")
        st.page_link("pages/import_page.py", label="Import traces", icon=":material/upload_file:")
        return
    if left == 0:
        st.info("Every trace stands in a batch already. Import more to draw more.", icon=":material/done_all:")
    else:
        st.write(
            f"**{count_of(left, 'trace')}** in no batch yet. A batch is read in its order; how it was drawn decides "
            "what may be computed from it."
        )
        show_where_next(store, project)
        wanted = choose_request(store, project, context.parameters.get("filter"), left=left, coder=context.coder)
        draw, look, _ = st.columns([1, 1, 3])
        if look.button("Preview", disabled=not wanted.ready, width="stretch"):
            show_preview(store, project, wanted.request)
        if draw.button(
            "Draw the batch", type="primary", icon=":material/casino:", disabled=not wanted.ready, width="stretch"
        ):
            start_draw(store, project, wanted.request, reader=wanted.reader, who=context.coder)
    watch_draw(store, project)
    show_batches(project, list_batches(store, project))
    show_own_fields(store, project, who=context.coder)


main()
