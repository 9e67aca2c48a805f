"""The form of a code check: the few fields that its kind needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from evaldash.services.checks import CheckKind, ModeAdvice

WHERE = {
    "answer": "the last answer", "assistant": "all the assistant said", "user": "what the user said",
    "tools": "tool calls and results", "all": "everything",
}  # fmt: skip
SHOWS = {
    CheckKind.REGEX: "a pattern stands in the text", CheckKind.CONTAINS: "one of these words stands in the text",
    CheckKind.JSON_SCHEMA: "the text is JSON of this schema", CheckKind.TOOL_CALLED: "this tool was called",
    CheckKind.LENGTH: "the length is within these bounds", CheckKind.LANGUAGE: "the text is in this language",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenCheck:
    """What a person filled in; `spec` as `evaluators.specs` checks it."""

    mode: str
    kind: str
    name: str
    spec: Mapping[str, Any]


def check_form(advised: Sequence[ModeAdvice]) -> GivenCheck | None:
    """Show the form; return what was filled in when it is handed in."""
    item = st.selectbox("For the mode", advised, format_func=lambda item: item.mode.name)
    kinds = list(CheckKind)
    likely = kinds.index(item.advice.kind) if item.advice.kind else 0
    kind = st.selectbox(
        "Kind", kinds, index=likely, format_func=lambda kind: f"{kind.value}: {SHOWS[kind]}", key=f"kind-{item.mode.id}"
    )
    with st.form(f"check-{item.mode.id}-{kind}", border=False):
        spec = FIELDS[kind]()
        where = st.selectbox("Looked for in", list(WHERE), format_func=WHERE.__getitem__)
        absent = st.toggle("It fails where this is missing", help="Else the mode shows where it is there.")
        name = st.text_input("Name, if you like", max_chars=200)
        if not st.form_submit_button("Make the check") or spec is None:
            return None
    return GivenCheck(
        mode=item.mode.id,
        kind=kind.value,
        name=name,
        spec={**spec, **({} if kind is CheckKind.TOOL_CALLED else {"where": where}), "absent": absent},
    )


def _regex() -> dict[str, Any]:
    pattern = st.text_input("Pattern (RE2)", placeholder=r"within \d+ days")
    return {"pattern": pattern, "ignore_case": st.checkbox("Large and small letters alike", value=True)}


def _contains() -> dict[str, Any]:
    words = st.text_area("Words, one a line")
    return {"words": [line.strip() for line in words.splitlines() if line.strip()]}


def _json_schema() -> dict[str, Any] | None:
    schema = _json("JSON schema", '{"type": "object"}')
    return None if schema is None else {"schema": schema}


def _tool_called() -> dict[str, Any] | None:
    tool = st.text_input("Tool")
    arguments = _json("With these arguments (JSON)", "{}")
    return None if arguments is None else {"tool": tool, "arguments": arguments}


def _length() -> dict[str, Any]:
    least = st.number_input("At least", min_value=0, value=0)
    most = st.number_input("At most (0: no bound)", min_value=0, value=0)
    bounds = {"at_least": int(least), "at_most": int(most)}
    unit = st.selectbox("Counted in", ["words", "characters"])
    return {name: bound for name, bound in bounds.items() if bound} | {"unit": unit}


def _language() -> dict[str, Any]:
    return {"language": st.text_input("Language", "user", help="user: that of the user; else its code, such as en.")}


def _json(label: str, example: str) -> Any:
    text = st.text_area(label, example)
    try:
        return json.loads(text)
    except ValueError as error:
        st.error(f"{label} cannot be read: {error}", icon=":material/error:")
        return None


FIELDS: Mapping[CheckKind, Callable[[], dict[str, Any] | None]] = {
    CheckKind.REGEX: _regex,
    CheckKind.CONTAINS: _contains,
    CheckKind.JSON_SCHEMA: _json_schema,
    CheckKind.TOOL_CALLED: _tool_called,
    CheckKind.LENGTH: _length,
    CheckKind.LANGUAGE: _language,
}
