"""Taxonomy: which failure modes there are, and which notes stand behind each."""

import streamlit as st

from evaldash.services.taxonomy import TaxonomyView
from evaldash.services.wording import agree, count_of
from evaldash.ui.cached import get_taxonomy
from evaldash.ui.context import load_context, need_project
from evaldash.ui.taxonomy_checks import show_checks
from evaldash.ui.taxonomy_codebook import show_codebook
from evaldash.ui.taxonomy_history import show_history
from evaldash.ui.taxonomy_suggestions import show_suggestions
from evaldash.ui.workshop.board import show_board

VIEWS = ("Board", "Suggestions", "Codebook", "Evaluators", "History")


def main() -> None:
    """Show the page: where the taxonomy stands, then the board, the suggestions or the history."""
    context = load_context()
    store, project = need_project(context)
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    left.title("Failure modes")
    now = get_taxonomy(store, project)
    if not now.codes:
        st.info("There are no notes yet. Read some traces and write down what went wrong.", icon=":material/edit_note:")
        st.page_link("pages/code.py", label="Read traces", icon=":material/edit_note:")
        return
    if not context.coder:
        st.write(_sentence(now))
        st.warning("Say who you are on the left: your name stands beside each change.", icon=":material/person:")
        return
    default = VIEWS[0] if now.taxonomy.modes else VIEWS[1]
    view = right.segmented_control(
        "View", VIEWS, default=default, label_visibility="collapsed", key="taxonomy-view", required=True
    )
    said = "" if view in VIEWS[:2] else _sentence(now)  # board and cards count for themselves, as they change
    st.caption(f"Axial coding: grouping notes into failure modes, each a yes-or-no question about a trace. {said}")
    if view == VIEWS[1]:
        show_suggestions(store, project, now, who=context.coder)
    elif view == VIEWS[2]:
        show_codebook(store, project, now, who=context.coder)
    elif view == VIEWS[3]:
        show_checks(store, project, who=context.coder)
    elif view == VIEWS[4]:
        show_history(store, project, now, who=context.coder)
    else:
        show_board(store, project, now, who=context.coder)


def _sentence(now: TaxonomyView) -> str:
    loose, all_codes = len(now.uncategorised), len(now.codes)
    name = f", published as {now.taxonomy.published}" if now.taxonomy.published else ""
    rest = f"; **{loose}** without a mode" if loose else ""
    modes = len(now.taxonomy.modes)
    return (
        f"**{count_of(modes, 'failure mode')}** {agree(modes, 'holds', 'hold')} **{all_codes - loose}** of "
        f"**{count_of(all_codes, 'note')}**{rest}. "
        f"Version {now.taxonomy.version}{name}."
    )


main()
