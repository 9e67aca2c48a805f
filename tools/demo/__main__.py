"""Makes the records of the demo from its written conversations: `python -m tools.demo`."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tools.demo.records import chat_record
from tools.demo.spans import export_requests, trace_id
from tools.demo.written import FOLDER, Conversation, read_conversations, read_world

INSTRUMENTED = datetime(2026, 3, 18, 12, tzinfo=UTC)  # two days after version 1.5 came into use


def main(folder: Path = FOLDER) -> None:
    """Write the traces and the table of dimensions."""
    world, items = read_world(folder), read_conversations(folder)
    instrumented = [item for item in items if is_instrumented(item)]
    plain = [item for item in items if not is_instrumented(item)]
    _write_lines(folder / "traces.jsonl", (chat_record(world, item) for item in plain))
    _write_lines(folder / "spans.otlp.jsonl", export_requests(world, instrumented))
    _write_dimensions(folder / "dimensions.csv", items)
    print(f"{len(plain)} conversations as chat records, {len(instrumented)} as spans")


def is_instrumented(item: Conversation) -> bool:
    """Tell whether a conversation was recorded as spans: the web app's are, since it was instrumented."""
    return item.channel == "web" and item.started >= INSTRUMENTED


def external_id(item: Conversation) -> str:
    """Return what the source calls the trace of a conversation."""
    return trace_id(item) if is_instrumented(item) else item.id


def _write_lines(path: Path, records: Iterable[Any]) -> None:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")


def _write_dimensions(path: Path, items: Sequence[Conversation]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("trace", "feature", "situation", "difficulty"))
        rows.writerows((external_id(item), item.feature, item.situation, item.difficulty) for item in items)


if __name__ == "__main__":
    main()
