"""The reading desk's side of the server: which traces, in which order, and events from the browser written once each.

The browser owns the current trace. Each event names the trace it was made on and carries an id of its own, so that an
event sent twice is written once; each is answered, with its error where it was refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.coding import Annotation, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError, InvalidInput
from evaldash.services import coding
from evaldash.services.browse import find_trace
from evaldash.services.sampling import drawn_traces, list_batches
from evaldash.storage import batches
from evaldash.storage.store import Store

MAX_NOTE = 20_000  # characters of a note or comment; longer ones are pasted logs
MAX_CODES = 50  # independent failures of one trace
MAX_ID = 64  # characters of an id made by the browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What a coder reads: the batch (None for single traces), all ids in reading order, and where to begin."""

    batch: int | None
    title: str
    order: tuple[str, ...]
    start: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The answer to one event; `error` is a sentence where it was refused."""

    id: str
    error: str | None = None


def reading_queue(store: Store, project: Project, *, batch: int | None, trace: str | None) -> Queue | None:
    """Return what to read: the batch asked for, else that of the trace, else the first that is not read to its end.

    None where nothing was drawn yet and no trace was named. Raises NotFound for a batch or trace that is not there.
    """
    start = find_trace(store, project, trace).id if trace else None
    number = batch if batch is not None else _batch_of(store, project, start)
    if number is None and start is None:
        number = _first_open(store, project)
    if number is None:
        return None if start is None else Queue(batch=None, title="One trace", order=(start,), start=start)
    order = tuple(item.trace for item in drawn_traces(store, project, number))
    if start is not None and start not in order:
        return Queue(batch=None, title="One trace", order=(start,), start=start)
    return Queue(batch=number, title=f"Batch {number}", order=order, start=start)


def readings_of(store: Store, project: Project, *, coder: str, order: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return what this coder said of the traces so far, as the browser keeps it: nobody else's verdicts."""
    taxonomy = coding.list_codes(store, project)[1].assignments
    return {
        item.trace: _reading_document(item, taxonomy)
        for item in coding.list_annotations(store, project, coder=coder, trace_ids=order)
    }


def apply_events(store: Store, project: Project, events: object, *, coder: str, batch: int | None) -> list[Ack]:
    """Write the events of a browser in their order and answer each; an event that is no event at all is passed over.

    `batch` is that of the page, for events that name none: saves that waited may come from another batch's page.
    """
    if not isinstance(events, list):
        return []
    answers = []
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("id"), str) or len(event["id"]) > MAX_ID:
            continue
        try:
            _apply(store, project, event, coder=coder, batch=batch)
            answers.append(Ack(id=event["id"]))
        except EvaldashError as error:
            answers.append(Ack(id=event["id"], error=str(error)))
    return answers


def _apply(store: Store, project: Project, event: Mapping[str, Any], *, coder: str, batch: int | None) -> None:
    kind = event.get("kind")
    if kind == "save":
        coding.save_reading(store, project, _reading(event, batch), coder=coder)
    elif kind == "retract":
        coding.retract(store, project, id=event["id"], takes_back=_text(event, "takes_back"), coder=coder)
    elif kind == "draft":
        content = event.get("content")
        kept = content if isinstance(content, dict) and len(str(content)) <= 4 * MAX_NOTE else None
        coding.save_draft(store, project, trace=_text(event, "trace"), coder=coder, content=kept)
    else:
        raise InvalidInput(f"an event must be save, retract or draft, got {str(kind)[:20]!r}")


def _reading(event: Mapping[str, Any], batch: int | None) -> Reading:
    verdict = event.get("verdict")
    if verdict not in set(Verdict):
        raise InvalidInput(f"verdict must be one of {', '.join(Verdict)}, got {str(verdict)[:20]!r}")
    codes = event.get("codes")
    listed = codes if isinstance(codes, list) else []
    if len(listed) > MAX_CODES:
        raise InvalidInput(f"a trace has at most {MAX_CODES} noted failures, got {len(listed)}")
    seconds = event.get("seconds")
    return Reading(
        id=event["id"],
        trace=_text(event, "trace"),
        verdict=Verdict(verdict),
        codes=tuple(_code(code) for code in listed if isinstance(code, dict)),
        comment=_text(event, "comment") or None,
        batch=_named_batch(event, batch),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
    )


def _named_batch(event: Mapping[str, Any], batch: int | None) -> int | None:
    named = event.get("batch", batch)
    if named is None or (isinstance(named, int) and not isinstance(named, bool)):
        return named
    raise InvalidInput(f"batch must be a number or null, got {str(named)[:20]!r}")


def _code(code: Mapping[str, Any]) -> OpenCode:
    step = code.get("step")
    return OpenCode(
        id=_text(code, "id")[:MAX_ID],
        text=_text(code, "text"),
        step=step if isinstance(step, int) else None,
        mode=_text(code, "mode") or None,
    )


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise InvalidInput(f"{name} must be a text of at most {MAX_NOTE} characters; shorten it")
    return value


def _batch_of(store: Store, project: Project, trace: str | None) -> int | None:
    if trace is None:
        return None
    with store.read() as connection:
        found = batches.first_batch_of(connection, project).get(trace)
    return None if found is None else found[0]


def _first_open(store: Store, project: Project) -> int | None:
    rows = list_batches(store, project)
    unread = [row.number for row in rows if row.read < row.size]
    return next(iter([*unread, *(row.number for row in reversed(rows))]), None)


def _reading_document(item: Annotation, assignments: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": item.id,
        "verdict": item.verdict.value,
        "comment": item.comment or "",
        "codes": [
            {"id": code.id, "text": code.text, "step": code.step, "mode": assignments.get(code.id)}
            for code in item.codes
        ],
    }
