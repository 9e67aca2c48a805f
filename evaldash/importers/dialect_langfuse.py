"""Langfuse's attributes, as its SDK sends them over OTLP."""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Json, Role
from evaldash.importers.dialect import Reading, numbers
from evaldash.importers.dialect_messages import chat, spoken
from evaldash.importers.fields import as_dict, as_number, as_text
from evaldash.importers.otlp_values import Attributes
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

PREFIX = "langfuse.observation."
KINDS: Mapping[str, SpanKind] = {
    "generation": SpanKind.MODEL,
    "tool": SpanKind.TOOL,
    "retriever": SpanKind.RETRIEVAL,
    "agent": SpanKind.AGENT,
    **dict.fromkeys(("span", "event", "chain", "embedding", "evaluator", "guardrail"), SpanKind.CHAIN),
}
USAGE = {"tokens_in": ("input", "prompt_tokens", "input_tokens"), "tokens_out": ("output", "completion_tokens")}


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has("langfuse.")


def read(span: Recorded) -> Reading:
    """Return what Langfuse says about a span."""
    told = span.told
    kind = KINDS.get(str(told.get(f"{PREFIX}type")).lower())
    given, answered = told.json(f"{PREFIX}input"), told.json(f"{PREFIX}output")
    is_model = kind is SpanKind.MODEL
    messages = chat(given, Role.USER) if is_model else []
    replies = (chat(answered) or spoken(answered if isinstance(answered, str) else None)) if is_model else []
    return Reading(
        kind=kind,
        given=messages,
        answered=replies,
        input=None if messages else given if given is not None else told.json("langfuse.trace.input"),
        output=None if replies else answered if answered is not None else told.json("langfuse.trace.output"),
        model=as_text(told.get(f"{PREFIX}model.name")),
        parameters=_parameters(told, given) if is_model else {},
        metrics=_metrics(told),
        error=as_text(told.get(f"{PREFIX}status_message")) if told.get(f"{PREFIX}level") == "ERROR" else None,
    )


def _parameters(told: Attributes, given: Json) -> dict[str, Json]:
    """Return the settings of a model call, with the tools that stand beside its messages."""
    tools = as_dict(given).get("tools")
    return as_dict(told.json(f"{PREFIX}model.parameters")) | ({"tools": tools} if tools else {})


def _metrics(told: Attributes) -> dict[str, float]:
    usage = as_dict(told.json(f"{PREFIX}usage_details"))
    found = numbers(Attributes(usage), USAGE)
    cost = as_number(as_dict(told.json(f"{PREFIX}cost_details")).get("total"))
    return found if cost is None else {**found, "cost_usd": cost}
