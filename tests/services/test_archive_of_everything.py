"""A project with every kind of thing in it goes out and comes back: what each service says of it is the same."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from evaldash.domain.coding import CheckAnswer, OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.importers import expand
from evaldash.services import coding, helping, taxonomy
from evaldash.services.archiving import export_project
from evaldash.services.browse import trace_ids
from evaldash.services.checks import add_check, list_checks
from evaldash.services.clustering import newest_clustering
from evaldash.services.cycles import compare, cycles
from evaldash.services.desk_settings import DeskSettings, desk_settings, parse_checks, save_desk_settings
from evaldash.services.fields import define_field, field_values, list_fields
from evaldash.services.fixes import list_fixes, record_fix
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.look_again import look_again, set_cadence
from evaldash.services.projects import choose_project
from evaldash.services.quick_look import draw_quick_look, quick_look
from evaldash.services.rates import rates
from evaldash.services.report_texts import write_section, written_texts
from evaldash.services.reporting import report_document
from evaldash.services.review import open_review
from evaldash.services.sampling import drawn_traces, list_batches
from evaldash.services.saturation import saturation
from evaldash.services.selections import keep_selection, kept_selections
from evaldash.services.settling import choose_deciding_coder
from evaldash.services.suggesting import suggest_locally
from evaldash.services.surprising import mark_surprising, surprising_uses
from evaldash.storage import archive
from evaldash.storage.schema import metadata
from evaldash.storage.store import Store, open_store
from tests.services.test_saturation import draw, judge
from tests.support.grouped import grouped_project
from tests.support.recomputed import load_demo_project, load_tau, needs_tau, read_tau

ROOT = Path(__file__).parents[2]
NOTES = ("the time of the train is wrong", "no refund was offered", "answered another question")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    yield opened
    opened.close()


def everything(store: Store) -> Project:
    project = grouped_project(store)
    save_desk_settings(
        store, project, DeskSettings(guidelines="Be kind.", checks=parse_checks("Is it polite?")), who="ana"
    )
    drawn = [
        *draw(store, project, "mixed", size=20, seed=3),
        *draw(store, project, "stratified", by="version", size=10),
    ]
    for place, trace in enumerate(drawn):
        judge(store, project, trace, *([f"{NOTES[place % 3]} {place}"] if place % 2 else []))
    answers = (CheckAnswer(check="Is it polite?", item="", passed=False),)
    code = OpenCode(id="ben-1", text="rude", step=2)
    second = Reading(id="ben-read", trace=drawn[0], verdict=Verdict.FAIL, codes=(code,), checks=answers, comment="hm")
    coding.save_reading(store, project, second, coder="ben")
    choose_deciding_coder(store, project, "ben", who="ana")
    look = draw_quick_look(store, project, version=None, coder="ana", size=20)
    rest = [item.trace for item in drawn_traces(store, project, look)]
    judge(store, project, rest[0], verdict=Verdict.DEFERRED)
    coding.save_draft(store, project, trace=rest[1], coder="ana", content={"note": "half typed"})
    coding.skip(store, project, id="skip-1", trace=rest[2], coder="ana", batch=look, seconds=4.5)
    judge(store, project, rest[3])
    suggest_locally(store, project, who="ana")
    for number, words in enumerate(NOTES):
        codes = [item.id for item in coding.list_codes(store, project)[0] if item.text.startswith(words)]
        taxonomy.create(store, project, f"Mode {number}", codes=codes[1:], who="ana")
    taxonomy.publish(store, project, "First", who="ana")
    taxonomy.merge(store, project, ["Mode 0"], into="Mode 1", who="ana")
    helping.dismiss(store, project, "thin", "Mode 2", who="ana")
    add_check(store, project, "Mode 1", kind="contains", spec={"words": ["refund"], "where": "all"}, who="ana")
    record_fix(store, project, "Mode 1", "told the tool", who="ana", version="2")
    define_field(store, project, "payer", [("metadata.plan = pro", "they do")], otherwise="we do", who="ana")
    mark_surprising(store, project, 1, name="Seats for dogs", sentence="Nobody had thought of it.", who="ana")
    write_section(store, project, "next", "Hire a dog.", basis="", who="ana")
    set_cadence(store, project, 9, who="ana")
    return project


def told(store: Store, project: Project, selection: str | None = None) -> dict[str, Any]:
    """What the services say, without what names a store's own numbers or the time of the telling."""
    now = taxonomy.view(store, project)
    report = report_document(store, project)
    clusters = newest_clustering(store, project)
    review = open_review(store, project, now)
    return {
        "annotations": coding.list_annotations(store, project),
        "codes": coding.list_codes(store, project)[0],
        "drafts": coding.drafts(store, project, coder="ana"),
        "taxonomy": [taxonomy.view(store, project, n).as_json() for n in range(1, now.taxonomy.version + 1)],
        "cards": review and [(card.offer, card.codes) for card in review.cards],
        "dismissed": [(item.kind, item.subject) for item in helping.list_proposals(store, project)],
        "batches": [(row, drawn_traces(store, project, row.number)) for row in list_batches(store, project)],
        "saturation": saturation(store, project).as_json(),
        "rates": [rate.as_json() for by in (None, "version", "metadata.plan") for rate in rates(store, project, by=by)],
        "cycles": [
            compare(store, project, one.cycle, two.cycle).as_json() for one, two in pairwise(cycles(store, project))
        ],
        "fixes": [item.as_json() for item in list_fixes(store, project)],
        "again": look_again(store, project).as_json(),
        "looks": [quick_look(store, project, row.number).text for row in list_batches(store, project)],
        "fields": [
            (item.as_json(), field_values(store, project, f"field.{item.name}")) for item in list_fields(store, project)
        ],
        "checks": list(list_checks(store, project)),
        "surprising": [
            (use.name, use.sentence, use.size, use.examples, use.by) for use in surprising_uses(store, project)
        ],
        "desk": desk_settings(store, project),
        "deciding": project.deciding_coder,
        "selections": [(item.name, item.how, item.size) for item in kept_selections(store, project, selection)],
        "texts": written_texts(store, project),
        "clusters": clusters
        and (
            clusters.items,
            clusters.numbers,
            clusters.outlier_scores,
            clusters.points.tolist() if clusters.points is not None else None,
        ),
        "report": {name: value for name, value in report.items() if name not in ("made_at", "project")},
    }


