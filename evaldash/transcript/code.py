"""Code in colour: Pygments reads it, nine classes of ours say what a piece is. Nothing of the code is changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from evaldash.transcript.nodes import Node, el

MAX_COLOURED = 30_000  # characters; longer code is shown without colours
# From the special to the general: the first that a token lies in.
CLASSES = (
    ("Comment", "c"), ("Generic.Deleted", "gd"), ("Generic.Inserted", "gi"), ("Generic.Heading", "gh"),
    ("Generic.Subheading", "gh"), ("Literal.Number", "n"), ("Literal.String", "s"), ("Keyword", "k"),
    ("Operator.Word", "k"), ("Name.Function", "f"), ("Name.Class", "f"), ("Name.Tag", "b"), ("Name.Builtin", "b"),
    ("Name.Attribute", "b"), ("Name.Decorator", "b"), ("Name.Exception", "f"),
)  # fmt: skip
DIFF = re.compile(r"^(diff --git |@@ -\d+(,\d+)? \+\d+(,\d+)? @@|--- \S.*\n\+\+\+ \S)", re.MULTILINE)
# Names under which tools are given code, and in which language, if the name says so.
CODE_KEYS = {
    "code": "python", "python": "python", "script": "", "sql": "sql", "query_sql": "sql", "bash": "bash",
    "command": "bash", "cmd": "bash", "patch": "diff", "diff": "diff", "html": "html", "new_str": "", "old_str": "",
    "file_text": "",
}  # fmt: skip


def code(text: str, language: str = "") -> Node:
    """Return a block of code, coloured where the language is known; `text` is visible already."""
    return el("pre", el("code", *_pieces(text, language.lower())))


def looks_like_a_diff(text: str) -> bool:
    """Tell whether a text holds the lines by which a diff is known."""
    return DIFF.search(text[:20_000]) is not None


def language_of(name: str) -> str | None:
    """Return the language that a file name or an argument's name tells, "" for code of none, None for no code."""
    if name in CODE_KEYS:
        return CODE_KEYS[name]
    ending = name.rpartition(".")[2] if "." in name else ""
    return ending if ending and _lexer(ending) is not None else None


def _pieces(text: str, language: str) -> list[Node]:
    lexer = _lexer(language) if language and len(text) <= MAX_COLOURED else None
    if lexer is None:
        return [text]
    nodes: list[Node] = []
    for name, piece in _joined(lexer, text):
        nodes.append(el("span", piece, extra=f"hl-{name}") if name else piece)
    return nodes


def _joined(lexer: Any, text: str) -> Iterator[tuple[str, str]]:
    """Yield classes and texts, neighbours of one class together."""
    held, said = "", ""
    for token, piece in lexer.get_tokens(text):
        name = _class_of(token) if piece.strip() else held
        if name != held and said:
            yield held, said
            said = ""
        held, said = name, said + piece
    if said:
        yield held, said


@lru_cache(maxsize=256)
def _class_of(token: Any) -> str:
    from pygments.token import string_to_tokentype

    return next((short for name, short in CLASSES if token in string_to_tokentype(name)), "")


@lru_cache(maxsize=64)
def _lexer(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
