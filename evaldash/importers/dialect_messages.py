"""Chat messages in span attributes become the one form that all importers share, whatever their parts are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaldash.domain.trace import Json, Role, canonical_json
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.otlp_values import decoded

MEDIA = ("blob", "file", "uri")  # kinds of parts in the GenAI conventions; `modality` says what they show


def chat(value: Json, role: Role | None = None) -> list[Json]:
    """Return the messages that a value holds; a plain text is said by `role`, where one is given."""
    value = decoded(value)
    if isinstance(value, str) and role is not None:
        return [{"role": role.value, "content": value}] if value else []
    if isinstance(value, list):
        value = [_with_known_parts(item) for item in value]
    return [part for message in as_chat(value) for part in _split_results(message)]


def _with_known_parts(message: Json) -> Json:
    """Return a message whose parts have names that are known; an empty text, put before tool calls, is none."""
    name = "parts" if isinstance(message, dict) and isinstance(message.get("parts"), list) else "content"
    parts = message.get(name) if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(parts, list):
        return message
    kept: list[Json] = [found for part in parts for found in _known(part)]
    return {**message, name: kept} if kept else {**message, name: None, "content": None}


def _known(part: Json) -> Iterator[Json]:
    if not isinstance(part, dict):
        yield part
        return
    kind = part.get("type")
    if kind == "text" and not part.get("text") and not part.get("content"):
        return
    if kind == "thinking" and "thinking" not in part:
        yield {"type": "reasoning", "reasoning": part.get("content") or part.get("text")}
    elif kind in MEDIA and part.get("modality"):
        shown = part.get("uri") or part.get("file_id") or part.get("content")
        yield {"type": part["modality"], "data": shown}
    elif kind is None:
        yield _of_bedrock(part)
    else:
        yield part


def _of_bedrock(part: Mapping[str, Json]) -> Json:
    """Return a part without a type, as Amazon's Converse API has them: {"toolUse": {…}}, {"toolResult": {…}}."""
    use, result = part.get("toolUse"), part.get("toolResult")
    if isinstance(use, dict):
        return {"type": "tool_call", "id": use.get("toolUseId"), "name": use.get("name"), "arguments": use.get("input")}
    if isinstance(result, dict):
        failed = result.get("status") == "error"
        content = result.get("content")
        return {"type": "tool_result", "tool_use_id": result.get("toolUseId"), "content": content, "is_error": failed}
    return dict(part)


def _split_results(message: Json) -> list[Json]:
    """Return a tool message with several results as one message each, as chat APIs have it."""
    if not isinstance(message, dict) or message.get("role") not in ("tool", "user"):
        return [message]
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    results = [part for part in parts if isinstance(part, dict) and part.get("type") == "tool_result"]
    if not results or (message["role"] == "user" and len(results) == len(parts)):
        return [message]
    rest = [part for part in parts if part not in results]
    told: list[Json] = [_result_message(part, message) for part in results]
    return [*told, {**message, "content": rest}] if rest else told


def _result_message(part: Mapping[str, Json], message: Mapping[str, Json]) -> Json:
    content = part.get("content")
    call_id = part.get("tool_use_id") or message.get("tool_call_id")
    name = part.get("name") or message.get("name")
    if part.get("is_error") and not isinstance(content, dict):
        content = {"error": content}
    return {"role": "tool", "tool_call_id": call_id, "name": name, "content": content}


def system_message(value: Json) -> list[Json]:
    """Return instructions as the system message they are: a text, or a list of parts or texts."""
    value = decoded(value)
    if isinstance(value, dict):
        value = [value]
    if isinstance(value, list):
        return chat([{"role": "system", "content": value}]) if value else []
    return chat(value, Role.SYSTEM)


def spoken(text: Json, calls: Json = None, reasoning: Json = None) -> list[Json]:
    """Return the one message of an assistant that a text, tool calls and reasoning make; none of nothing."""
    parts: list[Json] = [{"type": "reasoning", "reasoning": reasoning}] if reasoning else []
    parts += [{"type": "text", "text": text if isinstance(text, str) else canonical_json(text)}] if text else []
    calls = decoded(calls)
    called = calls if isinstance(calls, list) else []
    if not parts and not called:
        return []
    return chat([{"role": "assistant", "content": parts, **({"tool_calls": called} if called else {})}])
