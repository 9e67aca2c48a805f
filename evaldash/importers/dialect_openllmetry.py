"""OpenLLMetry's own attributes: what kind of span it is, what went into it and came out, as JSON text.

Its model calls speak the GenAI conventions, which `dialect_genai` reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Json
from evaldash.importers.dialect import Reading
from evaldash.importers.dialect_langchain import unwrapped
from evaldash.importers.fields import as_text
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

KINDS: Mapping[str, SpanKind] = {
    "workflow": SpanKind.CHAIN,
    "task": SpanKind.CHAIN,
    "agent": SpanKind.AGENT,
    "tool": SpanKind.TOOL,
}


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    return span.told.has("traceloop.span.", "traceloop.entity.")


def read(span: Recorded) -> Reading:
    """Return what Traceloop's attributes say about a span."""
    told = span.told
    kind = KINDS.get(str(told.get("traceloop.span.kind")).lower())
    return Reading(
        kind=kind,
        name=as_text(told.get("traceloop.entity.name")) if kind is not None else None,
        input=_arguments(told.json("traceloop.entity.input")),
        output=unwrapped(told.json("traceloop.entity.output")),
    )


def _arguments(value: Json) -> Json:
    """Return the arguments of a decorated function, without the wrapping of those it was not given."""
    if not isinstance(value, dict) or set(value) != {"args", "kwargs"}:
        return unwrapped(value)
    if not value["args"]:
        return value["kwargs"]
    return value if value["kwargs"] else value["args"]
