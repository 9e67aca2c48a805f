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
    """One reply: a status with headers and a JSON body, after `delay_s` of silence."""

    body: dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0


Entry = Scripted | Callable[[dict[str, Any]], Scripted]


def says(content: str, *, finish: str = "stop", refusal: str | None = None, delay_s: float = 0.0) -> Scripted:
    message = {"role": "assistant", "content": content, "refusal": refusal}
    body = {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip
    return Scripted(body=body, delay_s=delay_s)


def error(status: int, message: str, *, code: str | None = None, **headers: str) -> Scripted:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Scripted(body=body, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})


class ScriptedLLM:
    """Plays `script`; `requests` and `authorizations` hold what was asked. A request beyond the script gets a 418."""

    def __init__(self, *script: Entry) -> None:
        self.script, self.requests, self.authorizations = list(script), list[dict[str, Any]](), list[str | None]()
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
                self._send(reply)

            def _send(self, reply: Scripted) -> None:
                payload = json.dumps(reply.body).encode()
                try:
                    self.send_response(reply.status)
                    for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(payload)))
                    self.end_headers()
                    self.wfile.write(payload)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the client had enough of waiting

            def log_message(self, *_: object) -> None:
                pass

        return Handler
