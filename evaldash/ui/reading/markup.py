"""Markdown as a tree of plain nodes: the browser builds elements from it by an allow-list and sets text as text.

A node is a text, or [tag, children], or ["li", children, number]. Links, images, references and entities stay as they
were written; nothing loads by itself. A text of which the tree would lose a character is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

Node: TypeAlias = "str | list[str | list[Node]]"

MAX_PARSED = 60_000  # characters; longer text is shown as it is
TAGS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code strong em s table thead tbody tr th td hr br".split(" ")  # noqa: SIM905
)
MAX_NESTING = 100  # quotes and lists in each other; what stands deeper would be left out by the parser
# Direction overrides, ANSI escapes, other controls, and what takes no room (soft hyphens, zero-width spaces, the tag
# characters that smuggle instructions to models) would make a trace look like something it is not. Joiners stay: emoji
# and Persian need them. A lone surrogate cannot be sent at all.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_WRITTEN_AS_MARKUP = re.compile(r"[\s\\`*_~#>|=+:.)-]")  # all that Markdown may take away; the rest must be in the tree


def visible(text: str) -> str:
    """Return `text` with control characters and direction overrides as visible marks like ⟨U+202E⟩."""
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(maxsize=512)
def parse(text: str) -> tuple[Node, ...]:
    """Return the nodes of a Markdown text; one too long to be parsed, or not kept whole, comes back as it is."""
    shown = visible(text)
    if len(shown) > MAX_PARSED:
        return (["pre", [shown]],)
    nodes = _nodes(_parser().parse(shown))
    return tuple(nodes) if _essence(plain(nodes)) == _essence(shown) else (["pre", [shown]],)


def plain(nodes: Sequence[Node]) -> str:
    """Return the text of a tree, with the numbers of its list items."""
    found: list[str] = []
    waiting: list[Node] = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            found.append(node)
        else:
            found += [part for part in node[2:] if isinstance(part, str)]
            waiting += reversed([part for part in node[1] if not isinstance(node[1], str)])
    return " ".join(found)


def _essence(text: str) -> str:
    return _WRITTEN_AS_MARKUP.sub("", text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "maxNesting": MAX_NESTING}
    # Entities would bring back the characters that `visible` has marked; references and addresses would vanish.
    as_written = ["link", "image", "autolink", "reference", "entity"]
    return MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable(as_written)


def _nodes(tokens: list[Token]) -> list[Node]:
    """Turn a flat list of tokens into a tree, without recursion over nesting."""
    root: list[Node] = []
    stack: list[list[Node]] = [root]
    for token in tokens:
        if token.nesting == 1:
            _open(token, stack)
        elif token.nesting == -1:
            stack.pop()
        elif token.type == "inline":
            stack[-1].extend(_nodes(token.children or []))
        else:
            stack[-1].extend(_leaf(token))
    return root


def _open(token: Token, stack: list[list[Node]]) -> None:
    children: list[Node] = []
    if token.tag in TAGS and not token.hidden:
        number = [token.info] if token.tag == "li" and token.info else []
        stack[-1].append([token.tag, children, *number])
        stack.append(children)
    else:
        stack.append(stack[-1])  # unknown or hidden: its children stand in its place


def _leaf(token: Token) -> list[Node]:
    if token.type in ("softbreak", "hardbreak"):
        return [["br", []]]
    if token.type in ("fence", "code_block"):
        language: list[Node] = [["em", [token.info.strip()]], "\n"] if token.info.strip() else []
        return [["pre", [*language, ["code", [token.content]]]]]
    if token.type == "code_inline":
        return [["code", [token.content]]]
    if token.type == "hr":
        return [["hr", []]]
    return [token.content] if token.content else []
