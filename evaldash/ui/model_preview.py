"""What a model would be sent, where, and what it may cost at most, on a page before it is asked."""

from __future__ import annotations

import os

import streamlit as st

from evaldash.errors import EvaldashError
from evaldash.llm.settings import ModelSettings, from_env
from evaldash.services.model_use import ModelPreview
from evaldash.services.wording import count_of
from evaldash.ui.context import escape, show_error

SHOWN_CHARS = 2_000  # of a text; a trace may be long
HEIGHT = 180  # px of the list of texts


def configured_model() -> ModelSettings | None:
    """Return the model that the environment names, None where it names none; a mistake there is said on the page."""
    try:
        return from_env(os.environ)
    except EvaldashError as error:
        show_error(error)
        return None


def show_preview(found: ModelPreview, what: str, *, more: str = "") -> None:
    """Show the preview; `what` names the texts, `more` is what else should be known."""
    need = found.estimate
    price = need.cost_usd
    cost = "of unknown price" if price is None else f"at most ${price:.4f}" if price else "at no cost"
    masked = ", ".join(f"{count} {kind}" for kind, count in found.placeholders.items()) or "nothing had to be masked"
    st.write(
        f"{what} would go to {escape(found.host)} in {count_of(need.requests, 'request')}, {cost} "
        f"({need.tokens_in + need.tokens_out:,} tokens). Masked: {escape(masked)}. {more}"
    )
    st.dataframe([{"as it would be sent": text[:SHOWN_CHARS]} for text in found.texts], hide_index=True, height=HEIGHT)
