"""Chat messages in the forms of other libraries become the one form that `steps_of` reads.

That form is OpenAI's: role, content (text or parts), tool_calls, tool_call_id. Anthropic's content blocks stay as they
are, `steps_of` reads them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_dict, as_list, as_text, first_of, parsed_if_json
from evaldash.importers.messages import LIST_KEYS, flattened, is_message

LANGCHAIN_ROLES = {
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool", "function": "tool", "developer": "system",
    "humanmessage": "user", "aimessage": "assistant", "systemmessage": "system", "toolmessage": "tool",
    "functionmessage": "tool", "humanmessagechunk": "user", "aimessagechunk": "assistant", "chatmessage": "",
}  # fmt: skip
CONTAINERS = (*LIST_KEYS, "input", "output", "contents", "choices", "candidates", "generations")
PART_KINDS = {
    "tool-call", "tool_call", "function_call", "functionCall", "tool-result", "tool_call_response", "function_response",
    "reasoning", "thinking", "text", "image", "file", "blob", "uri",
}  # fmt: skip
ITEM_CALLS = ("_call", "_list_tools")  # kinds of items of the Responses API for what it does by itself
ITEM_ASKED = ("action", "code", "queries", "arguments", "input", "operation")
ITEM_GAVE = ("outputs", "results", "output", "result", "tools", "error")
SPEAKER_KEYS = ("role", "from", "author", "source")
MAX_WRAPPED = 3  # {"input": {"messages": [[…]]}}: levels around a list of messages


def as_chat(value: Json, depth: int = 0) -> list[Json]:
    """Return the messages that a value holds, in order; empty where it holds none.

    Read are lists of messages (also nested), objects that hold such a list under a usual key, single messages, the
    choices of a completion, generations of LangChain, contents of Gemini, items of the Responses API.
    """
    value = parsed_if_json(value)
    if isinstance(value, list):
        return _from_list(value)
    if not isinstance(value, dict) or depth > MAX_WRAPPED:
        return []
    if (message := _message(value)) is not None:
        return [message]
    for key in CONTAINERS:
        if value.get(key) not in (None, "", [], {}) and (found := as_chat(value[key], depth + 1)):
            return _with_system(value, found)
    return []


def _from_list(values: list[Json]) -> list[Json]:
    """Return the messages of a list; what is no message stands in it as it is, unless nothing in it is one."""
    flat = [parsed_if_json(item) for item in flattened(values)]
    read = [_message(item) if isinstance(item, dict) else None for item in flat]
    if not any(message is not None for message in read) or 2 * sum(m is None for m in read) > len(read):
        return []
    return [item if message is None else message for item, message in zip(flat, read, strict=True)]


def _with_system(value: Mapping[str, Json], messages: list[Json]) -> list[Json]:
    """Return messages with the system prompt that stands beside them (Anthropic, Responses, Vercel, Gemini)."""
    system = first_of(value, ("system", "instructions", "system_instruction", "systemInstruction"))
    if system is None or any(isinstance(m, dict) and m.get("role") == "system" for m in messages):
        return messages
    return [{"role": "system", "content": _parts(system)}, *messages]


def _message(value: Mapping[str, Json]) -> Json:
    """Return one message in the common form, None for what is none."""
    for read in (_constructor, _choice, _gemini, _response_item, _langchain, _plain):
        if (found := read(value)) is not None:
            return found
    return None


def _constructor(value: Mapping[str, Json]) -> Json:
    """LangChain's serialised objects: {"lc": 1, "id": [..., "HumanMessage"], "kwargs": {...}}."""
    kwargs, name = value.get("kwargs"), value.get("id")
    if "lc" not in value or not isinstance(kwargs, dict) or not isinstance(name, list) or not name:
        return None
    return _langchain({"type": str(name[-1]), **kwargs} if "type" not in kwargs else kwargs)


def _choice(value: Mapping[str, Json]) -> Json:
    """A choice of a completion, a generation of LangChain: the message within."""
    inner = value.get("message")
    if isinstance(inner, dict) and not isinstance(value.get("role"), str):
        return _message(inner)
    if "generation_info" in value and isinstance(value.get("text"), str):
        return {"role": "assistant", "content": value["text"]}
    return None


