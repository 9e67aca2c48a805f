"""The report as a story: figures, what people wrote, and quoted exchanges, put together and masked if wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TypeAlias

from evaldash.domain.stored import Project
from evaldash.llm.redaction import redact
from evaldash.reports import story as told
from evaldash.reports.story import Curve, CurveStep, Example, ModeStory, Point, Section, Share, Story
from evaldash.services.browse import trace_heads
from evaldash.services.coded import load_coded
from evaldash.services.cycles import comparison_of, cycles_of
from evaldash.services.fixes import FixEffect, effects_of
from evaldash.services.rates import table_of
from evaldash.services.report_quotes import quoted, trace_link
from evaldash.services.report_texts import SECTIONS, Written, written_texts
from evaldash.services.report_words import Found, computed_texts, warnings
from evaldash.services.saturation import Saturation, saturation_of
from evaldash.services.surprising import surprising_uses
from evaldash.services.taxonomy import TaxonomyView, view
from evaldash.services.wording import rate_words
from evaldash.stats.accumulation import CurvePoint
from evaldash.stats.rates import Rate
from evaldash.storage import fixes
from evaldash.storage.batches import BatchRow
from evaldash.storage.store import Store

TOLD = 10  # modes with a part of their own; all stand in the table
LOOSE = 10  # notes without a mode that are quoted
MOST_POINTS = 200  # of a curve: a file should not grow with the reading
Mask: TypeAlias = Callable[[str], str]


def build_story(store: Store, project: Project, *, mask: bool = False, address: str = "") -> Story:
    """Return the report; `mask` puts placeholders for keys, cards, e-mail and phone, and hides who wrote.

    `address` is where the app is, for links to traces.
    """
    return tell(store, project, gather(store, project), mask=mask, address=address)


def tell(store: Store, project: Project, found: Found, *, mask: bool = False, address: str = "") -> Story:
    """Return the same of what was gathered already."""
    counts: Counter[str] = Counter()
    hide = _masking(counts) if mask else str
    made = Story(
        project=hide(project.name),
        made_at=f"{datetime.now(UTC):%-d %B %Y}",
        taxonomy=_taxonomy_words(found.now),
        sections=_sections(computed_texts(found), written_texts(store, project), hide, anonymous=mask),
        overall=_share(found.table.overall.rate),
        modes=_modes(store, project, found, hide, address=address),
        batches=tuple(_batch(row, hide) for row in found.coded.batches),
        uses=_uses(project, found, hide, address),
        fixes=tuple(_fix(item, hide) for item in found.fixes),
        loose=_loose(project, found, hide, address),
        warnings=warnings(found),
        curve=_curve(found.saturation),
        masked={},
    )
    return replace(made, masked=dict(counts))


def gather(store: Store, project: Project) -> Found:
    """Read all that the report is made from."""
    coded, heads = load_coded(store, project), trace_heads(store, project)
    read = [item.cycle for item in cycles_of(coded, heads) if item.read]
    with store.read() as connection:
        fixed = fixes.listing(connection, project)
    return Found(
        traces=len(heads),
        coded=coded,
        saturation=saturation_of(store, project, coded),
        table=table_of(coded),
        now=view(store, project, coded.taxonomy.version),  # not a later one: all figures are of one version
        uses=surprising_uses(store, project),
        fixes=effects_of(store, project, fixed, coded, heads),
        comparison=comparison_of(store, project, coded, heads, before=read[-2], after=read[-1])
        if len(read) > 1
        else None,
    )


def _masking(counts: Counter[str]) -> Mask:
    def hide(text: str) -> str:
        found = redact(text)
        counts.update(found.counts)
        return found.text

    return hide


def _taxonomy_words(now: TaxonomyView) -> str:
    name = f", published as {now.taxonomy.published}" if now.taxonomy.published else ""
    return f"taxonomy version {now.taxonomy.version}{name}"


def _sections(
    computed: dict[str, str], written: dict[str, Written], hide: Mask, *, anonymous: bool
) -> tuple[Section, ...]:
    found = []
    for key, title in SECTIONS.items():
        given = hide(computed.get(key, ""))
        if key in written:
            own = written[key]
            by = "a person" if anonymous else own.by
            text, basis = hide(own.text), hide(own.basis)
            found.append(told.written_section(key, title, given, text=text, basis=basis, by=by, at=own.at[:10]))
        elif given:
            found.append(Section(key=key, title=title, computed=given, text=given))
    return tuple(found)


def _modes(store: Store, project: Project, found: Found, hide: Mask, *, address: str) -> tuple[ModeStory, ...]:
    modes = found.modes
    place = {mode.id: number for number, mode in enumerate(found.now.taxonomy.modes)}
    top = [mode.id for mode, rate in modes if rate.count or found.now.by_mode[mode.id]][:TOLD]
    examples = quoted(store, project, {key: found.now.by_mode[key] for key in top}, address=address)
    return tuple(
        ModeStory(
            id=mode.id,
            place=place[mode.id],
            name=hide(mode.name),
            definition=hide(mode.definition),
            severity=mode.severity,
            owner=hide(mode.owner),
            notes=len(found.now.by_mode[mode.id]),
            traces=rate.count,
            share=_share(rate.rate),
            examples=tuple(_masked(example, hide) for example in examples.get(mode.id, ())),
        )
        for mode, rate in modes
    )


def _masked(example: Example, hide: Mask) -> Example:
    said = tuple(replace(line, text=hide(line.text)) for line in example.said)
    return replace(example, note=hide(example.note), said=said)


def _share(rate: Rate) -> Share:
    return Share(estimate=rate.estimate, low=rate.low, high=rate.high, words=rate_words(rate), basis=rate.basis)


def _batch(row: BatchRow, hide: Mask) -> dict[str, object]:
    return {
        "batch": row.number,
        "strategy": row.strategy,
        "drawn from": row.frame_size,
        "size": row.size,
        "read": row.read,
        "failed": row.failed,
        "seed": row.seed,
        "filter": hide(row.filter or ""),
    }


def _uses(project: Project, found: Found, hide: Mask, address: str) -> tuple[Point, ...]:
    return tuple(
        Point(
            name=hide(use.name),
            sentence=hide(f"{use.size:,} of {use.total:,} traces. {use.sentence}".strip()),
            links=tuple((f"trace {trace[:12]}", trace_link(project, trace, address)) for trace in use.examples),
        )
        for use in found.uses
    )


def _fix(item: FixEffect, hide: Mask) -> Point:
    fix = item.fix
    when = f"in version {fix.version}" if fix.version else f"on {fix.at:%Y-%m-%d}"
    effect = (
        f"It {item.effect.verdict}." if item.effect else "What that did is not known: too little was read after it."
    )
    if item.effect and not item.effect.moved:
        effect = f"Its rate: {item.effect.verdict}."
    return Point(name=hide(item.name), sentence=hide(f"{fix.what} ({when}). {effect}"))


def _loose(project: Project, found: Found, hide: Mask, address: str) -> tuple[Example, ...]:
    return tuple(
        Example(note=hide(code.text), trace=code.trace, step=code.step, link=trace_link(project, code.trace, address))
        for code in found.now.uncategorised[:LOOSE]
    )


def _curve(found: Saturation) -> Curve:
    return Curve(
        bars=tuple(
            ("none" if item.batch is None else str(item.batch), item.read, item.new_uniform, item.new_targeted)
            for item in found.batches
        ),
        cumulative=found.cumulative,
        rarefied=_steps(found.rarefied),
        ahead=_steps(found.ahead),
    )


def _steps(points: Sequence[CurvePoint]) -> tuple[CurveStep, ...]:
    every = max(-(-len(points) // MOST_POINTS), 1)
    kept = [*points[::every], *(points[-1:] if len(points) % every != 1 and every > 1 else ())]
    return tuple(CurveStep(traces=p.traces, modes=p.modes, low=p.low, high=p.high) for p in kept)
