"""Writes what OpenInference's instrumentation of OpenAI exports (and so what Phoenix receives).

Usage: python openinference_openai.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from openinference.instrumentation import OITracer, TraceConfig, using_attributes
from openinference.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.exporter.otlp.json.file import FileSpanExporter
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted_openai import QUESTIONS, SESSION, USER, VERSION, be_refused, scripted_client, talk, write_sent


def main(folder: Path) -> None:
    """Run the agent and write its spans as OTLP/JSON and as protobuf."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    spans = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "harbour-desk", "service.version": VERSION}))
    provider.add_span_processor(SimpleSpanProcessor(spans))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    tracer = OITracer(provider.get_tracer("harbour"), config=TraceConfig())
    with scripted_client() as client:
        about = using_attributes(session_id=SESSION, user_id=USER, metadata={"plan": "guest berth"}, tags=["harbour"])
        with about, tracer.start_as_current_span("harbour desk", openinference_span_kind="agent") as span:
            span.set_input(QUESTIONS[0])
            span.set_output(talk(client, tool=_tool(tracer)))
        be_refused(client)
    path = folder / "spans.otlp.jsonl"
    path.unlink(missing_ok=True)
    FileSpanExporter(path=path).export(spans.get_finished_spans())
    (folder / "spans.pb").write_bytes(encode_spans(spans.get_finished_spans()).SerializeToString())
    write_sent(folder)


def _tool(tracer: OITracer) -> Any:
    """Return what records a tool call as a span of its own."""

    @contextmanager
    def tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
        with tracer.start_as_current_span(name, openinference_span_kind="tool") as span:
            span.set_attribute("tool_call.id", call_id)
            span.set_tool(name=name, description="Finds a free berth for a boat.", parameters={})
            span.set_input(json.dumps(arguments), mime_type="application/json")
            yield lambda result: span.set_output(json.dumps(result), mime_type="application/json")

    return tool


if __name__ == "__main__":
    main(Path(sys.argv[1]))
