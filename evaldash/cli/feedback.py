"""Feedback from a file of its own, joined to traces; mappings of columns that are saved by name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName

if TYPE_CHECKING:
    from evaldash.importers import SourceFile
    from evaldash.services.feedback import FeedbackReport
    from evaldash.services.mappings import MappingKind

Kind = Annotated[str, typer.Option("--kind", help="What files it is for: table, feedback.")]
LISTED = 20  # rows that are named in words; --json names all


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("feedback")(feedback)
    mappings = typer.Typer(help="List, save and delete mappings of columns, for `import` and `feedback`.")
    mappings.callback(invoke_without_command=True)(mappings_list)
    mappings.command("save")(mappings_save)
    mappings.command("delete")(mappings_delete)
    app.add_typer(mappings, name="mappings")


def feedback(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet, JSON or JSON Lines; - is stdin.")],
    on: Annotated[str, typer.Option("--on", metavar="FIELD", help="Column with the trace or session; or id, session.")],
    mapping: Annotated[
        str | None, typer.Option("--mapping", metavar="FILE", help="JSON of column -> role, or a saved name.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, join and report, write nothing.")] = False,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Join ratings, comments and tickets to traces by id or session; the same file again changes nothing."""
    from evaldash.services.feedback import FeedbackRequest, join_feedback
    from evaldash.services.mappings import MappingKind, named_mapping

    store, chosen = common.open_project(db, project)
    roles = named_mapping(store, MappingKind.FEEDBACK, mapping) if mapping else None
    request = FeedbackRequest(on=on, roles=roles, dry_run=dry_run, who=common.who(coder))
    progress = common.ProgressLine("joining")
    try:
        report = join_feedback(store, chosen, _file(file), request, progress=progress)
    finally:
        progress.close()
    common.show(as_json, report.as_json(), _words(report, dry_run=dry_run))


def mappings_list(context: typer.Context, db: Db = None, as_json: AsJson = False) -> None:
    """List the saved mappings."""
    if common.goes_on(context):
        return
    from evaldash.services.mappings import list_mappings

    found = list_mappings(common.open_store(db))
    rows = [
        {"name": item.name, "kind": item.kind, "columns": dict(item.columns), "by": item.by, "at": item.at.isoformat()}
        for item in found
    ]
    table = [(item.name, item.kind, ", ".join(f"{column}: {role}" for column, role in item.columns)) for item in found]
    words = common.table(table, ["name", "for", "columns"])
    common.show(as_json, rows, words if rows else "no mapping is saved; `evaldash mappings save NAME FILE` saves one")


def mappings_save(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help='JSON like {"COLUMN": "query"}.')],
    kind: Kind = "table",
    coder: Coder = None,
    db: Db = None,
) -> None:
    """Save a mapping by name, for all projects; one of the same name is replaced."""
    from evaldash.importers.mapping import read_roles
    from evaldash.services.mappings import save_mapping

    save_mapping(common.open_store(db), _kind(kind), name, read_roles(file), who=common.who(coder))
    common.say(f"the mapping {name!r} is saved; use it with --mapping")


def mappings_delete(
    name: Annotated[str, typer.Argument(metavar="NAME")], kind: Kind = "table", coder: Coder = None, db: Db = None
) -> None:
    """Forget a saved mapping; what was imported with it stays."""
    from evaldash.services.mappings import delete_mapping

    delete_mapping(common.open_store(db), _kind(kind), name, who=common.who(coder))
    common.say(f"the mapping {name!r} is deleted")


def _kind(name: str) -> MappingKind:
    from evaldash.errors import InvalidInput
    from evaldash.services.mappings import MappingKind

    if name not in set(MappingKind):
        raise InvalidInput(f"--kind must be one of {', '.join(MappingKind)}, got {name!r}")
    return MappingKind(name)


def _file(path: str) -> SourceFile:
    from evaldash.errors import InvalidInput
    from evaldash.importers import SourceFile, expand

    if path != "-" and Path(path).is_dir():
        raise InvalidInput(f"feedback takes one file at a time, got the folder {path!r}; name a file of it")
    files = [found for found in expand([path]) if isinstance(found, SourceFile)]
    if len(files) != 1:
        raise InvalidInput(f"feedback takes one file at a time, {path!r} holds {len(files)}; unpack it first")
    return files[0]


def _words(report: FeedbackReport, *, dry_run: bool) -> str:
    from evaldash.services.wording import count_of

    would = "would be " if dry_run else ""
    lines = [
        f"{count_of(report.joined, 'row')} {would}joined to {count_of(len(report.traces), 'trace')}"
        + ("" if dry_run else f" ({len(report.updated)} gained something)")
        + f", {len(report.unmatched)} match no trace or several, {len(report.rejections)} rejected"
    ]
    named = [("unmatched", issue) for issue in report.unmatched] + [("rejected", issue) for issue in report.rejections]
    lines += [f"  {what}: {issue.record}: {issue.reason}" for what, issue in named[:LISTED]]
    if len(named) > LISTED:
        lines.append(f"  and {len(named) - LISTED} more; --json lists them")
    if report.not_understood:
        lines.append(f"  columns left out: {', '.join(report.not_understood)}")
    return "\n".join(lines)
