"""Fields that a team gives its traces: by rules, from clusters, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName

if TYPE_CHECKING:
    from evaldash.services.fields import FieldSummary

ARROW = "=>"
FieldName = Annotated[str, typer.Argument(metavar="NAME", help="Named field.NAME in filters and after --by.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    fields = typer.Typer(help="Fields of your own for traces, to filter, to draw and to break rates down by.")
    fields.callback(invoke_without_command=True)(listing)
    fields.command("define")(define)
    fields.command("clusters")(clusters)
    fields.command("set")(set_value)
    fields.command("drop")(drop)
    app.add_typer(fields, name="fields")


def listing(context: typer.Context, project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the fields with their values and how many traces have each."""
    if common.goes_on(context):
        return
    from evaldash.services.fields import list_fields

    store, chosen = common.open_project(db, project)
    _show(list_fields(store, chosen), as_json)


def define(
    name: FieldName,
    rules: Annotated[
        list[str], typer.Option("--rule", metavar="EXPR => VALUE", help="A filter and its value; the first one counts.")
    ],
    otherwise: Annotated[str | None, typer.Option("--otherwise", help="The value where no rule holds.")] = None,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make or replace a field by rules, like --rule 'metadata.plan = "pro" and turns > 4 => long, paying'."""
    from evaldash.services.fields import define_field

    store, chosen = common.open_project(db, project)
    pairs = [_pair(rule) for rule in rules]
    _show([define_field(store, chosen, name, pairs, otherwise=otherwise, who=common.who(coder))], as_json)


def clusters(
    name: FieldName, project: ProjectName = None, coder: Coder = None, db: Db = None, as_json: AsJson = False
) -> None:
    """Keep the names of today's clusters as a field, also when traces are grouped anew."""
    from evaldash.services.fields import field_from_clusters

    store, chosen = common.open_project(db, project)
    _show([field_from_clusters(store, chosen, name, who=common.who(coder))], as_json)


def set_value(
    name: FieldName,
    value: Annotated[str, typer.Argument(metavar="VALUE")],
    traces: Annotated[list[str], typer.Argument(metavar="TRACE…")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give traces a value by hand."""
    from evaldash.services.fields import set_by_hand

    store, chosen = common.open_project(db, project)
    _show([set_by_hand(store, chosen, name, value, traces, who=common.who(coder))], as_json)


def drop(name: FieldName, project: ProjectName = None, coder: Coder = None, db: Db = None) -> None:
    """Remove a field with its values."""
    from evaldash.services.fields import drop_field

    store, chosen = common.open_project(db, project)
    drop_field(store, chosen, name, who=common.who(coder))
    common.say(f"the field {name} is gone")


def _pair(rule: str) -> tuple[str, str]:
    from evaldash.errors import InvalidInput

    expression, arrow, value = rule.rpartition(ARROW)
    if not arrow:
        raise InvalidInput(f"a rule reads EXPR {ARROW} VALUE, got {rule!r}")
    return expression.strip(), value.strip()


def _show(found: Sequence[FieldSummary], as_json: bool) -> None:
    rows = [(field.name, field.kind, value, count) for field in found for value, count in field.values.items()]
    words = common.table(rows, ["field", "by", "value", "traces"])
    common.show(as_json, [field.as_json() for field in found], words)
