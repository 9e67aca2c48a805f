"""MLflow's attributes, as it sends them over OTLP: every value is JSON text, texts included."""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Json
from evaldash.importers.dialect import Reading, numbers, present
from evaldash.importers.dialect_messages import chat
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import Attributes
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

KINDS: Mapping[str, SpanKind] = {
    **dict.fromkeys(("CHAT_MODEL", "LLM"), SpanKind.MODEL),
    "TOOL": SpanKind.TOOL,
    **dict.fromkeys(("RETRIEVER", "RERANKER"), SpanKind.RETRIEVAL),
    "AGENT": SpanKind.AGENT,
    **dict.fromkeys(("CHAIN", "EMBEDDING", "PARSER", "WORKFLOW", "TASK", "UNKNOWN"), SpanKind.CHAIN),
}
METRICS = {"tokens_in": ("input_tokens",), "tokens_out": ("output_tokens",)}


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has("mlflow.span")


def read(span: Recorded) -> Reading:
    """Return what MLflow says about a span."""
    told = span.told
    kind = KINDS.get(str(told.text("mlflow.spanType")).upper())
    given, answered = told.json("mlflow.spanInputs"), told.json("mlflow.spanOutputs")
    is_model = kind is SpanKind.MODEL
    messages = chat(given) if is_model else []
    replies = chat(answered) if is_model else []
    usage = told.json("mlflow.chat.tokenUsage")
    return Reading(
        kind=kind,
        given=messages,
        answered=replies,
        input=None if messages else given,
        output=None if replies else answered,
        model=told.text("mlflow.llm.model") or as_text(given.get("model") if isinstance(given, dict) else None),
        parameters=_parameters(told, given) if is_model else {},
        metrics=numbers(Attributes(usage), METRICS) if isinstance(usage, dict) else {},
    )


def _parameters(told: Attributes, given: Json) -> dict[str, Json]:
    rest = {key: value for key, value in given.items() if key != "messages"} if isinstance(given, dict) else {}
    return rest | present(tools=told.json("mlflow.chat.tools"))
