"""Commands that hold one thing against another: product versions, and coders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName

if TYPE_CHECKING:
    from evaldash.domain.stored import Project
    from evaldash.storage.store import Store


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("agreement")(agreement)
    group = typer.Typer(help="Product versions and what was read of each.", invoke_without_command=True)
    group.callback()(cycles)
    group.command("compare")(compare)
    app.add_typer(group, name="cycles")
    of_fixes = typer.Typer(help="What was changed because of a failure mode, and what that did.",
                           invoke_without_command=True)  # fmt: skip
    of_fixes.callback()(fixes)
    of_fixes.command("add")(add_fix)
    app.add_typer(of_fixes, name="fixes")


def agreement(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say how far coders agree on the traces that two or more of them judged."""
    from evaldash.services import agreement as service
    from evaldash.services.wording import agreement_words

    store, chosen = common.open_project(db, project)
    found = service.agreement(store, chosen)
    rows = [(trace[:12], "verdict") for trace in found.verdicts_apart]
    rows += [(trace[:12], "modes") for trace in found.modes_apart]
    table = ["", common.table(rows, ["trace", "apart on"])] if rows else []
    common.show(as_json, found.as_json(), "\n".join([agreement_words(found), *table]))


def cycles(context: typer.Context, project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the product versions with how much of each was read."""
    if common.goes_on(context):
        return
    from evaldash.services import cycles as service

    store, chosen = common.open_project(db, project)
    found = service.cycles(store, chosen)
    rows = [(item.cycle, item.traces, item.read) for item in found]
    common.show(as_json, [item.as_json() for item in found], common.table(rows, ["cycle", "traces", "read"]))


def compare(
    before: Annotated[str, typer.Argument(metavar="A", help="The cycle before: a product version.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The cycle after.")],
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what changed from one cycle to another, mode by mode, and whether that is more than chance."""
    from evaldash.services import cycles as service
    from evaldash.services.wording import comparison_caveats

    store, chosen = common.open_project(db, project)
    found = service.compare(store, chosen, before, after)
    how = f"{found.pairs} equal inputs judged in both" if found.pairs else "two samples of different inputs"
    rows = [(item.name, item.verdict) for item in found.changes]
    words = f"{before} against {after}: {how}, by taxonomy version {found.taxonomy_version}"
    table = common.table(rows, ["mode", "what can be said"])
    common.show(as_json, found.as_json(), "\n".join([words, table, *comparison_caveats(found)]))


def fixes(context: typer.Context, project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the fixes with what became of their failure modes."""
    if not common.goes_on(context):
        store, chosen = common.open_project(db, project)
        _show_fixes(store, chosen, as_json)


def add_fix(
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The failure mode: its name or id.")],
    what: Annotated[str, typer.Option("--what", metavar="T", help="What was changed.")],
    in_version: Annotated[
        str | None, typer.Option("--in-version", metavar="V", help="The product version that first holds it.")
    ] = None,
    bug: Annotated[bool, typer.Option("--bug", help="Just a bug, and repaired.")] = False,
    coder: Coder = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Record what was changed because of a failure mode."""
    from evaldash.services.fixes import FixKind, record_fix

    store, chosen = common.open_project(db, project)
    kind = FixKind.BUG if bug else FixKind.CHANGE
    record_fix(store, chosen, mode, what, who=common.coder_name(coder), kind=kind, version=in_version)
    _show_fixes(store, chosen, as_json)


def _show_fixes(store: Store, chosen: Project, as_json: bool) -> None:
    from evaldash.services.fixes import list_fixes

    found = list_fixes(store, chosen)
    rows = [
        (f"{item.fix.at:%Y-%m-%d}", item.name, item.fix.what, item.effect.verdict if item.effect else "not read yet")
        for item in found
    ]
    words = common.table(rows, ["when", "mode", "what was done", "since then"])
    common.show(as_json, [item.as_json() for item in found], words)
