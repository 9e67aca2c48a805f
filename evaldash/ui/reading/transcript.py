"""A transcript to read, on any page: the same rendering as at the desk, the raw record below it on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from evaldash.domain.trace import Json
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.payload import raw_payload


def show_transcript(trace: dict[str, Any], *, raw: Callable[[], Sequence[Json]], key: str, height: int = 520) -> None:
    """Show a trace as `trace_payload` gives it, at most `height` pixels high and scrolling by itself.

    `raw` gives its untouched records; it is called when a person asks for them.
    """
    component("evaldash_transcript")(key=key, data={"trace": trace, "height": height})
    if st.toggle("Show the raw record", key=f"{key}-raw"):
        st.code(raw_payload(raw()), language="json", height=height)
