"""Fields of one's own: listed, made by rules, from groups or by hand, removed."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.services.fields import (
    FieldSummary,
    define_field,
    drop_field,
    field_from_clusters,
    list_fields,
    set_by_hand,
)
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error

ARROW = "=>"
WAYS = {"rules": "by rules", "clusters": "from the groups of today", "hand": "by hand"}
VALUES = 8  # of a field that are listed
EXAMPLE = 'metadata.plan = "pro" and metric.turns > 4 => long, paying\n"refund" => money'


def show_own_fields(store: Store, project: Project, *, who: str | None) -> None:
    """Show the fields there are and a form for one more."""
    fields = list_fields(store, project)
    with st.expander(f"Fields of your own ({len(fields)})"):
        st.caption(
            "User type, feature, kind of question: what the source does not say. As field.NAME they can be filtered "
            "by, drawn by and rates broken down by."
        )
        for field in fields:
            _row(store, project, field, who)
        _form(store, project, who)


def _row(store: Store, project: Project, field: FieldSummary, who: str | None) -> None:
    left, right = st.columns([6, 1], vertical_alignment="center")
    values = ", ".join(f"{value} {count:,}" for value, count in list(field.values.items())[:VALUES])
    more = len(field.values) - VALUES
    rest = f" and {more} more" if more > 0 else ""
    left.markdown(f"**{escape(field.name)}** {WAYS[field.kind]}: {escape(values) or 'no values'}{rest}")
    if right.button("Remove", key=f"drop-field-{field.name}"):
        drop_field(store, project, field.name, who=who)
        st.rerun()


def _form(store: Store, project: Project, who: str | None) -> None:
    way = st.segmented_control("New field", list(WAYS), format_func=WAYS.__getitem__, default="rules", required=True)
    with st.form("own-field", border=False):
        name = st.text_input("Name", placeholder="topic", max_chars=50).strip()
        rules = st.text_area("Rules, one a line: filter => value", placeholder=EXAMPLE) if way == "rules" else ""
        rest = st.text_input("Value where no rule holds", placeholder="empty for none") if way == "rules" else ""
        value = st.text_input("Value") if way == "hand" else ""
        names = st.text_area("Traces, one a line") if way == "hand" else ""
        if not st.form_submit_button("Set the field"):
            return
    try:
        if way == "clusters":
            field_from_clusters(store, project, name, who=who)
        elif way == "hand":
            traces = [line.strip() for line in names.splitlines() if line.strip()]
            set_by_hand(store, project, name, value, traces, who=who)
        else:
            define_field(store, project, name, _pairs(rules), otherwise=rest.strip() or None, who=who)
    except EvaldashError as error:
        show_error(error)
    else:
        st.rerun()


def _pairs(text: str) -> list[tuple[str, str]]:
    """Return the rules of a text; one without an arrow has no value, and is refused with a sentence."""
    found = []
    for line in filter(str.strip, text.splitlines()):
        expression, _, value = line.rpartition(ARROW) if ARROW in line else (line, "", "")
        found.append((expression.strip(), value.strip()))
    return found
