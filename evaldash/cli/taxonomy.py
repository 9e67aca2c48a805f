"""Commands about failure modes: suggest, accept, and every change by hand; each change is a version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaldash.cli import common, workshop
from evaldash.cli.common import AsJson, Coder, Db, MoreValues, ProjectName
from evaldash.domain.counting import count_of

if TYPE_CHECKING:
    from evaldash.services.taxonomy import TaxonomyView

ModeName = Annotated[str, typer.Argument(metavar="MODE", help="Name or id of a failure mode.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    taxonomy = typer.Typer(help="Failure modes: look, suggest, accept, change.", no_args_is_help=True)
    for name, command in (
        ("show", show),
        ("suggest", suggest),
        ("accept", accept),
        ("merge", merge),
        ("split", split),
        ("move", move),
        ("rename", rename),
        ("define", define),
        ("retire", retire),
        ("publish", publish),
        ("undo", undo),
        ("redo", redo),
    ):
        taxonomy.command(name)(command)
    workshop.register_under(taxonomy)
    app.add_typer(taxonomy, name="taxonomy")
    app.command("codebook")(codebook)


def show(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Show the failure modes of today with their codes."""
    from evaldash.services.taxonomy import view

    store, chosen = common.open_project(db, project)
    _show(as_json, view(store, chosen))


def suggest(
    method: Annotated[str, typer.Option("--method", help="local, or llm where a model is configured.")] = "local",
    limit: Annotated[float, typer.Option("--limit-usd", help="llm: what the run may cost.")] = 1.0,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Propose modes for the codes without one, and changes to the modes there are; changes nothing before `accept`."""
    from evaldash.errors import InvalidInput
    from evaldash.services.suggesting import suggest_by_model, suggest_locally, suggestion_document
    from evaldash.services.taxonomy import view

    if method not in ("local", "llm"):
        raise InvalidInput(f"--method must be local or llm, got {method!r}")
    store, chosen = common.open_project(db, project)
    who = common.who(coder)
    found = (
        suggest_locally(store, chosen, who=who)
        if method == "local"
        else suggest_by_model(store, chosen, limit_usd=limit, who=who)
    )
    rows = [(len(mode.codes), "more for" if mode.existing else "new", mode.name) for mode in found.modes]
    now = view(store, chosen).taxonomy
    document = suggestion_document(found, now)
    table = [common.table(rows, ["notes", "", "mode"])] if rows else []
    words = "\n".join([*table, *map(_change_line, document["changes"])])
    left = f"\nleft over: {len(found.left_over)}. {found.left_over_reason}" if found.left_over else ""
    common.show(
        as_json,
        document,
        f"{words}{left}\naccept it with: evaldash taxonomy accept {found.id[:8]} --coder NAME",
    )


def _change_line(change: dict[str, Any]) -> str:
    against = f" (or {', or '.join(change['contradicts'])}: choose with --only)" if change["contradicts"] else ""
    return f"change: {change['label']}{against}"


def accept(
    suggestion: Annotated[str, typer.Argument(metavar="SUGGESTION", help="Its id or the beginning of it.")],
    only: Annotated[list[str] | None, typer.Option("--only", metavar="NAME…", help="Only these.")] = None,
    more: MoreValues = None,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Take a suggestion over, all of it or some of its modes, as one change."""
    from evaldash.services.suggesting import accept as accept_suggestion

    store, chosen = common.open_project(db, project)
    names = common.joined("--only", only, more) or None
    _show(as_json, accept_suggestion(store, chosen, suggestion, who=common.coder_name(coder), only=names))


def merge(
    modes: Annotated[list[str], typer.Argument(metavar="A B…")],
    into: Annotated[str, typer.Option("--into", metavar="C", help="A mode there is, or a new name.")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put the codes of several modes into one."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.merge(store, chosen, modes, into=into, who=common.coder_name(coder)))


def split(
    mode: ModeName,
    codes: Annotated[list[str], typer.Option("--codes", metavar="ID…", help="The codes that go.")],
    into: Annotated[str, typer.Option("--into", metavar="B", help="Name of the new mode.")],
    more: MoreValues = None,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put some codes of a mode into a new one."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    ids = common.joined("--codes", codes, more)
    _show(as_json, taxonomy.split(store, chosen, mode, ids, into=into, who=common.coder_name(coder)))


def move(
    codes: Annotated[list[str], typer.Argument(metavar="ID…")],
    to: Annotated[str, typer.Option("--to", metavar="A", help='The mode, or "" for none.')],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Put codes into a mode."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.move(store, chosen, codes, to=to or None, who=common.coder_name(coder)))


def rename(
    mode: ModeName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Give a mode another name."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.rename(store, chosen, mode, name, who=common.coder_name(coder)))


def define(
    mode: ModeName,
    text: Annotated[str | None, typer.Option("--text", metavar="T", help="The definition.")] = None,
    applies_when: Annotated[str | None, typer.Option("--applies-when", metavar="T")] = None,
    not_when: Annotated[str | None, typer.Option("--not-when", metavar="T")] = None,
    severity: Annotated[str | None, typer.Option("--severity", help='critical, major, minor, or "" for none.')] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME", help="Who sees to it.")] = None,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what a mode means, how bad it is, and who sees to it."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    words = {
        "definition": text,
        "applies_when": applies_when,
        "not_when": not_when,
        "severity": severity,
        "owner": owner,
    }
    _show(as_json, taxonomy.define(store, chosen, mode, who=common.coder_name(coder), **words))


def retire(
    mode: ModeName, project: ProjectName = None, coder: Coder = None, db: Db = None, as_json: AsJson = False
) -> None:
    """Take a mode away; its codes become uncategorised."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.retire(store, chosen, mode, who=common.coder_name(coder)))


def publish(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Name the present version; it never changes after."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.publish(store, chosen, name, who=common.coder_name(coder)))


def undo(project: ProjectName = None, coder: Coder = None, db: Db = None, as_json: AsJson = False) -> None:
    """Take the last change back, as a version of its own."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.undo(store, chosen, who=common.coder_name(coder)))


def redo(project: ProjectName = None, coder: Coder = None, db: Db = None, as_json: AsJson = False) -> None:
    """Bring back what was taken back last, as a version of its own."""
    from evaldash.services import taxonomy

    store, chosen = common.open_project(db, project)
    _show(as_json, taxonomy.redo(store, chosen, who=common.coder_name(coder)))


def codebook(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="A file that ends in .md or .html.")],
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the definitions and examples of the modes, to hand to another coder."""
    from evaldash.services.codebook import write_codebook
    from evaldash.services.wording import count_of

    store, chosen = common.open_project(db, project)
    modes = write_codebook(store, chosen, output)
    common.show(
        as_json, {"output": str(output), "modes": modes}, f"{count_of(modes, 'failure mode')} written to {output}"
    )


def _show(as_json: bool, found: TaxonomyView) -> None:
    rows = [(len(found.by_mode[mode.id]), found.traces_of(mode), mode.name) for mode in found.taxonomy.modes]
    words = common.table(rows, ["notes", "traces", "mode"])
    named = f", published as {found.taxonomy.published}" if found.taxonomy.published else ""
    loose = count_of(len(found.uncategorised), "note")
    common.show(as_json, found.as_json(), f"version {found.taxonomy.version}{named}\n{words}\nwithout a mode: {loose}")
