"""The members of a project's archive: written as JSON Lines or Parquet, checked, and read a few rows at a time."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import IO, Any

from evaldash.config import limits
from evaldash.errors import UnreadableSource
from evaldash.importers import Record, SourceFile
from evaldash.importers.archive_members import open_member, why_not_zip_member, zip_members
from evaldash.importers.archives import PROJECT
from evaldash.importers.parquet import parquet_records
from evaldash.importers.temporary import Copies
from evaldash.importers.unpacking import Budget, next_bytes
from evaldash.storage.archive import Field, Kind, Row
from evaldash.storage.schema import json_bytes

FORMAT = "evaldash project"
VERSION = 1  # of the archive; rises when an older evaldash could no longer read it rightly
AT_ONCE = 500  # rows
HELD = 8 << 20  # bytes of rows as they are read, at once
NUMBERS_AT_ONCE = 4 << 20  # numbers of arrays in one group of rows
BLOCK = 1 << 20  # bytes hashed at once
LONGEST_MANIFEST = 16 << 20  # bytes
RECORDS_IN_LINE = 4  # the steps of a trace stand in one line, and may come from several records

_ARROW = {Kind.WHOLE: "int64", Kind.NUMBER: "float64"}  # all else is text, but for arrays
_ARRAYS = {"<f4": "float32", "<i4": "int32"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A table in an archive, as the manifest tells it; `bytes` unpacked."""

    name: str
    table: str
    columns: tuple[str, ...]
    rows: int
    bytes: int
    sha256: str

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {name: value for name, value in asdict(self).items() if name != "name"}


class _Hashed:
    """A file to write to that counts and hashes what goes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.hash = hashlib.sha256()
        self.bytes = 0
        self.closed = False

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        self.hash.update(view)
        self.bytes += len(view)
        return self._file.write(view)

    def tell(self) -> int:
        return self.bytes

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """End it; the file below belongs to the archive."""
        self.closed = True


def write_member(archive: zipfile.ZipFile, table: str, fields: Sequence[Field], rows: Iterable[Row]) -> Member:
    """Write a table as a member: Parquet where it holds arrays, else JSON Lines."""
    arrays = any(field.kind is Kind.NUMBERS for field in fields)
    info = zipfile.ZipInfo(f"tables/{table}.{'parquet' if arrays else 'jsonl'}")
    info.compress_type = zipfile.ZIP_STORED if arrays else zipfile.ZIP_DEFLATED  # Parquet packs by itself
    with archive.open(info, "w", force_zip64=True) as file:
        target = _Hashed(file)
        count = _write_parquet(target, fields, rows) if arrays else _write_lines(target, rows)
    columns = tuple(field.name for field in fields)
    digest = target.hash.hexdigest()
    return Member(name=info.filename, table=table, columns=columns, rows=count, bytes=target.bytes, sha256=digest)


def _write_lines(target: _Hashed, rows: Iterable[Row]) -> int:
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 (the last one is how many there were)
        target.write(json_bytes(row) + b"\n")
    return count


def _write_parquet(target: _Hashed, fields: Sequence[Field], rows: Iterable[Row]) -> int:
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([(field.name, _arrow_type(field)) for field in fields])
    count = 0
    with parquet.ParquetWriter(target, schema, compression="zstd") as writer:
        for some in _groups(rows):
            columns = [[_cell(field, row[field.name]) for row in some] for field in fields]
            arrays = [pyarrow.array(c, type=kind) for c, kind in zip(columns, schema.types, strict=True)]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            count += len(some)
    return count


def _groups(rows: Iterable[Row]) -> Iterator[list[Row]]:
    some: list[Row] = []
    held = 0
    for row in rows:
        some.append(row)
        held += sum(getattr(value, "size", 0) for value in row.values())
        if held >= NUMBERS_AT_ONCE:
            yield some
            some, held = [], 0
    if some:
        yield some


def _arrow_type(field: Field) -> Any:
    import pyarrow

    if field.numbers is not None:
        return pyarrow.list_(pyarrow.type_for_alias(_ARRAYS[field.numbers]))
    return pyarrow.type_for_alias(_ARROW.get(field.kind, "string"))


def _cell(field: Field, value: Any) -> Any:
    return json_bytes(value).decode() if field.kind is Kind.JSON else value


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive to read: its manifest is understood, its members are there."""

    source: SourceFile
    about: Mapping[str, Any]
    members: Mapping[str, Member]
    _infos: Mapping[str, zipfile.ZipInfo]
    _copies: Copies

    @property
    def project(self) -> str:
        """The name of the project that was written."""
        return str(self.about["project"])

    def check(self, told: Callable[[int], None]) -> None:
        """Read all members once; UnreadableSource for one that is not what the manifest says. `told` hears of bytes."""
        for member in self.members.values():
            digest, count = hashlib.sha256(), 0
            with open_member(self.source.open, self._infos[member.name], member.name) as file:
                while block := next_bytes(file, BLOCK):
                    digest.update(block)
                    count += len(block)
                    told(len(block))
            if (count, digest.hexdigest()) != (member.bytes, member.sha256):
                raise UnreadableSource(
                    f"{self.source.name}: {member.name} is not what the manifest says (its sha256 differs); it was "
                    "damaged or changed, so export the project again"
                )

    def rows(self, member: Member, fields: Sequence[Field]) -> Iterator[list[Row]]:
        """Yield the rows of a member, a few megabytes at a time; UnreadableSource where they are not as told."""
        count = 0
        with open_member(self.source.open, self._infos[member.name], member.name) as file:
            read = self._parquet(file, member, fields) if member.name.endswith(".parquet") else _lines(file, member)
            some: list[Row] = []
            held = 0
            for number, (row, size) in enumerate(read, start=1):
                if set(row) != set(member.columns):
                    raise UnreadableSource(f"{member.name}, row {number}: its columns are not those of the manifest")
                some.append(row)
                held += size
                count = number
                if len(some) >= AT_ONCE or held >= HELD:
                    yield some
                    some, held = [], 0
            if some:
                yield some
        if count != member.rows:
            raise UnreadableSource(f"{member.name} holds {count:,} rows, but the manifest says {member.rows:,}")

    def _parquet(self, file: Any, member: Member, fields: Sequence[Field]) -> Iterator[tuple[dict[str, Any], int]]:
        texts = [field.name for field in fields if field.kind is Kind.JSON]
        copy = self._copies.put(file, member.name)  # one must jump in it
        with copy.open() as inner:
            for record in parquet_records(inner, member.name, copy.size, limits()):
                row = record.value if isinstance(record, Record) else None
                if not isinstance(record, Record) or not isinstance(row, dict):
                    raise UnreadableSource(f"{member.name} holds a row that cannot be read; export the project again")
                size = sum(4 * len(value) for value in row.values() if isinstance(value, list))
                yield row | {name: _json(str(row[name]), member, record.label) for name in texts if name in row}, size


