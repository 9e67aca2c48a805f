"""Inspect AI: logs as JSON and as `.eval` archives; each sample of each epoch is a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.folding import folded
from evaldash.importers.inspect_archive import ABOUT
from evaldash.importers.inspect_attachments import resolved
from evaldash.importers.inspect_sample import span_trace_of, told_beside
from evaldash.importers.kept import with_told

SAMPLE, LOG = "inspect_sample", "inspect_log"  # keys of a record of an archive
BARE = frozenset(("id", "epoch", "input", "target"))


class InspectAI(Importer):
    """A log holds its samples; an archive brings them one at a time, each with what its log says."""

    name = "inspect_ai"
    description = "Inspect AI logs: .eval archives and JSON, with scores and the calls of scorers"
    extensions = (".eval", ".json")
    feedback_keys = frozenset(("scores",))

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is a log with samples, a sample out of an archive, or a sample alone."""
        return sum(map(_is_known, records)) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield a trace for each sample."""
        told = record.value
        if not isinstance(told, dict) or not _is_known(told):
            reason = "not a log of Inspect: it needs eval and samples"
            yield refused(told, reason, record=record.label, source=source)
        elif not _is_log(told):
            yield self._one(told, record.label, source)
        elif not told.get("samples"):
            reason = "a log without samples; log them (log_samples), or export the whole log and not its header alone"
            yield refused(told, reason, record=record.label, source=source)
        else:
            for number, whole in enumerate(_samples(told), start=1):
                yield self._one(whole, f"{record.label}, sample {number}", source)

    def _one(self, told: dict[str, Json], label: str, source: str) -> Trace | ImportIssue:
        trace = _trace(told, format=self.name)
        if trace is None or not trace.steps:
            return refused(told, "a sample without messages, input or output", record=label, source=source)
        return trace


def _is_known(record: Json) -> bool:
    return _is_log(record) or _is_sample(record) or _is_bare(record)


def _is_log(record: Json) -> bool:
    """Tell whether a record is a whole log; one that kept no samples is a log as well."""
    run = record.get("eval") if isinstance(record, dict) else None
    if not isinstance(record, dict) or not isinstance(run, dict) or "status" not in record:
        return False
    return isinstance(record.get("samples"), list) or ("task" in run and not record.get("samples"))


def _is_sample(record: Json) -> bool:
    return isinstance(record, dict) and SAMPLE in record and isinstance(record.get(LOG), dict)


def _is_bare(record: Json) -> bool:
    """Tell whether a record is a sample alone: a member of an archive that somebody unpacked."""
    if not isinstance(record, dict) or not record.keys() >= BARE:
        return False
    return isinstance(record.get("messages"), list) or isinstance(record.get("output"), dict)


def _samples(log: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Yield each sample as an archive would bring it: the same trace, whichever form the log has."""
    about = {name: log[name] for name in ABOUT if name in log}
    samples = log.get("samples")
    for sample in samples if isinstance(samples, list) else ():
        yield {SAMPLE: sample, LOG: dict(about)}


def _trace(told: dict[str, Json], *, format: str) -> Trace | None:
    sample, log = (told[SAMPLE], told[LOG]) if _is_sample(told) else (told, {})
    if not isinstance(sample, dict) or not isinstance(log, dict):
        return None
    whole = resolved(sample)
    spans = span_trace_of(whole, log, raw=dict(told), format=format)
    return with_told(folded(spans), told_beside(whole, log))
