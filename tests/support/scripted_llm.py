"""A server on loopback that speaks the wire format of chat completions and plays a script, one entry a request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Scripted:
    """One reply: a status with headers and a JSON body, after `delay_s` of silence.

    Where the request asks for a stream, a completion is sent as server-sent events, a few characters each, with
    `pause_s` of silence between them; `cut_after` ends the connection after so many. `streams` False: an endpoint that
    answers a request for a stream with plain JSON all the same.
    """

    body: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    pause_s: float = 0.0
    cut_after: int | None = None
    streams: bool = True


Entry = Scripted | Callable[[dict[str, Any]], Scripted]


def says(content: str, *, finish: str = "stop", refusal: str | None = None, **more: Any) -> Scripted:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip
    return Scripted(body=body, **more)


def error(status: int, message: str, *, code: str | None = None, **headers: str) -> Scripted:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Scripted(body=body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})


def events_of(body: dict[str, Any], *, size: int = 7) -> list[dict[str, Any]]:
    """Return the chunks that a server streams in place of a completion; the last carries the usage and no choice."""
    [choice] = body["choices"]
    message, content = choice["message"], choice["message"]["content"] or ""
    deltas = [{"role": "assistant", "content": ""}]
    deltas += [{"content": content[start : start + size]} for start in range(0, len(content), size)]
    if message["refusal"]:
        deltas.append({"refusal": message["refusal"]})
    frame = {name: body[name] for name in ("id", "created", "model")} | {"object": "chat.completion.chunk"}
    chunks = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    ending = {"choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]}
    return [frame | chunk for chunk in (*chunks, ending, {"choices": [], "usage": body["usage"]})]


class ScriptedLLM:
    """Plays `script`; `requests` and `authorizations` hold what was asked. A request beyond the script gets a 418."""

    def __init__(self, *script: Entry) -> None:
        self.script, self.requests, self.authorizations = list(script), list[dict[str, Any]](), list[str | None]()
        self.events_sent = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> ScriptedLLM:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        llm = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                llm.requests.append(request)
                llm.authorizations.append(self.headers.get("Authorization"))
                entry = llm.script.pop(0) if llm.script else error(418, "the script is over")
                reply = entry(request) if callable(entry) else entry
                time.sleep(reply.delay_s)
                self._send(reply, stream=bool(request.get("stream")))

            def _send(self, reply: Scripted, *, stream: bool) -> None:
                try:
                    if stream and reply.streams and "choices" in reply.body:
                        self._send_events(reply)
                    else:
                        self._send_whole(reply)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client had enough of waiting

            def _send_whole(self, reply: Scripted) -> None:
                payload = json.dumps(reply.body).encode()
                self.send_response(reply.status)
                for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def _send_events(self, reply: Scripted) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()  # no length: the end of the connection is the end of the body
                for number, event in enumerate(events_of(reply.body)):
                    if number == reply.cut_after:
                        return
                    self.wfile.write(f"data: {json.dumps(event)}\n\n".encode())
                    self.wfile.flush()
                    llm.events_sent += 1
                    time.sleep(reply.pause_s)
                self.wfile.write(b"data: [DONE]\n\n")

            def log_message(self, *_: object) -> None:
                pass

        return Handler
