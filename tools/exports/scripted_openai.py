"""What the exports of OpenAI's instrumentations are made from: a scripted server on this machine, and an agent's run.

The server speaks as OpenAI's API and knows a few answers by heart; the run has two turns, a tool call with its result,
and an error. `sent` is what happened, for the tests to compare with what an importer makes of the export.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from openai import BadRequestError, OpenAI

MODEL = "harbour-mini"
SYSTEM = "You are the desk of a small harbour. Answer in one sentence."
QUESTIONS = ("Is there a berth for a boat of nine metres tonight?", "And what do two nights with electricity cost?")
CALL_ID = "call_berth_1"
ARGUMENTS = {"length_m": 9, "nights": 1}
RESULT = {"berth": "B14", "depth_m": 2.4, "note": "mind the shallow corner at low tide"}
ANSWERS = (
    "Yes, berth B14 is free tonight, but mind the shallow corner at low tide.",
    "Two nights with electricity cost 58 euros.",
)
REFUSED = "the ferry timetable is longer than this model can read"
LONG_QUESTION = "Please read the whole ferry timetable and tell me the last boat."
SESSION, USER, VERSION = "visit-417", "skipper-ilse", "2.3.0"
TOOLS: Any = [
    {
        "type": "function",
        "function": {
            "name": "find_berth",
            "description": "Finds a free berth for a boat of some length.",
            "parameters": {
                "type": "object",
                "properties": {"length_m": {"type": "number"}, "nights": {"type": "integer"}},
            },
        },
    }
]
TOKENS = ((61, 18), (102, 21), (131, 12))  # in and out, of each answer
REPLIES: tuple[dict[str, Any], ...] = (
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": CALL_ID,
                "type": "function",
                "function": {"name": "find_berth", "arguments": json.dumps(ARGUMENTS)},
            }
        ],
    },
    {"role": "assistant", "content": ANSWERS[0]},
    {"role": "assistant", "content": ANSWERS[1]},
)
Tool = Callable[[str, str, dict[str, Any]], AbstractContextManager[Callable[[Any], None]]]


@dataclass
class _Script:
    """What the server says next."""

    asked: int = 0
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def answer(self) -> tuple[int, dict[str, Any]]:
        number, self.asked = self.asked, self.asked + 1
        if number >= len(REPLIES):
            return 400, {"error": {"message": REFUSED, "type": "invalid_request_error", "code": "too_long"}}
        tokens_in, tokens_out = TOKENS[number]
        message = REPLIES[number]
        return 200, {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion",
            "created": 1_790_000_000 + number,
            "model": f"{MODEL}-2026",
            "choices": [
                {
                    "index": 0,
                    "message": message,
                    "finish_reason": "tool_calls" if "tool_calls" in message else "stop",
                }
            ],
            "usage": {
                "prompt_tokens": tokens_in,
                "completion_tokens": tokens_out,
                "total_tokens": tokens_in + tokens_out,
            },
        }


@contextmanager
def scripted_client() -> Iterator[OpenAI]:
    """Yield OpenAI's own client, which talks to the scripted server."""
    script = _Script()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            status, body = script.answer()
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}/v1"
        yield OpenAI(base_url=url, api_key="not-a-key", max_retries=0)
    finally:
        server.shutdown()
        server.server_close()


def talk(client: OpenAI, *, tool: Tool) -> str:
    """Run the agent for two turns and return its last answer; `tool` records what a tool does."""
    messages: list[Any] = [{"role": "system", "content": SYSTEM}]
    for question in QUESTIONS:
        messages.append({"role": "user", "content": question})
        message = _ask(client, messages)
        for call in message.tool_calls or ():
            arguments = json.loads(call.function.arguments)
            with tool(call.function.name, call.id, arguments) as returned:
                returned(RESULT)
            messages.append(message.model_dump(exclude_none=True))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps(RESULT)})
            message = _ask(client, messages)
        messages.append({"role": "assistant", "content": message.content})
    return str(messages[-1]["content"])


def _ask(client: OpenAI, messages: list[Any]) -> Any:
    completion = client.chat.completions.create(
        model=MODEL,
        messages=messages,
        tools=TOOLS,
        temperature=0.2,
    )
    return completion.choices[0].message


def be_refused(client: OpenAI) -> None:
    """Ask for something that the server refuses."""
    try:
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": LONG_QUESTION}])
    except BadRequestError:
        return
    raise RuntimeError("the scripted server was to refuse this")


def sent() -> list[dict[str, Any]]:
    """Return what the traces of the export hold: the talk, and what was refused."""
    return [
        {
            "messages": [
                ["system", SYSTEM],
                ["user", QUESTIONS[0]],
                ["assistant", ANSWERS[0]],
                ["user", QUESTIONS[1]],
                ["assistant", ANSWERS[1]],
            ],
            "tool_calls": [{"name": "find_berth", "id": CALL_ID, "arguments": ARGUMENTS, "result": RESULT}],
            "model_calls": len(REPLIES),
            "tokens_in": sum(tokens for tokens, _ in TOKENS),
            "tokens_out": sum(tokens for _, tokens in TOKENS),
            "model": f"{MODEL}-2026",
            "error": None,
            "session": SESSION,
            "user": USER,
            "version": VERSION,
        },
        {
            "messages": [["user", LONG_QUESTION]],
            "tool_calls": [],
            "model_calls": 1,
            "tokens_in": None,
            "tokens_out": None,
            "model": MODEL,
            "error": REFUSED,
            "session": None,
            "user": None,
            "version": VERSION,
        },
    ]


def write_sent(folder: Path) -> None:
    """Write what happened beside the export."""
    content = json.dumps(sent(), indent=2, ensure_ascii=False)
    (folder / "sent.json").write_text(f"{content}\n", encoding="utf-8")
