"""A mistake in the settings of the model costs what needs a model, and nothing else of a page."""

import pytest

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import SuggestedMode, Suggestion
from evaldash.storage import suggestions
from evaldash.storage.store import Store
from tests.support.pages import visit, words


def test_suggestions_go_on_without_the_model(store: Store, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    made = SuggestedMode(name="Curt", definition="d", codes=("c2",), evidence=("c2",))
    with store.write() as connection:
        run = Suggestion(id="a" * 12, method="local", modes=(made,), left_over=())
        suggestions.add(connection, project, run, taxonomy_version=1, input={}, seconds=0.1, by="ana")
    monkeypatch.setenv("EVALDASH_MODEL", "some-model")
    monkeypatch.setenv("EVALDASH_MODEL_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("EVALDASH_MODEL_MAX_TOKENS", "many")
    app = visit("taxonomy", project="trains", coder="ana")
    app.segmented_control(key="taxonomy-view").set_value("Suggestions").run()
    assert not app.exception
    assert "EVALDASH" in words(app)
    assert [box.label for box in app.expander] == ["1 run of suggestions so far"]
