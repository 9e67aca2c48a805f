"""What went into a tool and came out of it: a table, a record, an e-mail, documents, code, a tree that folds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.template import View
from evaldash.transcript import jsontree
from evaldash.transcript.code import code, language_of, looks_like_a_diff
from evaldash.transcript.documents import as_documents, document_nodes
from evaldash.transcript.images import Images, address, shown
from evaldash.transcript.jsontree import is_text, word_of
from evaldash.transcript.markup import parse, visible
from evaldash.transcript.nodes import Node, el

MAX_COLUMNS = 10  # of a table; wider ones are read as a tree
MAX_ROWS = 200  # of a table that is drawn
MAX_CELL = 300  # characters of a value that may stand in a table
HEADERS = ("from", "sender", "to", "recipient", "recipients", "cc", "bcc", "reply_to", "date", "sent_at", "subject")
BODIES = ("body", "text", "content", "message", "html_body", "body_text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Nodes of a value; `cut` where there was no room for all of it; `words` says what it is when it is folded."""

    nodes: list[Node]
    words: str
    cut: bool = False


def show_value(value: Any, *, room: int, images: Images, view: View | None = None) -> Shown:
    """Return a value as it is read best, or as `view` wants it where the value can be shown so."""
    if isinstance(value, str):
        found = jsontree.parsed(value) if view not in (View.TEXT, View.MARKDOWN, View.CODE) else None
        if found is None:
            return show_text(value, room=room, images=images, view=view)
        value = found
    plain = jsontree.as_plain(value)
    faithful = not jsontree.has_double_keys(value)
    nodes = _special(plain, view, room, images) if faithful else None
    if nodes is not None:
        return Shown(nodes=nodes, words=_amount(plain))
    tree, cut = jsontree.tree_of(value, room=room)
    return Shown(nodes=[["json", tree]], words=_amount(plain), cut=cut)


def show_text(text: str, *, room: int, images: Images, view: View | None = None) -> Shown:
    """Return a text of a tool: a diff in colours, an image, else as it was written; Markdown where `view` wants it."""
    image = address(text.strip())
    if image is not None:
        return Shown(nodes=[shown(image)], words="an image")
    kept = visible(text[:room])
    rest = f"\n… {len(text) - room:,} more characters" if len(text) > room else ""
    words = f"{len(text):,} characters"
    pieces = images.in_text(kept)
    if pieces is not None:
        nodes = [el("pre", piece) if isinstance(piece, str) else piece for piece in pieces if piece]
    elif view is View.MARKDOWN:
        nodes = list(parse(kept))
    elif looks_like_a_diff(kept):
        nodes = [code(kept, "diff")]
    elif view is View.CODE:
        nodes = [code(kept, "python")]
    else:
        nodes = [el("pre", kept)]
    return Shown(nodes=[*nodes, rest] if rest else nodes, words=words, cut=bool(rest))


def show_arguments(value: Any, *, room: int, images: Images) -> Shown:
    """Return the arguments of a call: names and values, long texts and code below their names."""
    if isinstance(value, str) and (found := jsontree.parsed(value)) is not None:
        value = found
    plain = jsontree.as_plain(value)
    if isinstance(plain, dict) and plain and not jsontree.has_double_keys(value):
        return _named(plain, room, images)
    return show_value(value, room=room, images=images)


def _named(values: Mapping[str, Any], room: int, images: Images) -> Shown:
    rows: list[Node] = []
    cut = False
    for name, value in values.items():
        inner, short = _argument(name, value, max(0, room), images)
        cut = cut or short
        room -= len(str(value))
        rows += [el("dt", visible(name)), el("dd", *inner)]
    return Shown(nodes=[el("dl", *rows, extra="pairs")], words=f"{len(values)} values", cut=cut)


