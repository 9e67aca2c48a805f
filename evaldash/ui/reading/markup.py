"""Markdown as a tree of plain nodes: the browser builds elements from it by an allow-list and sets text as text.

A node is a text, or [tag, children]. Links and images keep their address as visible text; nothing loads by itself.
"""

from __future__ import annotations

import re
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
# Direction overrides, ANSI escapes and other controls would make a trace look like something it is not.
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def visible(text: str) -> str:
    """Return `text` with control characters and direction overrides as visible marks like ⟨U+202E⟩."""
    return HIDDEN.sub(lambda found: f"⟨U+{ord(found.group()):04X}⟩", text.replace("\r\n", "\n").replace("\r", "\n"))


@lru_cache(maxsize=2048)
def parse(text: str) -> tuple[Node, ...]:
    """Return the nodes of a Markdown text; text too long to be parsed comes back as one plain paragraph."""
    shown = visible(text)
    if len(shown) > MAX_PARSED:
        return (["pre", [shown]],)
    return tuple(_nodes(_parser().parse(shown)))


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def _nodes(tokens: list[Token]) -> list[Node]:
    """Turn a flat list of tokens into a tree, without recursion over nesting."""
    root: list[Node] = []
    stack: list[list[Node]] = [root]
    addresses: list[str] = []  # of the links that are open
    for token in tokens:
        if token.nesting == 1:
            _open(token, stack, addresses)
        elif token.nesting == -1:
            _close(token, stack, addresses)
        elif token.type == "inline":
            stack[-1].extend(_nodes(token.children or []))
        else:
            stack[-1].extend(_leaf(token))
    return root


def _open(token: Token, stack: list[list[Node]], addresses: list[str]) -> None:
    children: list[Node] = []
    if token.tag in TAGS and not token.hidden:
        stack[-1].append([token.tag, children])
        stack.append(children)
    else:
        stack.append(stack[-1])  # unknown or hidden: its children stand in its place
        if token.tag == "a":
            addresses.append(str(token.attrs.get("href", "")))
            stack[-1].append("[")


def _close(token: Token, stack: list[list[Node]], addresses: list[str]) -> None:
    if token.tag == "a" and addresses:
        stack[-1].append(f"]({addresses.pop()})")
    if len(stack) > 1:
        stack.pop()


def _leaf(token: Token) -> list[Node]:
    if token.type in ("softbreak", "hardbreak"):
        return [["br", []]]
    if token.type in ("fence", "code_block"):
        return [["pre", [["code", [token.content]]]]]
    if token.type == "code_inline":
        return [["code", [token.content]]]
    if token.type == "hr":
        return [["hr", []]]
    if token.type == "image":
        return [f"![{token.content}]({token.attrs.get('src', '')})"]
    return [token.content] if token.content else []
