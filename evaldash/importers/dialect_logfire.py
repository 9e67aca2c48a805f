"""Logfire and Pydantic AI: messages of a whole agent run in one attribute, requests of instrumented clients as JSON."""

from __future__ import annotations

from evaldash.domain.trace import Json
from evaldash.importers.dialect import Reading
from evaldash.importers.dialect_messages import chat, spoken, system_message
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import listed
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

MESSAGES = ("pydantic_ai.all_messages", "all_messages_events", "events")


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has(*MESSAGES, "logfire.", "request_data", "tool_arguments", "tool_response", "final_result")


def read(span: Recorded) -> Reading:
    """Return what Logfire says about a span."""
    told = span.told
    if told.has("tool_arguments", "tool_response"):
        name = as_text(told.get("gen_ai.tool.name"))
        given, answered = told.json("tool_arguments"), told.json("tool_response")
        return Reading(kind=SpanKind.TOOL, name=name, input=given, output=answered)
    if "request_data" in told:
        return _request(told.json("request_data"), told.json("response_data"))
    messages = _messages(told.json(*MESSAGES))
    if "events" in told:
        return Reading(kind=SpanKind.MODEL, given=messages[:-1], answered=messages[-1:])
    kind = SpanKind.AGENT if messages else None
    system = system_message(told.get("gen_ai.system_instructions"))
    return Reading(kind=kind, given=[*system, *messages] if messages else [], output=told.json("final_result"))


def _messages(value: Json) -> list[Json]:
    """Return messages, or events that hold one each (`gen_ai.choice` holds it a level deeper)."""
    return chat([_with_call_id(item) for item in listed(value)])


def _with_call_id(message: dict[str, Json]) -> dict[str, Json]:
    inner = message.get("message")
    if isinstance(inner, dict):
        return inner
    if message.get("role") == "tool" and "id" in message:
        return {**message, "tool_call_id": message["id"]}
    return message


def _request(request: Json, response: Json) -> Reading:
    """Return a call of an instrumented client: what was sent and what came back, as they were."""
    given = chat(request)
    if not given:
        return Reading()
    told = response if isinstance(response, dict) else {}
    answered = chat(told.get("message")) or spoken(told.get("combined_chunk_content"))
    sent = request if isinstance(request, dict) else {}
    parameters = {key: value for key, value in sent.items() if key not in ("messages", "model")}
    model = as_text(sent.get("model"))
    return Reading(kind=SpanKind.MODEL, given=given, answered=answered, model=model, parameters=parameters)
