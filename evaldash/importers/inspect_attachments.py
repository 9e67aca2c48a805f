"""What a sample of Inspect keeps in one place and names in others: long texts as attachments, messages in a pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaldash.domain.trace import Json
from evaldash.importers.otlp_values import listed

MARK = "attachment://"
MAX_WITHIN = 5  # attachments that name attachments; more would be a cycle
MAX_LEVELS = 150  # of a value; what stands deeper is left as it is


def resolved(sample: Mapping[str, Json]) -> dict[str, Json]:
    """Return a sample with the texts of its attachments in place of their names."""
    attachments = sample.get("attachments")
    texts = (
        {name: text for name, text in attachments.items() if isinstance(text, str)}
        if isinstance(attachments, dict)
        else {}
    )
    if not texts:
        return dict(sample)
    return {name: value if name == "attachments" else _filled(value, texts, 0) for name, value in sample.items()}


def _filled(value: Json, texts: Mapping[str, str], level: int) -> Json:
    if isinstance(value, str):
        return _text(value, texts)
    if level > MAX_LEVELS:
        return value
    if isinstance(value, dict):
        return {name: _filled(inner, texts, level + 1) for name, inner in value.items()}
    return [_filled(inner, texts, level + 1) for inner in value] if isinstance(value, list) else value


def _text(value: str, texts: Mapping[str, str]) -> str:
    for _ in range(MAX_WITHIN):
        found = texts.get(value.removeprefix(MARK)) if value.startswith(MARK) else None
        if found is None:
            break
        value = found
    return value


def events_of(sample: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield the events of a sample; messages that stand in its pool are put back into the model calls."""
    pool = sample.get("events_data")
    messages = listed(pool.get("messages")) if isinstance(pool, dict) else []
    for event in listed(sample.get("events")):
        refs = event.get("input_refs")
        yield {**event, "input": list(_picked(messages, refs))} if isinstance(refs, list) and refs else event


def _picked(messages: list[dict[str, Json]], refs: list[Json]) -> Iterator[Json]:
    """Yield messages of a pool by their ranges, [[0, 3], [5, 6]]: the end is not in them."""
    for ref in refs:
        if isinstance(ref, list) and len(ref) == 2:
            start, end = ref
            if isinstance(start, int) and isinstance(end, int):
                yield from messages[max(0, start) : max(0, end)]
