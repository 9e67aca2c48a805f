"""Inspect AI: logs as JSON and as `.eval` archives; each sample of each epoch is a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Record
from evaldash.importers.folding import folded
from evaldash.importers.inspect_archive import ABOUT
from evaldash.importers.inspect_sample import span_trace_of, told_beside
from evaldash.importers.kept import with_told

RAW_SHOWN = 2_000  # characters of a refused record that are kept with its reason
SAMPLE, LOG = "inspect_sample", "inspect_log"  # keys of a record of an archive


class InspectAI(Importer):
    """A log holds its samples; an archive brings them one at a time, each with what its log says."""

    name = "inspect_ai"
    description = "Inspect AI logs: .eval archives and JSON, with scores and the calls of scorers"
    extensions = (".eval", ".json")
    feedback_keys = frozenset(("scores",))

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is a log with samples, or a sample out of an archive."""
        return sum(_is_log(record) or _is_sample(record) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield a trace for each sample."""
        told = record.value
        if not isinstance(told, dict) or not (_is_log(told) or _is_sample(told)):
            reason = "not a log of Inspect: it needs eval and samples"
            yield _refused(told, reason, record.label, source)
            return
        for number, whole in enumerate(_samples(told), start=1):
            label = record.label if _is_sample(told) else f"{record.label}, sample {number}"
            trace = _trace(whole, format=self.name)
            if trace is None or not trace.steps:
                yield _refused(whole, "a sample without messages, input or output", label, source)
            else:
                yield trace


def _is_log(record: Json) -> bool:
    if not isinstance(record, dict) or not isinstance(record.get("eval"), dict):
        return False
    return isinstance(record.get("samples"), list) and ("version" in record or "status" in record)


def _is_sample(record: Json) -> bool:
    return isinstance(record, dict) and SAMPLE in record and isinstance(record.get(LOG), dict)


def _samples(told: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield each sample as an archive would bring it: the same trace, whichever form the log has."""
    if _is_sample(told):
        yield dict(told)
        return
    about = {name: told[name] for name in ABOUT if name in told}
    samples = told.get("samples")
    for sample in samples if isinstance(samples, list) else ():
        yield {SAMPLE: sample, LOG: dict(about)}


def _trace(whole: Mapping[str, Json], *, format: str) -> Trace | None:
    sample, log = whole.get(SAMPLE), whole.get(LOG)
    if not isinstance(sample, dict) or not isinstance(log, dict):
        return None
    told = span_trace_of(sample, log, raw=dict(whole), identity={**whole, SAMPLE: _identity(sample)}, format=format)
    return with_told(folded(told), told_beside(sample, log))


def _identity(sample: Mapping[str, Json]) -> dict[str, Json]:
    """Return a sample less its scores: a log that was scored again holds the same traces."""
    kept = {name: value for name, value in sample.items() if name not in InspectAI.feedback_keys}
    events = kept.get("events")
    if isinstance(events, list):
        kept["events"] = [event for event in events if not isinstance(event, dict) or event.get("event") != "score"]
    return kept


def _refused(value: Json, reason: str, record: str, source: str) -> ImportIssue:
    return ImportIssue(source=source, record=record, reason=reason, raw=canonical_json(value)[:RAW_SHOWN])
