"""Names that people and traces give stand on the pages as they are, and what a person typed outlives a refusal."""

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.storage.store import Store
from evaldash.ui.context import field_words
from tests.support.pages import visit, words


def test_the_name_of_a_field_is_no_markup_in_a_label() -> None:
    assert field_words("version") == "version"
    assert field_words("metadata.user.plan") == r"user\.plan"
    assert field_words("metadata.:red[x]") == r"\:red\[x\]"


def test_a_fix_that_is_refused_keeps_what_was_typed(store: Store, project: Project) -> None:
    app = visit("saturation", project="trains", view="versions")
    form = next(block for block in app.main if block.type == "form")
    assert not form.proto.form.clear_on_submit
    next(area for area in app.text_area if area.label == "What was changed").set_value("The tool answers in local time")
    next(button for button in app.button if button.label == "Record").click().run()
    assert "who is coding is not known" in words(app)
    assert app.text_area[0].value == "The tool answers in local time"
    next(field for field in app.text_input if field.label == "Who is coding").set_value("ana").run()
    next(button for button in app.button if button.label == "Record").click().run()
    assert not app.exception
    assert app.text_area[0].value == ""
    assert taxonomy.view(store, project).taxonomy.modes[0].name in list(app.dataframe[-1].value["failure mode"])
