"""The Vercel AI SDK: `ai.*` attributes. `ai.generateText` wraps the model calls `….doGenerate` and `ai.toolCall`."""

from __future__ import annotations

from evaldash.domain.trace import Json, Role
from evaldash.importers.dialect import Reading, numbers, present
from evaldash.importers.dialect_messages import chat, spoken, system_message
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import Attributes, decoded
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

MODEL_CALLS = (".doGenerate", ".doStream")
EMBEDDINGS = ("ai.embed", "ai.rerank")
METRICS = {
    "tokens_in": ("ai.usage.inputTokens", "ai.usage.promptTokens", "ai.usage.tokens"),
    "tokens_out": ("ai.usage.outputTokens", "ai.usage.completionTokens"),
}


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has("ai.operationId", "ai.prompt", "ai.toolCall.", "ai.response.")


def read(span: Recorded) -> Reading:
    """Return what the AI SDK says about a span."""
    told = span.told
    operation = as_text(told.get("ai.operationId", "operation.name")) or span.name
    operation = operation.split(" ", 1)[0]
    if told.has("ai.toolCall."):
        return _tool(told)
    kind = _kind(operation)
    is_model = kind is SpanKind.MODEL
    values = told.json("ai.value") or _each_decoded(told.json("ai.values"))
    return Reading(
        kind=kind,
        given=_given(told),
        answered=_answered(told),
        input=values,
        model=as_text(told.get("ai.response.model", "ai.model.id")),
        parameters=_parameters(told) if is_model else {},
        metrics=numbers(told, METRICS),
    )


def _kind(operation: str) -> SpanKind:
    if operation.startswith(EMBEDDINGS):
        return SpanKind.CHAIN
    return SpanKind.MODEL if operation.endswith(MODEL_CALLS) else SpanKind.AGENT


def _tool(told: Attributes) -> Reading:
    return Reading(
        kind=SpanKind.TOOL,
        name=as_text(told.get("ai.toolCall.name")),
        input=told.json("ai.toolCall.args", "ai.toolCall.input"),
        output=told.json("ai.toolCall.result", "ai.toolCall.output"),
        call_id=as_text(told.get("ai.toolCall.id")),
    )


def _given(told: Attributes) -> list[Json]:
    """Return the messages of a model call, or of a wrapper: a prompt (text or messages) with the system prompt."""
    messages = chat(told.json("ai.prompt.messages"))
    prompt = told.json("ai.prompt")
    if messages or prompt is None:
        return messages
    if not isinstance(prompt, dict):
        return chat(prompt, Role.USER)
    system = system_message(prompt.get("system") or prompt.get("instructions"))
    said = chat(prompt.get("messages")) + chat(prompt.get("prompt"), Role.USER)
    return [*system, *said]


def _answered(told: Attributes) -> list[Json]:
    text = told.get("ai.response.text", "ai.result.text")
    answer = text if text is not None else told.get("ai.response.object", "ai.result.object")
    calls = told.get("ai.response.toolCalls", "ai.result.toolCalls")
    return spoken(answer, calls, told.get("ai.response.reasoning"))


def _parameters(told: Attributes) -> dict[str, Json]:
    settings = {name: value for name, value in told.under("ai.settings.").items() if name != "maxRetries"}
    tools = _each_decoded(told.json("ai.prompt.tools"))
    choice = told.json("ai.prompt.toolChoice")
    return settings | present(tools=tools, tool_choice=choice, schema=told.json("ai.schema"))


def _each_decoded(values: Json) -> Json:
    """Return a list whose items are JSON texts with the items decoded."""
    return [decoded(item) for item in values] if isinstance(values, list) else values
