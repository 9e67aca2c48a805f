"""Writes what OpenTelemetry's own instrumentation of OpenAI exports: messages on spans, and messages in events.

Usage: python otel_openai_v2.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
NEWEST = {"OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental"}
EVENTS = {"events": {CAPTURE: "true"}}  # an event for each message; up to 2.3b0
LATEST = {
    "latest_span": {CAPTURE: "span_only", **NEWEST},
    "latest_event": {CAPTURE: "event_only", "OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT": "true", **NEWEST},
}


def main(folder: Path, modes: Mapping[str, Mapping[str, str]]) -> None:
    """Write the export of each mode; each has a process of its own, as the mode is read once at the start."""
    from scripted_openai import write_sent

    folder.mkdir(parents=True, exist_ok=True)
    for name, settings in modes.items():
        process = get_context("spawn").Process(target=export, args=(folder, name, settings))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"the mode {name} failed")
    write_sent(folder)


def export(folder: Path, mode: str, settings: Mapping[str, str]) -> None:
    """Run the agent and write its spans and log records as OTLP/JSON, its spans as protobuf too."""
    os.environ.update(settings)
    from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.instrumentation.openai_v2 import OpenAIInstrumentor
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from scripted_openai import VERSION, be_refused, scripted_client, talk

    resource = Resource.create({"service.name": "harbour-desk", "service.version": VERSION})
    spans, logs = InMemorySpanExporter(), InMemoryLogRecordExporter()
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(SimpleLogRecordProcessor(logs))
    OpenAIInstrumentor().instrument(tracer_provider=tracers, logger_provider=loggers)
    with scripted_client() as client:
        _run(tracers.get_tracer("harbour"), lambda tool: talk(client, tool=tool))
        be_refused(client)
    for kind, exporter in (("spans", FileSpanExporter), ("logs", FileLogExporter)):
        path = folder / f"{mode}.{kind}.otlp.jsonl"
        path.unlink(missing_ok=True)
        recorded: Any = spans.get_finished_spans() if kind == "spans" else logs.get_finished_logs()
        if recorded:
            exporter(path=path).export(recorded)
    (folder / f"{mode}.spans.pb").write_bytes(encode_spans(spans.get_finished_spans()).SerializeToString())
    if logs.get_finished_logs():
        (folder / f"{mode}.logs.pb").write_bytes(encode_logs(logs.get_finished_logs()).SerializeToString())
    if mode == "latest_span":
        dumped = [json.loads(span.to_json()) for span in spans.get_finished_spans()]
        (folder / "console_spans.json").write_text(json.dumps(dumped, indent=1) + "\n", encoding="utf-8")


def _run(tracer: Any, talk: Callable[[Any], object]) -> None:
    """Run the agent in a span of its own, with a span around each tool, as the GenAI conventions want it."""
    from scripted_openai import SESSION, USER

    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "harbour desk",
        "gen_ai.conversation.id": SESSION,
        "user.id": USER,
    }

    @contextmanager
    def tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
        with tracer.start_as_current_span(f"execute_tool {name}") as span:
            span.set_attribute("gen_ai.operation.name", "execute_tool")
            span.set_attribute("gen_ai.tool.name", name)
            span.set_attribute("gen_ai.tool.call.id", call_id)
            span.set_attribute("gen_ai.tool.call.arguments", json.dumps(arguments))
            yield lambda result: span.set_attribute("gen_ai.tool.call.result", json.dumps(result))

    with tracer.start_as_current_span("invoke_agent harbour desk", attributes=attributes):
        talk(tool)


if __name__ == "__main__":
    main(Path(sys.argv[1]), LATEST)
