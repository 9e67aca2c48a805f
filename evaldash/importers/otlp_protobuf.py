"""OTLP as protobuf: the few messages of TracesData and LogsData, read from the wire format into OTLP/JSON.

No generated code: the protocol only ever adds fields, and those that are not known here are left out.
https://github.com/open-telemetry/opentelemetry-proto, https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from evaldash.domain.trace import Json
from evaldash.errors import UnreadableSource
from evaldash.importers.base import Record

MAX_LEVELS = 100  # messages within messages; a value within a value takes three
MAX_VARINT = 10  # bytes of a number of 64 bits
FIRST_TAG, SECOND_TAG = b"\x0a", b"\x12"  # fields 1 and 2 that tell their length: the resource, its scopes
MAX_BYTES = 256 << 20  # of a file; its messages are read one at a time


class Wire(IntEnum):
    """How the bytes of a field are laid out."""

    VARINT = 0
    FIXED64 = 1
    LENGTH = 2
    FIXED32 = 5


class Kind(StrEnum):
    """What a field holds."""

    MESSAGE = "message"
    TEXT = "text"
    BYTES = "bytes"
    HEX = "hex"
    NUMBER = "number"
    SIGNED = "signed"
    BOOLEAN = "boolean"
    DOUBLE = "double"
    NANOSECONDS = "nanoseconds"
    FLAGS = "flags"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message: its name in OTLP/JSON and what it holds."""

    name: str
    kind: Kind
    message: str = ""
    repeated: bool = False


def _many(name: str, message: str) -> Field:
    return Field(name, Kind.MESSAGE, message, repeated=True)


ATTRIBUTES = _many("attributes", "KeyValue")
MESSAGES: Mapping[str, Mapping[int, Field]] = {
    "TracesData": {1: _many("resourceSpans", "ResourceSpans")},
    "LogsData": {1: _many("resourceLogs", "ResourceLogs")},
    "ResourceSpans": {
        1: Field("resource", Kind.MESSAGE, "Resource"),
        2: _many("scopeSpans", "ScopeSpans"),
        3: Field("schemaUrl", Kind.TEXT),
    },
    "ResourceLogs": {
        1: Field("resource", Kind.MESSAGE, "Resource"),
        2: _many("scopeLogs", "ScopeLogs"),
        3: Field("schemaUrl", Kind.TEXT),
    },
    "Resource": {1: ATTRIBUTES, 2: Field("droppedAttributesCount", Kind.NUMBER)},
    "ScopeSpans": {
        1: Field("scope", Kind.MESSAGE, "Scope"),
        2: _many("spans", "Span"),
        3: Field("schemaUrl", Kind.TEXT),
    },
    "ScopeLogs": {
        1: Field("scope", Kind.MESSAGE, "Scope"),
        2: _many("logRecords", "LogRecord"),
        3: Field("schemaUrl", Kind.TEXT),
    },
    "Scope": {1: Field("name", Kind.TEXT), 2: Field("version", Kind.TEXT), 3: ATTRIBUTES},
    "Span": {
        1: Field("traceId", Kind.HEX),
        2: Field("spanId", Kind.HEX),
        3: Field("traceState", Kind.TEXT),
        4: Field("parentSpanId", Kind.HEX),
        5: Field("name", Kind.TEXT),
        6: Field("kind", Kind.NUMBER),
        7: Field("startTimeUnixNano", Kind.NANOSECONDS),
        8: Field("endTimeUnixNano", Kind.NANOSECONDS),
        9: ATTRIBUTES,
        10: Field("droppedAttributesCount", Kind.NUMBER),
        11: _many("events", "Event"),
        12: Field("droppedEventsCount", Kind.NUMBER),
        13: _many("links", "Link"),
        14: Field("droppedLinksCount", Kind.NUMBER),
        15: Field("status", Kind.MESSAGE, "Status"),
        16: Field("flags", Kind.FLAGS),
    },
    "Event": {1: Field("timeUnixNano", Kind.NANOSECONDS), 2: Field("name", Kind.TEXT), 3: ATTRIBUTES},
    "Link": {
        1: Field("traceId", Kind.HEX),
        2: Field("spanId", Kind.HEX),
        3: Field("traceState", Kind.TEXT),
        4: ATTRIBUTES,
    },
    "Status": {2: Field("message", Kind.TEXT), 3: Field("code", Kind.NUMBER)},
    "LogRecord": {
        1: Field("timeUnixNano", Kind.NANOSECONDS),
        2: Field("severityNumber", Kind.NUMBER),
        3: Field("severityText", Kind.TEXT),
        5: Field("body", Kind.MESSAGE, "AnyValue"),
        6: ATTRIBUTES,
        7: Field("droppedAttributesCount", Kind.NUMBER),
        8: Field("flags", Kind.FLAGS),
        9: Field("traceId", Kind.HEX),
        10: Field("spanId", Kind.HEX),
        11: Field("observedTimeUnixNano", Kind.NANOSECONDS),
        12: Field("eventName", Kind.TEXT),
    },
    "KeyValue": {1: Field("key", Kind.TEXT), 2: Field("value", Kind.MESSAGE, "AnyValue")},
    "AnyValue": {
        1: Field("stringValue", Kind.TEXT),
        2: Field("boolValue", Kind.BOOLEAN),
        3: Field("intValue", Kind.SIGNED),
        4: Field("doubleValue", Kind.DOUBLE),
        5: Field("arrayValue", Kind.MESSAGE, "ArrayValue"),
        6: Field("kvlistValue", Kind.MESSAGE, "KeyValueList"),
        7: Field("bytesValue", Kind.BYTES),
    },
    "ArrayValue": {1: _many("values", "AnyValue")},
    "KeyValueList": {1: _many("values", "KeyValue")},
}
WIRES: Mapping[Kind, Wire] = {
    **dict.fromkeys((Kind.MESSAGE, Kind.TEXT, Kind.BYTES, Kind.HEX), Wire.LENGTH),
    **dict.fromkeys((Kind.NUMBER, Kind.SIGNED, Kind.BOOLEAN), Wire.VARINT),
    **dict.fromkeys((Kind.DOUBLE, Kind.NANOSECONDS), Wire.FIXED64),
    Kind.FLAGS: Wire.FIXED32,
}


