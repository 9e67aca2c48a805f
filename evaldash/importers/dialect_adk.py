"""Google's Agent Development Kit: requests and responses of Gemini as JSON, arguments and results of tools."""

from __future__ import annotations

from evaldash.importers.dialect import Reading
from evaldash.importers.dialect_messages import chat, system_message
from evaldash.importers.fields import as_dict, as_text
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

PREFIX = "gcp.vertex.agent."


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has(f"{PREFIX}llm_re", f"{PREFIX}tool_")


def read(span: Recorded) -> Reading:
    """Return what the kit says about a span."""
    told = span.told
    if told.has(f"{PREFIX}tool_"):
        given, answered = told.json(f"{PREFIX}tool_call_args"), told.json(f"{PREFIX}tool_response")
        name = as_text(told.get("gen_ai.tool.name"))
        return Reading(kind=SpanKind.TOOL, name=name, input=given, output=answered)
    request = as_dict(told.json(f"{PREFIX}llm_request"))
    if not request:
        return Reading()
    config = dict(as_dict(request.get("config")))
    system = system_message(config.pop("system_instruction", None))
    return Reading(
        kind=SpanKind.MODEL,
        given=[*system, *chat(request.get("contents"))],
        answered=chat(told.json(f"{PREFIX}llm_response")),
        model=as_text(request.get("model")),
        parameters=config,
    )
