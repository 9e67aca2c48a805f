"""Examples for the report: a note with the exchange it was written on, cut to what one reads at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from evaldash.domain.stored import Project, StoredTrace
from evaldash.domain.trace import Role, Step, StepKind, canonical_json
from evaldash.reports.story import Example, Said
from evaldash.services.browse import load_traces
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Store

QUOTES = 1  # exchanges quoted for a mode
MOST_QUOTED = 480  # characters of a step
BARE = 40  # characters; a shorter message ("yes, do it") says nothing without the first question


def quoted(
    store: Store, project: Project, codes: Mapping[str, Sequence[CodeRow]], *, address: str
) -> dict[str, tuple[Example, ...]]:
    """Return for each key of `codes` examples with their exchange; each trace is quoted for one key where possible."""
    chosen = _choose(codes)
    wanted = list({code.trace for found in chosen.values() for code in found})
    traces = {trace.id: trace for trace in load_traces(store, project, wanted)}
    return {
        key: tuple(
            Example(
                note=code.text,
                trace=code.trace,
                step=code.step,
                said=tuple(_exchange(traces[code.trace], code.step)),
                link=trace_link(project, code.trace, address),
            )
            for code in found
            if code.trace in traces
        )
        for key, found in chosen.items()
    }


def trace_link(project: Project, trace: str, address: str) -> str:
    """Return where the app at `address` opens a trace; empty where the address is none of the web."""
    if urlsplit(address).scheme not in {"http", "https"}:
        return ""
    return f"{address.rstrip('/')}/code?{urlencode({'project': project.name, 'trace': trace})}"


def _choose(codes: Mapping[str, Sequence[CodeRow]]) -> dict[str, list[CodeRow]]:
    """Prefer notes with words and a step, on traces that are not quoted yet."""
    used: set[str] = set()
    chosen: dict[str, list[CodeRow]] = {}
    for key, held in codes.items():
        best = sorted(held, key=lambda code: (code.trace in used, not code.text.strip(), code.step is None))[:QUOTES]
        used |= {code.trace for code in best}
        chosen[key] = best
    return chosen


def _exchange(trace: StoredTrace, wrong: int | None) -> Iterator[Said]:
    """Yield what was asked and the step that went wrong; without a step, the first question and the last answer."""
    steps = list(enumerate(trace.steps, start=1))
    asked = [(place, step) for place, step in steps if _is_said(step, Role.USER) and place <= (wrong or len(steps))]
    answers = [(place, step) for place, step in steps if _is_said(step, Role.ASSISTANT)]
    if wrong is None or wrong > len(steps):
        pair = [*asked[:1], *answers[-1:]]
    else:
        before = [item for item in asked if item[0] < wrong]
        is_bare = bool(before) and len(before[-1][1].text or "") < BARE
        pair = [*(before[:1] if is_bare and len(before) > 1 else ()), *before[-1:], (wrong, trace.steps[wrong - 1])]
    for place, step in pair:
        yield Said(who=_who(step), text=_words(step), step=place, is_wrong=place == wrong)


def _is_said(step: Step, role: Role) -> bool:
    return step.kind is StepKind.MESSAGE and step.role is role and bool(step.text)


def _who(step: Step) -> str:
    if step.kind is StepKind.MESSAGE and step.role is not None:
        return step.role.value
    kind = step.kind.value.replace("_", " ")
    return f"{kind} {step.name}" if step.name else kind


def _words(step: Step) -> str:
    parts = [step.text] if step.text else []
    parts += [canonical_json(step.arguments)] if step.arguments is not None else []
    parts += [f"→ {canonical_json(step.result)}"] if step.result is not None else []
    parts += [f"error: {step.error}"] if step.error else []
    flat = " ".join(" ".join(parts).split())
    return flat if len(flat) <= MOST_QUOTED else f"{flat[: MOST_QUOTED - 1].rstrip()}…"
