"""All dialects of OpenTelemetry attributes; a span may speak several, and what the first one says counts."""

from __future__ import annotations

from collections.abc import Callable

from evaldash.domain.trace import Json
from evaldash.importers import (
    dialect_adk,
    dialect_genai,
    dialect_langfuse,
    dialect_logfire,
    dialect_mlflow,
    dialect_openinference,
    dialect_openllmetry,
    dialect_vercel,
)
from evaldash.importers.dialect import Reading, merged
from evaldash.importers.dialect_langchain import ToolAnswer, tool_answer
from evaldash.importers.otlp_values import decoded
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import Span, SpanKind

# A framework's own attributes say more than the conventions it speaks besides.
DIALECTS: tuple[tuple[Callable[[Recorded], bool], Callable[[Recorded], Reading]], ...] = (
    (dialect_vercel.speaks, dialect_vercel.read),
    (dialect_openinference.speaks, dialect_openinference.read),
    (dialect_langfuse.speaks, dialect_langfuse.read),
    (dialect_mlflow.speaks, dialect_mlflow.read),
    (dialect_adk.speaks, dialect_adk.read),
    (dialect_genai.speaks, dialect_genai.read),
    (dialect_logfire.speaks, dialect_logfire.read),
    (dialect_openllmetry.speaks, dialect_openllmetry.read),
)
MAX_REST = 200  # characters of an attribute that is shown beside a model call; longer ones are texts with a place
SAID_ELSEWHERE = (
    "gen_ai.prompt", "gen_ai.completion", "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instr",
    "gen_ai.tool.definitions", "gen_ai.request.", "gen_ai.usage.input", "gen_ai.usage.output", "gen_ai.usage.prompt",
    "gen_ai.usage.completion", "llm.request.functions", "llm.input_messages", "llm.output_messages", "llm.prompts",
    "llm.choices", "llm.invocation_parameters", "llm.tools", "llm.token_count.prompt", "llm.token_count.completion",
    "llm.cost.total", "input.", "output.", "ai.prompt", "ai.response.text", "ai.response.reasoning",
    "llm.prompt_template", "ai.response.toolCalls", "ai.usage.", "ai.settings.", "langfuse.observation.", "mlflow.span",
    "mlflow.trace", "mlflow.llm.", "mlflow.chat.", "mlflow.message.",
    "events", "request_data", "response_data", "session.id", "user.id", "metadata", "tag.tags", "traceloop.",
    "gen_ai.response.model", "llm.model_name", "gen_ai.operation.name", "openinference.span.kind",
    "ai.telemetry.metadata", "gen_ai.conversation.id", "ai.model.id", "ai.response.model",
)  # fmt: skip


def reading_of(recorded: Recorded) -> Reading:
    """Return what all dialects that a span speaks say about it."""
    return merged(read(recorded) for speaks, read in DIALECTS if speaks(recorded))


def span_of(recorded: Recorded, reading: Reading) -> Span:
    """Return a span as the folding takes it."""
    kind = reading.kind or SpanKind.CHAIN
    is_model = kind is SpanKind.MODEL
    answer = tool_answer(reading.output) if kind is SpanKind.TOOL else ToolAnswer(reading.output)
    return Span(
        id=recorded.id,
        parent=recorded.parent,
        name=reading.name or recorded.name,
        kind=kind,
        started=recorded.started,
        ended=recorded.ended,
        error=reading.error or recorded.error,
        given=reading.given,
        answered=reading.answered,
        input=reading.input,
        output=answer.output,
        call_id=reading.call_id or answer.call_id,
        model=reading.model if kind in (SpanKind.MODEL, SpanKind.AGENT) else None,
        parameters=reading.parameters,
        metrics=reading.metrics,
        rest=_rest(recorded) if is_model else {},
        position=recorded.position,
    )


def _rest(recorded: Recorded) -> dict[str, Json]:
    """Return the small attributes of a model call that have no other place: ids, reasons for stopping, addresses."""
    flat = recorded.told.flat
    small = {name: value for name, value in flat.items() if not name.startswith(SAID_ELSEWHERE) and _is_small(value)}
    return {name: decoded(value) for name, value in small.items()}


def _is_small(value: Json) -> bool:
    if isinstance(value, list):
        return all(not isinstance(item, dict | list) and _is_small(item) for item in value[:MAX_REST])
    return value not in (None, "", {}) and not (isinstance(value, str) and len(value) > MAX_REST)
