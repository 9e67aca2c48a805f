"""Conversations scattered over rows: one message a row, tied by a conversation id, or all rows of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Part, Record
from evaldash.importers.chat import messages_key
from evaldash.importers.fields import SESSION_KEYS, TIME_KEYS, as_text, as_time, first_of
from evaldash.importers.messages import TEXT_KEYS, is_message, steps_of

CONVERSATION_KEYS = (*SESSION_KEYS, "chat_id", "dialog_id", "dialogue_id", "trace_id", "traceId")


class MessageRows(Importer):
    """One chat message a row; rows of one conversation share an id, a file without ids is one conversation."""

    name = "message_rows"
    description = "One chat message a row (JSON Lines, CSV), tied by a conversation id"
    extensions = (".jsonl", ".csv", ".json")

    def sniff(self, records: Sequence[Json]) -> float:
        """Fairly sure when every record is a single message."""
        fits = bool(records) and all(is_message(record) and messages_key(record) is None for record in records)
        return 0.7 if fits else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the row as a part of its conversation."""
        if not isinstance(record.value, dict) or not is_message(record.value):
            keys = ", ".join(TEXT_KEYS[:4])
            reason = f"not a message: it needs a role and one of {keys}"
            yield ImportIssue(source=source, record=record.label, reason=reason, raw=str(record.value)[:2_000])
            return
        conversation = as_text(first_of(record.value, CONVERSATION_KEYS))
        yield Part(conversation or f"all of {source}", record.value)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the conversation, by time where every row tells one, else in the order of the rows."""
        rows = [part for part in parts if isinstance(part, dict)]
        times = [time for row in rows if (time := as_time(first_of(row, TIME_KEYS)))]
        if len(times) == len(rows):
            rows = [row for _, row in sorted(zip(times, rows, strict=True), key=lambda pair: pair[0])]
        conversation = as_text(first_of(rows[0], CONVERSATION_KEYS))
        yield Trace(
            steps=steps_of(rows),
            raw=tuple(rows),
            identity=tuple(rows),
            format=self.name,
            external_id=conversation,
            started_at=min(times, default=None),
        )
