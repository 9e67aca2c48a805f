"""Commands about what the reading adds up to: saturation, rates, the report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import ADDRESS, AsJson, Db, ProjectName


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
    words = "\n".join([common.table(rows, ["mode", "segment", "rate (95 % interval)"]), *found.notes])
    common.show(as_json, [item.as_json() for item in found.rates], words)


def report(
    output: Annotated[Path, typer.Option("--output", metavar="PATH", help="Where to write it.")],
    format: Annotated[str, typer.Option("--format", help="md, html, xlsx, csv or json.")] = "md",
    table: Annotated[
        str | None,
        typer.Option("--table", help="For CSV: traces, codes, modes, rates or batches; a PATH.zip holds all of them."),
    ] = None,
    charts: Annotated[
        Path | None, typer.Option("--charts", metavar="FOLDER", help="Also write the charts, as SVG and PNG.")
    ] = None,
    mask: Annotated[
        bool, typer.Option("--mask", help="Hide keys, cards, e-mail addresses, phone numbers and who coded.")
    ] = False,
    address: Annotated[
        str, typer.Option("--address", metavar="URL", help="Where the app is, for links to traces.")
    ] = ADDRESS,
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the report."""
    from evaldash.services.reporting import write_pictures, write_report

    store, chosen = common.open_project(db, project)
    numbers = write_report(store, chosen, output, format=format, mask=mask, address=address, table=table)
    drawn = write_pictures(store, chosen, charts, mask=mask) if charts else []
    words = [f"report written to {output}", *(f"chart written to {path}" for path in drawn)]
    common.show(as_json, numbers, "\n".join(words))
