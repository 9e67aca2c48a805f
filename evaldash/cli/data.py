"""Commands about what comes in: projects, imports, formats, traces."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, FilterText, ProjectName
from evaldash.config import settings

if TYPE_CHECKING:
    from evaldash.services.import_report import ImportReport


LISTED = 20  # records and files that are named in words; --json names all


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    project = typer.Typer(help="List and delete projects.", no_args_is_help=True)
    project.command("list")(project_list)
    project.command("delete")(project_delete)
    app.add_typer(project, name="project")
    app.command("import")(import_)
    app.command("export")(export)
    imports = typer.Typer(help="List imports, undo one, say which version it was.")
    imports.callback(invoke_without_command=True)(imports_list)
    imports.command("undo")(imports_undo)
    imports.command("set-version")(imports_set_version)
    app.add_typer(imports, name="imports")
    app.command("formats")(formats)
    app.command("traces")(traces)
    app.command("show")(show)


def project_list(db: Db = None, as_json: AsJson = False) -> None:
    """List the projects with their counts."""
    from dataclasses import asdict

    from evaldash.services.projects import list_projects

    rows = [asdict(summary) for summary in list_projects(common.open_store(db))]
    words = common.table([row.values() for row in rows], ["name", "traces", "annotations", "modes"])
    common.show(as_json, rows, words if rows else "no project yet; `evaldash import PATH` makes one")


def project_delete(
    name: str, yes: Annotated[bool, typer.Option("--yes", help="Really delete.")] = False, db: Db = None
) -> None:
    """Delete a project with all its traces and annotations."""
    from evaldash.errors import InvalidInput
    from evaldash.services.projects import delete_project

    if not yes:
        raise InvalidInput(f"deleting {name!r} cannot be undone; add --yes to do it")
    delete_project(common.open_store(db), name)
    common.say(f"project {name!r} is deleted")


def import_(
    paths: Annotated[list[str], typer.Argument(metavar="PATH…", help="Files, folders, or - for standard input.")],
    format: Annotated[str | None, typer.Option("--format", help="The format; else recognised by content.")] = None,
    mapping: Annotated[
        str | None, typer.Option("--mapping", metavar="FILE", help="Table: JSON of column -> role, or a saved name.")
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="What becomes one trace: auto, trace, session.")] = "auto",
    version: Annotated[str | None, typer.Option("--version", help="Version of the product that made these.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and report, write nothing.")] = False,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Bring traces in, importing the same file again changes nothing; or a whole project that was exported."""
    from evaldash.importers import Mapping, expand
    from evaldash.services.importing import ImportRequest, import_files
    from evaldash.services.mappings import MappingKind, named_mapping

    store = common.open_store(db)
    progress = common.ProgressLine("importing")
    request = ImportRequest(
        project=project or settings().project,
        format=format,
        mapping=Mapping.of(named_mapping(store, MappingKind.TABLE, mapping)) if mapping else None,
        unit=_unit(unit),
        version=version,
        dry_run=dry_run,
        coder=common.who(coder),
    )
    try:
        report = import_files(store, expand(paths), request, progress=progress)
    finally:
        progress.close()
    common.show(as_json, report.as_json(), _import_words(report, dry_run=dry_run))


