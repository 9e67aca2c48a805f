"""Commands between two rounds of reading: what calls for the next one, the quick look, a failure mode as a ticket."""

from __future__ import annotations

from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import ADDRESS, AsJson, Coder, Db, ProjectName


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("look-again")(look_again)
    app.command("ticket")(ticket)
    group = typer.Typer(help="After a change: 20 to 50 traces in half an hour, and one page on what that tells.",
                        no_args_is_help=True)  # fmt: skip
    group.command("draw")(draw)
    group.command("result")(result)
    app.add_typer(group, name="quick-look")


def look_again(
    every: Annotated[
        int | None, typer.Option("--every", metavar="DAYS", help="Keep after how many days a new round is due.")
    ] = None,
    coder: Coder = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say what calls for a new round, as far as it can be measured, and list the week's oddest unread traces."""
    from evaldash.config import settings
    from evaldash.services import look_again as service
    from evaldash.services.projects import require_coder

    store, chosen = common.open_project(db, project)
    if every is not None:
        service.set_cadence(store, chosen, every, who=require_coder(coder or settings().coder))
    found = service.look_again(store, chosen)
    signs = [(item.name, service.MARKS[item.calls], item.words) for item in found.triggers]
    odd = [(trace[:12], reason) for trace, reason in found.oddest]
    words = [common.table(signs, ["trigger", "now", "measured"])]
    words += ["", common.table(odd, ["oddest of the week" if found.of_week else "oddest unread", "why"])] if odd else []
    common.show(as_json, found.as_json(), "\n".join(words))


def draw(
    in_version: Annotated[
        str | None, typer.Option("--in-version", metavar="V", help="Of this product version only.")
    ] = None,
    size: Annotated[int, typer.Option("--size", metavar="N", help="How many traces, 20 to 50.")] = 30,
    coder: Coder = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Draw a quick look at random, as a batch."""
    from evaldash.services import quick_look as service

    store, chosen = common.open_project(db, project)
    who = common.who(coder)
    batch = service.draw_quick_look(store, chosen, version=in_version, coder=who, size=size)
    common.show(
        as_json, {"batch": batch}, f"batch {batch} is drawn; `evaldash quick-look result {batch}` after reading"
    )


def result(
    batch: Annotated[int, typer.Argument(metavar="BATCH", help="Its number.")],
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say on one page, as Markdown, what a batch can tell and what not."""
    from dataclasses import asdict

    from evaldash.services.quick_look import quick_look

    store, chosen = common.open_project(db, project)
    found = quick_look(store, chosen, batch)
    common.show(as_json, asdict(found), found.text)


def ticket(
    mode: Annotated[str, typer.Argument(metavar="MODE", help="The failure mode: its name or id.")],
    address: Annotated[
        str, typer.Option("--address", metavar="URL", help="Where the app is, for links to traces.")
    ] = ADDRESS,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write a failure mode as Markdown for an issue tracker: what fails, how often, three examples with links."""
    from evaldash.services.tickets import ticket as written

    store, chosen = common.open_project(db, project)
    text = written(store, chosen, mode, address=address)
    common.show(as_json, {"text": text}, text)