def _lines(file: IO[bytes], member: Member) -> Iterator[tuple[dict[str, Any], int]]:
    most = RECORDS_IN_LINE * limits().record_bytes
    number = 0
    while line := file.readline(most + 1):
        number += 1
        if len(line) > most:
            raise UnreadableSource(
                f"{member.name}, line {number} is longer than {most:,} bytes; raise EVALDASH_MAX_RECORD_BYTES"
            )
        row = _json(line, member, f"line {number}")
        if not isinstance(row, dict):
            raise UnreadableSource(f"{member.name}, line {number} must be an object; export the project again")
        yield row, len(line)


def _json(text: str | bytes, member: Member, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(f"{member.name}, {where} is no JSON: {error}; export the project again") from error


def open_archive(source: SourceFile) -> Archive:
    """Read the manifest of an archive; UnreadableSource for one that is newer, damaged, too large, or has strays."""
    bounds = limits()
    with source.open() as file:
        infos = zip_members(file, source.name, bounds.members)
    by_name = {info.filename: info for info in infos}
    if len(by_name) != len(infos):
        raise UnreadableSource(f"{source.name} holds two members of one name; export the project again")
    for info in infos:
        if reason := why_not_zip_member(info):
            raise UnreadableSource(f"{source.name}: {info.filename}: {reason}")
    Budget(source.name, max(source.size, 1), bounds).count(source.name, sum(info.file_size for info in infos))
    about = _manifest(source, by_name[PROJECT])
    members = _members(source, about)
    if strays := set(by_name) ^ {PROJECT, *members}:
        named = ", ".join(sorted(strays)[:3])
        raise UnreadableSource(
            f"{source.name}: its manifest and its members differ ({named}); export the project again"
        )
    return Archive(source, about, members, by_name, Copies())


def _manifest(source: SourceFile, info: zipfile.ZipInfo) -> dict[str, Any]:
    with open_member(source.open, info, PROJECT) as file:
        data = file.read(LONGEST_MANIFEST + 1)
    try:
        about = json.loads(data) if len(data) <= LONGEST_MANIFEST else None
    except (ValueError, RecursionError):
        about = None
    if not isinstance(about, dict) or about.get("format") != FORMAT or not isinstance(about.get("version"), int):
        raise UnreadableSource(f"{source.name}: {PROJECT} is not the manifest of a project; export the project again")
    if about["version"] > VERSION:
        raise UnreadableSource(
            f"{source.name} was written by evaldash {about.get('evaldash')} in version {about['version']} of the "
            f"archive; this evaldash reads up to version {VERSION}, so install a newer one"
        )
    return about


def _members(source: SourceFile, about: Mapping[str, Any]) -> dict[str, Member]:
    try:
        if not isinstance(about["project"], str):
            raise TypeError
        return {
            name: Member(**{**entry, "name": name, "columns": tuple(entry["columns"])})
            for name, entry in about["members"].items()
        }
    except (KeyError, TypeError, AttributeError) as error:
        raise UnreadableSource(f"{source.name}: its manifest is incomplete; export the project again") from error
