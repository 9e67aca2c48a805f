"""Code: the reading desk. A domain expert reads trace after trace, judges, and notes what went wrong first."""

import streamlit as st

from evaldash.errors import InvalidInput
from evaldash.services.desk import reading_queue
from evaldash.ui.context import load_context, need_project
from evaldash.ui.reading import show_desk


def main() -> None:
    """Show the desk over the batch of the address, else over the first that is not read to its end."""
    context = load_context()
    store, project = need_project(context)
    batch = context.parameters.get("batch")
    queue = reading_queue(store, project, batch=_number(batch), trace=context.parameters.get("trace"))
    if queue is None:
        st.title("Read and judge")
        st.info("Nothing has been drawn for reading yet. A batch of 20 is a good beginning.", icon=":material/casino:")
        st.page_link("pages/sample.py", label="Draw a batch", icon=":material/casino:")
        return
    show_desk(store, project, queue, coder=context.coder or "")


def _number(batch: str | None) -> int | None:
    if batch is None:
        return None
    if not batch.isdecimal() or len(batch) > 9:
        raise InvalidInput(
            f"batch in the address must be a number, got {batch[:20]!r}; `/code?batch=1` opens the first"
        )
    return int(batch)


main()
