"""Writes the rows of an agent over OpenAI's client as Braintrust's SDK sends them, caught before they leave.

Usage: python braintrust_sdk.py FOLDER
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import braintrust
from braintrust.logger import _internal_with_memory_background_logger
from braintrust.test_helpers import init_test_logger
from openai import BadRequestError
from scripted_openai import LONG_QUESTION, MODEL, QUESTIONS, SESSION, USER, VERSION, scripted_client, talk, write_sent


def main(folder: Path) -> None:
    """Run the agent and write its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    sys.tracebacklimit = 0  # the frames of an exception would name folders of this machine
    os.environ["BRAINTRUST_API_KEY"] = "not-a-key"
    init_test_logger("harbour")
    with _internal_with_memory_background_logger() as memory, scripted_client() as plain:
        client = braintrust.wrap_openai(plain)
        about = {"session_id": SESSION, "user_id": USER, "version": VERSION, "plan": "guest berth"}
        with braintrust.start_span(name="harbour desk", type="task", input={"question": QUESTIONS[0]}) as span:
            span.log(metadata=about, tags=["harbour"], scores={"helpful": 0.5})
            span.log(output=talk(client, tool=_tool))
        refused = braintrust.start_span(name="refused", type="task", metadata={"version": VERSION})
        with suppress(BadRequestError), refused:  # the span, not the wrapped client, records what was raised
            client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": LONG_QUESTION}])
        rows = memory.pop()
    lines = "".join(json.dumps(_plain(row), ensure_ascii=False) + "\n" for row in rows)
    (folder / "rows.jsonl").write_text(lines, encoding="utf-8")
    write_sent(folder)


@contextmanager
def _tool(name: str, call_id: str, arguments: dict[str, Any]) -> Iterator[Callable[[Any], None]]:
    with braintrust.start_span(name=name, type="tool", input=arguments, metadata={"tool_call_id": call_id}) as span:
        yield lambda result: span.log(output=result)


def _plain(row: dict[str, Any]) -> Any:
    row = {name: value for name, value in row.items() if name != "context"}
    return json.loads(json.dumps(row, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
