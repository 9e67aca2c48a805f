"""OpenTelemetry's GenAI semantic conventions, of all ages, and OpenLLMetry's attributes that they grew out of.

Old: an attribute per message (`gen_ai.prompt.0.content`), an event per message (`gen_ai.user.message`), on the span or
as a log record. New: JSON in `gen_ai.input.messages` and `gen_ai.output.messages`, on the span or in an event.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Feedback, Json, Role
from evaldash.importers.dialect import Reading, numbers, present
from evaldash.importers.dialect_langchain import unwrapped
from evaldash.importers.dialect_messages import chat, system_message
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import Attributes, decoded, listed, nested
from evaldash.importers.recorded import Event, Recorded
from evaldash.importers.spans import SpanKind

PREFIXES = ("gen_ai.", "llm.request", "llm.usage")
OPERATIONS: Mapping[str, SpanKind] = {
    **dict.fromkeys(("chat", "completion", "text_completion", "generate_content", "message"), SpanKind.MODEL),
    "execute_tool": SpanKind.TOOL,
    **dict.fromkeys(("invoke_agent", "invoke_workflow"), SpanKind.AGENT),
    **dict.fromkeys(("retrieval", "retrieve"), SpanKind.RETRIEVAL),
    **dict.fromkeys(("embeddings", "embedding", "rerank", "create_agent", "execute_task"), SpanKind.CHAIN),
}
METRICS = {
    "tokens_in": ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens", "llm.usage.prompt_tokens"),
    "tokens_out": ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens", "llm.usage.completion_tokens"),
    "cost_usd": ("gen_ai.usage.cost", "gen_ai.usage.total_cost", "operation.cost"),
}
EVENT_ROLES = {"system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}
EVALUATION = "gen_ai.evaluation.result"
PARAMETER_PREFIX = "gen_ai.request."


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has(*PREFIXES) or any(event.name.startswith("gen_ai.") for event in span.events)


def read(span: Recorded) -> Reading:
    """Return what the GenAI conventions say about a span."""
    told, kind = span.told, _kind(span)
    speaks_here = kind in (SpanKind.MODEL, SpanKind.AGENT)
    given, answered = (_given(span), _answered(span)) if speaks_here else ([], [])
    is_tool = kind is SpanKind.TOOL
    return Reading(
        kind=kind,
        name=as_text(told.get("gen_ai.tool.name")) if is_tool else None,
        given=given,
        answered=answered,
        input=_tool_value(span, "arguments") if is_tool else _input(told),
        output=_tool_value(span, "result") if is_tool else _output(told),
        call_id=as_text(told.get("gen_ai.tool.call.id")),
        model=as_text(told.get("gen_ai.response.model", "gen_ai.request.model")),
        parameters=_parameters(told) if kind is SpanKind.MODEL else {},
        metrics=numbers(told, METRICS),
        feedback=tuple(item for event in span.events if (item := evaluation(event)) is not None),
    )


def evaluation(event: Event) -> Feedback | None:
    """Return the score that an evaluation event tells."""
    told = event.attributes
    name = as_text(told.get("gen_ai.evaluation.name"))
    if event.name != EVALUATION or name is None:
        return None
    scores = (told.get(f"gen_ai.evaluation.score.{part}") for part in ("value", "label"))
    value = next((score for score in scores if score is not None), None)
    return Feedback(
        name=name,
        value=value,
        comment=as_text(told.get("gen_ai.evaluation.explanation")),
        author=as_text(told.get("gen_ai.evaluation.evaluator.name")),
        at=event.at,
    )


def _kind(span: Recorded) -> SpanKind | None:
    told = span.told
    said = as_text(told.get("gen_ai.operation.name", "llm.request.type"))
    if said is not None and said.lower() in OPERATIONS:
        return OPERATIONS[said.lower()]
    if "gen_ai.tool.name" in told and not told.has("gen_ai.request.model"):
        return SpanKind.TOOL
    if told.has("gen_ai.request.model", "gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages"):
        return SpanKind.MODEL
    return SpanKind.MODEL if any(_message_of(event) for event in span.events) else None


def _given(span: Recorded) -> list[Json]:
    told = span.told
    messages = chat(told.json("gen_ai.input.messages")) or _numbered(told, "gen_ai.prompt")
    messages = messages or [message for event in span.events if (message := _message_of(event))]
    system = system_message(told.get("gen_ai.system_instructions"))
    return [*system, *messages]


def _answered(span: Recorded) -> list[Json]:
    told = span.told
    messages = chat(told.json("gen_ai.output.messages")) or _numbered(told, "gen_ai.completion")
    return messages or [message for event in span.events for message in _choice_of(event)]


def _numbered(told: Attributes, name: str) -> list[Json]:
    """Return the messages of `gen_ai.prompt.0.role` and the like; a content may be parts as JSON text."""
    tree = told.tree(name)
    if isinstance(tree, str):
        return chat(tree, Role.USER if name.endswith("prompt") else Role.ASSISTANT)
    items = tree if isinstance(tree, list) else [tree]
    return chat([_with_parts(item) for item in items if isinstance(item, dict)])


def _with_parts(message: dict[str, Json]) -> dict[str, Json]:
    """Return a message with its content decoded where it is a list of parts, and `reasoning` as a part."""
    content = decoded(message.get("content"))
    if not isinstance(content, list) or len(listed(content)) != len(content):
        content = message.get("content")
    if (reasoning := message.get("reasoning")) is not None:
        text: list[Json] = [{"type": "text", "text": content}] if isinstance(content, str) and content else []
        content = [{"type": "reasoning", "reasoning": reasoning}, *text]
    if content is None and "role" not in message:  # of a text completion: {"user": "…"}
        content = message.get("user")
    role = message.get("role") or ("assistant" if "finish_reason" in message else "user")
    return {"content": None, **message, "role": role} | {"content": content}


def _told_by(event: Event) -> dict[str, Json]:
    """Return what an event says: the body of a log record, or attributes, among them JSON in `gen_ai.event.content`."""
    if isinstance(body := decoded(event.body), dict):
        return body
    content = decoded(event.attributes.get("gen_ai.event.content"))
    if isinstance(content, dict):
        return content
    told = nested(dict(event.attributes))
    found = told if isinstance(told, dict) else {}
    return {**found, "content": body} if isinstance(body, str | list) and body else found


def _message_of(event: Event) -> Json:
    """Return the message of `gen_ai.<role>.message`, None for other events."""
    prefix, _, rest = event.name.partition(".")
    role = EVENT_ROLES.get(rest.removesuffix(".message")) if prefix == "gen_ai" else None
    if role is None or not rest.endswith(".message"):
        return None
    told = _told_by(event)
    message = {key: decoded(told[key]) for key in ("tool_calls", "content", "name") if told.get(key) is not None}
    if not isinstance(message.get("content"), list):
        message["content"] = told.get("content")
    if role == "tool":
        message["tool_call_id"] = told.get("id") or told.get("tool_call_id")
    found = chat([{**message, "role": as_text(told.get("role")) or role}])
    return found[0] if found else None


def _choice_of(event: Event) -> list[Json]:
    """Return the message of `gen_ai.choice`, and the reason the model stopped with it."""
    if event.name != "gen_ai.choice":
        return []
    told = _told_by(event)
    inner = decoded(told.get("message"))
    message = inner if isinstance(inner, dict) else {"content": inner if inner is not None else told.get("content")}
    if "tool_calls" in told and "tool_calls" not in message:
        message = {**message, "tool_calls": decoded(told["tool_calls"])}
    return chat([{"content": None, **message, "role": as_text(message.get("role")) or "assistant"}])


def _input(told: Attributes) -> Json:
    return told.json("gen_ai.retrieval.query.text", "gen_ai.retrieval.query", "gen_ai.embeddings.input") or unwrapped(
        told.json("gen_ai.task.input")
    )


def _output(told: Attributes) -> Json:
    return told.json("gen_ai.retrieval.documents") or unwrapped(told.json("gen_ai.task.output"))


def _tool_value(span: Recorded, part: str) -> Json:
    """Return arguments or result of a tool; events of agent frameworks tell them as messages."""
    found = span.told.json(f"gen_ai.tool.call.{part}", f"gen_ai.tool.{part}")
    if found is not None:
        return unwrapped(found)
    wanted = "gen_ai.tool.message" if part == "arguments" else "gen_ai.choice"
    told = [_told_by(event) for event in span.events if event.name == wanted]
    return decoded(next((item.get("content") or item.get("message") for item in told), None))


def _parameters(told: Attributes) -> dict[str, Json]:
    found = {name: value for name, value in told.under(PARAMETER_PREFIX).items() if name != "model"}
    tools = told.json("gen_ai.tool.definitions", "gen_ai.request.tools") or told.tree("llm.request.functions")
    found.pop("tools", None)
    return found | present(tools=tools, output_type=told.get("gen_ai.output.type"))
