"""Annotations that a team made elsewhere, as rows of a CSV, XLSX, Parquet, JSON or JSON Lines file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from evaldash.domain.trace import ImportIssue, Json
from evaldash.errors import UnreadableSource
from evaldash.importers.fields import parsed_if_json
from evaldash.importers.records import Counter, read_records
from evaldash.importers.sources import SourceFile

COLUMNS = ("trace", "verdict", "code", "codes", "step", "mode", "comment", "coder")
ALIASES: Mapping[str, tuple[str, ...]] = {  # what teams call these columns, without case, spaces and signs
    "trace": (
        "traceid",
        "id",
        "externalid",
        "conversation",
        "conversationid",
        "session",
        "sessionid",
        "trajectoryid",
        "questionid",
    ),
    "verdict": ("result", "outcome", "judgement", "judgment", "passfail", "passorfail"),
    "code": (
        "text",
        "opencode",
        "note",
        "notes",
        "failure",
        "whatwentwrong",
        "observation",
        "annotation",
        "mistakereason",
        "stepreason",
    ),
    "codes": ("opencodes", "failures"),
    "step": ("stepindex", "stepnumber", "turn", "mistakestep"),
    "mode": ("failuremode", "category", "axialcode", "failurecategory"),
    "comment": ("comments", "remark", "remarks", "failuresummary"),
    "coder": ("annotator", "reader", "rater", "reviewer", "labeller", "labeler", "codedby"),
}
# Columns that hold failures and nothing else: who fills them says that the trace failed.
FAILURES = frozenset({"codes", "opencodes", "failures", "failure", "whatwentwrong", "mistakereason"})
MAX_BYTES = 200 * 2**20  # a spreadsheet of notes is far smaller; more is a mistake

Row = tuple[str, Mapping[str, Json]]  # where it stands, its cells under the names of COLUMNS


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationSheet:
    """What a file of annotations holds: its rows, what could not be read, and which column was taken for which."""

    rows: Sequence[Row]
    issues: Sequence[ImportIssue] = ()
    columns: Mapping[str, str] = field(default_factory=dict)  # name in the file -> one of COLUMNS
    not_understood: Mapping[str, int] = field(default_factory=dict)  # column without a meaning -> rows that fill it


def read_annotations(source: SourceFile) -> AnnotationSheet:
    """Read a file of annotations; columns are known by their names or by what teams usually call them.

    A file without a column for the verdict may have one that holds failures: a row that fills it is a fail.
    Raises UnreadableSource, in one sentence, for a file that is no table or lacks the columns trace and verdict.
    """
    if source.size > MAX_BYTES:
        raise UnreadableSource(f"{source.name} is larger than {MAX_BYTES // 2**20} MB; split it")
    issues: list[ImportIssue] = []
    found: list[Row] = []
    for item in read_records(source, Counter()):
        if isinstance(item, ImportIssue):
            issues.append(item)
        elif isinstance(item.value, dict):
            found.append((item.label, item.value))
        else:
            issues.append(ImportIssue(source=source.name, record=item.label, reason="not a row with named columns"))
    if not found:
        why = f"{source.name}, {issues[0].record}: {issues[0].reason}" if issues else f"{source.name} holds no row"
        raise UnreadableSource(why)
    columns = _columns(source, dict.fromkeys(name for _, row in found for name in row))
    left_out: dict[str, int] = {}
    rows = [(label, _row(row, columns, left_out)) for label, row in found]
    if "verdict" not in columns.values():
        rows = [(label, row | {"verdict": "fail"} if _names_failure(row) else row) for label, row in rows]
    return AnnotationSheet(rows=rows, issues=issues, columns=columns, not_understood=left_out)


def _columns(source: SourceFile, names: Iterable[str]) -> dict[str, str]:
    given = list(names)
    found = _meanings(given)
    failures = any(_plain(name) in FAILURES for name in found)
    needed = ("trace",) if failures else ("trace", "verdict")
    missing = [meaning for meaning in needed if meaning not in found.values()]
    if missing:
        raise UnreadableSource(
            f"{source.name} has no column {missing[0]!r}; it has {', '.join(given)}; known are {', '.join(COLUMNS)}"
        )
    return found


def _meanings(given: Sequence[str]) -> dict[str, str]:
    """Return which column means what: by its very name first, then by an alias nobody else has taken."""
    found: dict[str, str] = {}
    for meaning in COLUMNS:
        for wanted in (meaning, *ALIASES[meaning]):
            column = next((name for name in given if _plain(name) == wanted and name not in found), None)
            if column is not None:
                found[column] = meaning
                break
    return found


def _row(row: Mapping[str, Json], columns: Mapping[str, str], left_out: dict[str, int]) -> dict[str, Json]:
    """Return a row under the names of COLUMNS, `codes` as a list also where a cell holds it as JSON."""
    renamed = _renamed(row, columns, left_out)
    many = parsed_if_json(renamed.get("codes"))
    if isinstance(many, list):
        renamed["codes"] = [
            _renamed(item, _meanings(list(item)), left_out, "failures: ") if isinstance(item, dict) else item
            for item in many
        ]
    return renamed


def _renamed(
    row: Mapping[str, Json], columns: Mapping[str, str], left_out: dict[str, int], inside: str = ""
) -> dict[str, Json]:
    for name, value in row.items():
        if name not in columns and value not in (None, ""):
            left_out[inside + name] = left_out.get(inside + name, 0) + 1
    return {columns[name]: value for name, value in row.items() if name in columns}


def _names_failure(row: Mapping[str, Json]) -> bool:
    return row.get("codes") not in (None, "", []) or row.get("code") not in (None, "")


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
