"""Each page under Streamlit's AppTest: without a project, empty, small, and with a store that fails."""

import sqlite3
from pathlib import Path

import pytest

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import SuggestedMode, Suggestion
from evaldash.services import taxonomy
from evaldash.services.blind_tests import list_tests
from evaldash.services.checks import CheckKind, list_checks
from evaldash.services.fields import list_fields
from evaldash.services.projects import ensure_project
from evaldash.services.sampling import list_batches
from evaldash.storage import suggestions
from evaldash.storage.store import Store
from tests.support.pages import PAGES, visit, words
from tests.support.traces import conversation, make_project


@pytest.mark.parametrize("page", [name for name in PAGES if name not in ("overview", "import")])
def test_without_a_project_a_page_says_how_to_get_one(url: str, page: str) -> None:
    app = visit(page)
    assert not app.exception
    assert "no project yet" in words(app)


def test_the_first_page_without_a_project_welcomes(url: str) -> None:
    app = visit("overview")
    assert not app.exception
    assert "how your product really fails" in words(app)


EMPTY = {
    "overview": "Import traces",
    "import": "Import traces",
    "explore": "no traces yet",
    "sample": "Import some to draw from",
    "code": "Nothing has been drawn",
    "taxonomy": "no notes yet",
    "saturation": "cannot be said yet|Read some traces",
    "report": "needs read traces",
}


@pytest.mark.parametrize(("page", "said"), EMPTY.items(), ids=EMPTY.keys())
def test_an_empty_project_says_what_to_do_next(store: Store, page: str, said: str) -> None:
    ensure_project(store, "trains")
    app = visit(page, coder="ana")
    assert not app.exception
    assert any(part in words(app) for part in said.split("|")), words(app)


SMALL = {
    "overview": ["**12 traces**", "40 % of 5", "Read batch 1: 1 left"],
    "import": ["Import traces"],
    "explore": ["12 traces", "Group the traces"],
    "sample": ["**6 traces** in no batch", "Half random, half variety", "Draw the batch"],
    "taxonomy": ["Axial coding: grouping notes into failure modes"],
    "saturation": ["What is still unseen", "Go on:", "1 note without a failure mode"],
    "report": ["40 % of 5", "Wrong train"],
}


@pytest.mark.parametrize(("page", "said"), SMALL.items(), ids=SMALL.keys())
def test_a_small_project_is_shown_with_its_numbers(project: Project, page: str, said: list[str]) -> None:
    app = visit(page, coder="ana", project="trains")
    assert not app.exception
    for part in said:
        assert part in words(app), words(app)


def test_the_saturation_page_has_a_view_for_rates_and_one_for_versions(project: Project) -> None:
    rates = visit("saturation", project="trains", view="rates")
    assert not rates.exception
    assert "How often each failure comes" in words(rates)
    assert "95 % for its mode alone" in words(rates)
    versions = visit("saturation", project="trains", view="versions")
    assert not versions.exception
    assert "What changed between versions" in words(versions)
    assert any("inputs differ" in caption.value for caption in versions.caption)
    again = visit("saturation", project="trains", view="again")
    assert not again.exception
    assert "This week's oddest" in words(again)


def test_the_desk_opens_also_for_someone_without_a_name(project: Project) -> None:
    assert not visit("code", project="trains").exception
    assert not visit("code", project="trains", coder="ana").exception


@pytest.mark.parametrize("page", PAGES)
def test_a_store_that_fails_is_a_sentence_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE somebody_elses (a)")
    monkeypatch.setenv("EVALDASH_DATABASE_URL", f"sqlite:///{path}")
    app = visit(page)
    assert not app.exception
    assert "not one of evaldash" in words(app).replace("\\", "")


def test_a_draw_on_the_page_is_a_batch_in_the_store(store: Store, project: Project) -> None:
    app = visit("sample", project="trains", coder="ana")
    next(button for button in app.button if button.label == "Random").click().run()
    app.number_input[0].set_value(4)
    next(button for button in app.button if button.label == "Draw the batch").click().run()
    assert not app.exception
    assert "Batch 2 holds 4 of 6 traces" in words(app)
    rows = list_batches(store, project)
    assert [(row.number, row.strategy, row.size) for row in rows] == [(1, "uniform", 6), (2, "uniform", 4)]


def test_a_preview_shows_the_draw_beside_its_frame_and_stores_nothing(project: Project, store: Store) -> None:
    before = list_batches(store, project)
    app = visit("sample", project="trains", coder="ana")
    app.button(key="strategy-uniform").click().run()
    next(button for button in app.button if button.label == "Preview").click().run()
    tables = [table.value for table in app.dataframe]
    assert any({"version", "drawn", "by chance", "than chance"} <= set(table.columns) for table in tables)
    assert list_batches(store, project) == before


