"""Archives and packed files: what is in them is read; bombs, traps and broken ones end in a sentence."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest
import zstandard

from evaldash.errors import UnreadableSource
from evaldash.importers import Skipped, SourceFile, Told, expand, read_file, whole_traces

MESSAGES = [{"role": "user", "content": "Is a berth free?"}, {"role": "assistant", "content": "Yes, berth 14."}]
LINE = json.dumps({"messages": MESSAGES}).encode() + b"\n"


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def tarred(files: Mapping[str, bytes], *, links: Mapping[str, str] | None = None, mode: str = "w:gz") -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, target in (links or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
        if links:
            device = tarfile.TarInfo("pipe")
            device.type = tarfile.FIFOTYPE
            archive.addfile(device)
    return held.getvalue()


def found(path: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Return how many traces each file gave, and why others were left alone."""
    items = list(expand([str(path)]))
    traces = {
        item.name: sum(isinstance(told, Told) for told in whole_traces(read_file(item)))
        for item in items
        if isinstance(item, SourceFile)
    }
    return traces, {item.source: item.reason for item in items if isinstance(item, Skipped)}


@pytest.mark.parametrize(
    ("name", "data", "traces"),
    [
        ("a.jsonl.gz", gzip.compress(LINE * 3), {"a.jsonl": 3}),
        ("a.zip", zipped({"x/1.jsonl": LINE, "x/2.jsonl": LINE * 2}), {"a.zip/x/1.jsonl": 1, "a.zip/x/2.jsonl": 2}),
        (
            "a.tar.gz",
            tarred({"x/1.jsonl": LINE, "2.jsonl": LINE * 2}),
            {"a.tar.gz/2.jsonl": 2, "a.tar.gz/x/1.jsonl": 1},
        ),
        ("a.tar", tarred({"1.jsonl": LINE}, mode="w"), {"a.tar/1.jsonl": 1}),
        ("a.zip", zipped({"in.jsonl.gz": gzip.compress(LINE)}), {"a.zip/in.jsonl": 1}),
        ("misnamed.json", zipped({"1.jsonl": LINE}), {"misnamed.json/1.jsonl": 1}),
        ("a.zip", zipped({f"{n}.json": LINE for n in (10, 2, 1)}), {f"a.zip/{n}.json": 1 for n in (1, 2, 10)}),
    ],
    ids=["gz", "zip", "tar.gz", "tar", "gz in zip", "by content", "in order"],
)
def test_what_is_packed_is_read(tmp_path: Path, name: str, data: bytes, traces: dict[str, int]) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    given, skipped = found(path)
    assert given == traces
    assert list(given) == list(traces)
    assert not skipped


def test_a_folder_of_archives(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"1.jsonl": LINE, "LICENSE": b"free", "__MACOSX/1.jsonl": b"x"}))
    (tmp_path / "b.jsonl").write_bytes(LINE)
    (tmp_path / "broken.zip").write_bytes(zipped({"1.jsonl": LINE})[:40])
    given, skipped = found(tmp_path)
    assert given == {"a.zip/1.jsonl": 1, "b.jsonl": 1}
    assert set(skipped) == {"a.zip/LICENSE", "a.zip/__MACOSX/1.jsonl", "broken.zip"}
    assert "damaged" in skipped["broken.zip"]


def test_members_that_lead_elsewhere_are_named_and_left(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    files = {"../../up.json": LINE, "/etc/absolute.json": LINE, "C:\\windows.json": LINE, "good.json": LINE}
    path.write_bytes(tarred(files, links={"passwd.json": "/etc/passwd"}))
    given, skipped = found(path)
    assert given == {"a.tar.gz/good.json": 1}
    reasons = {name.rsplit("/", 1)[-1]: reason for name, reason in skipped.items()}
    for name in ("up.json", "absolute.json", "C:\\windows.json"):
        assert "out of the archive" in reasons[name]
    assert "a link" in reasons["passwd.json"]
    assert "device" in reasons["pipe"]
    path.write_bytes(zipped(files))
    assert list(found(path)[0]) == ["a.tar.gz/good.json"]


def test_a_zip_with_a_password(tmp_path: Path) -> None:
    data = bytearray(zipped({"1.json": LINE}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    path = tmp_path / "locked.zip"
    path.write_bytes(data)
    assert "password" in found(path)[1]["locked.zip/1.json"]


BOMB = b"[" + b" " * 100_000_000 + b"]"


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("bomb.zip", zipped({"a.json": BOMB}), "zip bomb"),
        ("bomb.json.gz", gzip.compress(BOMB), "zip bomb"),
        ("bomb.tar.gz", tarred({"a.json": BOMB}), "zip bomb"),
        (
            "deep.zip",
            zipped({"a.zip": zipped({"b.zip": zipped({"c.zip": zipped({"d.json": LINE})})})}),
            "in an archive",
        ),
        ("cut.json.gz", gzip.compress(LINE)[:-12], "cut off"),
        ("cut.zip", zipped({"a.json": LINE})[:-10], "damaged"),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\0" * 40, "7z"),
        ("a.rar", b"Rar!\x1a\x07\x01\x00", "RAR"),
    ],
    ids=["zip bomb", "gzip bomb", "tar bomb", "nested", "cut gzip", "cut zip", "7z", "rar"],
)
def test_traps_end_in_a_sentence(tmp_path: Path, name: str, data: bytes, word: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    try:
        given, skipped = found(path)
    except UnreadableSource as error:
        said = str(error)
    else:
        assert sum(given.values()) == 0
        said = " ".join(skipped.values())
    assert word in said


def test_what_stands_before_a_cut_is_read(tmp_path: Path) -> None:
    lines = b"".join(LINE.replace(b"14", str(number).encode()) for number in range(20_000))
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress(lines)[:-2_000])
    (source,) = expand([str(path)])
    assert isinstance(source, SourceFile)
    items = list(whole_traces(read_file(source)))
    assert len([item for item in items if isinstance(item, Told)]) > 1_000
    assert "cut off" in items[-1].reason  # type: ignore[union-attr]


def test_files_before_the_cut_of_a_tar_are_read(tmp_path: Path) -> None:
    noise = random.Random(3).randbytes(60_000)  # noqa: S311 (not a secret)
    path = tmp_path / "cut.tar.gz"
    path.write_bytes(tarred({"1.jsonl": LINE, "2.jsonl": LINE * 2, "noise.png": noise})[:-3_000])
    given, skipped = found(path)
    assert given["cut.tar.gz/1.jsonl"] == 1
    assert given["cut.tar.gz/2.jsonl"] == 2
    assert "files before that are read" in skipped["cut.tar.gz"]


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["question", "answer"])
    sheet.append(["Is a berth free?", "Yes, berth 14."])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def frame() -> bytes:
    import pyarrow
    from pyarrow import parquet

    held = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist([{"messages": MESSAGES}]), held)
    return held.getvalue()


