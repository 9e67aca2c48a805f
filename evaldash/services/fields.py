"""Fields of traces: those of the source, the cluster, and those a team gives its traces itself.

A field of one's own has values by rules (filters, the first that holds counts), from the clusters of today, or by hand.
It is named `field.NAME` wherever a field may be named.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaldash.domain.filters import parse_filter
from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import InvalidInput, NotFound
from evaldash.storage import clusterings, own_fields, projects, traces
from evaldash.storage.own_fields import OwnField, Rule
from evaldash.storage.store import Connection, Store

RULES, CLUSTERS, HAND = "rules", "clusters", "hand"
MAX_RULES = 100
MAX_VALUE = 200  # characters of a value: it stands in legends and tables
NAME = re.compile(r"[A-Za-z][\w-]{0,49}")
NO_VALUE = "(none)"
FITS_NOWHERE = "fits nowhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSummary:
    """A field of one's own: how its values come about, and how many traces have each."""

    name: str
    kind: str
    rules: tuple[Rule, ...]
    otherwise: str | None
    values: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the field as the interface documents it."""
        rules = [{"filter": expression, "value": value} for expression, value in self.rules]
        return {
            "name": self.name,
            "kind": self.kind,
            "rules": rules,
            "otherwise": self.otherwise,
            "values": dict(self.values),
        }


def define_field(
    store: Store,
    project: Project,
    name: str,
    rules: Sequence[Rule],
    *,
    otherwise: str | None = None,
    who: str | None = None,
) -> FieldSummary:
    """Make or replace a field by rules, pairs of filter and value. Raises InvalidInput or FilterSyntaxError."""
    _check_name(name)
    if not 1 <= len(rules) <= MAX_RULES:
        raise InvalidInput(f"a field needs 1 to {MAX_RULES} rules, got {len(rules)}; a rule is a filter and a value")
    cleaned = [(expression.strip(), _value(value)) for expression, value in rules]
    for expression, _ in cleaned:
        parse_filter(expression)
    rest = None if otherwise is None else _value(otherwise)
    with store.write() as connection:
        field = own_fields.save(connection, project, name=name, kind=RULES, rules=cleaned, otherwise=rest, by=who)
        _apply_rules(connection, project, field)
        return _recorded(connection, project, field, who)


def field_from_clusters(store: Store, project: Project, name: str, *, who: str | None = None) -> FieldSummary:
    """Make or replace a field that keeps the names of today's clusters, also when traces are grouped anew."""
    _check_name(name)
    with store.write() as connection:
        row = clusterings.newest(connection, project, of="traces")
        if row is None:
            raise NotFound("there are no clusters to make a field of; run 'evaldash cluster' first")
        labels = {cluster.number: cluster.label for cluster in row.clusters}
        keys = traces.keys_of(connection, project, row.items)
        field = own_fields.save(connection, project, name=name, kind=CLUSTERS, by=who)
        values = {
            keys[item]: labels.get(number, FITS_NOWHERE)[:MAX_VALUE]
            for item, number in zip(row.items, row.numbers, strict=True)
            if item in keys
        }
        own_fields.set_values(connection, field, values)
        return _recorded(connection, project, field, who)


def set_by_hand(
    store: Store, project: Project, name: str, value: str, names: Sequence[str], *, who: str | None = None
) -> FieldSummary:
    """Give traces a value of a field by hand, making the field if there is none; the newest value counts."""
    _check_name(name)
    if not names:
        raise InvalidInput("name the traces that get the value, got none")
    with store.write() as connection:
        ids = [traces.resolve(connection, project, item) for item in names]
        field = _find(connection, project, name)
        if field is not None and field.kind != HAND:
            raise InvalidInput(f"field {name!r} has its values by {field.kind}; give the one by hand another name")
        field = field or own_fields.save(connection, project, name=name, kind=HAND, by=who)
        keys = traces.keys_of(connection, project, ids)
        own_fields.set_values(connection, field, dict.fromkeys(keys.values(), _value(value)))
        return _recorded(connection, project, field, who)


