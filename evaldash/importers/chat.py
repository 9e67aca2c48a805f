"""Records that hold a list of chat messages under one of the usual keys, or are such a list themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, without_keys
from evaldash.importers.base import Importer, Record
from evaldash.importers.fields import (
    FEEDBACK_KEYS,
    ID_KEYS,
    METRIC_KEYS,
    SESSION_KEYS,
    TIME_KEYS,
    VERSION_KEYS,
    as_text,
    as_time,
    feedback_of,
    first_of,
    metrics_of,
    scores_of,
)
from evaldash.importers.messages import LIST_KEYS, is_message_list, steps_of

KNOWN_KEYS = frozenset(
    (
        *ID_KEYS,
        *SESSION_KEYS,
        *VERSION_KEYS,
        *TIME_KEYS,
        *LIST_KEYS,
        *FEEDBACK_KEYS,
        "metadata",
        "tags",
        "usage",
        "metrics",
    )
) | {key for keys in METRIC_KEYS.values() for key in keys}
MAX_METADATA = 2_000  # characters of a value; longer text is content, and stands in the raw record


class ChatMessages(Importer):
    """A list of messages with roles, under `messages`, `conversation`, `history` and the like."""

    name = "chat_messages"
    description = "Lists of chat messages under any of the usual keys, with tool calls"
    extensions = (".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a list of messages."""
        return 0.85 * _share(records, lambda record: messages_key(record) is not None)

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the conversation of a record."""
        key = messages_key(record.value)
        if key is None:
            yield _no_messages(record, source)
        elif isinstance(record.value, list):
            yield Trace(steps=steps_of(record.value), raw=(record.value,), identity=(record.value,), format=self.name)
        elif isinstance(record.value, dict):
            messages = [*_as_list(record.value[key])]
            if key == "input":
                messages += _as_list(record.value.get("output"))
            yield with_usual_fields(record.value, steps=steps_of(messages), format=self.name, used={key, "output"})


def messages_key(value: Json) -> str | None:
    """Return the key under which a record holds its messages ("" when it is the list itself), None for neither."""
    if isinstance(value, list):
        return "" if is_message_list(value) else None
    if not isinstance(value, dict):
        return None
    found = next((key for key in LIST_KEYS if is_message_list(value.get(key))), None)
    if found is None and is_message_list(value.get("input")) and is_message_list(_as_list(value.get("output"))):
        return "input"  # what was sent, and under `output` what came back
    return found


def _as_list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def with_usual_fields(
    record: Mapping[str, Json],
    *,
    steps: Sequence,  # type: ignore[type-arg]
    format: str,
    used: set[str] | frozenset[str] = frozenset(),
    feedback_keys: frozenset[str] = FEEDBACK_KEYS,
) -> Trace:
    """Return a trace with what a record says under the usual keys; all else that is short becomes metadata."""
    feedback = feedback_of(record, feedback_keys)
    return Trace(
        steps=tuple(steps),
        raw=(dict(record),),
        identity=(without_keys(record, feedback_keys),),
        format=format,
        external_id=as_text(first_of(record, ID_KEYS)),
        session=as_text(_told(record, SESSION_KEYS)),
        version=as_text(_told(record, VERSION_KEYS)),
        started_at=as_time(first_of(record, TIME_KEYS)),
        metadata=metadata_of(record, used=used | feedback_keys),
        metrics={**metrics_of(record), **scores_of(feedback)},
        tags=tags_of(record),
        feedback=feedback,
    )


def _told(record: Mapping[str, Json], keys: Sequence[str]) -> Json:
    """Return what a record says under one of `keys`, else what its metadata says."""
    inner = record.get("metadata")
    return first_of(record, keys) or (first_of(inner, keys) if isinstance(inner, dict) else None)


def metadata_of(record: Mapping[str, Json], *, used: set[str] | frozenset[str]) -> dict[str, Json]:
    """Return the record's own metadata and the short values that have no other place."""
    inner = record.get("metadata")
    found = dict(inner) if isinstance(inner, dict) else {}
    for key, value in record.items():
        if key in KNOWN_KEYS or key in used or value in (None, "", [], {}):
            continue
        if not isinstance(value, dict | list) and len(str(value)) <= MAX_METADATA:
            found.setdefault(key, value)
    return found


def tags_of(record: Mapping[str, Json]) -> tuple[str, ...]:
    """Return the tags of a record."""
    tags = record.get("tags")
    return tuple(str(tag) for tag in tags) if isinstance(tags, list) else ()


def _share(records: Sequence[Json], holds) -> float:  # type: ignore[no-untyped-def]
    return sum(map(bool, map(holds, records))) / len(records) if records else 0.0


def _no_messages(record: Record, source: str) -> ImportIssue:
    what = f"an object with {', '.join(list(record.value)[:8])}" if isinstance(record.value, dict) else "no object"
    reason = f"no list of chat messages in it ({what}); known keys are {', '.join(LIST_KEYS[:5])} and the like"
    return ImportIssue(source=source, record=record.label, reason=reason, raw=str(record.value)[:2_000])
