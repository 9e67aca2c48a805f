"""What a reader asks for beside the trace on the screen: its record, the rest of long steps, copies, other versions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaldash.domain.stored import Project, StoredTrace, TraceHead
from evaldash.domain.template import Template
from evaldash.domain.trace import Json
from evaldash.errors import EvaldashError, InvalidInput, NotFound
from evaldash.services.browse import load_traces, raw_of, trace_document
from evaldash.services.templates import project_template
from evaldash.storage import traces
from evaldash.storage.store import Store
from evaldash.transcript.comparing import comparison
from evaldash.transcript.markdown import as_markdown
from evaldash.transcript.page import html_page
from evaldash.transcript.payload import MAX_TRACE, Readable, more_steps, raw_payload, stored, trace_payload, whole_step

MAX_ASKED = 20  # questions of one message of a browser that are answered
MAX_COUNTERPARTS = 20  # other versions of a trace that are offered


@dataclass(frozen=True, slots=True, kw_only=True)
class PartAnswer:
    """The answer to one question of a reader; `error` is a sentence where it cannot be answered."""

    trace: str
    part: Mapping[str, Any]
    value: Any = None
    error: str | None = None


def readable(store: Store, project: Project, trace: StoredTrace, template: Template | None = None) -> Readable:
    """Return a trace of the store as one to be laid out, in the project's way."""
    shown = project_template(store, project) if template is None else template
    return stored(trace, raw=lambda: raw_of(store, project, trace.id), template=shown)


def reading_payloads(
    store: Store, project: Project, ids: Sequence[str], *, budget: int = MAX_TRACE
) -> list[dict[str, Any]]:
    """Return traces for the browser, in their order, each with the heads of what other versions answered.

    `budget`: bytes of the steps of each; what is beyond is asked for when it is about to be seen.
    """
    template = project_template(store, project)
    found = load_traces(store, project, ids)
    others = counterparts(store, project, [trace.head for trace in found])
    return [
        trace_payload(readable(store, project, trace, template), budget=budget)
        | {"versions": [_about(head) for head in others.get(trace.id, ())]}
        for trace in found
    ]


def write_page(store: Store, project: Project, trace: StoredTrace, path: Path) -> None:
    """Write a trace as one HTML file that loads and runs nothing; InvalidInput where it cannot be written."""
    try:
        path.write_text(html_page(readable(store, project, trace)), encoding="utf-8")
    except OSError as error:
        raise InvalidInput(
            f"--html {path}: cannot be written ({error.strerror or error}); name another file"
        ) from error


def counterparts(store: Store, project: Project, heads: Sequence[TraceHead]) -> dict[str, list[TraceHead]]:
    """Return for each trace those of another version that begin with the same query, the newest first."""
    queries = sorted({head.query for head in heads if head.query.strip()})
    with store.read() as connection:
        same = traces.heads_with_query(connection, project, queries)
    by_query: dict[str, list[TraceHead]] = {}
    for head in same:
        by_query.setdefault(head.query, []).append(head)
    return {
        head.id: [
            other
            for other in by_query.get(head.query, [])
            if other.id != head.id and (other.version or "") != (head.version or "")
        ][:MAX_COUNTERPARTS]
        for head in heads
        if head.query.strip()
    }


def answer_parts(
    store: Store, project: Project, asked: object, *, allowed: Sequence[str] | None = None
) -> list[PartAnswer]:
    """Answer a reader's questions, each {"trace": id, "part": {"what": …}}; what is no question is passed over.

    `allowed` are the traces on this page, where only they may be asked for.
    """
    questions = [item for item in asked if isinstance(item, dict)] if isinstance(asked, list) else []
    known = None if allowed is None else set(allowed)
    answers = []
    for question in questions[:MAX_ASKED]:
        trace, part = question.get("trace"), question.get("part")
        if not isinstance(trace, str) or not isinstance(part, dict) or (known is not None and trace not in known):
            continue
        try:
            answers.append(PartAnswer(trace=trace, part=part, value=_part(store, project, trace, part)))
        except EvaldashError as error:
            answers.append(PartAnswer(trace=trace, part=part, error=str(error)))
    return answers


def _part(store: Store, project: Project, trace_id: str, part: Mapping[str, Any]) -> Any:
    found = load_traces(store, project, [trace_id])
    if not found:
        raise NotFound("this trace is no longer there; load the page again")
    if part.get("what") == "compare":
        return _comparison(store, project, found[0], part)
    if part.get("what") == "copy" and part.get("form") == "json":
        return json.dumps(trace_document(found[0]), ensure_ascii=False, indent=2)
    return part_of(readable(store, project, found[0]), part)


def part_of(trace: Readable, part: Mapping[str, Any]) -> Any:
    """Return what a reader asks of one trace: raw, steps, step, copy, html. Raises InvalidInput for anything else."""
    what = part.get("what")
    if what == "raw":
        return raw_payload(trace.raw() if trace.raw else [])
    if what == "steps":
        return more_steps(trace, start=max(1, _number(part, "from")), whole=part.get("whole") is True)
    if what == "step":
        step = whole_step(trace, _number(part, "step"))
        if step is None:
            raise NotFound(f"the trace has {len(trace.steps)} steps; step {part.get('step')} is not there")
        return step
    if what == "copy":
        return as_markdown(trace)
    if what == "html":
        return html_page(trace)
    raise InvalidInput(f"a reader asks for raw, steps, step, copy, html or compare, got {str(what)[:20]!r}")


def _comparison(store: Store, project: Project, mine: StoredTrace, part: Mapping[str, Any]) -> dict[str, Any]:
    found = load_traces(store, project, [str(part.get("other"))])
    if not found:
        raise NotFound("the other trace is no longer there; load the page again")
    template = project_template(store, project)
    pair = [readable(store, project, trace, template) for trace in (mine, found[0])]
    return {"mine": _about(mine.head), "theirs": _about(found[0].head)} | comparison(*pair)


def _about(head: TraceHead) -> dict[str, Json]:
    return {"id": head.id, "name": head.external_id or head.id[:12], "version": head.version}


def _number(part: Mapping[str, Any], name: str) -> int:
    value = part.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInput(f"{name} must be a whole number, got {str(value)[:20]!r}")
    return value
