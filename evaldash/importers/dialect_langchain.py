"""What callbacks of LangChain hand to tracers of any dialect: wrapped inputs, messages as results of tools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from evaldash.domain.trace import Json
from evaldash.importers.dialect_messages import chat
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import decoded
from evaldash.importers.python_literal import parsed_if_literal

GIVEN = ("inputs", "input_str")
RETURNED = ("outputs", "output")
BESIDE = {"tags", "metadata", "kwargs"}
OWN_METADATA = ("langgraph_", "ls_", "lc_", "checkpoint_ns", "__pregel")  # how the graph ran, not what it is about


@dataclass(frozen=True, slots=True)
class ToolAnswer:
    """What a tool gave back, and the id of the call where the answer is a message that tells it."""

    output: Json
    call_id: str | None = None


def unwrapped(value: Json) -> Json:
    """Return what went in or came out, without the tags and metadata beside it; arguments may be written as Python."""
    if not isinstance(value, dict) or not set(value) & BESIDE or not set(value) <= {*GIVEN, *RETURNED, *BESIDE}:
        return value
    found = next((value[name] for name in (*GIVEN, *RETURNED) if name in value), None)
    return value if found is None else parsed_if_literal(decoded(found))


def tool_answer(value: Json) -> ToolAnswer:
    """Return the content of a tool's message, any other value as it is."""
    value = unwrapped(value)
    messages = chat(value) if isinstance(value, dict) and set(value) & {"lc", "data", "role", "tool_call_id"} else []
    message = messages[0] if len(messages) == 1 else None
    if not isinstance(message, dict) or message.get("role") != "tool":
        return ToolAnswer(value)
    content = decoded(message.get("content"))
    return ToolAnswer({"error": content} if message.get("is_error") else content, as_text(message.get("tool_call_id")))


def without_own(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """Return metadata with what LangGraph tells about its own running under one name."""
    own = {name: value for name, value in metadata.items() if name.startswith(OWN_METADATA)}
    rest = {name: value for name, value in metadata.items() if name not in own}
    return rest | ({"langgraph": own} if own else {})
