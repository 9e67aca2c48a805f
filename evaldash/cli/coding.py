"""Commands about reading: annotations from a file, annotations and codes out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    app.command("annotate")(annotate)
    app.command("annotations")(list_annotations)
    app.command("codes")(codes)


def annotate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, XLSX or JSON Lines.")],
    steps: Annotated[str, typer.Option("--steps", help="How it counts steps: index, source0, source1.")] = "index",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read, match and report, write nothing.")] = False,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Bring in annotations: columns trace, verdict, code, step, mode, comment, coder; several rows a trace."""
    from evaldash.errors import InvalidInput
    from evaldash.services.annotating import StepCounting, annotate_file
    from evaldash.services.wording import count_of

    if steps not in set(StepCounting):
        raise InvalidInput(f"--steps must be one of {', '.join(StepCounting)}, got {steps!r}")
    store, chosen = common.open_project(db, project)
    counting = StepCounting(steps)
    report = annotate_file(store, chosen, file, coder=common.coder_name(coder), steps=counting, dry_run=dry_run)
    words = [
        f"{count_of(report.annotations_new, 'annotation')} new, {report.annotations_unchanged:,} unchanged, "
        f"{count_of(report.codes_new, 'code')} new, {len(report.rejections):,} rejected"
    ]
    words += [f"  rejected: {issue.record}: {issue.reason}" for issue in report.rejections]
    common.show(as_json, report.as_json(), "\n".join(words))


def list_annotations(coder: Coder = None, project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Write the annotations that count as JSON Lines: the newest of each coder and trace."""
    from evaldash.domain.coding import checks_document
    from evaldash.services import coding

    store, chosen = common.open_project(db, project)
    found = coding.list_annotations(store, chosen, coder=coder)
    documents = [
        {
            "trace": item.trace,
            "coder": item.coder,
            "verdict": item.verdict.value,
            "comment": item.comment,
            "codes": [code.id for code in item.codes],
            "checks": checks_document(item.checks),
            "settles": item.settles,
            "batch": item.batch,
            "at": item.at.isoformat(),
        }
        for item in found
    ]
    if as_json:
        common.show_lines(documents)
        return
    rows = [(item.trace[:12], item.coder, item.verdict.value, len(item.codes), item.batch or "") for item in found]
    common.show(False, None, common.table(rows, ["trace", "coder", "verdict", "codes", "batch"]))


def codes(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Write the open codes as JSON Lines, each with the id of its mode or null."""
    from evaldash.services.coding import list_codes

    store, chosen = common.open_project(db, project)
    found, taxonomy = list_codes(store, chosen)
    if as_json:
        common.show_lines(
            {
                "id": code.id,
                "trace": code.trace,
                "step": code.step,
                "text": code.text,
                "coder": code.coder,
                "mode": taxonomy.assignments.get(code.id),
            }
            for code in found
        )
        return
    names = {mode.id: mode.name for mode in taxonomy.modes}
    rows = [
        (
            code.id[:8],
            code.trace[:12],
            code.step or "",
            names.get(taxonomy.assignments.get(code.id, ""), "-"),
            code.text,
        )
        for code in found
    ]
    common.show(False, None, common.table(rows, ["code", "trace", "step", "mode", "note"]))
