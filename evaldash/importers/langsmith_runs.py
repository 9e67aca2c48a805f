"""Runs of LangSmith out of their pieces: posts and patches, rows with JSON in cells, children within their parents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evaldash.domain.trace import Json
from evaldash.importers.fields import as_text, first_of
from evaldash.importers.span_rows import literal

LIST_KEYS = ("runs", "data", "results")  # a file that is one object with the runs under one of these
FEEDBACK_KEYS = frozenset(("feedback_stats", "feedback", "feedbacks", "feedback_list", "last_queued_at", "in_dataset"))
ID_KEYS = ("id", "run_id")
PARENT_KEYS = ("parent_run_id", "parent_id")
TEXTS = frozenset(("error", "name", "inputs_preview", "outputs_preview"))  # never JSON, whatever they look like
MAX_CHILDREN = 200  # levels of runs within runs


@dataclass(frozen=True, slots=True)
class Run:
    """All that is told about one run, its pieces put together; `position` is the place of its first piece."""

    id: str
    parent: str | None
    told: Mapping[str, Json]
    position: int

    def json(self, key: str) -> dict[str, Json]:
        """Return the object under a key, empty where there is none."""
        return as_object(self.told.get(key))

    @property
    def metadata(self) -> dict[str, Json]:
        """What the program said about the run."""
        return as_object(self.json("extra").get("metadata")) or self.json("metadata")


def as_object(value: Json) -> dict[str, Json]:
    """Return an object, empty for what is none."""
    return value if isinstance(value, dict) else {}


def is_run(value: Json | Mapping[str, Json]) -> bool:
    """Tell whether a value is a run, or what updates one."""
    if not isinstance(value, Mapping) or run_id(value) is None:
        return False
    return "run_type" in value or ("dotted_order" in value and ("trace_id" in value or "outputs" in value))


def is_feedback_row(value: Json | Mapping[str, Json]) -> bool:
    """Tell whether a value is feedback on a run that stands elsewhere."""
    return isinstance(value, Mapping) and {"run_id", "key"} <= set(value) and bool(set(value) & {"score", "value"})


def pieces_of(record: Json) -> list[dict[str, Json]]:
    """Return the runs and rows of feedback that a record holds; empty where it is nothing of LangSmith."""
    if isinstance(record, dict) and (is_feedback_row(record) or is_run(record)):
        return [record]
    if isinstance(record, dict):
        lists = [record[key] for key in ("post", "patch") if isinstance(record.get(key), list)]
        lists = lists or [record[key] for key in LIST_KEYS if isinstance(record.get(key), list)][:1]
        record = [item for found in lists if isinstance(found, list) for item in found]
    if not isinstance(record, list) or not all(is_run(item) or is_feedback_row(item) for item in record):
        return []
    return [item for item in record if isinstance(item, dict)]


def run_id(piece: Mapping[str, Json]) -> str | None:
    """Return the id of a run; an update may have it only at the end of its dotted order."""
    return as_text(first_of(piece, ID_KEYS)) or next(iter(_path(piece)[-1:]), None)


def group_of(piece: Mapping[str, Json]) -> str:
    """Return the id of the trace that a piece belongs to: the id of its outermost run."""
    said = as_text(piece.get("trace_id")) or next(iter(_path(piece)), None)
    if is_feedback_row(piece) and not is_run(piece):
        return said or str(piece["run_id"])
    return said or _parent(piece) or run_id(piece) or "?"


def said_of(piece: Mapping[str, Json]) -> tuple[bool, str, bool]:
    """Return what pieces are sorted by: feedback last, runs by their dotted order or start, an update after its run."""
    order = as_text(piece.get("dotted_order")) or as_text(piece.get("start_time")) or ""
    return is_feedback_row(piece), order, "end_time" in piece and piece["end_time"] is not None


def without_feedback(piece: Mapping[str, Json]) -> dict[str, Json]:
    """Return a piece less what people and evaluators said about it, also in the runs within it."""
    kept = {name: value for name, value in piece.items() if name not in FEEDBACK_KEYS}
    children = kept.get("child_runs")
    if isinstance(children, list):
        kept["child_runs"] = [without_feedback(child) if isinstance(child, dict) else child for child in children]
    return kept


def runs_of(pieces: Sequence[Mapping[str, Json]]) -> list[Run]:
    """Return the runs that pieces make, in the order of the first piece of each."""
    found: dict[str, Run] = {}
    for position, piece in enumerate(pieces):
        if not is_run(piece):
            continue
        for told, above in _with_children(piece, None, 0):
            name = run_id(told) or f"run {len(found)}"
            parent = _parent(told) or above
            known = found.get(name)
            cells = {key: value if key in TEXTS else literal(value) for key, value in told.items()}
            found[name] = (
                Run(name, parent, cells, position)
                if known is None
                else Run(name, known.parent or parent, _merged(known.told, cells), known.position)
            )
    return list(found.values())


def _with_children(
    piece: Mapping[str, Json], above: str | None, depth: int
) -> Iterator[tuple[Mapping[str, Json], str | None]]:
    """Yield a run and the runs within it, each with the id of the run that it stands in."""
    yield {name: value for name, value in piece.items() if name != "child_runs"}, above
    children = literal(piece.get("child_runs"))
    if isinstance(children, list) and depth < MAX_CHILDREN:
        for child in children:
            if isinstance(child, dict):
                yield from _with_children(child, run_id(piece), depth + 1)


def _parent(piece: Mapping[str, Json]) -> str | None:
    said = as_text(first_of(piece, PARENT_KEYS))
    if said in ("nan", "None"):  # a cell of a data frame
        return None
    return said or next(iter(_path(piece)[-2:-1]), None)


def _path(piece: Mapping[str, Json]) -> list[str]:
    """Return the ids in a dotted order, the outermost run first: "20260501T100000000000Z<id>.20260501…Z<id>"."""
    order = as_text(piece.get("dotted_order")) or ""
    return [part.partition("Z")[2] for part in order.split(".") if "Z" in part]


def _merged(old: Mapping[str, Json], new: Mapping[str, Json]) -> dict[str, Json]:
    """Return what two pieces say together; the later one wins where both say something."""
    found = dict(old)
    for name, value in new.items():
        there = found.get(name)
        if isinstance(there, dict) and isinstance(value, dict) and name not in ("inputs", "outputs"):
            found[name] = _merged(there, value)
        elif value not in (None, "", [], {}) or name not in found:
            found[name] = value
    return found
