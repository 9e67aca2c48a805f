"""Writes what the clients of OpenAI and Anthropic give back, dumped as people dump it: answers with their requests.

A server on this machine says a few answers by heart. Usage: python api_sdk.py FOLDER
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from anthropic import Anthropic, APIStatusError
from openai import OpenAI

SYSTEM = "You are the desk of a small harbour. Answer in one sentence."
ASK = "Is there a berth for a boat of nine metres tonight?"
ANSWER = "Yes, berth B14 is free tonight, but mind the shallow corner at low tide."
OTHER = "There is one, but ask the harbour master for its depth."
REFUSED = "the harbour office is closed"
ARGUMENTS, RESULT = {"length_m": 9}, '{"berth": "B14", "depth_m": 2.4}'
CALL_ID, MODEL = "call_berth_1", "harbour-mini"
PARAMETERS = {"type": "object", "properties": {"length_m": {"type": "integer"}}, "required": ["length_m"]}
ANTHROPIC_TOOL: Any = {"name": "find_berth", "description": "Finds a free berth.", "input_schema": PARAMETERS}
CHAT_TOOL: Any = {"type": "function", "function": {"name": "find_berth", "parameters": PARAMETERS}}
RESPONSES_TOOL: Any = {"type": "function", "name": "find_berth", "parameters": PARAMETERS, "strict": False}
ANSWERS: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1790000000,
        "model": MODEL,
        "choices": [
            {
                "index": place,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text, "refusal": None},
            }
            for place, text in enumerate((ANSWER, OTHER))
        ],
        "usage": {"prompt_tokens": 61, "completion_tokens": 18, "total_tokens": 79},
    },
    "/v1/responses": {
        "id": "resp_1",
        "object": "response",
        "created_at": 1790000000,
        "model": MODEL,
        "status": "completed",
        "output": [
            {
                "type": "reasoning",
                "id": "rs_1",
                "summary": [{"type": "summary_text", "text": "The plan names berth B14."}],
            },
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": ANSWER, "annotations": []}],
            },
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 61,
            "output_tokens": 18,
            "total_tokens": 79,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    },
    "/v1/messages": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "content": [{"type": "text", "text": ANSWER}],
        "usage": {
            "input_tokens": 41,
            "cache_read_input_tokens": 20,
            "cache_creation_input_tokens": 0,
            "output_tokens": 18,
        },
    },
}


class Handler(BaseHTTPRequestHandler):
    """Answers by path; a request for a model that is called closed is refused."""

    def do_POST(self) -> None:
        """Answer."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        refused = {"type": "error", "error": {"type": "overloaded_error", "message": REFUSED}}
        body = refused if asked["model"] == "closed" else ANSWERS[self.path]
        content = json.dumps(body).encode()
        self.send_response(529 if body is refused else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served() -> Iterator[str]:
    """Yield the address of the server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def main(folder: Path) -> None:
    """Ask each API once and write requests with answers."""
    folder.mkdir(parents=True, exist_ok=True)
    with served() as url:
        openai = OpenAI(base_url=f"{url}/v1", api_key="not-a-key", max_retries=0)
        anthropic = Anthropic(base_url=url, api_key="not-a-key", max_retries=0)
        chat = {"model": MODEL, "messages": _chat_history(), "tools": [CHAT_TOOL], "n": 2}
        _write(folder / "chat.jsonl", chat, openai.chat.completions.create(**chat))
        responses = {"model": MODEL, "instructions": SYSTEM, "input": _items(), "tools": [RESPONSES_TOOL]}
        _write(folder / "responses.jsonl", responses, openai.responses.create(**responses))
        messages = {
            "model": MODEL,
            "system": SYSTEM,
            "messages": _blocks(),
            "tools": [ANTHROPIC_TOOL],
            "max_tokens": 200,
        }
        _write(folder / "messages.jsonl", messages, anthropic.messages.create(**messages))
        _write_batches(folder, chat, messages, anthropic)
    (folder / "sent.json").write_text(json.dumps(_sent(), indent=2) + "\n", encoding="utf-8")


def _chat_history() -> list[Any]:
    call = {"id": CALL_ID, "type": "function", "function": {"name": "find_berth", "arguments": json.dumps(ARGUMENTS)}}
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": ASK},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": CALL_ID, "content": RESULT},
    ]


def _items() -> list[Any]:
    return [
        {"role": "user", "content": ASK},
        {"type": "function_call", "call_id": CALL_ID, "name": "find_berth", "arguments": json.dumps(ARGUMENTS)},
        {"type": "function_call_output", "call_id": CALL_ID, "output": RESULT},
    ]


def _blocks() -> list[Any]:
    return [
        {"role": "user", "content": ASK},
        {
            "role": "assistant",
            "content": [{"type": "tool_use", "id": CALL_ID, "name": "find_berth", "input": ARGUMENTS}],
        },
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": CALL_ID, "content": RESULT}]},
    ]


def _write(path: Path, request: dict[str, Any], answer: Any) -> None:
    line = json.dumps({"request": request, "response": answer.model_dump(mode="json")}, ensure_ascii=False)
    path.write_text(line + "\n", encoding="utf-8")


def _write_batches(folder: Path, chat: dict[str, Any], messages: dict[str, Any], anthropic: Anthropic) -> None:
    """Write requests and results of a batch of each vendor, as their consoles give them out."""
    from anthropic.types.messages import MessageBatchIndividualResponse
    from openai.types.chat import ChatCompletion

    answer = ChatCompletion.model_validate(ANSWERS["/v1/chat/completions"]).model_dump(mode="json")
    try:
        anthropic.messages.create(**{**messages, "model": "closed"})
    except APIStatusError as error:
        failed: Any = {"type": "errored", "error": {**error.body, "request_id": None}}  # type: ignore[dict-item]
    results = [
        {"custom_id": "talk", "result": {"type": "succeeded", "message": ANSWERS["/v1/messages"]}},
        {"custom_id": "closed", "result": failed},
    ]
    parsed = [MessageBatchIndividualResponse.model_validate(result).model_dump(mode="json") for result in results]
    files = {
        "openai_batch_input": [{"custom_id": "talk", "method": "POST", "url": "/v1/chat/completions", "body": chat}],
        "openai_batch_output": [
            {
                "id": "batch_req_1",
                "custom_id": "talk",
                "error": None,
                "response": {"status_code": 200, "request_id": "req_1", "body": answer},
            }
        ],
        "anthropic_batch_input": [{"custom_id": name, "params": messages} for name in ("talk", "closed")],
        "anthropic_batch_results": parsed,
    }
    for name, rows in files.items():
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(content, encoding="utf-8")


def _sent() -> dict[str, Any]:
    return {
        "messages": [["system", SYSTEM], ["user", ASK], ["assistant", ANSWER]],
        "tool_call": {"name": "find_berth", "id": CALL_ID, "arguments": ARGUMENTS, "result": json.loads(RESULT)},
        "tokens_in": 61,
        "tokens_out": 18,
        "model": MODEL,
        "other": OTHER,
        "error": REFUSED,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
