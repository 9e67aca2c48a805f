"""Observations of Langfuse as spans, and what a trace says about itself: session, user, scores, cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, Json, Role
from evaldash.importers.dialect_langchain import without_own
from evaldash.importers.dialect_messages import chat, spoken, system_message
from evaldash.importers.fields import as_dict, as_list, as_number, as_text, first_of, scores_of
from evaldash.importers.langfuse_pieces import Piece, Sort
from evaldash.importers.otlp_values import decoded, listed, pick, plain_time
from evaldash.importers.python_literal import parsed_if_literal
from evaldash.importers.spans import Span, SpanKind, SpanTrace

KINDS: Mapping[str, SpanKind] = {
    "GENERATION": SpanKind.MODEL,
    "TOOL": SpanKind.TOOL,
    "RETRIEVER": SpanKind.RETRIEVAL,
    "AGENT": SpanKind.AGENT,
}
TOKENS_IN = ("promptTokens", "prompt_tokens", "input_tokens")
TOKENS_OUT = ("completionTokens", "completion_tokens", "output_tokens")
BLOCKS = frozenset(("text", "tool_use", "thinking", "redacted_thinking"))  # of an answer of Anthropic's
COSTS = ("calculatedTotalCost", "totalCost", "totalPrice")
PLUMBING = ("attributes", "resourceAttributes", "scope", "tools")  # of metadata: what OpenTelemetry sent beside it
TOOL_NAME = ("gen_ai.tool.name", "ai.toolCall.name", "tool.name", "tool_name")
CALL_ID = ("gen_ai.tool.call.id", "ai.toolCall.id", "tool_call_id", "toolCallId", "tool_call.id")
SECOND_MS = 1_000.0
CONTEXT = {"name": "traceName"} | {  # what an observation says of its trace where traces are not exported
    name: name for name in ("userId", "sessionId", "tags", "release", "version", "environment")
}


def span_trace_of(pieces: Sequence[Piece], *, format: str) -> SpanTrace:
    """Return the spans of a trace's pieces with session, user, scores and so on."""
    observations = _observations(pieces)
    traces = [piece for piece in pieces if piece.sort is Sort.TRACE]
    trace = _merged(traces) or _context([told for _, told in observations])
    feedback = tuple(_feedback(piece) for piece in pieces if piece.sort is Sort.SCORE)
    spans = [_span(told, position) for position, told in observations]
    return SpanTrace(
        spans=spans,
        raw=[piece.record for piece in pieces],
        format=format,
        identity=_identity(pieces),
        external_id=pieces[0].trace or None,
        session=as_text(pick(trace, "sessionId")),
        version=as_text(pick(trace, "version", "release")),
        started_at=plain_time(pick(traces[0].told, "timestamp")) if traces else None,  # the first telling's
        metadata=_metadata(trace, observations),
        metrics=scores_of(feedback) | _of_whole(trace, spans),
        tags=tuple(str(tag) for tag in as_list(decoded(trace.get("tags")))),
        feedback=feedback,
        input=_value(trace.get("input")),
        output=_value(trace.get("output")),
    )


def told_beside(pieces: Sequence[Piece]) -> Iterator[tuple[str, Json]]:
    """Yield what was told beside the conversation: names of observations, attributes that OpenTelemetry sent."""
    yield "observations", [piece.told.get("name") for piece in pieces if piece.sort is Sort.OBSERVATION]
    for piece in pieces:
        metadata = as_dict(_value(piece.told.get("metadata")))
        yield from ((name, metadata[name]) for name in PLUMBING if name in metadata)


def _identity(pieces: Sequence[Piece]) -> list[Json]:
    """Return the distinct pieces less scores: a trace that was rated since is the same trace."""
    return [piece.identity for piece in pieces if piece.sort is not Sort.SCORE]


def _observations(pieces: Sequence[Piece]) -> list[tuple[int, dict[str, Json]]]:
    """Return each observation once, with the place of its first telling; a later one adds what was empty."""
    places: dict[str, list[int]] = {}
    for position, piece in enumerate(pieces):
        if piece.sort is Sort.OBSERVATION:
            places.setdefault(str(piece.told.get("id")), []).append(position)
    return [(told[0], _merged(pieces[position] for position in told)) for told in places.values()]


