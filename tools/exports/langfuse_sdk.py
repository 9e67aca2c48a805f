"""Writes what Langfuse's SDK sends to its server (OTLP), caught on this machine, as protobuf and as OTLP/JSON.

Usage: python langfuse_sdk.py FOLDER
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToJson
from langfuse import Langfuse, propagate_attributes
from langfuse.openai import OpenAI
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted_openai import QUESTIONS, SESSION, USER, VERSION, be_refused, scripted_client, talk, write_sent


def main(folder: Path) -> None:
    """Run the agent and write its spans."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["OTEL_SERVICE_NAME"] = "harbour-desk"
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    spans = InMemorySpanExporter()
    langfuse = Langfuse(
        public_key="pk-harbour",
        secret_key="not-a-secret",  # noqa: S106
        release=VERSION,
        environment="production",
        span_exporter=spans,
    )
    with scripted_client() as plain:
        client = OpenAI(base_url=str(plain.base_url), api_key="not-a-key", max_retries=0)
        about = propagate_attributes(
            session_id=SESSION, user_id=USER, metadata={"plan": "guest berth"}, tags=["harbour"]
        )
        with langfuse.start_as_current_observation(name="harbour desk", as_type="agent") as span, about:
            span.update(input=QUESTIONS[0])
            span.update(output=talk(client, tool=_tool(langfuse)))
        be_refused(client)
    langfuse.flush()
    sent = encode_spans(spans.get_finished_spans())
    (folder / "spans.pb").write_bytes(sent.SerializeToString())
    (folder / "spans.otlp.jsonl").write_text(
        MessageToJson(sent, indent=None, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    write_sent(folder)


def _tool(langfuse: Langfuse) -> Any:
    """Return what records a tool call as an observation of its own."""

    @contextmanager
    def tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
        with langfuse.start_as_current_observation(name=name, as_type="tool", input=arguments) as span:
            span.update(metadata={"tool_call_id": call_id})
            yield lambda result: span.update(output=result)

    return tool


if __name__ == "__main__":
    main(Path(sys.argv[1]))
