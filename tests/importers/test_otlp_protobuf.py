"""OTLP as protobuf: the wire format, as exporters write it and as nobody should."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaldash.errors import UnreadableSource
from evaldash.importers.otlp_protobuf import is_otlp, otlp_records
from tests.importers.reading import read, said

EXPORTS = Path(__file__).resolve().parents[1] / "fixtures" / "exports"
SPANS = (EXPORTS / "otel_openai_v2" / "latest_span.spans.pb").read_bytes()
LOGS = (EXPORTS / "otel_openai_events" / "events.logs.pb").read_bytes()


def _varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _values(*values: bytes) -> bytes:
    """Return a request with one span that has an attribute for each value."""
    attributes = b"".join(_field(9, _field(1, b"key") + _field(2, value)) for value in values)
    span = _field(1, bytes(range(16))) + _field(2, bytes(range(8))) + attributes
    return _field(1, _field(1, b"") + _field(2, _field(2, span)))


def _attributes(data: bytes) -> list[object]:
    (record,) = otlp_records(data)
    told = json.loads(json.dumps(record.value))
    return [item["value"] for item in told["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["attributes"]]


def test_lengths_before_each_message() -> None:
    delimited = b"".join(_varint(len(part)) + part for part in (SPANS, LOGS, SPANS))
    assert is_otlp(delimited[:4096])
    values = [record.value for record in otlp_records(delimited)]
    whole = [next(otlp_records(part)).value for part in (SPANS, LOGS, SPANS)]
    assert values == whole


def test_requests_one_after_the_other_are_one() -> None:
    (record,) = otlp_records(SPANS + SPANS)
    assert isinstance(record.value, dict)
    assert len(record.value["resourceSpans"]) == 2  # type: ignore[arg-type]


def test_a_file_of_it_is_recognised_by_its_bytes() -> None:
    found = read(SPANS, "download")
    assert found.format == "otlp"
    assert said(found.traces[0])[-1] == ("assistant", "Two nights with electricity cost 58 euros.")


def test_all_kinds_of_values() -> None:
    minus_two = b"\x18" + _varint((1 << 64) - 2)
    half = b"\x21" + b"\x00\x00\x00\x00\x00\x00\xe0\x3f"
    array = _field(5, _field(1, _field(1, b"a")) + _field(1, b"\x10\x01"))
    pairs = _field(6, _field(1, _field(1, b"k") + _field(2, b"")))
    assert _attributes(_values(minus_two, half, array, pairs, _field(7, b"\x00\x01"))) == [
        {"intValue": "-2"},
        {"doubleValue": 0.5},
        {"arrayValue": {"values": [{"stringValue": "a"}, {"boolValue": True}]}},
        {"kvlistValue": {"values": [{"key": "k", "value": {}}]}},
        {"bytesValue": "AAE="},
    ]


def _deep(levels: int) -> bytes:
    value = b""
    for _ in range(levels):
        value = _field(5, _field(1, value))
    return _values(value)


BROKEN = {
    "cut in the middle": SPANS[: len(SPANS) // 2],
    "cut by a byte": SPANS[:-1],
    "a value in a value, without end": _deep(10_000),
    "a length of many gigabytes": b"\x0a" + _varint(1 << 40) + b"\x0a\x12",
    "a number without end": b"\x0a" + b"\xff" * 20,
    "a group, which is obsolete": _field(1, b"\x0b\x0c"),
    "field 0": _field(1, b"\x00\x00"),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_broken_bytes_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableSource, match=r"no OTLP protobuf: .*; export the traces as OTLP/JSON"):
        list(otlp_records(data))


TEXTS = (
    b"\n{\n\n\n}",
    b"\n\n\n\n\n",
    b"\n[\n 1]",
    b'{"a": 1}',
    b"a,b\n1,2\n",
    b"",
    b"\x0a",
    b"\x89PNG\r\n\x1a\n",
    b"PK\x03\x04",
)


@pytest.mark.parametrize("text", TEXTS)
def test_other_files_are_not_taken_for_it(text: bytes) -> None:
    assert not is_otlp(text)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(SPANS) - 1), st.binary(min_size=1, max_size=4))
def test_changed_bytes_do_no_harm(place: int, change: bytes) -> None:
    with suppress(UnreadableSource):
        read(SPANS[:place] + change + SPANS[place + len(change) :], format="otlp")
