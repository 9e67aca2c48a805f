"""Commands about what stands in files of its own: feedback, joined to the traces that are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName
from evaldash.config import settings

if TYPE_CHECKING:
    from evaldash.importers import SourceFile
    from evaldash.services.feedback import FeedbackReport

LISTED = 20  # rows that are named in words; --json names all


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("feedback")(feedback)


def feedback(
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, XLSX, Parquet, JSON or JSON Lines; - is stdin.")],
    on: Annotated[str, typer.Option("--on", metavar="FIELD", help="Column with the trace or session; or id, session.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, join and report, write nothing.")] = False,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Join ratings, comments and tickets to traces by id or session; the same file again changes nothing."""
    from evaldash.services.feedback import FeedbackRequest, join_feedback

    store, chosen = common.open_project(db, project)
    request = FeedbackRequest(on=on, dry_run=dry_run, who=coder or settings().coder)
    progress = common.ProgressLine("joining")
    try:
        report = join_feedback(store, chosen, _file(file), request, progress=progress)
    finally:
        progress.close()
    common.show(as_json, report.as_json(), _words(report, dry_run=dry_run))


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
    would = "would be " if dry_run else ""
    lines = [
        f"{report.joined} rows {would}joined to {len(report.traces)} traces"
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
