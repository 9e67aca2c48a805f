"""The first traces of a file as they will look, with the format that was recognised; a mapping where one is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

import streamlit as st

from evaldash.domain.trace import ImportIssue, Trace
from evaldash.errors import EvaldashError
from evaldash.importers import (
    IMPORTERS,
    Mapping,
    SourceFile,
    Told,
    first_rows,
    guess_mapping,
    read_file,
    recognise,
    whole_traces,
)
from evaldash.importers.mapping import ROLES
from evaldash.importers.reading import ENOUGH
from evaldash.services.mappings import MappingKind
from evaldash.ui.context import Context, escape, show_error
from evaldash.ui.import_choice import Choice
from evaldash.ui.import_mapping import edit_roles
from evaldash.ui.reading import show_imported

SHOWN = 3  # traces
LOOKED_AT = 2_000  # records or parts that are read for the first look
AUTO = "recognised"
TABLE = "table"


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first records of a file gave."""

    format: str
    confidence: float
    items: Sequence[Trace | ImportIssue]


def show_preview(context: Context, choice: Choice) -> Choice | None:
    """Show how the first file will be read; return the choice with what was set here, None if it cannot be read."""
    source = choice.sources[0]
    if source.is_project:
        st.markdown(f"{escape(source.name)} is a whole project that was exported: it comes in as a project of its own.")
        return choice
    names = [importer.name for importer in IMPORTERS]
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    wanted = right.selectbox(
        "Format", [AUTO, *names], help="Recognised by what is in the file; change it if it is wrong."
    )
    format = None if wanted == AUTO else wanted
    try:
        mapping = None
        if _is_table(source, format):
            mapping = _mapping(context, source)
            if mapping is None:
                left.markdown(f"{escape(source.name)} is a table whose columns have no usual names.")
                return None
        look = _look(source, format, mapping)
    except EvaldashError as error:
        show_error(error)
        return None
    left.markdown(f"{escape(source.name)} is read as **{escape(look.format)}** ({look.confidence * 100:.0f} % sure).")
    _show_items(look.items)
    return replace(choice, format=format, mapping=mapping)


def _is_table(source: SourceFile, format: str | None) -> bool:
    """Tell whether a file is read as a table: by choice, by what is in it, or as flat rows of no known format."""
    if format is not None:
        return format == TABLE
    ranked = recognise(source)
    if ranked and ranked[0].confidence >= ENOUGH:
        return ranked[0].format == TABLE
    rows = first_rows(source)
    return bool(rows) and not any(isinstance(value, dict | list) for row in rows for value in row.values())


def _look(source: SourceFile, format: str | None, mapping: Mapping | None) -> _Look:
    reading = read_file(source, format=format, mapping=mapping)
    found = islice(whole_traces(reading, at_most=LOOKED_AT), SHOWN)
    items = [item.trace if isinstance(item, Told) else item for item in found]
    return _Look(reading.format, reading.confidence, items)


def _show_items(items: Sequence[Trace | ImportIssue]) -> None:
    traces = [item for item in items if isinstance(item, Trace)]
    for issue in (item for item in items if isinstance(item, ImportIssue)):
        st.warning(escape(f"{issue.record} cannot be read: {issue.reason}"), icon=":material/report:")
    if not traces:
        return
    labels = [f"Trace {number}" for number in range(1, len(traces) + 1)]
    chosen = st.segmented_control("The first traces, as they will look", labels, default=labels[0], key="preview-trace")
    trace = traces[labels.index(chosen or labels[0])]
    show_imported(trace, key="import-preview")


def _mapping(context: Context, source: SourceFile) -> Mapping | None:
    """Let a person say which column means what, beside real values; None as long as nobody asks or answers."""
    rows = first_rows(source)
    guess = guess_mapping(rows)
    roles = edit_roles(
        context,
        MappingKind.TABLE,
        rows,
        guess=dict(guess.roles) if guess else {},
        roles=ROLES,
        rest="metadata",
    )
    if not {"query", "answer", "messages"} & set(roles.values()):
        st.info(
            "Say in the table above which column holds the question (query) and which the answer; "
            "then the traces show here.",
            icon=":material/table_edit:",
        )
        return None
    return Mapping.of(roles)