def test_a_field_of_ones_own_is_made_on_the_page_and_a_mistake_is_a_sentence(project: Project, store: Store) -> None:
    app = visit("sample", project="trains", coder="ana")
    next(field for field in app.text_input if field.label == "Name").set_value("speed")
    app.text_area[-1].set_value("metric.latency_ms > 300")
    next(button for button in app.button if button.label == "Set the field").click().run()
    assert "a value has 1 to 200 characters" in app.error[0].value
    app.text_area[-1].set_value("metric.latency_ms > 300 => slow")
    next(button for button in app.button if button.label == "Set the field").click().run()
    assert [(field.name, list(field.values)) for field in list_fields(store, project)] == [("speed", ["slow"])]


def test_a_wrong_filter_points_at_the_place(project: Project) -> None:
    app = visit("explore", project="trains", filter="colour = red")
    assert not app.exception
    assert "no field" in words(app).replace("\\", "")


def test_a_search_lists_the_newest_traces_with_the_place_of_the_words(project: Project) -> None:
    app = visit("explore", project="trains", filter='"booking fine" and not "refund"')
    assert not app.exception
    found = list(app.dataframe[0].value["found"])
    assert found
    assert all("‹Booking›" in line and "‹fine›" in line for line in found)


@pytest.mark.parametrize(
    ("view", "said"),
    [("Evaluators", "code check looks for failure modes"), ("History", "What changed from version")],
)
def test_the_views_of_the_taxonomy_open(project: Project, view: str, said: str) -> None:
    app = visit("taxonomy", project="trains", coder="ana")
    app.segmented_control(key="taxonomy-view").set_value(view).run()
    assert not app.exception
    assert said in words(app) + " ".join(box.label for box in app.selectbox)


def test_a_code_check_is_made_on_the_page(store: Store, project: Project) -> None:
    app = visit("taxonomy", project="trains", coder="ana")
    app.segmented_control(key="taxonomy-view").set_value("Evaluators").run()
    next(box for box in app.selectbox if box.label == "Kind").set_value(CheckKind.CONTAINS).run()
    next(area for area in app.text_area if area.label == "Words, one a line").set_value("fine\n\npaid")
    next(button for button in app.button if button.label == "Make the check").click().run()
    assert not app.exception
    [made] = list_checks(store, project)
    assert (made.kind, made.spec["words"], made.spec["where"]) == (CheckKind.CONTAINS, ["fine", "paid"], "answer")


def test_a_second_coder_tests_the_codebook_on_the_page(store: Store, project: Project) -> None:
    app = visit("taxonomy", project="trains", coder="ben")
    app.segmented_control(key="taxonomy-view").set_value("Codebook").run()
    app.segmented_control(key="codebook-part").set_value("Test it").run()
    next(button for button in app.button if button.label == "Begin with 4 traces").click().run()
    [test] = list_tests(store, project)
    for item in test.judged:
        if item.modes:
            app.checkbox[0].check().run()
            assert list_tests(store, project)[0].answer(item.trace).modes == item.modes  # saved before "next"
        next(button for button in app.button if button.label.startswith("Next: ")).click().run()
        assert not app.exception
    assert "agree on **4 of 4 traces** (100 %; too few failures for AC1 and kappa)" in words(app)
    assert list(app.dataframe[0].value["both yes"]) == [1, 1, 1]


def test_who_judged_all_is_told_why_there_is_no_test(project: Project) -> None:
    app = visit("taxonomy", project="trains", coder="ana")
    app.segmented_control(key="taxonomy-view").set_value("Codebook").run()
    app.segmented_control(key="codebook-part").set_value("Test it").run()
    assert "No trace can test ana yet" in words(app)


def test_runs_of_suggestions_are_listed_and_two_compared(store: Store, project: Project) -> None:
    for id, codes in (("a" * 12, ("c1", "c2")), ("b" * 12, ("c2",))):
        found = SuggestedMode(name=f"by {id[0]}", definition="d", codes=codes, evidence=codes[:1])
        left = tuple({"c1", "c2"} - set(codes))
        run = Suggestion(id=id, method="local", modes=(found,), left_over=left)
        with store.write() as connection:
            suggestions.add(connection, project, run, taxonomy_version=1, input={}, seconds=0.1, by="ana")
    app = visit("taxonomy", project="trains", coder="ana")
    app.segmented_control(key="taxonomy-view").set_value("Suggestions").run()
    assert not app.exception
    assert [list(box.value["left over"]) for box in app.dataframe if "left over" in box.value] == [[1, 0]]
    assert "Of 2 notes that both runs read" in words(app)


def test_names_of_users_are_never_markup(store: Store) -> None:
    made = make_project(store, [conversation(1)], name="<b>:red[x]</b>")
    taxonomy.create(store, made, "![a](http://example.invalid/x.png)", who="ana")
    app = visit("overview", project="<b>:red[x]</b>", coder="ana")
    assert not app.exception
    assert app.title[0].value == r"\<b\>\:red\[x\]\</b\>"


def test_a_project_that_is_not_there_is_said(project: Project) -> None:
    app = visit("overview", project="nowhere")
    assert "no project nowhere" in words(app)
