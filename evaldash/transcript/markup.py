"""Markdown as a tree of plain nodes: the browser builds elements from it by an allow-list and sets text as text.

Links, images, references and entities stay as they were written; nothing loads by itself. A text of which the tree
would lose a character is shown as it is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from evaldash.transcript.code import code
from evaldash.transcript.nodes import TAGS, Node, plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MAX_PARSED = 60_000  # characters; longer text is shown as it is
MAX_FORMULA = 5_000  # characters; the end is looked for that far
MAX_NESTING = 100  # quotes and lists in each other; what stands deeper would be left out by the parser
# Direction overrides, ANSI escapes, other controls, and what takes no room (soft hyphens, zero-width spaces, the tag
# characters that smuggle instructions to models) would make a trace look like something it is not. Joiners stay: emoji
# and Persian need them. A lone surrogate cannot be sent at all.
HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# How LaTeX begins and ends; Markdown would take its backslashes away.
FORMULAS = {"\\[": "\\]", "\\(": "\\)", "$$": "$$"}
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


def _essence(text: str) -> str:
    return _WRITTEN_AS_MARKUP.sub("", text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    options = {"html": False, "linkify": False, "maxNesting": MAX_NESTING}
    # Entities would bring back the characters that `visible` has marked; references and addresses would vanish.
    as_written = ["link", "image", "autolink", "reference", "entity"]
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable(as_written)
    parser.inline.ruler.before("escape", "formula", _formula)
    return parser


def _formula(state: StateInline, silent: bool) -> bool:
    """Keep a formula as it was written."""
    opening = state.src[state.pos : state.pos + 2]
    if opening not in FORMULAS:
        return False
    found = state.src.find(FORMULAS[opening], state.pos + 2, min(state.pos + MAX_FORMULA, state.posMax))
    if found < 0:
        return False
    end = found + 2
    if not silent:
        state.push("formula", "", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


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
    if token.type == "formula":
        first, *more = token.content.split("\n")
        return [first, *(node for line in more for node in (["br", []], line))]
    if token.type in ("fence", "code_block"):
        told = token.info.strip()
        language: list[Node] = [["div", [told], "language"]] if told else []
        return [*language, code(token.content.removesuffix("\n"), told.split(" ")[0])]
    if token.type == "code_inline":
        return [["code", [token.content]]]
    if token.type == "hr":
        return [["hr", []]]
    return [token.content] if token.content else []
