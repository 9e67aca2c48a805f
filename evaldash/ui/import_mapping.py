"""Which column means what: guessed or saved by name, beside real values, to be changed and saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from evaldash.domain.trace import Json
from evaldash.errors import EvaldashError
from evaldash.services.mappings import MappingKind, SavedMapping, delete_mapping, list_mappings, save_mapping
from evaldash.ui.context import Context, escape, show_error

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

GUESSED = "Guessed from the names of the columns"
ROWS_SHOWN = 3
CELL_CHARS = 120
JUST_SAVED = "evaldash_mapping_just_saved"  # session key: the name to pick at the next run


def edit_roles(
    context: Context,
    kind: MappingKind,
    rows: Sequence[Mapping[str, Json]],
    *,
    guess: Mapping[str, str],
    roles: Sequence[str],
    rest: str,
    fixed: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Let a person say which column means what; columns of the role `rest` are left out of what is returned.

    Columns whose meaning is `fixed` are not asked for. A saved mapping whose columns are all there is taken at once.
    """
    fixed = fixed or {}
    columns = [column for column in dict.fromkeys(column for row in rows for column in row) if column not in fixed]
    saved = {item.name: item for item in list_mappings(context.store, kind)}
    left, middle, right = st.columns([4, 1, 1], vertical_alignment="bottom")
    picked = _picked(left, saved, f"{kind}-{hash((*columns, *fixed))}", [*columns, *fixed])
    given = {**(dict(saved[picked].columns) if picked in saved else guess), **fixed}
    if absent := [column for column in given if column not in columns and column not in fixed]:
        st.caption(escape(f"Not in this file: {', '.join(absent)}."))
    asked = {column: role if (role := given.get(column, rest)) in roles else rest for column in columns}
    key = f"roles-{kind}-{picked}-{hash(tuple(asked.items()))}"  # another file or mapping begins anew
    found = {**_edited(rows, asked, roles, key=key), **fixed}
    found = {column: role for column, role in found.items() if role != rest}
    with middle.popover("Save", width="stretch", icon=":material/bookmark_add:"):
        _save(context, kind, found, name="" if picked == GUESSED else picked)
    if picked in saved:
        with right.popover("Delete", width="stretch"):
            _delete(context, kind, picked)
    return found


def _picked(place: DeltaGenerator, saved: Mapping[str, SavedMapping], shape: str, columns: Sequence[str]) -> str:
    """Let a person pick a mapping for columns of this shape; first the one just saved, then the first that fits."""
    names = [GUESSED, *saved]
    key = f"mapping-{shape}"
    fitting = next((name for name, item in saved.items() if _fits(item, columns)), GUESSED)
    wanted = st.session_state.pop(JUST_SAVED, st.session_state.get(key, fitting))
    st.session_state[key] = wanted if wanted in names else GUESSED
    return place.selectbox("Which column means what?", names, key=key)


def _fits(item: SavedMapping, columns: Sequence[str]) -> bool:
    return all(column in columns for column, _ in item.columns)


def _edited(
    rows: Sequence[Mapping[str, Json]], asked: Mapping[str, str], roles: Sequence[str], *, key: str
) -> dict[str, str]:
    table = [{"column": column, "meaning": role, **_values(rows, column)} for column, role in asked.items()]
    edited: list[dict[str, Any]] = st.data_editor(
        table,
        key=key,
        hide_index=True,
        width="stretch",
        disabled=[name for name in (table[0] if table else ()) if name != "meaning"],
        column_config={"meaning": st.column_config.SelectboxColumn(options=list(roles), required=True)},
    )
    return {row["column"]: row["meaning"] for row in edited}


def _values(rows: Sequence[Mapping[str, Json]], column: str) -> dict[str, str]:
    shown = enumerate(rows[:ROWS_SHOWN], start=1)
    return {f"row {number}": str(row.get(column, "") or "")[:CELL_CHARS] for number, row in shown}


def _save(context: Context, kind: MappingKind, roles: Mapping[str, str], *, name: str) -> None:
    wanted = st.text_input("Name", value=name, placeholder="weekly export of the help desk", key=f"mapping-name-{kind}")
    st.caption("For all projects. One of the same name is replaced.")
    if st.button("Save the mapping", disabled=not wanted.strip()):
        try:
            save_mapping(context.store, kind, wanted, roles, who=context.coder)
        except EvaldashError as error:
            show_error(error)
            return
        st.session_state[JUST_SAVED] = " ".join(wanted.split())
        st.rerun()


def _delete(context: Context, kind: MappingKind, name: str) -> None:
    st.write(f"Forget **{escape(name)}**? What was imported with it stays.")
    if st.button("Delete the mapping"):
        delete_mapping(context.store, kind, name, who=context.coder)
        st.rerun()
