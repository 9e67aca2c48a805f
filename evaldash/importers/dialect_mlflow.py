"""MLflow's attributes, as it sends them over OTLP: every value is JSON text, texts included."""

from __future__ import annotations

import json
from collections.abc import Mapping

from evaldash.domain.trace import Json
from evaldash.importers.dialect import Reading, numbers, present
from evaldash.importers.dialect_messages import chat
from evaldash.importers.fields import as_text
from evaldash.importers.framework_messages import common
from evaldash.importers.otlp_values import Attributes, decoded
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

KINDS: Mapping[str, SpanKind] = {
    **dict.fromkeys(("CHAT_MODEL", "LLM"), SpanKind.MODEL),
    "TOOL": SpanKind.TOOL,
    **dict.fromkeys(("RETRIEVER", "RERANKER"), SpanKind.RETRIEVAL),
    "AGENT": SpanKind.AGENT,
    **dict.fromkeys(
        ("CHAIN", "EMBEDDING", "PARSER", "WORKFLOW", "TASK", "MEMORY", "GUARDRAIL", "EVALUATOR", "UNKNOWN"),
        SpanKind.CHAIN,
    ),
}
METRICS = {
    "tokens_in": ("input_tokens", "prompt_tokens", "inputTokens"),
    "tokens_out": ("output_tokens", "completion_tokens", "outputTokens"),
}
COST = {"cost_usd": ("total_cost",)}
CHUNK = "mlflow.chunk.item."  # events of a span whose output came piece by piece


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has("mlflow.span")


def read(span: Recorded) -> Reading:
    """Return what MLflow says about a span."""
    told = span.told
    kind = KINDS.get(str(told.text("mlflow.spanType")).upper())
    given, answered = given_of(told), answered_of(span)
    is_model = kind is SpanKind.MODEL
    messages = chat(common(given)) if is_model else []
    replies = chat(common(answered)) if is_model else []
    usage = told.json("mlflow.chat.tokenUsage") or (_usage(answered) if is_model else None)
    return Reading(
        kind=kind,
        given=messages,
        answered=replies,
        input=None if messages else given,
        output=None if replies else answered,
        model=told.text("mlflow.llm.model") or _model(answered) or _model(given),
        parameters=_parameters(told, given) if is_model else {},
        metrics=_numbers(usage, METRICS) | _numbers(told.json("mlflow.llm.cost"), COST),
    )


def given_of(told: Attributes) -> Json:
    """Return what a span was given."""
    return _value(told.get("mlflow.spanInputs"))


def answered_of(span: Recorded) -> Json:
    """Return what a span gave back; texts that it gave piece by piece are one text."""
    value = _value(span.told.get("mlflow.spanOutputs"))
    pieces = [piece for piece in value if isinstance(piece, str)] if isinstance(value, list) else []
    streamed = bool(pieces) and any(event.name.startswith(CHUNK) for event in span.events)
    return "".join(pieces) if streamed and value == pieces else value


def _value(told: Json) -> Json:
    """Return a value that is JSON text, also where it is no object: null, a number, a text in quotes."""
    if not isinstance(told, str):
        return told
    try:
        found: Json = json.loads(told)
    except (ValueError, RecursionError):
        return told
    return decoded(found)


def _model(said: Json) -> str | None:
    """Return the model that a request asks for, or that an answer is from."""
    return as_text(said.get("model")) if isinstance(said, dict) else None


def _usage(answered: Json) -> Json:
    """Return the usage that a model's answer tells: MLflow 2 does not keep it elsewhere."""
    return answered.get("usage") if isinstance(answered, dict) else None


def _numbers(told: Json, names: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    return numbers(Attributes(told), names) if isinstance(told, dict) else {}


def _parameters(told: Attributes, given: Json) -> dict[str, Json]:
    rest = {key: value for key, value in given.items() if key != "messages"} if isinstance(given, dict) else {}
    return rest | present(tools=told.json("mlflow.chat.tools"))
