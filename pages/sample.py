"""Sample: which traces should be read next, and what may be computed from them afterwards."""

import streamlit as st

from evaldash.services.sampling import Sample, draw_batch, frame_size, list_batches
from evaldash.ui.context import escape, load_context, need_project, remember
from evaldash.ui.sample_form import choose_request, show_preview
from evaldash.ui.tables import show_batches


def main() -> None:
    """Show the page: choose a way to draw, draw, and the batches there are."""
    context = load_context()
    store, project = need_project(context)
    st.title("Draw a batch to read")
    left = frame_size(store, project)
    if left == 0:
        st.info("Every trace stands in a batch already. Import more to draw more.", icon=":material/done_all:")
    else:
        st.write(
            f"**{left:,}** traces stand in no batch yet. A batch is read in its order; how it was drawn decides "
            "what may be computed from it."
        )
        request = choose_request(store, project, context.parameters.get("filter"))
        reader = st.text_input("Who reads it", value=context.coder or "", placeholder="anyone")
        draw, look, _ = st.columns([1, 1, 3])
        if look.button("Preview", help="Shows what this would draw; nothing is stored.", width="stretch"):
            show_preview(store, project, request)
        if draw.button("Draw the batch", type="primary", icon=":material/casino:", width="stretch"):
            with st.spinner("Drawing; vectors that are missing are made first (about 250 short texts a second)"):
                sample = draw_batch(store, project, request, coder=reader.strip() or None, who=context.coder)
            _drawn(sample)
    show_batches(list_batches(store, project))


def _drawn(sample: Sample) -> None:
    st.success(
        f"Batch {sample.batch} holds {len(sample.traces)} of {sample.frame_size} traces.", icon=":material/check:"
    )
    for note in sample.notes:
        st.caption(escape(note))
    remember(batch=str(sample.batch), trace=None)
    st.page_link("pages/code.py", label=f"Read batch {sample.batch}", icon=":material/edit_note:")


main()
