"""Retrieved documents as documents: title, where from, score, text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.transcript import jsontree
from evaldash.transcript.jsontree import word_of
from evaldash.transcript.markup import parse
from evaldash.transcript.nodes import Node, el

TEXTS = ("page_content", "content", "text", "document", "chunk", "passage", "snippet", "body")
TITLES = ("title", "name", "heading", "document_title", "file_name", "filename")
SCORES = ("score", "relevance_score", "similarity", "distance", "_score", "relevance")
SOURCES = ("source", "url", "uri", "path", "file", "id", "document_id", "doc_id")
LISTS = ("documents", "docs", "results", "chunks", "passages", "matches", "hits", "data", "context", "contexts")
CLIPPED = 600  # characters of a document's text; longer ones show their beginning
MAX_DOCUMENTS = 200
TOLD = 60  # characters of metadata that stand beside a title


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One retrieved document; `rest` is what has no place of its own."""

    title: str
    text: str
    score: str
    source: str
    rest: Mapping[str, Any]


def as_documents(value: Any, *, sure: bool = False) -> list[Document] | None:
    """Return the documents of a value, None if it holds none.

    A list counts if each entry has a text and something that tells a document from a row: metadata, a score, a source.
    With `sure` (a retrieval) plain texts and entries with a text alone count as well.
    """
    if isinstance(value, dict):
        inner = next((value[name] for name in LISTS if isinstance(value.get(name), list)), None)
        return as_documents(inner, sure=sure) if inner is not None and (sure or len(value) <= 3) else None
    if not isinstance(value, list) or not value or len(value) > MAX_DOCUMENTS:
        return None
    found = [_document(item, sure=sure) for item in value]
    kept = [document for document in found if document is not None]
    return kept if len(kept) == len(found) else None


def document_nodes(documents: Sequence[Document]) -> list[Node]:
    """Return documents as cards, numbered as they came."""
    return [_card(number, document) for number, document in enumerate(documents, start=1)]


def _document(item: Any, *, sure: bool) -> Document | None:
    if isinstance(item, str):
        return Document(title="", text=item, score="", source="", rest={}) if sure and item else None
    if not isinstance(item, dict):
        return None
    inner = item.get("document")
    around = {name: value for name, value in item.items() if name != "document"}
    flat = {**around, **inner} if isinstance(inner, dict) else dict(item)
    about = flat.pop("metadata", None)
    told = dict(about) if isinstance(about, dict) else {}
    text = _taken(flat, TEXTS, kinds=(str,))
    if text is None or not (sure or told or any(name in flat for name in SCORES)):
        return None
    title, score = _taken(flat, TITLES) or _taken(told, TITLES), _taken(flat, SCORES) or _taken(told, SCORES)
    source = _taken(told, SOURCES) or _taken(flat, SOURCES)
    rest = {**flat, **told} if isinstance(about, dict) or about is None else {**flat, "metadata": about}
    if rest.get("type") == "Document":
        rest.pop("type")
    return Document(
        title=word_of(title) if title is not None else "",
        text=str(text),
        score=_score(score),
        source=word_of(source) if source is not None else "",
        rest={name: value for name, value in rest.items() if value not in (None, "", [], {})},
    )


def _taken(values: dict[str, Any], names: Sequence[str], kinds: tuple[type, ...] = (str, int, float)) -> Any:
    """Take the first of some names out of the values, if it is of the kinds wanted."""
    for name in names:
        if isinstance(values.get(name), kinds):
            return values.pop(name)
    return None


def _score(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else "" if value is None else word_of(value)


def _card(number: int, document: Document) -> Node:
    head = [f"{number}"]
    head += [document.title] if document.title else []
    said = [el("strong", " · ".join(head))]
    said += [el("span", document.source, extra="facts")] if document.source else []
    said += [el("span", f"score {document.score}", extra="facts")] if document.score else []
    text: Node = el("div", *parse(document.text), extra="text")
    if len(document.text) > CLIPPED:
        text = ["clip", [text], f"{len(document.text):,} characters"]
    rest = [["json", jsontree.tree_of(dict(document.rest), room=2_000)[0]]] if document.rest else []
    about = [el("details", el("summary", "metadata"), *rest)] if rest else []
    return el("div", el("div", *said, extra="document-head"), text, *about, extra="document")
