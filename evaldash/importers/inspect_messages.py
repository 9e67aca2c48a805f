"""Messages of Inspect in the form that `steps_of` reads: calls, results, errors, and what a content may hold."""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Json
from evaldash.importers.otlp_values import listed

HIDDEN = "[reasoning, encrypted by the provider, in the raw record]"


def messages_of(value: Json) -> list[Json]:
    """Return messages as chat APIs have them; a plain text is what a user asked."""
    if isinstance(value, str):
        return [{"role": "user", "content": value}] if value.strip() else []
    return [_message(message) for message in listed(value)]


def answers_of(output: Json) -> list[Json]:
    """Return what a model answered: the messages of its choices."""
    choices = listed(output.get("choices")) if isinstance(output, dict) else []
    return messages_of([choice.get("message") for choice in choices])


def result_of(value: Json) -> Json:
    """Return the result of a tool; one that is nothing but one text is that text."""
    parts = listed(value)
    return parts[0].get("text") if len(parts) == 1 and parts[0].get("type") == "text" else value


def _message(told: Mapping[str, Json]) -> dict[str, Json]:
    message = {name: told[name] for name in ("role", "tool_call_id") if told.get(name) is not None}
    message["content"] = _content(told.get("content"))
    if told.get("role") == "tool" and told.get("function"):
        message["name"] = told["function"]
    error = told.get("error")
    if isinstance(error, dict):
        message |= {"content": told.get("content") or error.get("message"), "is_error": True}
    calls: list[Json] = [_call(call) for call in listed(told.get("tool_calls"))]
    return {**message, "tool_calls": calls} if calls else message


def _call(call: Mapping[str, Json]) -> dict[str, Json]:
    function: Json = {"name": call.get("function"), "arguments": call.get("arguments")}
    return {"id": call.get("id"), "type": "function", "function": function}


def _content(content: Json) -> Json:
    if not isinstance(content, list):
        return content
    return [found for part in content for found in (_parts(part) if isinstance(part, dict) else [part])]


def _parts(part: dict[str, Json]) -> list[Json]:
    match part.get("type"):
        case "reasoning":
            return _reasoning(part)
        case "tool_use":
            return _used(part)
        case _:
            return [part]


def _reasoning(part: Mapping[str, Json]) -> list[Json]:
    """Return what a model thought and the summary of it; what a provider encrypted says nothing to a reader."""
    summary = part.get("summary")
    thought = (summary or HIDDEN) if part.get("redacted") else part.get("reasoning")
    texts = [thought, summary] if summary and summary != thought else [thought]
    return [{"type": "reasoning", "reasoning": text} for text in texts if text]


def _used(part: Mapping[str, Json]) -> list[Json]:
    """Return a tool that the provider itself ran (a search, a call over MCP): its call and its result."""
    call = {name: part[name] for name in ("type", "id", "name", "arguments") if name in part}
    error = part.get("error")
    content = error or part.get("result")
    return [call, {"type": "tool_result", "tool_use_id": part.get("id"), "content": content, "is_error": bool(error)}]
