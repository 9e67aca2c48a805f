"""The report: figures, notes and quoted traces of a project, as Markdown or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.reports.markdown import Example, ModeSection, ReportContent, Share, report_markdown
from evaldash.services.browse import count_traces, heads_of
from evaldash.services.rates import ModeRate, rates
from evaldash.services.sampling import list_batches
from evaldash.services.saturation import Saturation, saturation
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.services.wording import caveats, headline
from evaldash.stats.rates import Rate
from evaldash.storage.readings import CodeRow
from evaldash.storage.store import Store

FORMATS = ("md", "json")
EXAMPLES = 3  # notes quoted for a mode
LOOSE_EXAMPLES = 10  # notes without a mode that are quoted


def report_text(store: Store, project: Project, *, format: str = "md") -> str:
    """Return the report as Markdown (`md`) or its numbers as JSON (`json`); InvalidInput for another format."""
    if format not in FORMATS:
        raise InvalidInput(f"--format must be one of {', '.join(FORMATS)}, got {format!r}")
    if format == "json":
        return json.dumps(report_document(store, project), ensure_ascii=False, indent=2)
    return report_markdown(_content(store, project))


def write_report(store: Store, project: Project, path: Path, *, format: str) -> dict[str, Any]:
    """Write the report to a file; return its numbers."""
    text = report_text(store, project, format=format)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"the report cannot be written to {path}: {error.strerror}") from error
    return report_document(store, project)


def report_document(store: Store, project: Project) -> dict[str, Any]:
    """Return the numbers of a report."""
    found = saturation(store, project)
    return {
        "project": project.name,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "traces": count_traces(store, project),
        "saturation": found.as_json(),
        "headline": headline(found),
        "rates": [rate.as_json() for rate in rates(store, project)],
        "taxonomy": view(store, project).as_json(),
    }


def _content(store: Store, project: Project) -> ReportContent:
    found, now, shares = saturation(store, project), view(store, project), rates(store, project)
    queries = _queries(store, project, now)
    return ReportContent(
        project=project.name,
        made_at=f"{datetime.now(UTC):%d %B %Y}",
        taxonomy=_taxonomy_words(now),
        traces=count_traces(store, project),
        read=found.traces_read,
        random=found.chance.T,
        deferred=len(found.deferred),
        batches=_batch_lines(store, project),
        overall=_share(shares[0].rate),
        modes=_sections(now, shares[1:], queries),
        uncategorised=_examples(now.uncategorised[:LOOSE_EXAMPLES], queries),
        headline=headline(found),
        advice=found.advice.sentence,
        limits=_limits(found, shares),
    )


def _taxonomy_words(now: TaxonomyView) -> str:
    name = f", published as {now.taxonomy.published}" if now.taxonomy.published else ""
    return f"taxonomy version {now.taxonomy.version}{name}"


def _batch_lines(store: Store, project: Project) -> list[str]:
    return [
        f"Batch {row.number}: {row.size} traces, {row.strategy}, drawn from {row.frame_size} (seed {row.seed}); "
        f"{row.read} read, {row.failed} failed"
        for row in list_batches(store, project)
    ]


def _sections(now: TaxonomyView, shares: Sequence[ModeRate], queries: dict[str, str]) -> list[ModeSection]:
    by_id = {mode.id: mode for mode in now.taxonomy.modes}
    sections = [
        ModeSection(
            name=share.name,
            definition=by_id[share.mode or ""].definition,
            notes=len(now.by_mode[share.mode or ""]),
            traces=now.traces_of(by_id[share.mode or ""]),
            share=_share(share.rate),
            examples=_examples(now.by_mode[share.mode or ""][:EXAMPLES], queries),
        )
        for share in shares
    ]
    return sorted(sections, key=lambda section: (-(section.share.estimate or 0), -section.traces))


def _examples(codes: Sequence[CodeRow], queries: dict[str, str]) -> list[Example]:
    return [
        Example(note=code.text, trace=code.trace, step=code.step, query=queries.get(code.trace, "")) for code in codes
    ]


def _queries(store: Store, project: Project, now: TaxonomyView) -> dict[str, str]:
    wanted = {code.trace for code in now.codes}
    return {head.id: head.query for head in heads_of(store, project, sorted(wanted))}


def _share(rate: Rate) -> Share:
    return Share(estimate=rate.estimate, low=rate.low, high=rate.high, n=rate.n, badge=_badge(rate))


def _badge(rate: Rate) -> str:
    return rate.basis if rate.n_eff is None or rate.basis == "uniform" else f"weighted, effective n {rate.n_eff:.0f}"


def _limits(found: Saturation, shares: Sequence[ModeRate]) -> list[str]:
    said = caveats(found)
    if shares[0].rate.estimate is None:
        said.append("Rates cannot be estimated: no judged trace was drawn at random. Draw a random batch to know them.")
    elif found.chance.T < 100:
        said.append(f"With {found.chance.T} random traces, rates are known within some 10 to 20 points only.")
    said.append(
        "How grave a failure is does not follow from how often it comes; rare grave ones need a search of their own."
    )
    return said