def _gemini(value: Mapping[str, Json]) -> Json:
    """Contents with parts, of Gemini and of OpenTelemetry's GenAI conventions."""
    inner = value.get("content") if isinstance(value.get("content"), dict) else value
    if not isinstance(inner, dict) or not isinstance(inner.get("parts"), list):
        return None
    role = as_text(inner.get("role")) or "user"
    message = {**inner, "role": "assistant" if role == "model" else role, "content": _parts(inner["parts"])}
    del message["parts"]
    return message


def _response_item(value: Mapping[str, Json]) -> Json:
    """Items of the Responses API that are no messages: calls, their outputs, reasoning."""
    kind = value.get("type")
    if kind == "function_call" and "name" in value:
        return {"role": "assistant", "content": None, "tool_calls": [_tool_call(value)]}
    if kind == "function_call_output":
        return {"role": "tool", "tool_call_id": value.get("call_id"), "content": value.get("output")}
    if kind == "reasoning" and isinstance(value.get("summary"), list):
        thought = _joined(value["summary"]) or _joined(value.get("content"))
        return {"role": "assistant", "content": [{"type": "reasoning", "reasoning": thought}] if thought else None}
    if kind == "custom_tool_call_output":
        return {"role": "tool", "tool_call_id": value.get("call_id"), "content": value.get("output")}
    return (
        _built_in_call(value, kind) if isinstance(kind, str) and kind.endswith(ITEM_CALLS) and "id" in value else None
    )


def _built_in_call(value: Mapping[str, Json], kind: str) -> Json:
    """A call that the API carries out itself (search, code, MCP): what it was asked and what it gave, in one item."""
    name = first_of(value, ("name",)) or kind.removesuffix("_call").removesuffix("_list_tools")
    asked = {key: value[key] for key in ITEM_ASKED if value.get(key) is not None}
    gave = {key: value[key] for key in ITEM_GAVE if value.get(key) is not None}
    arguments = next(iter(asked.values())) if len(asked) == 1 else asked
    call_id = first_of(value, ("call_id", "id"))
    parts: list[Json] = [{"type": "tool_call", "id": call_id, "name": name, "arguments": arguments}]
    if gave:
        result = next(iter(gave.values())) if len(gave) == 1 else gave
        failed = value.get("error") is not None or value.get("status") == "failed"
        parts.append(
            {"type": "tool_result", "tool_use_id": call_id, "name": name, "content": result, "is_error": failed}
        )
    return {"role": "assistant", "content": parts}


def _langchain(value: Mapping[str, Json]) -> Json:
    """LangChain messages: `type` says who speaks, calls carry `args`."""
    kind = value.get("type")
    if not isinstance(kind, str) or kind.lower() not in LANGCHAIN_ROLES or not ("content" in value or "data" in value):
        return None
    told = value["data"] if isinstance(value.get("data"), dict) and "content" not in value else value
    assert isinstance(told, dict)
    role = LANGCHAIN_ROLES[kind.lower()] or as_text(told.get("role")) or "user"
    message: dict[str, Json] = {"role": role, "content": _parts(told.get("content"))}
    calls = told.get("tool_calls") or as_dict(told.get("additional_kwargs")).get("tool_calls")
    if isinstance(calls, list) and calls:
        message["tool_calls"] = [_tool_call(call) for call in calls if isinstance(call, dict)]
    message |= {key: told[key] for key in ("name", "tool_call_id") if told.get(key)}
    if told.get("status") == "error":
        message["is_error"] = True
    return _without_calls_in_content(message)


def _plain(value: Mapping[str, Json]) -> Json:
    """Messages with a role, as most libraries write them; their parts are brought into form."""
    if not is_message(dict(value)) or not any(isinstance(value.get(key), str) for key in SPEAKER_KEYS):
        return None
    content = value.get("content")
    message = {**value, "content": _parts(content)} if "content" in value else dict(value)
    if not isinstance(message.get("tool_calls"), list):
        beside = value.get("toolCalls") or as_dict(value.get("additional_kwargs")).get("tool_calls")
        message |= {"tool_calls": beside} if isinstance(beside, list) else {}
    if calls := as_list(message.get("tool_calls")):
        message["tool_calls"] = [_tool_call(call) if isinstance(call, dict) else call for call in calls]
    return message


