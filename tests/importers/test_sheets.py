"""Workbooks and data frames: rows as objects, values as they were; broken and hostile ones in a sentence."""

from __future__ import annotations

import contextlib
import datetime
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest

from evaldash.errors import UnreadableSource
from tests.importers.reading import read, said

ROWS: list[list[Any]] = [
    ["question", "answer", "asked at", "plan"],
    ["Is a berth free?", "Yes, berth 14.", datetime.datetime(2026, 5, 1, 10), "pro"],
]


def workbook(*sheets: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for number, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"sheet {number}")
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_rows_of_a_workbook() -> None:
    found = read(workbook(ROWS, [ROWS[0], ["And tomorrow?", "No.", None, None]]), "table.xlsx")
    assert found.format == "table"
    assert [said(trace) for trace in found.traces] == [
        [("user", "Is a berth free?"), ("assistant", "Yes, berth 14.")],
        [("user", "And tomorrow?"), ("assistant", "No.")],
    ]
    assert found.traces[0].metadata["plan"] == "pro"
    assert found.traces[0].metadata["asked at"] == "2026-05-01T10:00:00"


def test_a_formula_is_not_computed() -> None:
    found = read(workbook([ROWS[0], ["Is a berth free?", '=HYPERLINK("http://x.example")', None, None]]), "table.xlsx")
    texts = [step.text or "" for trace in found.traces for step in trace.steps]
    assert not any("http" in text for text in texts)


LAUGHS = '<?xml version="1.0"{}?>{}<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("part", "laughs"),
    [
        ("xl/more.xml", LAUGHS.format("", "").encode()),
        ("xl/more.bin", LAUGHS.format("", f"<!-- {'so long ' * 50_000} -->").encode()),
        ("xl/more.xml", LAUGHS.format(' encoding="UTF-16"', "").encode("utf-16")),
    ],
    ids=["plain", "behind a long comment", "in UTF-16"],
)
def test_a_billion_laughs(part: str, laughs: bytes) -> None:
    held = io.BytesIO(workbook(ROWS))
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr(part, laughs)
    with pytest.raises(UnreadableSource, match="XML entities"):
        read(held.getvalue(), "laughs.xlsx")


def with_part(part: str, change: Callable[[str], str]) -> bytes:
    """Return a workbook of which one part is another."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(ROWS))) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            new.writestr(name, change(text) if name == part else text)
    return held.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="2"', '<row r="999999999999"'),
        ('ref="A1:D2"', 'ref="A1:XFD1048576"'),
        ('r="D2"', 'r="XFD2"'),
        ('r="D2"', 'r="ZZZZZZ2"'),
        ("</sheetData>", "</sheetData"),
        ('t="inlineStr"', 't="s"'),
        ('t="n"', 't="d"'),
    ],
    ids=[
        "row far below",
        "says it is huge",
        "cell far out",
        "no such cell",
        "broken",
        "no such text",
        "no date",
    ],
)
@pytest.mark.timeout(10)
def test_a_sheet_that_lies_ends_soon_and_in_a_sentence(old: str, new: str) -> None:
    data = with_part(SHEET, lambda text: text.replace(old, new))
    assert data != with_part(SHEET, str)
    with contextlib.suppress(UnreadableSource):
        found = read(data, "table.xlsx")
        assert found.traces or found.issues


def test_a_part_that_does_not_fit_in_memory() -> None:
    data = with_part("xl/styles.xml", lambda text: text + " " * 9_000_000)
    with pytest.raises(UnreadableSource, match=r"xl/styles\.xml.*save it as CSV"):
        read(data, "table.xlsx")


@pytest.mark.parametrize("cut", [30, 300, 2_000])
def test_a_damaged_workbook(cut: int) -> None:
    data = bytearray(workbook(ROWS))
    data[-cut:-10] = b"\0" * (cut - 10)
    with contextlib.suppress(UnreadableSource):  # what is gone may not matter
        read(bytes(data), "table.xlsx")


def parquet(rows: list[dict[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet as format_

    held = io.BytesIO()
    format_.write_table(pyarrow.Table.from_pylist(rows), held)
    return held.getvalue()


def test_rows_of_a_data_frame() -> None:
    rows = [
        {
            "messages": [{"role": "user", "content": "Is a berth free?"}, {"role": "assistant", "content": "Yes."}],
            "session_id": "visit-4",
            "created_at": datetime.datetime(2026, 5, 1, 10, tzinfo=datetime.UTC),
        }
    ]
    (trace,) = read(parquet(rows), "frame.parquet").traces
    assert said(trace) == [("user", "Is a berth free?"), ("assistant", "Yes.")]
    assert trace.session == "visit-4"
    assert trace.started_at is not None


def test_spans_of_phoenix_as_parquet() -> None:
    message = {"message": {"role": "user", "content": "Is a berth free?"}}
    row = {
        "name": "chat",
        "span_kind": "LLM",
        "context.trace_id": "5b" * 16,
        "context.span_id": "a1" * 8,
        "parent_id": None,
        "start_time": datetime.datetime(2026, 5, 1, 10, tzinfo=datetime.UTC),
        "attributes.llm.input_messages": [message],
        "attributes.llm.output_messages": [{"message": {"role": "assistant", "content": "Yes, berth 14."}}],
        "attributes.llm.token_count.prompt": 12.0,
    }
    found = read(parquet([row]), "spans.parquet")
    assert found.format == "phoenix"
    assert said(found.traces[0]) == [("user", "Is a berth free?"), ("assistant", "Yes, berth 14.")]
    assert found.traces[0].metrics["tokens_in"] == 12


def test_a_damaged_data_frame() -> None:
    with pytest.raises(UnreadableSource, match=r"frame\.parquet"):
        read(parquet([{"a": "b"}])[:-30], "frame.parquet")
