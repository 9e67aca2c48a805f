"""Nodes: what text of a trace becomes before a browser sees it. Text stays text, whatever it holds.

A node is a text, or [tag, children], or [tag, children, extra]: a class of ours, the number of a list item, the address
of an image from within the record. Two tags are no elements but parts that a builder knows: "json" (a tree that folds)
and "clip" (long content, its beginning shown).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

# Children of "json" are not nodes but an encoded tree; hence Any.
Node: TypeAlias = "str | list[Any]"

TAGS = frozenset(
    "p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code strong em s table thead tbody tr th td hr br "  # noqa: SIM905
    "div span details summary dl dt dd ins del img".split(" ")
)


# Blocks of text take their direction from what they say: Arabic from the right, with its list numbers on the right.
DIRECTED = frozenset({"p", "ul", "ol", "blockquote", "table", "dd", "h1", "h2", "h3", "h4", "h5", "h6"})


def el(tag: str, *children: Node | None, extra: str = "") -> Node:
    """Return an element; children that are None are left out."""
    kept = [child for child in children if child is not None]
    return [tag, kept, extra] if extra else [tag, kept]


def plain(nodes: Sequence[Node]) -> str:
    """Return the text of a tree, with the numbers of its list items."""
    found: list[str] = []
    waiting: list[Node] = list(reversed(nodes))
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            found.append(node)
        elif node[0] == "json":
            found += texts_of_tree(node[1])
        else:
            found += node[2:] if node[0] == "li" else []
            waiting += reversed(node[1])
    return " ".join(found)


def texts_of_tree(tree: Any) -> Iterable[str]:
    """Yield the names and values of an encoded JSON tree, in their order."""
    waiting = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif item[0] in ("a", "o"):
            waiting += reversed(item[1])
        else:
            yield str(item[1])
