"""One request to a model's API and what came back, of OpenAI (chat completions, Responses) and of Anthropic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaldash.domain.trace import Feedback, Json, Step, StepKind, Trace
from evaldash.importers.chat import metadata_of, tags_of
from evaldash.importers.fields import (
    FEEDBACK_KEYS,
    SESSION_KEYS,
    as_dict,
    as_number,
    as_text,
    as_time,
    feedback_of,
    first_of,
    scores_of,
)
from evaldash.importers.folding import folded
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.kept import with_told
from evaldash.importers.otlp_values import listed
from evaldash.importers.spans import Span, SpanKind, SpanTrace

REQUEST_KEYS = ("request", "params", "body", "input", "kwargs")
RESPONSE_KEYS = ("response", "output", "completion", "result", "message")
SAID = ("messages", "input", "system", "instructions", "prompt")
PARAMETERS = (
    "tools", "tool_choice", "temperature", "top_p", "max_tokens", "max_output_tokens", "max_completion_tokens", "stop",
    "reasoning", "reasoning_effort", "thinking", "text", "response_format", "seed", "n", "functions",
)  # fmt: skip
BESIDE = ("incomplete_details", "prompt", "context_management", "container", "mcp_servers", "logprobs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What was sent, what came back (either may be missing), what went wrong, and the records that told it."""

    request: Mapping[str, Json]
    response: Mapping[str, Json]
    record: Mapping[str, Json] = field(default_factory=dict)  # what stands around the two
    raw: Sequence[Json] = ()
    identity: Sequence[Json] = ()
    error: str | None = None


def is_message(value: Json) -> bool:
    """Tell whether a value is an answer of Anthropic's Messages API."""
    return isinstance(value, dict) and value.get("type") == "message" and value.get("role") == "assistant" and (
        isinstance(value.get("content"), list) and ("stop_reason" in value or "usage" in value)
    )  # fmt: skip


def is_response(value: Json) -> bool:
    """Tell whether a value is an answer of OpenAI's Responses API."""
    return isinstance(value, dict) and value.get("object") == "response" and isinstance(value.get("output"), list)


def is_completion(value: Json) -> bool:
    """Tell whether a value is an answer of the chat completions API."""
    choices = value.get("choices") if isinstance(value, dict) else None
    return isinstance(choices, list) and any(isinstance(c, dict) and ("message" in c or "delta" in c) for c in choices)


