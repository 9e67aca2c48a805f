"""Commands about what the reading adds up to: saturation, rates, the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Db, ProjectName


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("saturation")(saturation)
    app.command("rates")(rates)
    app.command("report")(report)


def saturation(
    version: Annotated[
        int | None, typer.Option("--version", help="Seen by this taxonomy version; else today's.")
    ] = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say how likely the next trace is to show a failure mode nobody has seen."""
    from evaldash.services import saturation as service
    from evaldash.services.wording import caveats, headline

    store, chosen = common.open_project(db, project)
    found = service.saturation(store, chosen, version)
    rows = [(item.batch or "-", item.read, item.failed, item.new_uniform, item.new_targeted) for item in found.batches]
    words = [
        headline(found),
        found.advice.sentence,
        *caveats(found),
        "",
        common.table(rows, ["batch", "judged", "failed", "new (random)", "new (targeted)"]),
    ]
    common.show(as_json, found.as_json(), "\n".join(words))


def rates(
    by: Annotated[
        str | None, typer.Option("--by", metavar="FIELD", help="For each value of version, metadata.NAME …")
    ] = None,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say how often failure and each failure mode occur, with 95 % intervals."""
    from evaldash.services.rates import rate_table
    from evaldash.services.wording import rate_words

    store, chosen = common.open_project(db, project)
    found = rate_table(store, chosen, by=by)
    rows = [(item.name, item.segment or "", rate_words(item.rate)) for item in found.rates]
    words = "\n".join([common.table(rows, ["mode", "segment", "rate"]), *found.notes])
    common.show(as_json, [item.as_json() for item in found.rates], words)


def report(
    output: Annotated[Path, typer.Option("--output", metavar="PATH", help="Where to write it.")],
    format: Annotated[str, typer.Option("--format", help="md or json.")] = "md",
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the report."""
    from evaldash.services.reporting import write_report

    store, chosen = common.open_project(db, project)
    numbers = write_report(store, chosen, output, format=format)
    common.show(as_json, numbers, f"report written to {output}")
