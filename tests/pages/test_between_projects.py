"""What a session keeps belongs to a project and a coder: nothing of one turns up in another."""

from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding
from evaldash.services.projects import ensure_project
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.storage.store import Store
from tests.support.pages import visit, words
from tests.support.traces import conversation, make_project


@pytest.fixture
def other(store: Store, project: Project) -> Project:
    """Return a second project: one batch, one trace of it judged."""
    made = make_project(store, [conversation(number) for number in range(4)], name="planes")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=2, seed=1))
    [first, _] = drawn_traces(store, made, 1)
    reading = Reading(id="p1", trace=first.trace, verdict=Verdict.FAIL, codes=(OpenCode(id="p2", text="late"),))
    coding.save_reading(store, made, reading, coder="ana")
    return made


def turn_to(app: AppTest, name: str) -> AppTest:
    next(box for box in app.selectbox if box.label == "Project").set_value(name).run()
    assert not app.exception
    return app


def test_what_a_link_says_of_one_project_is_not_asked_of_another(other: Project) -> None:
    about = {"batch": "1", "filter": "version = 1", "search": "late", "group": "3", "colour": "verdict"}
    app = turn_to(visit("explore", project="trains", coder="ana", **about), "planes")
    kept = {name: app.query_params[name] for name in ("project", "coder", *about) if name in app.query_params}
    assert {name: "".join(value) for name, value in kept.items()} == {"project": "planes", "coder": "ana"}


def test_the_draft_of_a_report_stays_in_its_project(other: Project) -> None:
    app = visit("report", project="trains", coder="ana")
    app.button(key="edit-summary").click().run()
    app.text_area[0].set_value("Trains are looked up wrongly.").run()
    turn_to(app, "planes")
    assert not app.text_area
    app.button(key="edit-summary").click().run()
    assert "Trains are looked up wrongly." not in str(app.text_area[0].value)
    turn_to(app, "trains")
    app.button(key="edit-summary").click().run()
    assert app.text_area[0].value == "Trains are looked up wrongly."


def test_a_batch_that_was_chosen_is_not_looked_for_in_another_project(
    store: Store, project: Project, other: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw_batch(store, project, SampleRequest(strategy="uniform", size=2, seed=2))
    shown, keys = st.dataframe, []

    def second_row_is_chosen_as_long_as_the_key_stays(*given: Any, key: str | None = None, **more: Any) -> Any:
        found = shown(*given, key=key, **more)
        if key is None or not key.startswith("batches"):
            return found
        keys.append(key)
        return {"selection": {"rows": [1] if key == keys[0] else []}}

    monkeypatch.setattr(st, "dataframe", second_row_is_chosen_as_long_as_the_key_stays)
    app = visit("sample", project="trains", coder="ana")
    assert "Read batch 1" in words(app)
    assert "Read batch" not in words(turn_to(app, "planes"))


def test_settling_at_the_desk_ends_with_the_coder_who_began(store: Store, project: Project) -> None:
    trace = drawn_traces(store, project, 1)[2].trace
    coding.save_reading(
        store, project, Reading(id="b1", trace=trace, verdict=Verdict.FAIL, codes=(OpenCode(id="b2", text="x"),)),
        coder="ben",
    )  # fmt: skip
    app = visit("code", project="trains", coder="ana")
    app.segmented_control(key="code-view").set_value("Agreement").run()
    next(button for button in app.button if button.label == "Settle 1 at the desk").click().run()
    assert "Back to the list" in words(app)
    next(field for field in app.text_input if field.label == "Who is coding").set_value("ben").run()
    assert "Back to the list" not in words(app)
    assert "Settle 1 at the desk" in words(app)


def test_a_project_that_is_not_there_is_said_once(project: Project) -> None:
    assert len(visit("sample", project="nowhere").warning) == 1


def test_the_audit_trail_is_no_markup(store: Store) -> None:
    made = ensure_project(store, "trains", who="![a](http://example.invalid/x.png)")
    app = visit("overview", project=made.name, coder="ana")
    assert app.table[0].value["who"][0] == r"\!\[a\]\(http\://example\.invalid/x\.png\)"