@pytest.mark.parametrize("pack", ["zip", "tar.gz", "gz"])
@pytest.mark.parametrize("content", [workbook(), frame()], ids=["workbook", "data frame"])
def test_what_one_must_jump_in_is_read_out_of_an_archive(tmp_path: Path, pack: str, content: bytes) -> None:
    path = tmp_path / f"a.{pack}"
    packed = {"zip": zipped, "tar.gz": tarred, "gz": lambda files: gzip.compress(files["b.bin"])}[pack]
    path.write_bytes(packed({"b.bin": content}))
    assert list(found(path)[0].values()) == [1]


def test_members_packed_with_zstandard(tmp_path: Path) -> None:
    """As newer tools pack; Python's own zipfile does not read it."""
    packed = zstandard.ZstdCompressor().compress(LINE * 2)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("1.jsonl", packed)
    data = bytearray(held.getvalue())
    for mark, method, size in ((b"PK\x03\x04", 8, 22), (b"PK\x01\x02", 10, 24)):
        at = data.index(mark)
        data[at + method : at + method + 2] = (93).to_bytes(2, "little")
        data[at + size : at + size + 4] = len(LINE * 2).to_bytes(4, "little")
    path = tmp_path / "a.zip"
    path.write_bytes(data)
    assert found(path)[0] == {"a.zip/1.jsonl": 2}


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="open files are counted in /proc")
def test_many_archives_do_not_hold_many_files_open(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.zip").write_bytes(zipped({"1.jsonl": LINE}))
        (tmp_path / f"{number}.tar.gz").write_bytes(tarred({"1.jsonl": LINE}))
    before = open_files()
    sources = list(expand([str(tmp_path)]))
    assert len(sources) == 120
    assert open_files() - before < 5


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_many_small_bombs_are_one_bomb(tmp_path: Path) -> None:
    """Each stays below what is let pass without a question; together they do not."""
    small = gzip.compress(b"[" + b" " * 40_000_000 + b"]")
    path = tmp_path / "a.tar"
    path.write_bytes(tarred({f"{number}.json.gz": small for number in range(5)}, mode="w"))
    reasons = []
    for source in expand([str(path)]):
        if isinstance(source, Skipped):
            reasons.append(source.reason)
            continue
        with pytest.raises(UnreadableSource) as refused:
            read_file(source)
        reasons.append(str(refused.value))
    assert "no record" in reasons[0]
    assert "zip bomb" in reasons[-1]


def test_a_tar_whose_notes_are_a_bomb(tmp_path: Path) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        note = tarfile.TarInfo("note")
        note.type, note.size = tarfile.XHDTYPE, 50_000_000
        archive.addfile(note, io.BytesIO(bytes(note.size)))
    path = tmp_path / "a.tar"
    path.write_bytes(held.getvalue())
    with pytest.raises(UnreadableSource, match=r"a\.tar"):
        found(path)


def test_standard_input_may_be_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"1.jsonl": LINE, "2.jsonl": LINE}))
    with path.open("rb") as file:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(file))
        sources = list(expand(["-"]))
        assert [source.name for source in sources if isinstance(source, SourceFile)] == [
            "standard input/1.jsonl",
            "standard input/2.jsonl",
        ]


def test_an_archive_that_changes_while_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({"1.jsonl": LINE * 30}))
    (source,) = expand([str(path)])
    assert isinstance(source, SourceFile)
    reading = read_file(source)
    path.write_bytes(zipped({"1.jsonl": LINE}))
    *_, last = whole_traces(reading)
    assert "changed while it was read" in last.reason  # type: ignore[union-attr]


def test_limits_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({f"{number}.json": LINE for number in range(30)}))
    monkeypatch.setenv("EVALDASH_MAX_MEMBERS", "20")
    with pytest.raises(UnreadableSource, match="EVALDASH_MAX_MEMBERS"):
        found(path)
    monkeypatch.setenv("EVALDASH_MAX_MEMBERS", "30")
    monkeypatch.setenv("EVALDASH_MAX_UNPACKED_BYTES", "1000")
    with pytest.raises(UnreadableSource, match="EVALDASH_MAX_UNPACKED_BYTES"):
        found(path)