class _Broken(ValueError):
    """The bytes are no message of the kind that was tried."""


def is_otlp(head: bytes) -> bool:
    """Tell whether a file that begins like this is TracesData or LogsData, with lengths before each or not."""
    # Text holds no byte 0x12; a request holds one before every scope and every value.
    return SECOND_TAG in head and any(_begins(head[at:]) for at in _starts(head))


def otlp_records(data: bytes) -> Iterator[Record]:
    """Yield the requests in protobuf bytes as OTLP/JSON: one message, or many with their lengths before them.

    Raises UnreadableSource where the bytes are neither, or break off.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableSource(f"OTLP protobuf of more than {MAX_BYTES >> 20} MB in one file; split the export")
    try:
        for number, message in enumerate(_messages(data), start=1):
            yield Record(f"record {number}", _request(message))
    except _Broken as error:
        raise UnreadableSource(f"no OTLP protobuf: {error}; export the traces as OTLP/JSON") from error


def _starts(head: bytes) -> Iterator[int]:
    """Yield where a first message may begin: at once, or after a length."""
    yield 0
    with suppress(_Broken):
        yield _varint(head, 0)[1]


def _begins(head: bytes) -> bool:
    """Tell whether bytes begin with a resource, or with a scope, within a request."""
    try:
        _, at = _varint(head, 1)
    except _Broken:
        return False
    return head[:1] == FIRST_TAG and head[at : at + 1] in (FIRST_TAG, SECOND_TAG)


def _messages(data: bytes) -> Iterator[bytes]:
    """Yield the messages of a file: all of it where it is a row of resources, else each with its length before it."""
    try:
        whole = all(number == 1 and wire == Wire.LENGTH for number, wire, _ in _fields(data))
    except _Broken:
        whole = False
    if whole:
        yield data
        return
    at = 0
    while at < len(data):
        size, at = _varint(data, at)
        if not size or at + size > len(data):
            raise _Broken(f"a message of {size} bytes at byte {at} of {len(data)}")
        yield data[at : at + size]
        at += size


def _request(data: bytes) -> dict[str, Json]:
    return _read(data, "TracesData" if _holds_spans(data) else "LogsData", 0)


def _holds_spans(data: bytes) -> bool:
    """Tell spans from log records, which stand under the same numbers: a span begins with the id of its trace."""
    for wanted in (1, 2, 2):  # a resource, a scope in it, a span or log record in that
        data = next((value for number, _, value in _fields(data) if number == wanted and isinstance(value, bytes)), b"")
    return any(number == 1 and wire == Wire.LENGTH for number, wire, _ in _fields(data))


def _read(data: bytes, message: str, level: int) -> dict[str, Json]:
    if level > MAX_LEVELS:
        raise _Broken(f"nested deeper than {MAX_LEVELS} levels")
    found: dict[str, Json] = {}
    for number, wire, value in _fields(data):
        field = MESSAGES[message].get(number)
        if field is None:
            continue
        if wire != WIRES[field.kind]:
            raise _Broken(f"field {number} of {message} is of wire type {wire}")
        told = _number(field, value) if isinstance(value, int) else _from_bytes(field, value, level)
        if not field.repeated:
            found[field.name] = told
        elif isinstance(listed := found.setdefault(field.name, []), list):
            listed.append(told)
    return found


def _number(field: Field, value: int) -> Json:
    if field.kind is Kind.BOOLEAN:
        return bool(value)
    if field.kind is Kind.SIGNED:  # as text, as OTLP/JSON has it
        return str(value - (1 << 64) if value >= 1 << 63 else value)
    return value


def _from_bytes(field: Field, value: bytes, level: int) -> Json:
    match field.kind:
        case Kind.MESSAGE:
            found: Json = _read(value, field.message, level + 1)
        case Kind.TEXT:
            found = value.decode("utf-8", "replace")
        case Kind.DOUBLE:
            found = struct.unpack("<d", value)[0]
        case Kind.NANOSECONDS:
            found = str(int.from_bytes(value, "little"))
        case Kind.BYTES:
            found = base64.b64encode(value).decode("ascii")
        case Kind.HEX:
            found = value.hex()
        case _:
            found = int.from_bytes(value, "little")
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int, bytes | int]]:
    """Yield number, wire type and value of each field of a message."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire, number = tag & 7, tag >> 3
        if not number:
            raise _Broken(f"field 0 before byte {at}")
        if wire == Wire.VARINT:
            value, at = _varint(data, at)
            yield number, wire, value
            continue
        if wire == Wire.LENGTH:
            size, at = _varint(data, at)
        elif wire in (Wire.FIXED64, Wire.FIXED32):
            size = 8 if wire == Wire.FIXED64 else 4
        else:
            raise _Broken(f"wire type {wire} before byte {at}")
        if at + size > len(data):
            raise _Broken(f"it ends in the middle, {at + size - len(data)} bytes early")
        yield number, wire, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends."""
    value = 0
    for shift in range(MAX_VARINT):
        if at + shift >= len(data):
            raise _Broken("it ends within a number")
        byte = data[at + shift]
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at + shift + 1
    raise _Broken(f"a number of more than {MAX_VARINT} bytes at byte {at}")
