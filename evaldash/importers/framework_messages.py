"""What model calls are given and give back in frameworks with a form of their own, in the forms that `as_chat` reads.

These are what their instrumentations write as they are: Bedrock's Converse, LlamaIndex's blocks, AutoGen's typed
messages, Pydantic AI's requests and responses, prompts and completions that are plain texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_dict, as_text, parsed_if_json

LISTS = ("messages", "contents", "input", "output", "message")  # keys that hold messages
AUTOGEN = {"UserMessage": "user", "AssistantMessage": "assistant", "SystemMessage": "system"}
AUTOGEN_RESULTS = "FunctionExecutionResultMessage"
PYDANTIC_ROLES = {"system-prompt": "system", "user-prompt": "user", "retry-prompt": "user"}  # all others: assistant
MAX_LEVELS = 4  # of lists and objects around messages


def common(value: Json, depth: int = 0) -> Json:
    """Return a value with the messages in it in OpenAI's or Anthropic's form; what is none of these stays."""
    if depth > MAX_LEVELS:
        return value
    if isinstance(value, list):
        return [found for item in value for found in _as_list(common(item, depth + 1))]
    if not isinstance(value, dict):
        return value
    for read in _MESSAGES:
        if (messages := read(value)) is not None:
            return messages
    whole = _request(value)
    return {name: common(inner, depth + 1) if name in LISTS else inner for name, inner in whole.items()}


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _request(value: dict[str, Json]) -> dict[str, Json]:
    """Return a request or an answer whose texts stand alone with them in messages."""
    body = parsed_if_json(value.get("body"))
    found = {**value, **body} if isinstance(body, dict) else dict(value)  # Bedrock's invoke_model
    config = found.get("config")
    if isinstance(config, dict) and config.get("system_instruction"):
        found["system_instruction"] = config["system_instruction"]
    for name in ("contents", "input", "prompts"):  # Gemini, Responses, LangChain's plain models
        texts = found.get(name)
        plain = [texts] if isinstance(texts, str) else texts if isinstance(texts, list) else []
        if plain and all(isinstance(text, str) for text in plain):
            found["messages"] = [{"role": "user", "content": text} for text in plain]
            del found[name]
    choices = found.get("choices")
    if isinstance(choices, list):
        found["choices"] = [_choice(choice) if isinstance(choice, dict) else choice for choice in choices]
    return found


def _choice(choice: dict[str, Json]) -> dict[str, Json]:
    """Return a choice of the old completions API, which is a text alone, as one with a message."""
    if not isinstance(choice.get("text"), str) or "message" in choice:
        return choice
    return {**choice, "message": {"role": "assistant", "content": choice["text"]}}


def _converse(value: Mapping[str, Json]) -> Json:
    """A message of Bedrock's Converse: its parts are named by their keys."""
    content = value.get("content")
    if not isinstance(content, list) or not any(isinstance(part, dict) and _CONVERSE & part.keys() for part in content):
        return None
    return {**value, "content": [_converse_part(part) if isinstance(part, dict) else part for part in content]}


_CONVERSE = frozenset(("toolUse", "toolResult", "reasoningContent"))


def _converse_part(part: dict[str, Json]) -> Json:
    use, result, thought = (as_dict(part.get(name)) for name in ("toolUse", "toolResult", "reasoningContent"))
    if use:
        return {"type": "tool_use", "id": use.get("toolUseId"), "name": use.get("name"), "input": use.get("input")}
    if result:
        parts = [_result_part(item) for item in _as_list(result.get("content"))]
        failed = result.get("status") == "error"
        content = parts[0] if len(parts) == 1 else parts
        return {"type": "tool_result", "tool_use_id": result.get("toolUseId"), "content": content, "is_error": failed}
    if thought:
        return {"type": "reasoning", "reasoning": as_dict(thought.get("reasoningText")).get("text")}
    return part


def _result_part(part: Json) -> Json:
    told = as_dict(part)
    return told.get("json", told.get("text", part))


def _blocks(value: Mapping[str, Json]) -> Json:
    """A message of LlamaIndex: blocks instead of a content, calls beside them."""
    blocks = value.get("blocks")
    if not isinstance(blocks, list) or "role" not in value:
        return None
    beside = as_dict(value.get("additional_kwargs"))
    known = {name: beside[name] for name in ("tool_calls", "tool_call_id", "name") if beside.get(name)}
    content = [_block(block) if isinstance(block, dict) else block for block in blocks]
    return {"role": value["role"], "content": content, **known}


def _block(block: dict[str, Json]) -> Json:
    kind = as_text(block.get("block_type"))
    if kind == "tool_call":
        call = {name: block.get(f"tool_{name}") for name in ("call_id", "name", "kwargs")}
        return {"type": "tool_use", "id": call["call_id"], "name": call["name"], "input": call["kwargs"]}
    if kind == "thinking":
        return {"type": "reasoning", "reasoning": block.get("content")}
    return {**block, "type": kind}


def _autogen(value: Mapping[str, Json]) -> Json:
    """A typed message of AutoGen; results of functions come several in one, calls are the content."""
    kind, content = value.get("type"), value.get("content")
    if kind == AUTOGEN_RESULTS and isinstance(content, list):
        told = (as_dict(item) for item in content)
        return [
            {"role": "tool", "tool_call_id": item.get("call_id"), "name": item.get("name"),
             "content": item.get("content"), "is_error": item.get("is_error")}
            for item in told
        ]  # fmt: skip
    role = AUTOGEN.get(kind) if isinstance(kind, str) else None
    if role is None or "role" in value:
        return None
    if role == "assistant" and isinstance(content, list):
        content = [{"type": "tool_use", **as_dict(call)} for call in content]
    return {"role": role, "content": content}


def _pydantic(value: Mapping[str, Json]) -> Json:
    """A request or a response of Pydantic AI: parts that are messages of several roles."""
    parts = value.get("parts")
    if not isinstance(parts, list) or not parts or not all("part_kind" in as_dict(part) for part in parts):
        return None
    return [_pydantic_part(as_dict(part)) for part in parts]


def _pydantic_part(part: Mapping[str, Json]) -> Json:
    content, kind = part.get("content"), str(part.get("part_kind"))
    call_id, name = part.get("tool_call_id"), part.get("tool_name")
    if kind == "tool-call":
        call: Json = {"id": call_id, "function": {"name": name, "arguments": part.get("args")}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind == "tool-return" or (kind == "retry-prompt" and name):
        failed = kind == "retry-prompt"
        return {"role": "tool", "tool_call_id": call_id, "name": name, "content": content, "is_error": failed}
    if kind == "thinking":
        content = [{"type": "reasoning", "reasoning": content}]
    elif kind not in PYDANTIC_ROLES and kind != "text":
        content = [dict(part)]
    return {"role": PYDANTIC_ROLES.get(kind, "assistant"), "content": content}


_MESSAGES: tuple[Callable[[Mapping[str, Json]], Json], ...] = (_converse, _blocks, _autogen, _pydantic)
