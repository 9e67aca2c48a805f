"""Writes what LangSmith's SDK sends for an agent over OpenAI's client and for one of LangChain, and what it lists.

The SDK talks to a server on this machine that keeps the bodies of `/runs/batch`. The same runs, put together as
LangSmith does it, come back through the SDK's `list_runs`, flat and nested, and are dumped as people dump them.

Usage: python langsmith_sdk.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool
from langchain_core.tracers import LangChainTracer
from langsmith import Client, trace, traceable
from langsmith.run_helpers import tracing_context
from langsmith.wrappers import wrap_openai
from scripted_openai import (
    ANSWERS,
    ARGUMENTS,
    CALL_ID,
    MODEL,
    QUESTIONS,
    RESULT,
    SESSION,
    SYSTEM,
    USER,
    VERSION,
    be_refused,
    scripted_client,
    talk,
    write_sent,
)

PROJECT, PROJECT_ID = "harbour-desk", "00000000-0000-4000-8000-000000000417"
MACHINE = ("platform", "runtime_version", "py_implementation", "docker", "cpu", "mem")  # of the one who made this
INGEST = {
    "use_multipart_endpoint": False,
    "scale_up_qsize_trigger": 1000,
    "scale_up_nthreads_limit": 1,
    "scale_down_nempty_trigger": 4,
    "size_limit": 100,
    "size_limit_bytes": 20_971_520,
}
NOTE = "Berths at the north pier have electricity and water."
FEEDBACK = {"helpful": {"n": 1, "avg": 1.0, "values": {}, "comments": ["The skipper found the berth at once."]}}


class Kept:
    """What the SDK sent."""

    def __init__(self) -> None:
        self.batches: list[dict[str, Any]] = []

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs as LangSmith lists them: updates put into what they update, and what it adds."""
        found: dict[str, dict[str, Any]] = {}
        for body in self.batches:
            for piece in (*body.get("post", ()), *body.get("patch", ())):
                said = {name: value for name, value in piece.items() if value is not None}
                found[piece["id"]] = found.get(piece["id"], {}) | said
        return [_listed(run) for run in found.values()]


def _listed(run: dict[str, Any]) -> dict[str, Any]:
    usage = (run.get("outputs") or {}).get("usage_metadata") or {}
    counted = {"prompt_tokens": usage.get("input_tokens"), "completion_tokens": usage.get("output_tokens")}
    rated = {"feedback_stats": FEEDBACK} if not run.get("parent_run_id") and not run.get("error") else {}
    state = {"status": "error" if run.get("error") else "success", "session_id": PROJECT_ID}
    return {**run, **counted, **rated, **state}


def handler(kept: Kept) -> type[BaseHTTPRequestHandler]:
    """Return what answers as LangSmith does."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({"version": "0.10.0", "batch_ingest_config": INGEST})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path.endswith("/runs/batch"):
                kept.batches.append(_without_machine(body))
                self._answer({})
            else:
                self._answer({"runs": kept.runs(), "cursors": {}})

        def _answer(self, body: Any) -> None:
            content = json.dumps(body).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _without_machine(body: dict[str, Any]) -> dict[str, Any]:
    for piece in (*body.get("post", ()), *body.get("patch", ())):
        runtime = piece.get("extra", {}).get("runtime", {})
        for name in MACHINE:
            runtime.pop(name, None)
    return body


def main(folder: Path) -> None:
    """Run both agents and write what was sent and what is listed."""
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {"LANGSMITH_TRACING": "true", "LANGCHAIN_REVISION_ID": VERSION}
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    for name, run in (("openai", _openai), ("langchain", _langchain)):
        kept = Kept()
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler(kept))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        client = Client(api_url=f"http://127.0.0.1:{server.server_address[1]}", api_key="not-a-key")
        try:
            run(client)
            client.flush()
            _write(folder, name, kept, client)
        finally:
            server.shutdown()
            server.server_close()
    write_sent(folder)


def _write(folder: Path, name: str, kept: Kept, client: Client) -> None:
    batches = "".join(json.dumps(body) + "\n" for body in kept.batches)
    (folder / f"{name}.batches.jsonl").write_text(batches, encoding="utf-8")
    listed = [json.loads(run.model_dump_json()) for run in client.list_runs(project_id=PROJECT_ID)]
    rows = "".join(json.dumps(row) + "\n" for row in listed)
    (folder / f"{name}.runs.jsonl").write_text(rows, encoding="utf-8")
    nested = [_nested(row, listed) for row in listed if not row["parent_run_id"]]
    (folder / f"{name}.nested.json").write_text(json.dumps(nested, indent=1) + "\n", encoding="utf-8")


def _nested(row: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a run with those below it, as `read_run(load_child_runs=True)` puts them together."""
    return {**row, "child_runs": [_nested(child, rows) for child in rows if child["parent_run_id"] == row["id"]]}


