"""What Langfuse exports is made of: traces, observations, scores; in camelCase (page, API) or snake_case (SDK)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from evaldash.domain.trace import Json, canonical_json
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import listed, pick

TYPES = frozenset(
    ("GENERATION", "SPAN", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL")
)
INGESTED = {"trace": "trace", "score": "score"}  # ingestion: "trace-create", "score-create"; all others: observations
LISTS = ("data", "traces", "observations", "scores", "items")
OF_LIST = frozenset((*LISTS, "meta", "id", "createdAt", "created_at", "projectId", "project_id", "environment"))
VOLATILE = frozenset(  # what changes when somebody looks at a trace or rates it
    ("scores", "comments", "corrections", "bookmarked", "public", "updatedAt", "updated_at", "observations")
)
OF_TRACE = ("sessionId", "userId", "bookmarked", "htmlPath", "observations", "observationCount", "release", "projectId")


class Sort(StrEnum):
    """What a piece is."""

    TRACE = "trace"
    OBSERVATION = "observation"
    SCORE = "score"


@dataclass(frozen=True, slots=True)
class Piece:
    """A trace (without its lists), an observation, or a score, as it came."""

    sort: Sort
    told: Mapping[str, Json]

    @property
    def trace(self) -> str:
        """The id of the trace it belongs to."""
        names = ("id",) if self.sort is Sort.TRACE else ("traceId",)
        return as_text(pick(self.told, *names)) or as_text(self.told.get("id")) or ""

    @property
    def record(self) -> Json:
        """It as a raw record that can be read again; one that does not tell by itself what it is is named."""
        alone = next(pieces_of(dict(self.told)), None)
        return dict(self.told) if alone == self else [self.sort.value, dict(self.told)]

    @property
    def identity(self) -> dict[str, Json]:
        """What of it makes the trace the same trace."""
        return {name: value for name, value in self.told.items() if name not in VOLATILE}


def pieces_of(record: Json, depth: int = 0) -> Iterator[Piece]:
    """Yield the pieces that a record holds, the trace first; nothing where it is none of Langfuse."""
    if not isinstance(record, dict) or depth > 1:
        return
    if isinstance(record.get("trace"), dict) and isinstance(record.get("observations"), list):
        yield from _of_trace(record["trace"], record["observations"])
    elif isinstance(record.get("batch"), list):
        for event in listed(record["batch"]):
            yield from _ingested(event)
    elif _is_observation(record):
        yield Piece(Sort.OBSERVATION, record)
    elif _is_score(record):
        yield Piece(Sort.SCORE, record)
    elif _is_trace(record):
        yield from _of_trace(record, [])
    elif OF_LIST.issuperset(record):  # a page of the API, or a session
        for name in LISTS:
            for item in listed(record.get(name)):
                yield from pieces_of(item, depth + 1)


def in_order(pieces: Iterable[Piece]) -> list[Piece]:
    """Return the distinct pieces in an order that does not depend on how they came."""
    distinct = {canonical_json([piece.sort.value, dict(piece.told)]): piece for piece in pieces}
    return [piece for _, piece in sorted(distinct.items(), key=lambda item: (_started(item[1]), item[0]))]


def _of_trace(trace: Json, observations: Json) -> Iterator[Piece]:
    """Yield a trace, its observations and scores; some exports list the observations once more inside the trace."""
    if not isinstance(trace, dict) or not as_text(trace.get("id")):
        return
    inner = {name: trace.get(name) for name in ("observations", "scores") if isinstance(trace.get(name), list)}
    yield Piece(Sort.TRACE, {name: value for name, value in trace.items() if name not in inner})
    for observation in (*listed(observations), *listed(inner.get("observations"))):
        yield Piece(Sort.OBSERVATION, {"traceId": trace["id"], **observation})
    for score in listed(inner.get("scores")):
        yield Piece(Sort.SCORE, {"traceId": trace["id"], **score})


def _ingested(event: Mapping[str, Json]) -> Iterator[Piece]:
    """Yield what an event of the ingestion API creates or updates."""
    body, kind = event.get("body"), as_text(event.get("type")) or ""
    what = kind.partition("-")[0]
    if not isinstance(body, dict) or not as_text(body.get("id")):
        return
    if what in INGESTED:
        yield Piece(Sort(INGESTED[what]), {"timestamp": event.get("timestamp"), **body})
    elif what in ("observation", "generation", "span", "event") and as_text(pick(body, "traceId")):
        named = {} if "type" in body else {"type": what.upper()}
        yield Piece(Sort.OBSERVATION, {"timestamp": event.get("timestamp"), **named, **body})


def _is_observation(record: Mapping[str, Json]) -> bool:
    named = as_text(record.get("type")) in TYPES and bool(pick(record, "traceId")) and bool(record.get("id"))
    return named and pick(record, "startTime") is not None


def _is_score(record: Mapping[str, Json]) -> bool:
    named = bool(pick(record, "traceId")) and bool(record.get("name"))
    valued = "value" in record or pick(record, "stringValue") is not None
    return named and valued and pick(record, "dataType", "source", "configId", "authorUserId") is not None


def _is_trace(record: Mapping[str, Json]) -> bool:
    if not record.get("id") or "timestamp" not in record or "name" not in record:
        return False
    return sum(name in record or pick(record, name) is not None for name in OF_TRACE) >= 2


def _started(piece: Piece) -> tuple[str, str, str]:
    """Return what pieces are sorted by: the trace first, then by start."""
    at = as_text(pick(piece.told, "startTime", "timestamp", "createdAt")) or ""
    return ("" if piece.sort is Sort.TRACE else "1", at, as_text(piece.told.get("id")) or "")
