"""Commands that help with failure modes: what figures propose, where notes belong, what a run would send, past runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from evaldash.cli import common
from evaldash.cli.common import AsJson, Coder, Db, ProjectName
from evaldash.domain.counting import count_of


def register_under(taxonomy: typer.Typer) -> None:
    """Add the commands of this file to `evaldash taxonomy`."""
    for name, command in (
        ("proposals", proposals),
        ("dismiss", dismiss),
        ("places", places),
        ("preview", preview),
        ("runs", runs),
        ("compare", compare),
        ("second", second),
    ):
        taxonomy.command(name)(command)


def proposals(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say which modes look like one, which look like two, which are thin, and which notes lie far from theirs."""
    from evaldash.services.helping import list_proposals, proposal_document

    store, chosen = common.open_project(db, project)
    found = list_proposals(store, chosen)
    words = "\n".join(f"{item.kind:<6} {item.subject[:8]}  {item.reason}" for item in found)
    common.show(as_json, [proposal_document(item) for item in found], words or "nothing to propose")


def dismiss(
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="As `taxonomy proposals` shows it.")],
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Keep a proposal away for good."""
    from evaldash.errors import NotFound
    from evaldash.services.helping import dismiss as keep_away
    from evaldash.services.helping import list_proposals

    store, chosen = common.open_project(db, project)
    found = [item for item in list_proposals(store, chosen) if item.subject.startswith(subject)]
    if len(found) != 1:
        raise NotFound(f"{subject!r} fits {len(found)} proposals; `evaldash taxonomy proposals` shows them")
    keep_away(store, chosen, found[0].kind, found[0].subject, who=common.coder_name(coder))
    common.show(as_json, {"dismissed": found[0].subject}, f"dismissed: {found[0].reason}")


def places(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Say for each note without a mode where it likely belongs; moves nothing."""
    from evaldash.services.placing import place_uncategorised
    from evaldash.services.taxonomy import view

    store, chosen = common.open_project(db, project)
    now = view(store, chosen)
    names, texts = {mode.id: mode.name for mode in now.taxonomy.modes}, {code.id: code.text for code in now.codes}
    found = place_uncategorised(store, chosen)
    documents = [
        {"code": code, "mode": place.mode, "confidence": place.confidence, "new": place.is_new}
        for code, place in found.items()
    ]
    rows = [
        (code[:8], "new?" if place.is_new else names[place.mode or ""], f"{place.confidence:.2f}", texts[code][:60])
        for code, place in found.items()
    ]
    common.show(as_json, documents, common.table(rows, ["code", "mode", "confidence", "note"]))


def preview(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """Show what a run of the model would send and may cost; sends nothing."""
    from evaldash.services.model_runs import preview_model_run

    store, chosen = common.open_project(db, project)
    found = preview_model_run(store, chosen)
    need, cost = found.estimate, found.estimate.cost_usd
    price = "at prices that are not known" if cost is None else f"at most ${cost:.4f}"
    words = (
        f"{count_of(len(found.texts), 'note')} to {found.model} at {found.host}: "
        f"{count_of(need.requests, 'request')}, at most {need.tokens_in:,} tokens in and {need.tokens_out:,} out, "
        f"{price}; masked: {found.placeholders or 'nothing'}"
    )
    common.show(as_json, asdict(found), "\n".join([words, *found.texts]))


def runs(project: ProjectName = None, db: Db = None, as_json: AsJson = False) -> None:
    """List all suggestions that were made, the newest first."""
    from evaldash.services.model_runs import list_runs

    store, chosen = common.open_project(db, project)
    found = list_runs(store, chosen)
    rows = [
        (run.id[:8], run.method, run.model, run.passes or "", run.codes, run.modes, f"${run.cost_usd:.4f}")
        for run in found
    ]
    headings = ["run", "method", "model", "passes", "notes", "modes", "cost"]
    common.show(as_json, [asdict(run) for run in found], common.table(rows, headings))


def compare(
    a: Annotated[str, typer.Argument(metavar="A", help="A run, as `taxonomy runs` shows it.")],
    b: Annotated[str, typer.Argument(metavar="B", help="Another one.")],
    project: ProjectName = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Say how two suggestions differ, mode by mode and note by note."""
    from evaldash.services.model_runs import compare_runs

    store, chosen = common.open_project(db, project)
    found = compare_runs(store, chosen, a, b)
    alike = f"B-cubed F1 {found.f1:.2f}, AMI {found.ami:.2f}" if found.f1 is not None and found.ami is not None else ""
    words = (
        f"{count_of(found.codes, 'note')} in both. {alike}\n{common.table(found.pairs, ['A', 'B', 'notes in both'])}"
    )
    common.show(as_json, asdict(found), f"{words}\nplaced elsewhere: {count_of(len(found.elsewhere), 'note')}")


def second(
    limit: Annotated[float, typer.Option("--limit-usd", help="What the run may cost.")] = 1.0,
    seed: Annotated[int, typer.Option("--seed", help="Of the draw.")] = 1,
    project: ProjectName = None,
    coder: Coder = None,
    db: Db = None,
    as_json: AsJson = False,
) -> None:
    """Let the model apply the codebook blind to 30 judged traces, as second coder, and show the agreement."""
    from evaldash.services.blind_model import run_model_test
    from evaldash.services.blind_tests import result_document, result_of

    store, chosen = common.open_project(db, project)
    test = run_model_test(store, chosen, limit_usd=limit, seed=seed, who=common.coder_name(coder))
    found = result_of(store, chosen, test)
    rows = [(item.name, f"{item.same} of {item.n}", item.both, item.first_only, item.second_only)
            for item in (found.verdict, *found.by_mode)]  # fmt: skip
    headings = ["question", "agree", "both yes", "only the first coder", "only the model"]
    common.show(as_json, result_document(test, found), common.table(rows, headings))