def _without_calls_in_content(message: dict[str, Json]) -> dict[str, Json]:
    """Drop the calls that a content lists once more beside `tool_calls` (LangChain over Anthropic)."""
    content = message.get("content")
    if message.get("tool_calls") and isinstance(content, list):
        message["content"] = [
            part for part in content if not (isinstance(part, dict) and part.get("type") in ("tool_use", "tool_call"))
        ]
    return message


def _parts(content: Json) -> Json:
    """Return a content with its parts in OpenAI's or Anthropic's form."""
    if isinstance(content, dict):
        return _parts([content])
    if not isinstance(content, list):
        return content
    return [_part(part) if isinstance(part, dict) else part for part in content]


def _part(part: Mapping[str, Json]) -> Json:
    """Return one part: texts as text, calls as `tool_call`, results as `tool_result`."""
    kind = part.get("type")
    read: Callable[[Mapping[str, Json]], Json] | None = _PARTS.get(kind) if isinstance(kind, str) else None
    if read is not None:
        return read(part)
    if isinstance(kind, str) and kind.endswith("tool_use"):  # Anthropic's own tools: server_tool_use, mcp_tool_use
        return _call_part(part)
    if isinstance(kind, str) and kind.endswith("tool_result"):
        return _result_part(part)
    for key, reader in (("functionCall", _call_part), ("function_call", _call_part)):
        if isinstance(part.get(key), dict):
            return reader(as_dict(part[key]))
    for key in ("functionResponse", "function_response"):
        if isinstance(part.get(key), dict):
            return _result_part(as_dict(part[key]))
    return dict(part)


def _text_part(part: Mapping[str, Json]) -> Json:
    text = first_of(part, ("text", "content"))
    return {"type": "text", "text": text} if isinstance(text, str) else dict(part)


def _reasoning_part(part: Mapping[str, Json]) -> Json:
    return {"type": "reasoning", "reasoning": first_of(part, ("text", "content", "reasoning", "thinking", "summary"))}


def _call_part(part: Mapping[str, Json]) -> Json:
    call = _tool_call(part)
    return {"type": "tool_call", "id": call["id"], **as_dict(call["function"])}


def _result_part(part: Mapping[str, Json]) -> Json:
    """Return a result; Vercel wraps values as {"type": "text" | "json" | "error-text", "value": …}."""
    value = first_of(part, ("output", "result", "response", "content"))
    failed = bool(part.get("isError") or part.get("is_error"))
    if isinstance(value, dict) and set(value) <= {"type", "value"} and "value" in value:
        failed = failed or str(value.get("type")).startswith("error")
        value = value["value"]
    call_id = first_of(part, ("toolCallId", "tool_call_id", "tool_use_id", "call_id", "id"))
    name = first_of(part, ("toolName", "tool_name", "name"))
    return {"type": "tool_result", "tool_use_id": call_id, "name": name, "content": value, "is_error": failed}


_PARTS: Mapping[str, Callable[[Mapping[str, Json]], Json]] = {
    "text": _text_part,
    "input_text": _text_part,
    "output_text": _text_part,
    "reasoning": _reasoning_part,
    "tool-call": _call_part,
    "tool_call": _call_part,
    "function_call": _call_part,
    "tool-result": _result_part,
    "tool_call_response": _result_part,
    "function_response": _result_part,
}


def _tool_call(call: Mapping[str, Json]) -> dict[str, Json]:
    """Return a tool call in OpenAI's form, whatever names its library uses."""
    inner = as_dict(call.get("function")) or call
    arguments = first_of(inner, ("arguments", "args", "input", "parameters"))
    return {
        "id": first_of(call, ("call_id", "id", "toolCallId", "tool_call_id")),
        "type": "function",
        "function": {"name": first_of(inner, ("name", "toolName", "tool_name")), "arguments": arguments},
    }


def _joined(parts: Json) -> str:
    texts = [first_of(part, ("text", "content")) if isinstance(part, dict) else part for part in as_list(parts)]
    return "\n".join(text for text in texts if isinstance(text, str))
