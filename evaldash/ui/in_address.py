"""Fields whose value stands in the address of the page too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st


def in_address(
    widget: Callable[..., str | None], label: str, *options: Any, name: str, present: str, **more: Any
) -> str:
    """Show a widget that stands where the address says, `present`; return what it says, without spaces around it.

    A widget that is given another default is another widget to Streamlit: for a moment both are drawn, the page jumps
    and a click made just then is lost. So it keeps its key, and takes the address's value only when that has changed.
    """
    key, said = f"evaldash_field_{name}", f"evaldash_field_{name}_said"
    if key not in st.session_state or st.session_state.get(said) != present:
        st.session_state[key] = present
    value = (widget(label, *options, key=key, **more) or "").strip()
    st.session_state[said] = value
    return value
