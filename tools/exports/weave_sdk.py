"""Writes the calls of an agent over OpenAI's client as Weave's SDK lists them, dumped as people dump them.

Weave has no server of its own to run: the client that `weave.init` makes is given one in memory, which keeps what the
SDK sends, puts starts and ends together, and gives it back to `get_calls`. Feedback is added as the API has it.

Usage: python weave_sdk.py FOLDER
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import weave
from scripted_openai import QUESTIONS, SESSION, USER, VERSION, be_refused, scripted_client, talk, write_sent
from weave.integrations.openai.openai_sdk import get_openai_patcher
from weave.trace.context import weave_client_context
from weave.trace.weave_client import WeaveClient
from weave.vendor.weave_server_sdk.types.call_read_response import Call
from weave.vendor.weave_server_sdk.types.file_create_response import FileCreateResponse
from weave.vendor.weave_server_sdk.types.object_create_response import ObjectCreateResponse

MACHINE = ("sys_version", "os_name", "os_version", "os_release")  # of the one who made this
FEEDBACK = [
    {"feedback_type": "wandb.reaction.1", "payload": {"emoji": "👍", "alias": ":thumbs_up:"}, "creator": "ilse"},
    {"feedback_type": "wandb.note.1", "payload": {"note": "The skipper found the berth at once."}, "creator": "ilse"},
]


class Server:
    """Keeps calls and objects in memory, as far as tracing needs it."""

    def __init__(self) -> None:
        self.calls: dict[str, dict[str, Any]] = {}

    def call_start(self, req: dict[str, Any]) -> None:
        """Keep the start of a call."""
        start = req["start"]
        self.calls[start["id"]] = start | self.calls.get(start["id"], {})

    def call_end(self, req: dict[str, Any]) -> None:
        """Put the end of a call to its start."""
        end = req["end"]
        self.calls[end["id"]] = self.calls.get(end["id"], {}) | end

    def obj_create(self, req: dict[str, Any]) -> ObjectCreateResponse:
        """Name an object after its content."""
        return ObjectCreateResponse(digest=_digest(req))

    def file_create(self, req: dict[str, Any]) -> FileCreateResponse:
        """Name a file after its content."""
        return FileCreateResponse(digest=_digest(req))

    def projects_info(self, _: Any) -> list[Any]:
        """Know of no project."""
        return []

    def calls_query_stream(self, _: Any) -> Iterator[Call]:
        """Yield the calls, with what the server adds to their summaries."""
        for call in sorted(self.calls.values(), key=lambda call: str(call["started_at"])):
            yield Call.model_validate(_summarised(call))


def _digest(req: Any) -> str:
    return hashlib.sha256(repr(req).encode()).hexdigest()[:43]


def _summarised(call: dict[str, Any]) -> dict[str, Any]:
    status = "error" if call.get("exception") else "success"
    own: dict[str, Any] = {"status": status, "trace_name": call["op_name"].rpartition("/")[2].partition(":")[0]}
    if not call.get("parent_id") and not call.get("exception"):
        own["feedback"] = FEEDBACK
    return {**call, "summary": {**(call.get("summary") or {}), "weave": own}}


class Tool:
    """A call of its own for what a tool does."""

    def __init__(self, name: str, call_id: str, arguments: dict[str, Any]) -> None:
        self.client = weave_client_context.require_weave_client()
        self.told = (name, arguments, {"tool_call_id": call_id, "weave": {"kind": "tool"}})

    def __enter__(self) -> Any:
        name, arguments, attributes = self.told
        self.call = self.client.create_call(name, arguments, attributes=attributes)
        return lambda result: self.client.finish_call(self.call, result)

    def __exit__(self, *_: object) -> None:
        """Ended when it gave its result."""


def main(folder: Path) -> None:
    """Run the agent and write its calls."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    server: Any = Server()
    client = WeaveClient("harbour", "desk", server, ensure_project_exists=False)
    weave_client_context.set_weave_client_global(client)
    get_openai_patcher().attempt_patch()
    with scripted_client() as model:
        about = {"user_id": USER, "version": VERSION, "plan": "guest berth"}
        with weave.thread(SESSION), weave.attributes(about):
            _desk(model)(QUESTIONS[0])
        be_refused(model)
    client.flush()
    rows = [_row(call) for call in client.get_calls()]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "calls.jsonl").write_text(lines, encoding="utf-8")
    (folder / "calls.csv").write_text(_csv(rows), encoding="utf-8")
    write_sent(folder)


def _row(call: Any) -> dict[str, Any]:
    row: dict[str, Any] = json.loads(json.dumps(_plain(call.to_dict()), default=str))
    for name in MACHINE:
        row["attributes"]["weave"].pop(name, None)
    return row


def _desk(model: Any) -> Any:
    @weave.op(name="harbour_desk")
    def desk(question: str) -> str:
        return talk(model, tool=Tool) if question else ""

    return desk


def _plain(value: Any) -> Any:
    """Return what the SDK wrapped in its own kinds of objects."""
    unwrapped = value.unwrap() if hasattr(value, "unwrap") else value
    if isinstance(unwrapped, dict):
        return {str(key): _plain(inner) for key, inner in unwrapped.items()}
    return [_plain(inner) for inner in unwrapped] if isinstance(unwrapped, list | tuple) else unwrapped


def _csv(rows: list[dict[str, Any]]) -> str:
    """Return the rows with a column for each field below inputs, attributes and summary, as the page exports them."""
    flat = [dict(_columns(row)) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    file = io.StringIO()
    writer = csv.DictWriter(file, columns)
    writer.writeheader()
    writer.writerows(flat)
    return file.getvalue()


def _columns(value: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, inner in value.items():
        if isinstance(inner, dict) and inner and f"{above}{name}".split(".")[0] in ("inputs", "attributes", "summary"):
            yield from _columns(inner, f"{above}{name}.")
        else:
            yield f"{above}{name}", json.dumps(inner) if isinstance(inner, dict | list) else inner


if __name__ == "__main__":
    main(Path(sys.argv[1]))
