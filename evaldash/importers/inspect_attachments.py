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
MAX_GIVEN = 20_000  # messages that the model calls of a sample are given in full: the history of some 140 turns
FRONT, BACK = 10, 40  # of the history of each call after these; the sample's own messages hold all of it anyway


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

    Every call brings the whole talk again: of calls after the first `MAX_GIVEN` messages it is only begin and end.
    Events that stand within the event of a tool or a subtask come behind it and name it as their span.
    """
    data = sample.get("events_data")
    given = _Given(data.get("messages") if isinstance(data, dict) else None)
    return [given.filled(event) for event in _flat(sample.get("events"), None, 0)]


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


class _Given:
    """What model calls are given: their own messages, or ranges of a pool, [[0, 3], [5, 6]], without their ends."""

    def __init__(self, pool: Json) -> None:
        self.pool = pool if isinstance(pool, list) else []
        self.left = MAX_GIVEN

    def filled(self, event: dict[str, Json]) -> dict[str, Json]:
        """Return an event with the messages that its call was given."""
        refs, own = event.get("input_refs"), event.get("input")
        if isinstance(refs, list) and refs:
            ranges = [found for ref in refs if (found := self._range(ref))]
            return {**event, "input": self._picked(self.pool, ranges)}
        if event.get("event") == "model" and isinstance(own, list):
            return {**event, "input": self._picked(own, [range(len(own))])}
        return event

    def _range(self, ref: Json) -> range | None:
        if not isinstance(ref, list) or len(ref) != 2:
            return None
        start, end = ref
        if not isinstance(start, int) or not isinstance(end, int):
            return None
        return range(max(0, start), min(len(self.pool), end))

    def _picked(self, messages: list[Json], ranges: list[range]) -> list[Json]:
        total = sum(map(len, ranges))
        if total > self.left and total > FRONT + BACK:
            last = islice(chain.from_iterable(reversed(item) for item in reversed(ranges)), BACK)
            places = [*islice(chain.from_iterable(ranges), FRONT), *reversed(list(last))]
        else:
            self.left -= total
            places = list(chain.from_iterable(ranges))
        return [messages[place] for place in places]