def hold_journey(store: Store, other: Store, project: Project, path: Path, *, selection: str | None = None) -> None:
    """Into another store under its name, and into its own store under another: both say the same."""
    project = choose_project(store, project.name)
    expected = told(store, project, selection)
    export_project(store, project, path)
    for target, name in ((other, project.name), (store, "twin")):
        import_files(target, expand([str(path)]), ImportRequest(project=name))
        found = told(target, choose_project(target, name), selection)
        for what, value in expected.items():
            assert without_name(found[what], name) == without_name(value, project.name), what


def without_name(value: Any, name: str) -> str:
    return repr(value).replace(f"project={name}&", "project=X&")


def test_a_project_with_every_kind_of_thing(store: Store, other: Store, tmp_path: Path) -> None:
    project = everything(store)
    selection = keep_selection(store, project, trace_ids(store, project)[:3], how="by hand", who="ana")
    expected = told(store, choose_project(store, project.name), selection)
    empty = {name for name, value in expected.items() if not value}
    assert empty <= {"cards", "dismissed"}, "nothing is shown of these"
    hold_journey(store, other, project, tmp_path / "all.zip", selection=selection)


@pytest.mark.slow
def test_the_demo(store: Store, other: Store, tmp_path: Path) -> None:
    hold_journey(store, other, load_demo_project(store), tmp_path / "demo.zip")


@needs_tau
def test_tau(store: Store, other: Store, tmp_path: Path) -> None:
    project = load_tau(store)
    read_tau(store, project)
    hold_journey(store, other, project, tmp_path / "tau.zip")


def test_each_table_is_in_the_archive_or_said_to_be_left_out_and_why() -> None:
    words = (ROOT / "docs" / "archive.md").read_text(encoding="utf-8")
    described, left_out = words.split("## What is left out")
    carried = {table.name for table in archive.tables()}
    named = set(re.findall(r"^\| `(\w+)` \|", left_out.split("\n## ")[0], re.MULTILINE))
    assert named == {table.name for table in metadata.sorted_tables} - carried
    assert all(f"`{name}`" in described for name in carried)