def _openai(client: Client) -> None:
    with scripted_client() as plain, tracing_context(enabled=True, client=client, project_name=PROJECT):
        model = wrap_openai(plain, tracing_extra={"client": client})

        @traceable(name="harbour desk", client=client, tags=["harbour"])
        def desk(question: str) -> str:
            return talk(model, tool=_traced_tool(client)) if question else ""

        about = {"thread_id": SESSION, "user_id": USER, "plan": "guest berth"}
        desk(QUESTIONS[0], langsmith_extra={"metadata": about})
        be_refused(model)


def _traced_tool(client: Client) -> Any:
    class Tool:
        def __init__(self, name: str, call_id: str, arguments: dict[str, Any]) -> None:
            self.run = trace(name, "tool", inputs=arguments, client=client, metadata={"tool_call_id": call_id})

        def __enter__(self) -> Any:
            run = self.run.__enter__()
            return lambda result: run.end(outputs={"output": result})

        def __exit__(self, *told: Any) -> None:
            self.run.__exit__(*told)

    return Tool


@tool
def find_berth(length_m: float, nights: int) -> dict[str, Any]:
    """Find a free berth for a boat of some length."""
    return RESULT if length_m <= 12 and nights else {}


class Notes(BaseRetriever):
    """Knows one note."""

    def _get_relevant_documents(self, query: str) -> list[Document]:
        return [] if "electricity" not in query else [Document(page_content=NOTE, metadata={"source": "pier.txt"})]


def _langchain(client: Client) -> None:
    """Run two turns of a chat with a tool and a look-up, each with callbacks of LangSmith."""
    call = {"name": "find_berth", "args": ARGUMENTS, "id": CALL_ID, "type": "tool_call"}
    replies = [
        AIMessage("", tool_calls=[call], usage_metadata=_usage(61, 18)),
        AIMessage(ANSWERS[0], usage_metadata=_usage(102, 21)),
        AIMessage(ANSWERS[1], usage_metadata=_usage(131, 12)),
    ]
    model = GenericFakeChatModel(messages=iter(replies), metadata={"ls_model_name": f"{MODEL}-2026"})

    def desk(told: dict[str, Any]) -> str:
        messages: list[Any] = [SystemMessage(SYSTEM)]
        for question in told["questions"]:
            messages.append(HumanMessage(question))
            if question == QUESTIONS[1]:
                Notes().invoke(question)
            answer = model.invoke(messages)
            messages.append(answer)
            for asked in answer.tool_calls:
                messages.append(find_berth.invoke(asked))
                messages.append(model.invoke(messages))
        return str(messages[-1].content)

    tracer = LangChainTracer(project_name=PROJECT, client=client)
    about = {"session_id": SESSION, "user_id": USER}
    RunnableLambda(desk, name="harbour desk").invoke(
        {"questions": list(QUESTIONS)}, config={"callbacks": [tracer], "metadata": about, "tags": ["harbour"]}
    )
    tracer.wait_for_futures()


def _usage(tokens_in: int, tokens_out: int) -> Any:
    return {"input_tokens": tokens_in, "output_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
