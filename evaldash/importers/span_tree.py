"""Spans as a tree, whatever their export did to them: parents that are missing, cycles, ids given twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from evaldash.importers.spans import Span, SpanKind

EARLIEST = datetime.min.replace(tzinfo=UTC)


class Visit(StrEnum):
    """A span is met twice on the way through the tree: before its children and after them."""

    OPEN = "open"
    CLOSE = "close"


class SpanTree:
    """The spans of a trace by time, with children and ancestors; a span without a known parent is a root."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.spans = sorted(spans, key=lambda span: (span.started or EARLIEST, span.position))
        by_id: dict[str, Span] = {}
        for span in self.spans:
            by_id.setdefault(span.id, span)
        self._parent = {id(span): _parent_of(span, by_id) for span in self.spans}
        self._children: dict[int, list[Span]] = {}
        for span in self.spans:
            if (parent := self._parent[id(span)]) is not None:
                self._children.setdefault(id(parent), []).append(span)
        self.roots = self._found_roots()

    def children(self, span: Span) -> Sequence[Span]:
        """Return the spans right below one, by time."""
        return self._children.get(id(span), ())

    def parent(self, span: Span) -> Span | None:
        """Return the span right above one."""
        return self._parent[id(span)]

    def walk(self, root: Span) -> Iterator[tuple[Visit, Span]]:
        """Yield each span of a subtree before and after what is below it; no recursion, traces nest without limit."""
        stack = [(Visit.OPEN, root)]
        while stack:
            visit, span = stack.pop()
            yield visit, span
            if visit is Visit.OPEN:
                stack.append((Visit.CLOSE, span))
                stack += [(Visit.OPEN, child) for child in reversed(self.children(span))]

    def holders(self, kind: SpanKind) -> frozenset[int]:
        """Return the `id()`s of the spans that have a span of a kind somewhere below them."""
        found: set[int] = set()
        for span in self.spans:
            if span.kind is kind:
                above = self.parent(span)
                while above is not None and id(above) not in found:
                    found.add(id(above))
                    above = self.parent(above)
        return frozenset(found)

    def below(self, kind: SpanKind) -> frozenset[int]:
        """Return the `id()`s of the spans that have a span of a kind above them."""
        found: set[int] = set()
        for root in self.roots:
            depth = 0
            for visit, span in self.walk(root):
                if visit is Visit.CLOSE:
                    depth -= span.kind is kind
                    continue
                if depth:
                    found.add(id(span))
                depth += span.kind is kind
        return frozenset(found)

    def _found_roots(self) -> list[Span]:
        """Return the roots by time; a cycle, which no root leads to, is cut at its earliest span."""
        roots = [span for span in self.spans if self._parent[id(span)] is None]
        reached = {id(span) for root in roots for _, span in self.walk(root)}
        for span in self.spans:
            if id(span) not in reached:
                self._cut(span)
                roots.append(span)
                reached |= {id(found) for _, found in self.walk(span)}
        return sorted(roots, key=lambda span: (span.started or EARLIEST, span.position))

    def _cut(self, span: Span) -> None:
        parent = self._parent[id(span)]
        self._parent[id(span)] = None
        if parent is not None:
            self._children[id(parent)] = [child for child in self._children[id(parent)] if child is not span]


def _parent_of(span: Span, by_id: dict[str, Span]) -> Span | None:
    parent = by_id.get(span.parent) if span.parent else None
    return None if parent is span else parent
