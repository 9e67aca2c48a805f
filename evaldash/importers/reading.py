"""The registry, and reading a file: its first records say which format it is, unless a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.errors import InvalidInput, UnreadableSource
from evaldash.importers.base import Importer, Record
from evaldash.importers.chat import ChatMessages, messages_key
from evaldash.importers.mapping import Mapping
from evaldash.importers.messages import is_message
from evaldash.importers.openai_chat import OpenAIChat
from evaldash.importers.records import Counter, Item, read_records
from evaldash.importers.sources import SourceFile
from evaldash.importers.table import QuestionTable
from evaldash.importers.tau_bench import TauBench
from evaldash.importers.who_and_when import WhoAndWhen

IMPORTERS: tuple[Importer, ...] = (TauBench(), WhoAndWhen(), OpenAIChat(), ChatMessages(), QuestionTable())
LOOKED_AT = 20  # first records that decide the format
ENOUGH = 0.3  # confidence below which a file is of no known format

_BY_NAME = {importer.name: importer for importer in IMPORTERS}
if len(_BY_NAME) != len(IMPORTERS):
    raise RuntimeError("two importers share a name; each name in IMPORTERS must be given once")


@dataclass(frozen=True, slots=True)
class Recognition:
    """A format a file could be of, with the confidence from 0 to 1."""

    format: str
    confidence: float


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file being read: the format chosen, how sure that is, and the traces and issues as they come."""

    format: str
    confidence: float
    items: Iterator[Trace | ImportIssue]
    bytes_total: int
    bytes_read: Callable[[], int]


def recognise(source: SourceFile, *, mapping: Mapping | None = None) -> list[Recognition]:
    """Return the formats a file could be of, the likeliest first; UnreadableSource for no records at all."""
    return _ranked(_first(source, read_records(source, Counter()))[0], mapping)


def first_rows(source: SourceFile) -> list[dict[str, Json]]:
    """Return the first records of a file that have named columns, for a person to say which means what."""
    records, _ = _first(source, read_records(source, Counter()))
    return [record for record in records if isinstance(record, dict)]


def read_file(source: SourceFile, *, format: str | None = None, mapping: Mapping | None = None) -> FileReading:
    """Open a file for reading as `format`, by default as the one its first records look most like.

    Raises InvalidInput for an unknown format or a mapping that does not fit, UnreadableSource where nothing can be
    read or no format fits.
    """
    if format is not None and format not in _BY_NAME:
        raise InvalidInput(f"format must be one of {', '.join(_BY_NAME)}, got {format!r}")
    counter = Counter()
    items = read_records(source, counter)
    first, looked_at = _first(source, items)
    if all(is_message(record) for record in first) and messages_key(first[0]) is None:
        whole = _one_conversation([*looked_at, *items])
        first, looked_at = [item.value for item in whole if isinstance(item, Record)], whole
    chosen = _chosen(source, first, format, mapping)
    importer = _BY_NAME[chosen.format]
    if isinstance(importer, QuestionTable):
        importer = QuestionTable(mapping).prepared(first)
    return FileReading(
        format=chosen.format,
        confidence=chosen.confidence,
        items=_traces(importer, chain(looked_at, items), source),
        bytes_total=source.size,
        bytes_read=lambda: min(counter.bytes, source.size),
    )


def _first(source: SourceFile, items: Iterator[Item]) -> tuple[list[Json], list[Item]]:
    """Return the first records, and all items that were taken to get them; UnreadableSource where there are none."""
    looked_at = list(islice(items, LOOKED_AT))
    records = [item.value for item in looked_at if isinstance(item, Record)]
    if not records:
        issues = [item for item in looked_at if isinstance(item, ImportIssue)]
        if issues:
            raise UnreadableSource(f"{issues[0].record}: {issues[0].reason}")
        raise UnreadableSource(f"{source.name} holds no record; export the traces again")
    return records, looked_at


def _one_conversation(items: Sequence[Item]) -> list[Item]:
    """Return a file whose records are single messages as one record, the list of them; its issues stay."""
    messages = [item.value for item in items if isinstance(item, Record)]
    return [Record("the file", messages), *(item for item in items if isinstance(item, ImportIssue))]


def _ranked(records: Sequence[Json], mapping: Mapping | None) -> list[Recognition]:
    found = [
        Recognition(importer.name, (QuestionTable(mapping) if importer.name == "table" else importer).sniff(records))
        for importer in IMPORTERS
    ]
    return sorted((item for item in found if item.confidence > 0), key=lambda item: -item.confidence)


def _chosen(source: SourceFile, records: Sequence[Json], format: str | None, mapping: Mapping | None) -> Recognition:
    if format is None and mapping is not None:
        format = QuestionTable.name
    ranked = _ranked(records, mapping)
    if format is not None:
        return next((item for item in ranked if item.format == format), Recognition(format, 0.0))
    if not ranked or ranked[0].confidence < ENOUGH:
        raise UnreadableSource(
            f"{source.name} is of no known format: its first record is {_described(records[0])}; "
            "`evaldash formats` lists what can be read, tables take a mapping"
        )
    return ranked[0]


def _described(record: Json) -> str:
    if isinstance(record, dict):
        names = ", ".join(list(record)[:8])
        return f"an object with {names}" if names else "an empty object"
    return f"a list of {len(record)}" if isinstance(record, list) else f"just {str(record)[:40]!r}"


def _traces(importer: Importer, items: Iterator[Item], source: SourceFile) -> Iterator[Trace | ImportIssue]:
    try:
        for item in items:
            if isinstance(item, ImportIssue):
                yield item
            else:
                yield from importer.read(item, source=source.name)
    except UnreadableSource as error:  # found far into the file: what came before stays, and so do other files
        yield ImportIssue(source=source.name, record="the rest", reason=str(error))
