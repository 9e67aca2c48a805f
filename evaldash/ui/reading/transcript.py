"""A transcript to read, on any page: the same reader as at the desk, with all that it can do but judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.domain.trace import Trace
from evaldash.errors import EvaldashError
from evaldash.services.reading import PartAnswer, answer_parts, part_of, reading_payloads
from evaldash.storage.store import Store
from evaldash.transcript.payload import imported, trace_payload
from evaldash.ui.reading.assets import component
from evaldash.ui.reading.template import edit_template

Answer = Callable[[object], list[PartAnswer]]


def show_trace(
    store: Store, project: Project, trace_id: str, *, key: str, height: int = 620, who: str | None = None
) -> None:
    """Show a trace of the store, `height` pixels high and scrolling by itself."""
    payload = reading_payloads(store, project, [trace_id])[0]
    data = {"trace": payload, "height": height, "project": project.name}

    def answer(asked: object) -> list[PartAnswer]:
        return answer_parts(store, project, asked)

    _mount(data, answer, key=key, on_template=lambda: edit_template(store, project, who=who))


def show_imported(trace: Trace, *, key: str, height: int = 420) -> None:
    """Show a trace that is not in the store yet."""
    shown = imported(trace)

    def answer(asked: object) -> list[PartAnswer]:
        questions = [item for item in asked if isinstance(item, dict)] if isinstance(asked, list) else []
        return [
            _answer(item) for item in questions if item.get("trace") == trace.id and isinstance(item.get("part"), dict)
        ]

    def _answer(question: dict[str, Any]) -> PartAnswer:
        part = question["part"]
        try:
            return PartAnswer(trace=trace.id, part=part, value=part_of(shown, part))
        except EvaldashError as error:
            return PartAnswer(trace=trace.id, part=part, error=str(error))

    _mount({"trace": trace_payload(shown), "height": height, "project": None}, answer, key=key)


def _mount(data: dict[str, Any], answer: Answer, *, key: str, on_template: Callable[[], None] | None = None) -> None:
    """Show the reader; its questions are answered in the run that they begin."""
    st.fragment(_reader)(data, answer, key, on_template)


def _reader(data: dict[str, Any], answer: Answer, key: str, on_template: Callable[[], None] | None) -> None:
    answered = f"{key}-answers"

    def on_parts() -> None:
        asked = st.session_state[key].get("parts")
        st.session_state[answered] = {"times": _times(asked), "answers": [asdict(item) for item in answer(asked)]}

    def on_template_asked() -> None:
        if on_template is not None:
            on_template()

    component("evaldash_transcript")(
        key=key,
        data=data | st.session_state.pop(answered, {}),
        on_parts_change=on_parts,
        on_template_change=on_template_asked,
    )


def _times(asked: object) -> object:
    """Return the number of a message: an answer that equals the one before it would not reach the browser without."""
    return asked[0].get("times") if isinstance(asked, list) and asked and isinstance(asked[0], dict) else None