def _argument(name: str, value: Any, room: int, images: Images) -> tuple[list[Node], bool]:
    if not isinstance(value, dict | list) and not is_text(value):
        return [word_of(value)], False
    if isinstance(value, str):
        language = language_of(name)
        if language is not None and "\n" in value and len(value) <= room:
            return [code(visible(value), language)], False
        if "\n" not in value and len(value) <= room and address(value) is None:
            return [visible(value)], False
    found = show_value(value, room=room, images=images)
    return found.nodes, found.cut


def _special(value: Any, view: View | None, room: int, images: Images) -> list[Node] | None:
    """Return what a view, or without one the look of a value, makes of it; None for a tree."""
    if view is View.RECORD:
        return _record(value, room, images)
    for maker in _MAKERS.get(view, ()) if view else _BY_LOOK:
        nodes = maker(value, room)
        if nodes is not None:
            return nodes
    return None


def _email(value: Any, room: int) -> list[Node] | None:
    if not isinstance(value, dict):
        return None
    names = {str(name).lower(): name for name in value}
    body = next((names[name] for name in BODIES if name in names and isinstance(value[names[name]], str)), None)
    people = {"from", "sender", "to", "recipient", "recipients"} & set(names)
    if body is None or not people or "subject" not in names or len(str(value)) > room:
        return None
    heads = [names[name] for name in HEADERS if name in names]
    rest = {name: inner for name, inner in value.items() if name not in (*heads, body)}
    rows = [part for name in heads for part in (el("dt", visible(name)), el("dd", _cell(value[name])))]
    more = [["json", jsontree.tree_of(rest, room=room)[0]]] if rest else []
    return [
        el("div", el("dl", *rows, extra="pairs"), el("div", *parse(value[body]), extra="text"), *more, extra="email")
    ]


def _documents(value: Any, room: int) -> list[Node] | None:
    found = as_documents(value)
    return None if found is None or len(str(value)) > room else document_nodes(found)


def _table(value: Any, room: int) -> list[Node] | None:
    """Return a list of flat objects as a table: at least two rows, nothing that would be cut."""
    rows = _rows(value)
    if rows is None or len(rows) < 2 or len(str(rows)) > room:
        return None
    return _grid(rows)


def _any_table(value: Any, room: int) -> list[Node] | None:
    rows = _rows(value) or ([value] if isinstance(value, dict) and _rows([value]) else None)
    return None if not rows or len(str(rows)) > room else _grid(rows)


def _record(value: Any, room: int, images: Images) -> list[Node] | None:
    if not isinstance(value, dict) or not value or len(str(value)) > room:
        return None
    return _named(value, room, images).nodes


def _rows(value: Any) -> list[dict[str, Any]] | None:
    if not isinstance(value, list) or not value or len(value) > MAX_ROWS:
        return None
    if not all(isinstance(row, dict) and row for row in value):
        return None
    columns = dict.fromkeys(name for row in value for name in row)
    flat = all(
        len(_cell(cell)) <= MAX_CELL and not isinstance(cell, dict | list) for row in value for cell in row.values()
    )
    filled = sum(len(row) for row in value) * 2 >= len(columns) * len(value)
    return value if flat and filled and len(columns) <= MAX_COLUMNS else None


def _grid(rows: Sequence[Mapping[str, Any]]) -> list[Node]:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    head = el("tr", *(el("th", visible(name)) for name in columns))
    body = [el("tr", *(el("td", _cell(row[name]) if name in row else "") for name in columns)) for row in rows]
    return [el("div", el("table", el("thead", head), el("tbody", *body)), extra="wide")]


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_cell(item) for item in value)
    if isinstance(value, dict):
        return " ".join(_cell(item) for item in value.values())
    return word_of(value)


def _amount(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value):,} {'entry' if len(value) == 1 else 'entries'}"
    if isinstance(value, dict):
        return f"{len(value):,} {'field' if len(value) == 1 else 'fields'}"
    return "a value"


_BY_LOOK = (_email, _documents, _table)
_MAKERS = {View.EMAIL: (_email,), View.TABLE: (_any_table,), View.DOCUMENTS: (_documents,)}
