"""Commands about code checks: what each mode deserves, make one, run all, take them along as tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName

if TYPE_CHECKING:
    from evaldash.stats.intervals import Interval


def register(app: typer.Typer) -> None:
    """Add the commands of this file to the app."""
    checks = typer.Typer(help="Code checks of failure modes: advise, add, run, export.", no_args_is_help=True)
    checks.command("advise")(advise)
    checks.command("add")(add)
    checks.command("list")(list_)
    checks.command("run")(run)
    checks.command("retire")(retire)
    checks.command("export")(export)
    app.add_typer(checks, name="checks")


def advise(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say what kind of check each failure mode deserves, why, and what it costs."""
    from evaldash.services.checks import advise_modes

    store, chosen = common.open_project(db, project)
    found = advise_modes(store, chosen)
    documents = [
        {
            "mode": item.mode.id,
            "name": item.mode.name,
            "evaluator": item.advice.evaluator.value,
            "kind": item.advice.kind.value if item.advice.kind else None,
            "reason": item.advice.reason,
            "cost": item.advice.cost,
            "judge_tokens": item.judge_tokens,
        }
        for item in found
    ]
    rows = [(item.advice.evaluator.value, item.mode.name, item.advice.reason) for item in found]
    common.show(as_json, documents, common.table(rows, ["evaluator", "mode", "why"]))


def add(
    mode: Annotated[str, typer.Argument(metavar="MODE", help="Name or id of a failure mode.")],
    kind: Annotated[str, typer.Option("--kind", help="regex, contains, json_schema, tool_called, length, language.")],
    spec: Annotated[str, typer.Option("--spec", metavar="JSON", help="""Like {"pattern": "as an AI"}.""")],
    name: Annotated[str, typer.Option("--name", help="What to call it.")] = "",
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Make a check: where it fires, the failure shows."""
    from evaldash.services.checks import add_check

    store, chosen = common.open_project(db, project)
    made = add_check(store, chosen, mode, kind=kind, spec=_object(spec), who=common.coder_name(coder), name=name)
    common.show(as_json, {"check": made.id, "mode": made.mode, "name": made.name}, f"made {made.name} ({made.id[:8]})")


def list_(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List the checks there are."""
    from evaldash.services.checks import list_checks

    store, chosen = common.open_project(db, project)
    found = list_checks(store, chosen)
    documents = [
        {"check": c.id, "mode": c.mode, "name": c.name, "kind": c.kind.value, "spec": dict(c.spec)} for c in found
    ]
    common.show(
        as_json, documents, common.table([(c.id[:8], c.kind.value, c.name) for c in found], ["id", "kind", "name"])
    )


def run(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Run all checks over all traces and set them against what people said."""
    from evaldash.services.checks import result_document, run_checks

    store, chosen = common.open_project(db, project)
    line = common.ProgressLine("checking")
    found = run_checks(store, chosen, progress=line)
    line.close()
    rows = [
        (item.check.name, f"{item.fired} of {item.traces}", _share(item.precision), _share(item.recall))
        for item in found
    ]
    words = common.table(rows, ["check", "fires on", "precision (95 %)", "recall (95 %)"])
    common.show(as_json, [result_document(item) for item in found], words)


def retire(
    check: Annotated[str, typer.Argument(metavar="CHECK", help="Its id or the beginning of it.")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """End a check."""
    from evaldash.services.checks import retire_check

    store, chosen = common.open_project(db, project)
    retire_check(store, chosen, check, who=common.coder_name(coder))
    common.show(as_json, {"retired": check}, f"retired {check}")


def export(
    output: Annotated[Path, typer.Option("--output", metavar="FILE", help="A Python file.")],
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Write the checks as one Python file of pytest tests that needs evaldash no longer."""
    from evaldash.services.checks import write_tests

    store, chosen = common.open_project(db, project)
    write_tests(store, chosen, output)
    common.show(as_json, {"output": str(output)}, f"written to {output}")


def _object(spec: str) -> dict[str, Any]:
    import json

    from evaldash.errors import InvalidInput

    try:
        found = json.loads(spec)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidInput(f"--spec must be a JSON object, got {spec[:60]!r}")
    return found


def _share(found: Interval) -> str:
    if found.estimate is None:
        return "no trace to tell"
    from evaldash.services.wording import percent, percent_down, percent_up

    return f"{percent(found.estimate)} of {found.n} ({percent_down(found.low)} to {percent_up(found.high)})"