def drop_field(store: Store, project: Project, name: str, *, who: str | None = None) -> None:
    """Remove a field of one's own. Raises NotFound."""
    with store.write() as connection:
        if not own_fields.drop(connection, project, name):
            raise NotFound(f"there is no field {name!r} of your own; `evaldash fields` lists them")
        projects.record(connection, project, who=who, what=f"removed the field {name}")
        projects.touch(connection, project)


def list_fields(store: Store, project: Project) -> list[FieldSummary]:
    """Return the fields of one's own by name."""
    with store.read() as connection:
        return [_summary(connection, field) for field in own_fields.listing(connection, project)]


def refresh_fields(connection: Connection, project: Project) -> None:
    """Apply all rules again: traces came in, or were grouped anew."""
    for field in own_fields.listing(connection, project):
        if field.kind == RULES:
            _apply_rules(connection, project, field)


def field_value(head: TraceHead, by: str, values: Mapping[str, object]) -> str:
    """Return a trace's value of a field to stratify or break down by, as a word; "(none)" where it has none.

    `values` is what `field_values` gives. Raises InvalidInput for a field that traces cannot have.
    """
    prefix, _, name = by.partition(".")
    if prefix == "metadata" and name:
        return _word(head.metadata.get(name))
    if prefix == "tag" and name:
        return "yes" if name in head.tags else "no"
    if by == "cluster" or (prefix == "field" and name):
        return _word(values.get(head.id))
    if by in ("version", "session", "format"):
        return _word(getattr(head, by))
    raise InvalidInput(
        f"--by takes version, session, format, cluster, metadata.NAME, tag.NAME or field.NAME, got {by!r}"
    )


def field_values(store: Store, project: Project, by: str) -> Mapping[str, object]:
    """Return the values by trace id that `field_value` needs where a trace does not bring them itself."""
    with store.read() as connection:
        return values_by_trace(connection, project, by)


def values_by_trace(connection: Connection, project: Project, by: str) -> Mapping[str, object]:
    """Return what `field_values` does, on a connection."""
    prefix, _, name = by.partition(".")
    if by == "cluster":
        row = clusterings.newest(connection, project, of="traces")
        return {} if row is None else dict(zip(row.items, row.numbers, strict=True))
    if prefix == "field" and name:
        if _find(connection, project, name) is None:
            raise NotFound(f"there is no field {name!r} of your own; `evaldash fields define` makes one")
        return own_fields.values_of(connection, project, name)
    return {}


def _apply_rules(connection: Connection, project: Project, field: OwnField) -> None:
    """Give each trace the value of the first rule that holds, in place of all values before."""
    everything = set(traces.ids(connection, project)) if field.otherwise is not None else set()
    found: dict[str, str] = dict.fromkeys(everything, field.otherwise or "")
    for expression, value in reversed(field.rules):
        found |= dict.fromkeys(traces.ids(connection, project, parse_filter(expression)), value)
    keys = traces.keys_of(connection, project, list(found))
    own_fields.clear(connection, field)
    own_fields.set_values(connection, field, {keys[trace]: value for trace, value in found.items()})


def _recorded(connection: Connection, project: Project, field: OwnField, who: str | None) -> FieldSummary:
    projects.record(connection, project, who=who, what=f"set the field {field.name} by {field.kind}")
    projects.touch(connection, project)
    return _summary(connection, field)


def _summary(connection: Connection, field: OwnField) -> FieldSummary:
    return FieldSummary(
        name=field.name,
        kind=field.kind,
        rules=field.rules,
        otherwise=field.otherwise,
        values=own_fields.counts(connection, field),
    )


def _find(connection: Connection, project: Project, name: str) -> OwnField | None:
    return next((field for field in own_fields.listing(connection, project) if field.name == name), None)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise InvalidInput(
            f"the name of a field has up to 50 letters, digits, _ or - and begins with a letter, got {name!r}"
        )


def _value(value: str) -> str:
    cleaned = " ".join(value.split())
    if not 1 <= len(cleaned) <= MAX_VALUE:
        raise InvalidInput(f"a value has 1 to {MAX_VALUE} characters, got {value[:40]!r}")
    return cleaned


def _word(value: object) -> str:
    return NO_VALUE if value is None else str(value)
