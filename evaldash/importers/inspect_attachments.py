"""What a sample of Inspect keeps in one place and names in others: long texts as attachments, messages in a pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice

from evaldash.domain.trace import Json
from evaldash.importers.otlp_values import listed

MARKS = ("attachment://", "tc://")  # the second one in logs of 2024
MAX_WITHIN = 5  # attachments that name attachments; more would be a cycle
MAX_LEVELS = 150  # of a value; what stands deeper is left as it is
MAX_EVENTS_WITHIN = 20  # events of tools and subtasks within events, in logs before there were spans
MAX_PICKED = 100_000  # messages of a pool that the calls of a sample name in full; some 300 turns of an agent
FRONT, BACK = 20, 100  # messages that calls after these show of their history, which the sample holds in full anyway


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
    data = sample.get("events_data")
    pool = _Pool(data.get("messages") if isinstance(data, dict) else None)
    return [pool.filled(event) for event in _flat(sample.get("events"), None, 0)]


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


class _Pool:
    """Messages that model calls name by ranges, [[0, 3], [5, 6]]: the end is not in them."""

    def __init__(self, messages: Json) -> None:
        self.messages = messages if isinstance(messages, list) else []
        self.left = MAX_PICKED

    def filled(self, event: dict[str, Json]) -> dict[str, Json]:
        """Return an event with the messages that it names."""
        refs = event.get("input_refs")
        if not isinstance(refs, list) or not refs:
            return event
        ranges = [found for ref in refs if (found := self._range(ref))]
        return {**event, "input": self._picked(ranges)}

    def _range(self, ref: Json) -> range | None:
        if not isinstance(ref, list) or len(ref) != 2:
            return None
        start, end = ref
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        return range(max(0, start), min(len(self.messages), end))

    def _picked(self, ranges: list[range]) -> list[Json]:
        total = sum(map(len, ranges))
        if total > self.left and total > FRONT + BACK:
            last = islice(chain.from_iterable(reversed(item) for item in reversed(ranges)), BACK)
            places = [*islice(chain.from_iterable(ranges), FRONT), *reversed(list(last))]
        else:
            self.left -= total
            places = list(chain.from_iterable(ranges))
        return [self.messages[place] for place in places]
