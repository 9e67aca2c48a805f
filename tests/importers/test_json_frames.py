"""Where JSON values begin and end: whatever stands in strings, wherever a block ends; a bad one costs only itself."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.config import Limits
from evaldash.domain.trace import ImportIssue
from evaldash.importers.base import Record
from evaldash.importers.json_frames import Frames
from evaldash.importers.json_records import array_records, object_records

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text('\\"{}[],a é\n', max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('\\"{[k', max_size=4), inner, max_size=4),
)
BOUNDS = Limits(record_bytes=1_000)
LONG = '{"a": "' + "x" * 2_000 + '"}'


def blocks(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@given(st.lists(VALUES, max_size=5), st.integers(1, 9), st.sampled_from([None, 1]), st.booleans())
def test_every_element_of_an_array_whatever_the_blocks(
    values: list[object], size: int, indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=ascii_only).encode()
    frames = Frames(blocks(data[1:], size), 10_000)
    assert [json.loads(frame.content or b"") for frame in frames] == values
    assert frames.closed


def test_backslashes_over_the_end_of_a_block() -> None:
    value = ["\\" * number + '"],' for number in range(9)]
    for size in range(1, 20):
        assert [json.loads(frame.content or b"") for frame in Frames(blocks(json.dumps(value).encode()[1:], size), 99)]


@pytest.mark.parametrize(
    ("data", "read", "named"),
    [
        ('[{"a": 1}, {"a": oops}, {"a": 2}]', [{"a": 1}, {"a": 2}], {"record 2": "not JSON"}),
        (f'[{{"a": 1}}, {LONG}, {{"a": 2}}]', [{"a": 1}, {"a": 2}], {"record 2": "EVALDASH_MAX_RECORD_BYTES"}),
        ('[{"a": 1} {"a": 2}]', [{"a": 1}, {"a": 2}], {}),
        ('[{"a": 1}, {"a": ', [{"a": 1}], {"record 2": "ends in the middle"}),
        ('[{"a": 1}] and more', [{"a": 1}], {"after record 1": "and more"}),
        ('[{"a": "\xff"}, 7, "x,]"]', [7, "x,]"], {"record 1": "byte 0xff"}),
        ("[1, 2,]", [1, 2], {}),
        (f"[{'[' * 50_000}{']' * 50_000}, 3]", [3], {"record 1": ""}),
    ],
    ids=["broken", "too long", "no comma", "cut off", "more behind", "not UTF-8", "comma at the end", "deep"],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_what_is_wrong_in_an_array_costs_one_record(
    data: str, read: list[object], named: dict[str, str], size: int
) -> None:
    items = list(array_records("f.json", blocks(data.encode("latin-1"), size), BOUNDS))
    assert [item.value for item in items if isinstance(item, Record)] == read
    issues = {item.record: item.reason for item in items if isinstance(item, ImportIssue)}
    assert list(issues) == list(named)
    assert all(named[place] in reason for place, reason in issues.items())


@pytest.mark.parametrize(
    ("data", "read", "named"),
    [
        ('oops\n{"a": 1}\n{"a": 2}\n', [{"a": 1}, {"a": 2}], ["line 1"]),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', [{"a": 1}, {"a": 2}], []),
        ('{\n "a": oops\n}\n{\n "a": 2\n}', [{"a": 2}], ["record 1"]),
        ('{"a": 1}{"a": 2}', [{"a": 1}, {"a": 2}], []),
        (f'{{"a": 1}}\n{LONG}\n{{"a": 2}}', [{"a": 1}, {"a": 2}], ["line 2"]),
        ('{\n "a": 1\n}}\n{"a": 2}', [{"a": 1}], ["after record 1"]),
    ],
    ids=["first line broken", "over lines", "first over lines broken", "on one line", "too long", "bracket too many"],
)
def test_what_is_wrong_among_objects_costs_one_record(data: str, read: list[object], named: list[str]) -> None:
    items = list(object_records("f.json", blocks(data.encode(), 11), BOUNDS))
    assert [item.value for item in items if isinstance(item, Record)] == read
    assert [item.record for item in items if isinstance(item, ImportIssue)] == named


@pytest.mark.timeout(20)
def test_nothing_but_commas_comes_to_an_end() -> None:
    (issue,) = array_records("f.json", iter([b"[", *[b"," * 100_000] * 1_000]), BOUNDS)
    assert isinstance(issue, ImportIssue)
    assert "commas" in issue.reason


def test_a_line_too_long_within_an_object_costs_that_object() -> None:
    data = f'{{\n"a": "{"x" * 3_000}"\n}}\n{{\n"a": 2\n}}'
    first, second = object_records("f.json", blocks(data.encode(), 500), BOUNDS)
    assert isinstance(first, ImportIssue)
    assert "EVALDASH_MAX_RECORD_BYTES" in first.reason
    assert isinstance(second, Record)
    assert second.value == {"a": 2}


@pytest.mark.parametrize("shape", ["lines", "array"])
def test_a_record_of_500_mb_is_passed_over_in_flat_memory(shape: str) -> None:
    """In a line, or in an array; what follows is read."""
    mb = b"x" * 1_000_000

    def long() -> Iterator[bytes]:
        yield b'{"a": 1}\n{"a": "' if shape == "lines" else b'[{"a": 1}, {"a": "'
        for _ in range(500):
            yield mb
        yield b'"}\n{"a": 2}\n' if shape == "lines" else b'"}, {"a": 2}]'

    reader = object_records if shape == "lines" else array_records
    tracemalloc.start()
    items = list(reader("f.json", long(), Limits(record_bytes=8_000_000)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [type(item) for item in items] == [Record, ImportIssue, Record]
    assert peak < 64_000_000
