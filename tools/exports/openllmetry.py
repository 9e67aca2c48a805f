"""Writes what OpenLLMetry exports: its instrumentation of OpenAI, and the decorators of Traceloop's SDK.

Usage: python openllmetry.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted_openai import QUESTIONS, SESSION, USER, VERSION, be_refused, scripted_client, talk, write_sent
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import tool as traced_tool
from traceloop.sdk.decorators import workflow


def main(folder: Path) -> None:
    """Run the agent and write its spans as protobuf, and as JSON as protobuf's library has it (ids in base64)."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    spans = InMemorySpanExporter()
    Traceloop.init(
        app_name="harbour-desk",
        processor=SimpleSpanProcessor(spans),
        resource_attributes={"service.version": VERSION},
        telemetry_enabled=False,
    )
    with scripted_client() as client:

        @workflow(name="harbour desk")
        def desk(question: str) -> str:
            assert question == QUESTIONS[0]
            Traceloop.set_association_properties({"session_id": SESSION, "user_id": USER})
            return talk(client, tool=_tool)

        desk(QUESTIONS[0])
        Traceloop.set_association_properties({})
        be_refused(client)
    request = encode_spans(spans.get_finished_spans())
    (folder / "spans.pb").write_bytes(request.SerializeToString())
    line = json.dumps(MessageToDict(request), ensure_ascii=False)
    (folder / "spans.otlp.jsonl").write_text(f"{line}\n", encoding="utf-8")
    write_sent(folder)


@contextmanager
def _tool(name: str, _call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
    """Record a tool call through the decorator, which wants a function."""
    returned: list[Any] = []
    yield returned.append
    traced_tool(name=name)(lambda **_: returned[0])(**arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
