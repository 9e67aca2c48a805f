"""The tables behind a report, for spreadsheets: traces, codes, modes, rates, batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from evaldash.domain.coding import Annotation
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode
from evaldash.llm.redaction import redact
from evaldash.reports.tables import Cell, Table
from evaldash.services.browse import heads_of
from evaldash.services.coded import CodedProject
from evaldash.services.coding import list_annotations
from evaldash.services.report_words import Found
from evaldash.services.taxonomy import TaxonomyView
from evaldash.storage.batches import BatchRow
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Store

COLUMNS: dict[str, tuple[str, ...]] = {
    "traces": (
        "trace", "external_id", "session", "version", "started_at", "query", "verdict", "modes", "notes_without_mode",
        "batch", "stream", "inclusion_probability", "comment", "coder",
    ),
    "codes": ("code", "trace", "step", "note", "mode", "mode_name", "coder", "at"),
    "modes": (
        "mode", "name", "severity", "owner", "definition", "applies_when", "not_when", "notes", "traces",
    ),
    "rates": ("mode", "name", "estimate", "low", "high", "level", "method", "n", "n_eff", "basis", "count", "caveats"),
    "batches": ("batch", "strategy", "seed", "filter", "frame_size", "frame_hash", "size", "read", "failed", "at"),
}  # fmt: skip
Tables: TypeAlias = dict[str, tuple[Sequence[str], Table]]
Hide: TypeAlias = Callable[[str | None], str | None]


def report_tables(store: Store, project: Project, found: Found, *, mask: bool = False) -> Tables:
    """Return each table with its columns; `mask` hides personal data in texts, who coded, and ids of the source."""
    coded, now = found.coded, found.now
    hide: Hide = _hide if mask else _keep
    who = _coders(now) if mask else {}
    rows: dict[str, Table] = {
        "traces": _traces(store, project, coded, hide, who, mask=mask),
        "codes": _codes(now, hide, who),
        "modes": [_mode(mode, now, hide) for mode in now.taxonomy.modes],
        "rates": [
            {name: document.get(name) for name in COLUMNS["rates"]}
            | {"name": hide(rate.name), "caveats": " ".join(rate.caveats)}
            for rate in found.table.rates
            for document in [rate.as_json()]
        ],
        "batches": [_batch(row, hide) for row in coded.batches],
    }
    return {name: (COLUMNS[name], rows[name]) for name in COLUMNS}


def _keep(text: str | None) -> str | None:
    return text


def _hide(text: str | None) -> str | None:
    return None if text is None else redact(text).text


def _coders(now: TaxonomyView) -> dict[str, str]:
    return {name: f"coder {i}" for i, name in enumerate(dict.fromkeys(code.coder for code in now.codes), start=1)}


def _traces(
    store: Store, project: Project, coded: CodedProject, hide: Hide, who: Mapping[str, str], *, mask: bool
) -> Table:
    heads = {head.id: head for head in heads_of(store, project, [item.trace for item in coded.traces])}
    names = {mode.id: mode.name for mode in coded.taxonomy.modes}
    annotations = _reference_annotations(store, project)
    rows: list[dict[str, Cell]] = []
    for item in coded.traces:
        head, said = heads[item.trace], annotations.get(item.trace)  # none: taken back while the report was made
        coder = said.coder if said else None
        rows.append(
            {
                "trace": item.trace,
                "external_id": None if mask else head.external_id,
                "session": None if mask else head.session,
                "version": head.version,
                "started_at": head.started_at.isoformat() if head.started_at else None,
                "query": hide(head.query),
                "verdict": item.verdict.value,
                "modes": hide("; ".join(sorted(names[mode] for mode in item.modes))),
                "notes_without_mode": len(item.uncategorised),
                "batch": item.batch,
                "stream": item.stream.value,
                "inclusion_probability": item.inclusion_probability,
                "comment": hide(said.comment) if said else None,
                "coder": who.get(coder, "a coder") if mask and coder else coder,
            }
        )
    return rows


def _reference_annotations(store: Store, project: Project) -> dict[str, Annotation]:
    """Return the annotation that counts of each trace: the deciding coder's, else the first coder's."""
    found: dict[str, Annotation] = {}
    for item in list_annotations(store, project):
        if item.trace not in found or item.coder == project.deciding_coder:
            found[item.trace] = item
    return found


def _codes(now: TaxonomyView, hide: Hide, who: Mapping[str, str]) -> Table:
    names = {mode.id: mode.name for mode in now.taxonomy.modes}
    return [_code(code, now.taxonomy.assignments.get(code.id, ""), names, hide, who) for code in now.codes]


def _code(code: CodeRow, mode: str, names: Mapping[str, str], hide: Hide, who: Mapping[str, str]) -> dict[str, Cell]:
    name = names.get(mode)
    return {
        "code": code.id,
        "trace": code.trace,
        "step": code.step,
        "note": hide(code.text),
        "mode": mode if name is not None else None,
        "mode_name": hide(name),
        "coder": who.get(code.coder, code.coder),
        "at": code.at.isoformat(),
    }


def _mode(mode: FailureMode, now: TaxonomyView, hide: Hide) -> dict[str, Cell]:
    return {
        "mode": mode.id,
        "name": hide(mode.name),
        "severity": mode.severity,
        "owner": hide(mode.owner),
        "definition": hide(mode.definition),
        "applies_when": hide(mode.applies_when),
        "not_when": hide(mode.not_when),
        "notes": len(now.by_mode[mode.id]),
        "traces": now.traces_of(mode),
    }


def _batch(row: BatchRow, hide: Hide) -> dict[str, Cell]:
    return {
        "batch": row.number,
        "strategy": row.strategy,
        "seed": row.seed,
        "filter": hide(row.filter),
        "frame_size": row.frame_size,
        "frame_hash": row.frame_hash,
        "size": row.size,
        "read": row.read,
        "failed": row.failed,
        "at": row.at.isoformat(),
    }
