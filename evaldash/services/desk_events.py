"""Events from the desk in a browser, written once each and answered.

The browser owns the current trace. Each event names the trace it was made on and carries an id of its own, so that an
event sent twice is written once; each is answered, with its error where it was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaldash.domain.coding import CheckAnswer, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import Decision
from evaldash.errors import EvaldashError, InvalidInput, StoreError
from evaldash.services import coding
from evaldash.services.placing import place_decision
from evaldash.storage.store import Store

MAX_NOTE = 20_000  # characters of a note or comment; longer ones are pasted logs
MAX_CODES = 50  # independent failures of one trace
MAX_CHECKS = 200  # items of sub-checks that are answered
MAX_ID = 64  # characters of an id made by the browser
MAX_PREFERENCES = 10_000  # characters of what a coder prefers


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The answer to one event; `error` is a sentence where it was refused, `trace` what it was about."""

    id: str
    error: str | None = None
    trace: str | None = None


def apply_events(store: Store, project: Project, events: object, *, coder: str, batch: int | None) -> list[Ack]:
    """Write the events of a browser in their order and answer each; an event that is no event at all is passed over.

    Where the store is busy or away, that event and those after it get no answer.
    `batch` is that of the page, for events that name none: saves that waited may come from another batch's page.
    """
    if not isinstance(events, list):
        return []
    answers = []
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("id"), str) or len(event["id"]) > MAX_ID:
            continue
        about = event.get("trace") if isinstance(event.get("trace"), str) else None
        try:
            _apply(store, project, event, coder=coder, batch=batch)
            answers.append(Ack(id=event["id"], trace=about))
        except StoreError:
            break  # not refused: the browser keeps what has no answer, and sends it again
        except EvaldashError as error:
            answers.append(Ack(id=event["id"], error=str(error), trace=about))
    return answers


def _apply(store: Store, project: Project, event: Mapping[str, Any], *, coder: str, batch: int | None) -> None:
    kind = event.get("kind")
    if kind == "save":
        coding.save_reading(store, project, _reading(event, batch), coder=coder, decided=_decided(event))
    elif kind == "retract":
        coding.retract(store, project, id=event["id"], takes_back=_text(event, "takes_back"), coder=coder)
    elif kind == "draft":
        content = event.get("content")
        kept = content if isinstance(content, dict) and len(str(content)) <= 4 * MAX_NOTE else None
        coding.save_draft(store, project, trace=_text(event, "trace"), coder=coder, content=kept)
    elif kind == "skip":
        trace, seconds = _text(event, "trace"), _seconds(event)
        number = _named_batch(event, batch)
        coding.skip(store, project, id=event["id"], trace=trace, coder=coder, batch=number, seconds=seconds)
    elif kind == "preferences":
        coding.set_preferences(store, coder=coder, content=_preferences(event))
    else:
        raise InvalidInput(f"an event must be save, retract, draft, skip or preferences, got {str(kind)[:20]!r}")


def _preferences(event: Mapping[str, Any]) -> dict[str, Any]:
    content = event.get("content")
    if not isinstance(content, dict) or len(str(content)) > MAX_PREFERENCES:
        raise InvalidInput(f"preferences must be an object of at most {MAX_PREFERENCES} characters")
    return content


def _reading(event: Mapping[str, Any], batch: int | None) -> Reading:
    verdict = event.get("verdict")
    if verdict not in set(Verdict):
        raise InvalidInput(f"verdict must be one of {', '.join(Verdict)}, got {str(verdict)[:20]!r}")
    codes = event.get("codes")
    listed = codes if isinstance(codes, list) else []
    if len(listed) > MAX_CODES:
        raise InvalidInput(f"a trace has at most {MAX_CODES} noted failures, got {len(listed)}")
    return Reading(
        id=event["id"],
        trace=_text(event, "trace"),
        verdict=Verdict(verdict),
        codes=tuple(_code(code) for code in listed if isinstance(code, dict)),
        comment=_text(event, "comment") or None,
        batch=_named_batch(event, batch),
        seconds=_seconds(event),
        checks=_checks(event),
        settles=event.get("settles") is True,
    )


def _seconds(event: Mapping[str, Any]) -> float | None:
    seconds = event.get("seconds")
    return float(seconds) if isinstance(seconds, int | float) else None


def _checks(event: Mapping[str, Any]) -> tuple[CheckAnswer, ...]:
    given = event.get("checks")
    listed = [item for item in given if isinstance(item, dict)] if isinstance(given, list) else []
    if len(listed) > MAX_CHECKS:
        raise InvalidInput(f"a trace has at most {MAX_CHECKS} answered sub-checks, got {len(listed)}")
    return tuple(
        CheckAnswer(check=_text(item, "check"), item=_text(item, "item"), passed=item.get("passed") is True)
        for item in listed
    )


def _named_batch(event: Mapping[str, Any], batch: int | None) -> int | None:
    named = event.get("batch", batch)
    if named is None or (isinstance(named, int) and not isinstance(named, bool)):
        return named
    raise InvalidInput(f"batch must be a number or null, got {str(named)[:20]!r}")


def _code(code: Mapping[str, Any]) -> OpenCode:
    step, id = code.get("step"), _text(code, "id")
    if not 0 < len(id) <= MAX_ID:
        raise InvalidInput(f"a noted failure needs an id of 1 to {MAX_ID} characters; load the page again")
    return OpenCode(
        id=id,
        text=_text(code, "text"),
        step=step if isinstance(step, int) else None,
        mode=_text(code, "mode") or None,
    )


def _decided(event: Mapping[str, Any]) -> list[Decision]:
    """Return what was done with the modes that were offered for the failures of a reading.

    The browser sends an offer only where it was weighed: a note saved without a mode has passed it over.
    """
    codes = event.get("codes")
    listed = [code for code in codes if isinstance(code, dict)] if isinstance(codes, list) else []
    found = []
    for code in listed:
        offered, chosen = code.get("offered"), _text(code, "mode")
        if isinstance(offered, dict):
            confidence = offered.get("confidence")
            sure = float(confidence) if isinstance(confidence, int | float) else 0.0
            suggested = _text(offered, "mode")[:MAX_ID]
            found.append(
                place_decision(code=_text(code, "id")[:MAX_ID], suggested=suggested, chosen=chosen, confidence=sure)
            )
    return found


def _text(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NOTE:
        raise InvalidInput(f"{name} must be a text of at most {MAX_NOTE} characters; shorten it")
    return value
