"""The registry, and reading a file: its first records say which format it is, unless a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import overload

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.errors import InvalidInput, UnreadableSource
from evaldash.importers.api_batch import ApiBatch
from evaldash.importers.api_objects import AnthropicMessages, OpenAIResponses
from evaldash.importers.autogen import AutoGen
from evaldash.importers.base import Importer, Part, Record
from evaldash.importers.braintrust import Braintrust
from evaldash.importers.chat import ChatMessages
from evaldash.importers.claude_code import ClaudeCode
from evaldash.importers.inspect_ai import InspectAI
from evaldash.importers.kept import with_leftovers
from evaldash.importers.langchain import LangChain
from evaldash.importers.langfuse import Langfuse
from evaldash.importers.langsmith import LangSmith
from evaldash.importers.magentic_one import MagenticOne
from evaldash.importers.mapping import Mapping
from evaldash.importers.message_rows import MessageRows
from evaldash.importers.mlflow import MLflow
from evaldash.importers.openai_chat import OpenAIChat
from evaldash.importers.otel_spans import OtelSpans
from evaldash.importers.otlp import Otlp
from evaldash.importers.phoenix import Phoenix
from evaldash.importers.records import Counter, Item, read_records
from evaldash.importers.sources import SourceFile
from evaldash.importers.spool import Spool
from evaldash.importers.swe_agent import SWEAgent
from evaldash.importers.table import QuestionTable
from evaldash.importers.tau_bench import TauBench
from evaldash.importers.weave import Weave
from evaldash.importers.who_and_when import WhoAndWhen

IMPORTERS: tuple[Importer, ...] = (
    TauBench(),
    WhoAndWhen(),
    SWEAgent(),
    Otlp(),
    Phoenix(),
    Langfuse(),
    LangSmith(),
    MLflow(),
    InspectAI(),
    Weave(),
    Braintrust(),
    OtelSpans(),
    ClaudeCode(),
    ApiBatch(),
    OpenAIResponses(),
    AnthropicMessages(),
    OpenAIChat(),
    LangChain(),
    AutoGen(),
    MagenticOne(),
    ChatMessages(),
    MessageRows(),
    QuestionTable(),
)
LOOKED_AT = 20  # first records that decide the format
NAMED_AT_MOST = 10_000  # issues of a file that are named one by one
BROKEN_AT_MOST = 2_000  # first items among which a sound record must be
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
class Told:
    """A trace as it goes into the store, with the fields of its source that had no place in a step.

    Their texts stand in the metadata of the trace, under their paths.
    """

    trace: Trace
    not_understood: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileReading:
    """A file being read: the format chosen, how sure that is, and what comes, one after the other.

    A Part waits for the other parts of its group, which may stand in other files: `assembled` makes the traces.
    """

    source: str
    confidence: float
    items: Iterator[Told | Part | ImportIssue]
    bytes_total: int
    bytes_read: Callable[[], int]
    importer: Importer

    @property
    def format(self) -> str:
        """The name of the format."""
        return self.importer.name

    def assembled(self, parts: Sequence[Json]) -> Iterator[Told | ImportIssue]:
        """Yield the traces that the parts of one group make."""
        for item in self.importer.assemble(parts):
            yield _told(item)

    def again(self, raw: Sequence[Json], trace_id: str) -> Told:
        """Return a trace that this reading gave before, from its raw records."""
        items = self.importer.read(Record("", raw[0]), source=self.source) if len(raw) == 1 else iter(())
        for item in chain((i for i in items if not isinstance(i, Part)), self._reassembled(raw)):
            if isinstance(item, Trace) and item.id == trace_id:
                return _told(item)
        raise AssertionError(f"{self.format}: the same records gave another trace")  # pragma: no cover

    def _reassembled(self, raw: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        if type(self.importer).assemble is not Importer.assemble:
            yield from self.importer.assemble(raw)


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
    chosen = _chosen(source, first, format, mapping)
    importer = _BY_NAME[chosen.format]
    if isinstance(importer, QuestionTable):
        importer = QuestionTable(mapping).prepared(first)
    return FileReading(
        source=source.name,
        confidence=chosen.confidence,
        items=_named(_told_items(importer, chain(looked_at, items), source), source.name),
        bytes_total=source.size,
        bytes_read=lambda: min(counter.bytes, source.size),
        importer=importer,
    )


def _first(source: SourceFile, items: Iterator[Item]) -> tuple[list[Json], list[Item]]:
    """Return the first records, and all items that were taken to get them; UnreadableSource where there are none."""
    looked_at: list[Item] = []
    records: list[Json] = []
    for item in islice(items, BROKEN_AT_MOST):
        looked_at.append(item)
        if isinstance(item, Record):
            records.append(item.value)
            if len(records) == LOOKED_AT:
                break
    if not records:
        issues = [item for item in looked_at if isinstance(item, ImportIssue)]
        if issues:
            raise UnreadableSource(f"{issues[0].record}: {issues[0].reason}")
        raise UnreadableSource(f"{source.name} holds no record; export the traces again")
    return records, looked_at


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


def whole_traces(reading: FileReading, *, at_most: int | None = None) -> Iterator[Told | ImportIssue]:
    """Yield the traces and issues of one file read alone; parts are put together at its end.

    `at_most` items are read, for a first look at a large file: then its last traces may lack parts.
    """
    with Spool() as spool:
        for item in islice(reading.items, at_most):
            if isinstance(item, Part):
                spool.put(item.group, item.value)
            else:
                yield item
        for parts in spool.groups():
            yield from reading.assembled(parts)


def _told_items(importer: Importer, items: Iterator[Item], source: SourceFile) -> Iterator[Told | Part | ImportIssue]:
    try:
        for item in items:
            if isinstance(item, ImportIssue):
                yield item
            else:
                for found in importer.read(item, source=source.name):
                    yield found if isinstance(found, Part) else _told(found)
    except UnreadableSource as error:  # found far into the file: what came before stays, and so do other files
        yield ImportIssue(source=source.name, record="the rest", reason=str(error))


def _named(items: Iterator[Told | Part | ImportIssue], source: str) -> Iterator[Told | Part | ImportIssue]:
    """Yield all items, but of very many issues only the first: a report must fit in memory."""
    issues = 0
    for item in items:
        issues += isinstance(item, ImportIssue)
        if issues <= NAMED_AT_MOST or not isinstance(item, ImportIssue):
            yield item
    if issues > NAMED_AT_MOST:
        reason = f"{issues - NAMED_AT_MOST:,} more records could not be read; the first {NAMED_AT_MOST:,} are named"
        yield ImportIssue(source=source, record="the rest", reason=reason)


@overload
def _told(item: Trace) -> Told: ...
@overload
def _told(item: Trace | ImportIssue) -> Told | ImportIssue: ...
def _told(item: Trace | ImportIssue) -> Told | ImportIssue:
    return item if isinstance(item, ImportIssue) else Told(*with_leftovers(item))