def export(
    output: Annotated[
        Path, typer.Option("--output", metavar="FILE", help="Where to write it: a .zip, with --as lines.")
    ],
    form: Annotated[
        str | None, typer.Option("--as", help="Annotations alone: langfuse, phoenix, langsmith, braintrust, mlflow.")
    ] = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the whole project as an open file that `import` reads back (docs/archive.md), or scores for a tool."""
    from evaldash.services.archiving import export_project
    from evaldash.services.scores import export_scores
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    if form is not None:
        told = export_scores(store, chosen, output, form=form)
        words = f"{count_of(told['written'], 'annotation')} written to {output}, as {form} takes them"
        without = len(told["without_id"])
        left = f"; {count_of(without, 'read trace')} without an id of the source" if without else ""
        common.show(as_json, told, words + left)
        return
    progress = common.ProgressLine("exporting")
    try:
        manifest = export_project(store, chosen, output, progress=progress)
    finally:
        progress.close()
    rows = sum(member["rows"] for member in manifest["members"].values())
    words = f"project {chosen.name} is in {output}: {count_of(rows, 'row')} of {len(manifest['members'])} tables"
    common.show(as_json, {**manifest, "output": str(output)}, words)


def imports_list(context: typer.Context, project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List what was imported."""
    if common.goes_on(context):
        return
    from evaldash.services.imports import list_imports

    store, chosen = common.open_project(db, project)
    found = list_imports(store, chosen)
    rows = [
        {"import": row.key, "at": row.at.isoformat(), "paths": list(row.paths), "traces": row.traces} for row in found
    ]
    table = [(row.key, f"{row.at:%Y-%m-%d %H:%M}", row.traces, " ".join(row.paths)) for row in found]
    common.show(as_json, rows, common.table(table, ["import", "at", "traces", "paths"]))


def imports_undo(
    import_id: Annotated[int, typer.Argument(metavar="ID")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take an import back; traces that were drawn or read stay."""
    from evaldash.services.imports import undo_import
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    gone, left = undo_import(store, chosen, import_id, who=common.who(coder))
    words = f"{count_of(gone, 'trace')} removed; {left:,} drawn or read stay"
    common.show(as_json, {"removed": gone, "left": left}, words)


def imports_set_version(
    import_id: Annotated[int, typer.Argument(metavar="ID")],
    version: Annotated[str, typer.Argument(metavar="V")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say which version of the product made the traces of an import."""
    from evaldash.services.imports import set_version
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    count = set_version(store, chosen, import_id, version, who=common.who(coder))
    common.show(as_json, {"relabelled": count}, f"{count_of(count, 'trace')} now of version {version}")


def formats(as_json: AsJson = False) -> None:
    """List the formats that can be read."""
    from evaldash.importers import IMPORTERS

    rows = [
        {"name": item.name, "description": item.description, "extensions": list(item.extensions)} for item in IMPORTERS
    ]
    table = [(row["name"], " ".join(row["extensions"]), row["description"]) for row in rows]
    common.show(as_json, rows, common.table(table, ["name", "files", "what"]))


def traces(
    filter: FilterText = None,
    limit: Annotated[int | None, typer.Option("--limit", min=0, help="At most so many.")] = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write traces as JSON Lines, or a line each for a person; with --limit the newest, else in the order of import."""
    from evaldash.domain.snippets import marked
    from evaldash.services.browse import newest_heads, snippets, trace_documents, trace_heads

    store, chosen = common.open_project(db, project)
    if as_json:
        common.show_lines(trace_documents(store, chosen, filter, limit=limit))
        return
    heads = trace_heads(store, chosen, filter) if limit is None else newest_heads(store, chosen, filter, limit=limit)
    found = snippets(store, chosen, filter, [head.id for head in heads])
    words = {head.id: marked(found.get(head.id, ())) or " ".join(head.query.split())[:80] for head in heads}
    rows = [(head.id[:12], head.external_id or "", words[head.id]) for head in heads]
    common.show(False, None, common.table(rows, ["id", "source id", "found" if found else "first query"]))


def show(
    trace: Annotated[str, typer.Argument(metavar="TRACE", help="Id, 6 digits of it or more, or the source's id.")],
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write one HTML file to send.")] = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Show one trace, or write it as one HTML file to send: no script, nothing loaded from elsewhere."""
    from evaldash.services.browse import cluster_of, find_trace, trace_document

    store, chosen = common.open_project(db, project)
    found = find_trace(store, chosen, trace)
    if html is not None:
        from evaldash.services.reading import write_page

        write_page(store, chosen, found, html)
        common.say(f"trace {found.id[:12]} is in {html}")
        if not as_json:
            return
    document = trace_document(found, cluster=cluster_of(store, chosen, found.id))
    common.show(as_json, document, _trace_words(document))


def _unit(name: str) -> Any:
    from evaldash.domain.trace import Unit
    from evaldash.errors import InvalidInput

    if name not in set(Unit):
        raise InvalidInput(f"--unit must be one of {', '.join(Unit)}, got {name!r}")
    return Unit(name)


def _import_words(report: ImportReport, *, dry_run: bool) -> str:
    from evaldash.services.wording import count_of

    would = "would be " if dry_run else ""
    lines = [
        f"{count_of(report.new, 'trace')} {would}new, {report.duplicate:,} already there "
        f"({report.updated:,} with new feedback), {count_of(report.rejected, 'record')} rejected; "
        f"project {report.project}, {report.seconds:.1f} s"
    ]
    lines += [f"  rejected: {issue.source}, {issue.record}: {issue.reason}" for issue in report.rejections[:LISTED]]
    if report.rejected > LISTED:
        lines.append(f"  and {report.rejected - LISTED} more; --json lists them")
    lines += [f"  skipped: {item.source}: {item.reason}" for item in report.skipped[:LISTED]]
    if len(report.skipped) > LISTED:
        lines.append(f"  and {len(report.skipped) - LISTED} more skipped; --json lists them")
    return "\n".join(lines)


def _trace_words(document: dict[str, Any]) -> str:
    lines = [f"trace {document['id'][:12]}  source id {document['external_id']}  version {document['version']}"]
    for step in document["steps"]:
        who = step["name"] or step["role"] or step["kind"]
        lines.append(
            f"\n[{step['index']}] {step['kind']} {who}" + (f"  ERROR {step['error']}" if step["error"] else "")
        )
        lines += [str(step[part]) for part in ("text", "arguments", "result") if step[part] is not None]
    return "\n".join(lines)
