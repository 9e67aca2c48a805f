"""Writes what a LangGraph agent exports through OpenInference and through OpenLLMetry: a trace for each turn.

Usage: python langgraph_otel.py FOLDER
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from typing import Any

INSTRUMENTORS = {
    "openinference": ("openinference.instrumentation.langchain", "LangChainInstrumentor"),
    "openllmetry": ("opentelemetry.instrumentation.langchain", "LangchainInstrumentor"),
}


def main(folder: Path) -> None:
    """Write the export of each instrumentation, each from a process of its own, and what was said."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in INSTRUMENTORS:
        process = get_context("spawn").Process(target=export, args=(folder, name))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"the export through {name} failed")
    content = json.dumps(sent(), indent=2, ensure_ascii=False)
    (folder / "sent.json").write_text(f"{content}\n", encoding="utf-8")


def export(folder: Path, name: str) -> None:
    """Run the agent for two turns and be refused, and write the spans as OTLP/JSON."""
    from opentelemetry.exporter.otlp.json.file import FileSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
    from scripted_openai import VERSION

    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    spans = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource.create({"service.name": "harbour-desk", "service.version": VERSION}))
    provider.add_span_processor(SimpleSpanProcessor(spans))
    module, instrumentor = INSTRUMENTORS[name]
    getattr(import_module(module), instrumentor)().instrument(tracer_provider=provider)
    _run()
    path = folder / f"{name}.otlp.jsonl"
    path.unlink(missing_ok=True)
    FileSpanExporter(path=path).export(spans.get_finished_spans())


def _run() -> None:
    from langchain.agents import create_agent
    from langchain_core.tools import tool
    from langchain_openai import ChatOpenAI
    from openai import BadRequestError
    from scripted_openai import LONG_QUESTION, MODEL, QUESTIONS, RESULT, SESSION, SYSTEM, scripted_client

    @tool
    def find_berth(length_m: int, nights: int) -> str:
        """Finds a free berth for a boat of some length."""
        return json.dumps(RESULT) if length_m and nights else ""

    with scripted_client() as client:
        model = ChatOpenAI(
            model=MODEL, base_url=str(client.base_url), api_key=client.api_key, temperature=0.2, max_retries=0
        )
        agent: Any = create_agent(model, [find_berth], system_prompt=SYSTEM)
        about = {"metadata": {"session_id": SESSION}}
        messages: list[Any] = []
        for question in QUESTIONS:
            asked = {"messages": [*messages, {"role": "user", "content": question}]}
            messages = agent.invoke(asked, config=about)["messages"]
        try:
            agent.invoke({"messages": [{"role": "user", "content": LONG_QUESTION}]})
        except BadRequestError:
            return
    raise RuntimeError("the scripted server was to refuse this")


def sent() -> list[dict[str, Any]]:
    """Return what the traces hold: the first turn, the second with the first as its history, and what was refused."""
    from scripted_openai import TOKENS
    from scripted_openai import sent as sent_at_once

    talk, refused = sent_at_once()
    talk["user"] = None  # LangGraph knows sessions alone
    first = talk | {
        "messages": talk["messages"][:3],
        "model_calls": 2,
        "tokens_in": TOKENS[0][0] + TOKENS[1][0],
        "tokens_out": TOKENS[0][1] + TOKENS[1][1],
    }
    second = talk | {"model_calls": 1, "tokens_in": TOKENS[2][0], "tokens_out": TOKENS[2][1]}
    return [first, second, refused | {"messages": [talk["messages"][0], *refused["messages"]]}]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
