"""What the rows of an annotation file say about a trace: a verdict, notes, a comment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.coding import Verdict
from evaldash.errors import InvalidInput
from evaldash.importers.annotation_rows import Row

VERDICTS = {"passed": "pass", "ok": "pass", "failed": "fail", "defer": "deferred"}  # what teams write as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An open code of a file; `step` as the file counts, `mode` the name of its failure mode."""

    text: str
    step: int | None
    mode: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """All that a coder says about one trace."""

    record: str
    trace: str
    coder: str
    verdict: Verdict
    notes: tuple[Note, ...]
    comment: str | None


def entry_of(name: str, coder: str, group: Sequence[Row]) -> Entry:
    """Return what the rows of a coder about a trace say together; InvalidInput names the trace and the rule."""
    verdicts = {
        VERDICTS.get(value.lower(), value.lower()) for _, row in group if (value := cell_text(row.get("verdict")))
    }
    if len(verdicts) != 1 or not verdicts <= set(Verdict):
        got = ", ".join(sorted(verdicts)) or "nothing"
        raise InvalidInput(f"trace {name}: verdict must be pass, fail or deferred, got {got}")
    comments = [text for _, row in group if (text := cell_text(row.get("comment")))]
    return Entry(
        record=group[0][0],
        trace=name,
        coder=coder,
        verdict=Verdict(verdicts.pop()),
        notes=tuple(dict.fromkeys(note for _, row in group for note in _notes(name, row))),
        comment="\n".join(dict.fromkeys(comments)) or None,
    )


def _notes(name: str, row: Mapping[str, Any]) -> Iterator[Note]:
    many = row.get("codes")
    if isinstance(many, list):
        for item in many:
            yield from _notes(name, item if isinstance(item, dict) else {"code": item})
    text, mode = cell_text(row.get("code", row.get("text"))), cell_text(row.get("mode"))
    if text or mode:
        yield Note(text=text or mode or "", step=_number(name, row.get("step")), mode=mode)


def _number(name: str, value: Any) -> int | None:
    text = cell_text(value)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.5
    if not number.is_integer():
        raise InvalidInput(f"trace {name}: step must be a whole number, got {text!r}")
    return int(number)


def cell_text(value: Any) -> str | None:
    """Return a cell as text, a whole number without its point; None for an empty one."""
    if value is None or (isinstance(value, float) and value.is_integer()):
        return None if value is None else str(int(value))
    return str(value).strip() or None
