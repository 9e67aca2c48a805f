"""What a sample of Inspect keeps in one place and names in others: long texts as attachments, messages in a pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaldash.domain.trace import Json
from evaldash.importers.otlp_values import listed

MARKS = ("attachment://", "tc://")  # the second one in logs of 2024
MAX_WITHIN = 5  # attachments that name attachments; more would be a cycle
MAX_LEVELS = 150  # of a value; what stands deeper is left as it is
MAX_EVENTS_WITHIN = 20  # events of tools and subtasks within events, in logs before there were spans
MAX_PICKED = 100_000  # messages of a pool that one call names; a model call has hundreds at most


def resolved(sample: Mapping[str, Json]) -> dict[str, Json]:
    """Return a sample with the texts of its attachments in place of their names."""
    attachments = sample.get("attachments")
    known = attachments.items() if isinstance(attachments, dict) else ()
    texts = {name: text for name, text in known if isinstance(text, str)}
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
        mark = next((mark for mark in MARKS if value.startswith(mark)), None)
        found = texts.get(value.removeprefix(mark)) if mark else None
        if found is None:
            break
        value = found
    return value


def events_of(sample: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return the events of a sample in order; messages that stand in its pool are put back into the model calls.

    Events that stand within the event of a tool or a subtask come behind it and name it as their span.
    """
    pool = sample.get("events_data")
    messages = listed(pool.get("messages")) if isinstance(pool, dict) else []
    return [_with_input(event, messages) for event in _flat(sample.get("events"), None, 0)]


def _flat(events: Json, within: str | None, level: int) -> Iterator[dict[str, Json]]:
    for number, event in enumerate(listed(events)):
        inner = event.get("events")
        if not inner or level >= MAX_EVENTS_WITHIN:
            yield event if within is None else {**event, "span_id": within}
            continue
        name = f"{within or 'event'}.{number}"
        own: dict[str, Json] = {key: value for key, value in event.items() if key != "events"}
        yield {**own, "holds": name} if within is None else {**own, "holds": name, "span_id": within}
        yield from _flat(inner, name, level + 1)


def _with_input(event: dict[str, Json], messages: list[dict[str, Json]]) -> dict[str, Json]:
    refs = event.get("input_refs")
    return {**event, "input": list(_picked(messages, refs))} if isinstance(refs, list) and refs else event


def _picked(messages: list[dict[str, Json]], refs: list[Json]) -> list[Json]:
    """Return messages of a pool by their ranges, [[0, 3], [5, 6]]: the end is not in them."""
    found: list[Json] = []
    for ref in refs:
        if isinstance(ref, list) and len(ref) == 2 and len(found) < MAX_PICKED:
            start, end = ref
            if isinstance(start, int) and isinstance(end, int):
                found += messages[max(0, start) : max(0, end)]
    return found
