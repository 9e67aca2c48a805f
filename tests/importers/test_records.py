"""Framing, broken and hostile sources: one sentence each, and what is whole is read."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from pathlib import Path

import pytest

from evaldash.domain.trace import ImportIssue
from evaldash.errors import EvaldashError, UnreadableSource
from evaldash.importers import SourceFile, expand, from_bytes, read_file
from tests.importers.reading import lines, read, texts

TALK = {"messages": [{"role": "user", "content": "Ahoy"}, {"role": "assistant", "content": "Welcome"}]}
LINE = json.dumps(TALK)
DEEP = "[" * 100_000 + "]" * 100_000

UNREADABLE = [
    pytest.param(b"", "file.json", "empty", id="empty"),
    pytest.param(b" \n\t ", "file.json", "empty", id="white-space"),
    pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "trace.json", "trace.json", id="picture"),
    pytest.param(b'{"a": 1}\0\0', "file.json", "file.json", id="nul"),
    pytest.param(random.Random(1).randbytes(9_000), "photo.json", "binary", id="noise"),  # noqa: S311
    pytest.param("q;a\nWann?;Früh\n".encode("latin-1"), "file.csv", "UTF-8", id="latin-1"),
    pytest.param(b'{"x": 1}', "file.json", "file.json", id="no-format"),
    pytest.param(b"[]", "file.json", "no record", id="empty-array"),
    pytest.param(b'[{"messages": [', "file.json", "record 1", id="cut-off-in-the-first"),
    pytest.param(b"colour,size\nred,3\n", "file.csv", "colour", id="columns-nobody-knows"),
    pytest.param(DEEP.encode(), "file.json", "", id="nested-100000-deep"),
]


@pytest.mark.parametrize(("data", "name", "word"), UNREADABLE)
def test_what_cannot_be_read_is_refused_in_one_sentence(data: bytes, name: str, word: str) -> None:
    with pytest.raises(EvaldashError) as refused:
        read(data, name)
    message = str(refused.value)
    assert word in message
    assert "\n" not in message
    assert len(message) < 700


ISSUES = [
    pytest.param(f"{LINE}\n{{oops\n{LINE}\n", 2, ["line 2"], id="bad-line"),
    pytest.param(f"{LINE}\n{LINE[:-9]}", 1, ["line 2"], id="cut-off-last-line"),
    pytest.param(f"[{LINE},{LINE},{LINE[:-9]}", 2, ["record 3"], id="cut-off-array"),
    pytest.param(f"[{LINE},{LINE}", 2, ["record 3"], id="array-without-its-end"),
    pytest.param(f'{LINE}\n{{"messages": {DEEP}}}\n{LINE}\n', 2, ["line 2"], id="deep-line"),
    pytest.param("{oops\n" * 30 + LINE, 1, [f"line {n}" for n in range(1, 31)], id="many-bad-lines-first"),
    pytest.param(f"{LINE}\n\n\n{LINE}\n", 2, [], id="blank-lines"),
    pytest.param(f"\ufeff{LINE}\n{LINE}\n", 2, [], id="byte-order-mark"),
    pytest.param(f"{LINE}\r\n{LINE}\r\n", 2, [], id="crlf"),
    pytest.param(f"{LINE}{LINE}", 2, [], id="objects-without-a-line-between"),
    pytest.param(f'{LINE}\n{{"a": "x\0y"}}\n{LINE}\n', 2, ["line 2"], id="nul-in-a-line"),
    pytest.param(f"[{LINE}\n,\n{LINE}]", 2, [], id="array-over-lines"),
]


@pytest.mark.parametrize(("data", "traces", "places"), ISSUES)
def test_what_is_whole_is_read_and_the_rest_named(data: str, traces: int, places: list[str]) -> None:
    found = read(data)
    assert len(found.traces) == traces
    assert [issue.record for issue in found.issues] == places
    assert all(issue.reason and "\n" not in issue.reason for issue in found.issues)


@pytest.mark.parametrize("text", ['"\\ud800"', "NaN", "Infinity"])
def test_what_only_pythons_reader_takes_is_read(text: str) -> None:
    found = read(LINE[:-1] + f', "odd": {text}}}\n')
    assert len(found.traces) == 1
    assert not found.issues


def test_of_very_many_broken_lines_the_first_are_named_and_the_others_counted() -> None:
    found = read(f"{LINE}\n" + "{oops\n" * 25_000 + LINE)
    assert len(found.traces) == 2
    assert len(found.issues) == 10_001
    assert found.issues[-1].reason.startswith("15,000 more records")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_other_encodings_that_say_so(encoding: str) -> None:
    """Spreadsheets and PowerShell write them."""
    talk = {"messages": [{"role": "user", "content": "Wo liegt die Fähre? 渡船"}]}
    found = read(f"{json.dumps(talk, ensure_ascii=False)}\n{LINE}\n".encode(encoding))
    assert found.traces[0].steps[0].text == "Wo liegt die Fähre? 渡船"
    assert len(found.traces) == 2


def test_a_byte_that_is_no_utf8_costs_its_line() -> None:
    lines_ = [LINE, LINE.replace("Ahoy", "Grüß"), LINE]
    found = read("\n".join(lines_).encode("latin-1"))
    assert len(found.traces) == 2
    assert [(issue.record, "byte 0xfc" in issue.reason) for issue in found.issues] == [("line 2", True)]


@pytest.mark.parametrize("change", ["cut", "grown", "gone"])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, change: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_text((LINE + "\n") * 20_000)
    (source,) = expand([str(path)])
    assert isinstance(source, SourceFile)
    reading = read_file(source)
    content = path.read_bytes()
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:500_000] if change == "cut" else content * 2)
    *told, last = reading.items
    assert isinstance(last, ImportIssue)
    assert "changed while it was read" in last.reason
    assert len(told) > 1_000


def test_an_array_longer_than_the_buffer_is_read_whole() -> None:
    talks = [{"messages": [{"role": "user", "content": f"{number} " + "ü" * 50_000}]} for number in range(30)]
    found = read(json.dumps(talks, ensure_ascii=False), "file.json")
    assert [str(text).split()[0] for text in texts(found.traces)] == [str(number) for number in range(30)]


def test_progress_reaches_the_size_of_the_file() -> None:
    data = (LINE + "\n").encode() * 50
    reading = read_file(from_bytes("file.jsonl", data))
    assert len(list(reading.items)) == 50
    assert reading.bytes_read() == reading.bytes_total == len(data)


def test_records_come_before_the_file_is_read_to_its_end() -> None:
    data = json.dumps([TALK] * 40_000).encode()
    reading = read_file(from_bytes("file.json", data))
    next(iter(reading.items))
    assert reading.bytes_read() < len(data) / 2


def test_a_format_that_is_not_known_is_refused_with_those_that_are() -> None:
    with pytest.raises(EvaldashError, match=r"chat_messages.*table|table.*chat_messages"):
        read(lines(TALK), format="telepathy")


def test_a_file_that_is_gone_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match=r"gone\.json"):
        list(expand([str(tmp_path / "gone.json")]))


SEEDS = [
    lines(TALK, TALK).encode(),
    json.dumps([TALK, TALK], indent=1).encode(),
    b'question,answer,id\n"When, then?","At ""noon""",1\nHow,So,2\n',
    lines({"request": {"model": "m", "messages": TALK["messages"]}, "response": {"choices": []}}).encode(),
]


@pytest.mark.parametrize("seed", range(4))
def test_mutated_bytes_end_in_a_sentence_or_in_traces(seed: int) -> None:
    """No exception but EvaldashError, whatever happened to the bytes."""
    rng = random.Random(seed)  # noqa: S311
    for _ in range(250):
        data = bytearray(rng.choice(SEEDS))
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(data))
            data[at : at + rng.randint(0, 3)] = rng.choice([b"", b'"', b"{", b"[", b"]", b",", b"\0", b"\xff", b"null"])
        with suppress(EvaldashError):
            read(bytes(data), rng.choice(["f.json", "f.jsonl", "f.csv"]))