def request_of(record: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the request that a record holds, the record itself where it is one."""
    inner = (record.get(key) for key in REQUEST_KEYS)
    found = next((item for item in inner if isinstance(item, dict) and any(key in item for key in SAID)), None)
    return found if found is not None else {key: record[key] for key in (*SAID, *PARAMETERS, "model") if key in record}


def trace_of_exchange(exchange: Exchange, *, format: str) -> Trace:
    """Return the trace of an exchange; answers beyond the first stand beside the conversation."""
    request, response, record = exchange.request, exchange.response, exchange.record
    feedback: tuple[Feedback, ...] = feedback_of(record, FEEDBACK_KEYS)
    answers = _answers(response)
    span = Span(
        id="call",
        kind=SpanKind.MODEL,
        started=as_time(first_of(response, ("created_at", "created"))),
        error=exchange.error or _error(response),
        given=_given(request),
        answered=answers[0] if answers else (),
        model=as_text(response.get("model")) or as_text(request.get("model")),
        parameters={key: request[key] for key in PARAMETERS if request.get(key) not in (None, [], "auto", "none")}
        or {key: response[key] for key in ("tools",) if response.get(key)},
        metrics=_usage(response),
    )
    trace = folded(
        SpanTrace(
            spans=[span],
            raw=list(exchange.raw),
            identity=list(exchange.identity),
            format=format,
            external_id=_id(record, response),
            session=_session(record, request, response),
            version=as_text(first_of(record, ("version", "release"))),
            started_at=as_time(first_of(record, ("timestamp", "created_at", "time"))),
            metadata=_metadata(record, request, response),
            metrics=scores_of(feedback),
            tags=tags_of(record),
            feedback=feedback,
        )
    )
    others: list[Step] = [
        Step(kind=StepKind.EVENT, name=f"choice {number}", result=answer)
        for number, answer in enumerate(answers[1:], start=2)
    ]
    trace = replace(trace, steps=(*trace.steps, *others))
    beside = ((name, place.get(name)) for place in (request, response) for name in (*BESIDE, *PARAMETERS))
    return with_told(trace, (*beside, ("output", response.get("output")), ("content", response.get("content"))))


def _given(request: Mapping[str, Json]) -> list[Json]:
    said = next((request[key] for key in ("messages", "input", "prompt") if request.get(key)), None)
    told: list[Json] = [{"role": "user", "content": said}] if isinstance(said, str) else as_chat(said)
    system = first_of(request, ("system", "instructions"))
    return told if system is None else [{"role": "system", "content": system}, *told]


def _answers(response: Mapping[str, Json]) -> list[list[Json]]:
    """Return the messages of each answer: one, but for chat completions that were asked for several."""
    if is_message(dict(response)):
        return [as_chat([dict(response)])]
    if isinstance(response.get("output"), list):
        items = listed(response["output"])
        return [[message for item in items for message in (as_chat([item]) or [item])]]
    choices = listed(response.get("choices"))
    return [[message] for choice in choices for message in as_chat(choice)]


def _error(response: Mapping[str, Json]) -> str | None:
    error = response.get("error")
    if isinstance(error, dict):
        return as_text(error.get("message")) or as_text(error.get("code"))
    why = response.get("incomplete_details")
    reason = as_text(why.get("reason")) if isinstance(why, dict) else None
    return as_text(error) or (f"incomplete: {reason}" if reason else None)


def _usage(response: Mapping[str, Json]) -> dict[str, float]:
    usage = response.get("usage")
    told = usage if isinstance(usage, dict) else {}
    found = {
        "tokens_in": as_number(first_of(told, ("prompt_tokens", "input_tokens"))),
        "tokens_out": as_number(first_of(told, ("completion_tokens", "output_tokens"))),
    }
    cached = [as_number(told.get(key)) for key in ("cache_creation_input_tokens", "cache_read_input_tokens")]
    if found["tokens_in"] is not None and "prompt_tokens" not in told:  # Anthropic counts cached ones apart
        found["tokens_in"] += sum(number for number in cached if number is not None)
    return {name: value for name, value in found.items() if value is not None}


def _id(record: Mapping[str, Json], response: Mapping[str, Json]) -> str | None:
    return as_text(first_of(record, ("custom_id", "id", "request_id"))) or as_text(response.get("id"))


def _session(record: Mapping[str, Json], request: Mapping[str, Json], response: Mapping[str, Json]) -> str | None:
    conversation = first_of(response, ("conversation",)) or first_of(request, ("conversation",))
    told = conversation.get("id") if isinstance(conversation, dict) else conversation
    places = (
        record,
        as_dict(record.get("metadata")),
        as_dict(request.get("metadata")),
        as_dict(response.get("metadata")),
    )
    return as_text(next((found for place in places if (found := first_of(place, SESSION_KEYS))), None)) or as_text(told)


def _metadata(record: Mapping[str, Json], request: Mapping[str, Json], response: Mapping[str, Json]) -> dict[str, Json]:
    used = {
        *REQUEST_KEYS,
        *RESPONSE_KEYS,
        *SAID,
        *PARAMETERS,
        "custom_id",
        "object",
        "role",
        "type",
        "choices",
        "method",
        "url",
    }
    user = first_of(request, ("user", "safety_identifier")) or first_of(response, ("user", "safety_identifier"))
    known: dict[str, Json] = {
        "user": as_text(user) or as_text(as_dict(request.get("metadata")).get("user_id")),
        "stop_reason": as_text(first_of(response, ("stop_reason",))),
        "service_tier": as_text(response.get("service_tier")),
    }
    told = {**as_dict(request.get("metadata")), **as_dict(response.get("metadata")), **metadata_of(record, used=used)}
    return told | {name: value for name, value in known.items() if value}