def _context(observations: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """Return the trace as its observations tell of it, the outermost first: enriched exports have no traces."""
    outermost_first = sorted(observations, key=lambda told: as_text(pick(told, "parentObservationId")) is not None)
    found: dict[str, Json] = {}
    for name, key in CONTEXT.items():
        said = (value for told in outermost_first if (value := pick(told, key)) not in ("", []))
        found[name] = next((value for value in said if value is not None), None)
    return found


def _merged(pieces: Iterable[Piece]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for piece in pieces:
        found |= {name: value for name, value in piece.told.items() if value not in (None, "", [], {})}
    return found


def _span(told: Mapping[str, Json], position: int) -> Span:
    metadata = as_dict(_value(told.get("metadata")))
    attributes = as_dict(metadata.get("attributes"))
    kind = KINDS.get(str(told.get("type")).upper(), SpanKind.CHAIN)
    given, answered = _value(told.get("input")), _value(told.get("output"))
    is_model = kind is SpanKind.MODEL
    messages = _given(given) if is_model else []
    replies = _answered(answered) if is_model else []
    return Span(
        id=str(told.get("id")),
        parent=as_text(pick(told, "parentObservationId")),
        name=as_text(first_of(attributes, TOOL_NAME) if kind is SpanKind.TOOL else None) or str(told.get("name") or ""),
        kind=kind,
        started=plain_time(pick(told, "startTime")),
        ended=plain_time(pick(told, "endTime")),
        error=_error(told),
        given=messages,
        answered=replies,
        input=None if messages else given,
        output=None if replies else _unwrapped(answered) if kind is SpanKind.TOOL else answered,
        call_id=_call_id(attributes, metadata, answered) if kind is SpanKind.TOOL else None,
        model=as_text(pick(told, "model", "providedModelName")) if is_model else None,
        parameters=_parameters(told, given, metadata) if is_model else {},
        metrics=_metrics(told, is_model=is_model),
        position=position,
    )


def _given(value: Json) -> list[Json]:
    """Return the messages of a model call; LangChain's handler lists the tools among them, as messages of a tool."""
    said = [item for item in as_list(value) if not _is_tool_definition(item)] if isinstance(value, list) else value
    if isinstance(said, dict) and "prompt" in said and "messages" not in said:  # Vercel's: the prompt beside its system
        return [*system_message(said.get("system")), *chat(said["prompt"], Role.USER)]
    return chat(said, Role.USER)


def _answered(value: Json) -> list[Json]:
    """Return what came back; Vercel gives tool calls alone as a bare list, Anthropic the blocks of its answer."""
    bare = listed(value)
    if bare and all("toolName" in call for call in bare):
        return spoken(None, value)
    if bare and all(block.get("type") in BLOCKS and "role" not in block for block in bare):
        return chat([{"role": Role.ASSISTANT.value, "content": value}])
    return chat(value) or spoken(value if isinstance(value, str) else None)


def _is_tool_definition(item: Json) -> bool:
    content = item.get("content") if isinstance(item, dict) and item.get("role") == "tool" else None
    return "parameters" in as_dict(as_dict(content).get("function"))


def _parameters(told: Mapping[str, Json], given: Json, metadata: Mapping[str, Json]) -> dict[str, Json]:
    tools = [item["content"] for item in listed(given) if _is_tool_definition(item)]
    named = tools or [decoded(tool) for tool in as_list(metadata.get("tools"))]
    beside = as_dict(given).get("tools")
    own = as_dict(_value(pick(told, "modelParameters")))
    found: Json = named or beside
    return {name: value for name, value in {**own, "tools": found}.items() if value not in (None, [])}


def _unwrapped(output: Json) -> Json:
    """Return the content of a tool message, which LangChain's handler gives as the output of a tool."""
    if isinstance(output, dict) and output.get("type") == "tool" and "content" in output:
        return decoded(output["content"])
    return output


def _call_id(attributes: Mapping[str, Json], metadata: Mapping[str, Json], output: Json) -> str | None:
    places = (attributes, metadata, as_dict(output))
    return next((text for place in places if (text := as_text(first_of(place, CALL_ID)))), None)


def _error(told: Mapping[str, Json]) -> str | None:
    return (as_text(pick(told, "statusMessage")) or "error") if told.get("level") == "ERROR" else None


def _metrics(told: Mapping[str, Json], *, is_model: bool) -> dict[str, float]:
    """Return tokens and cost; a zero of what is no model call says nothing."""
    usage = [as_dict(_value(pick(told, name))) for name in ("usageDetails", "usage")]
    counted = {name: told.get(name) for name in (*TOKENS_IN, *TOKENS_OUT)}
    places = [*usage, {"input": pick(told, "inputUsage"), "output": pick(told, "outputUsage")}, counted]
    costs = [
        as_number(as_dict(_value(pick(told, "costDetails"))).get("total")),
        *(as_number(pick(told, c)) for c in COSTS),
    ]
    found = {
        "tokens_in": _tokens(places, "input", TOKENS_IN),
        "tokens_out": _tokens(places, "output", TOKENS_OUT),
        "cost_usd": next((cost for cost in costs if cost), None),
    }
    return {name: value for name, value in found.items() if value is not None and (value or is_model)}


def _tokens(places: Sequence[Mapping[str, Json]], side: str, names: Sequence[str]) -> float | None:
    """Return the tokens of one side: Langfuse counts cached ones, thoughts and so on beside "input", not within."""
    for place in places:
        told = place.get(side)
        if as_number(told) is not None:
            kinds = (name for name in place if name.startswith(f"{side}_") and not name.endswith("_cost"))
            return sum(as_number(place[name]) or 0.0 for name in (side, *kinds))
        other = as_number(first_of(place, names))
        if other is not None:
            return other
    return None


def _of_whole(trace: Mapping[str, Json], spans: Sequence[Span]) -> dict[str, float]:
    """Return cost and latency that the trace tells, where no observation does."""
    cost, seconds = as_number(pick(trace, "totalCost", "calculatedTotalCost")), as_number(trace.get("latency"))
    found: dict[str, float] = {}
    if cost and not any("cost_usd" in span.metrics for span in spans):
        found["cost_usd"] = cost
    if seconds and not any(span.started and span.ended for span in spans):
        found["latency_ms"] = seconds * SECOND_MS
    return found


def _metadata(trace: Mapping[str, Json], observations: Sequence[tuple[int, Mapping[str, Json]]]) -> dict[str, Json]:
    """Return what the program said about the trace and its parts, and the usual names; the trace's word counts."""
    said: dict[str, Json] = {}
    plumbing: dict[str, Json] = {}
    for told in (*reversed([told for _, told in observations]), trace):
        own = _value(told.get("metadata"))
        for name, value in (own if isinstance(own, dict) else {"metadata": own} if own else {}).items():
            (plumbing if name in PLUMBING[:3] else said)[name] = value
    known = {
        "name": as_text(trace.get("name")),
        "user": as_text(pick(trace, "userId")),
        "environment": as_text(trace.get("environment")),
        "release": as_text(trace.get("release")) if trace.get("version") else None,
    }
    named = {name: value for name, value in said.items() if value not in (None, "") and name not in ("tags", *PLUMBING)}
    return without_own(named) | {name: value for name, value in known.items() if value}


def _feedback(piece: Piece) -> Feedback:
    told = piece.told
    value = told.get("value")
    label = pick(told, "stringValue")
    return Feedback(
        name=as_text(told.get("name")) or "score",
        value=bool(as_number(value)) if told.get("dataType") == "BOOLEAN" else value if label is None else label,
        comment=as_text(told.get("comment")),
        author=as_text(pick(told, "authorUserId", "source")),
        at=plain_time(pick(told, "timestamp", "createdAt")),
    )


def _value(value: Json) -> Json:
    """Return a cell with its JSON, or its Python literal, decoded, also where it was encoded twice."""
    inner = decoded(value)
    return parsed_if_literal(inner) if isinstance(inner, str) else inner
