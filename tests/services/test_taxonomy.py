"""The taxonomy through its services: suggestions change nothing, changes are versions, undo goes all the way back."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, SuggestedMode, Suggestion
from evaldash.errors import Conflict, InvalidInput, NotFound
from evaldash.services import coding, suggesting, taxonomy
from evaldash.storage import suggestions
from evaldash.storage.store import Store, open_store
from tests.support.scripted_llm import ScriptedLLM, says
from tests.support.traces import conversation, make_project

NOTES = ["took the 12th for the 21st", "wrong date in the summary", "date off by a week", "curt answer", "rude to her",
         "ignored the second question"]  # fmt: skip
CODES = [f"code{number:04d}" for number in range(len(NOTES))]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return coded_project(store)


def coded_project(store: Store) -> Project:
    traces = [conversation(number) for number in range(len(NOTES))]
    made = make_project(store, traces)
    for trace, code, note in zip(traces, CODES, NOTES, strict=True):
        reading = Reading(id=f"s-{code}", trace=trace.id, verdict=Verdict.FAIL, codes=(OpenCode(id=code, text=note),))
        coding.save_reading(store, made, reading, coder="ana")
    return made


def suggest(store: Store, project: Project) -> str:
    """Keep a suggestion: two modes over five notes, one note left over."""
    modes = (
        SuggestedMode(name="Wrong date", definition="d", codes=tuple(CODES[:3]), evidence=(CODES[0],)),
        SuggestedMode(name="Tone", definition="t", codes=tuple(CODES[3:5]), evidence=(CODES[3],)),
    )
    found = Suggestion(id="abcdef123456", method="local", modes=modes, left_over=(CODES[5],))
    with store.write() as connection:
        suggestions.add(connection, project, found, taxonomy_version=0, input={}, seconds=0.1, by="ana")
    return found.id


def held(store: Store, project: Project) -> dict[str, list[str]]:
    now = taxonomy.view(store, project)
    return {mode.name: sorted(code.id for code in now.by_mode[mode.id]) for mode in now.taxonomy.modes}


def test_accepting_all_is_one_version_and_only_once(store: Store, project: Project) -> None:
    id = suggest(store, project)
    assert held(store, project) == {}
    now = suggesting.accept(store, project, id[:6], who="ana")
    assert held(store, project) == {"Wrong date": CODES[:3], "Tone": CODES[3:5]}
    assert now.taxonomy.version == 1
    assert [code.id for code in now.uncategorised] == [CODES[5]]
    with pytest.raises(Conflict, match="nothing is left to accept"):
        suggesting.accept(store, project, id, who="ana")


def test_accepting_some_with_words_of_ones_own(store: Store, project: Project) -> None:
    id = suggest(store, project)
    suggesting.accept(store, project, id, who="ana", only=["Tone"], edited={"Tone": ("Unfriendly", "Sounds cold.")})
    assert held(store, project) == {"Unfriendly": CODES[3:5]}
    assert taxonomy.view(store, project).taxonomy.modes[0].definition == "Sounds cold."
    with pytest.raises(NotFound):
        suggesting.accept(store, project, "nothing", who="ana")


def test_every_change_by_hand(store: Store, project: Project) -> None:
    suggesting.accept(store, project, suggest(store, project), who="ana")
    taxonomy.split(store, project, "Wrong date", [CODES[0][:8]], into="Swapped digits", who="ana")
    taxonomy.move(store, project, [CODES[5]], to="tone", who="ana")
    taxonomy.rename(store, project, "Tone", "Manner", who="ana")
    taxonomy.define(store, project, "Manner", definition="How it speaks.", who="ana")
    assert held(store, project) == {
        "Wrong date": CODES[1:3], "Manner": CODES[3:6], "Swapped digits": [CODES[0]],
    }  # fmt: skip
    taxonomy.merge(store, project, ["Swapped digits"], into="Wrong date", who="ana")
    taxonomy.retire(store, project, "Manner", who="ana")
    assert held(store, project) == {"Wrong date": CODES[:3]}
    assert len(taxonomy.view(store, project).uncategorised) == 3
    assert [change.action for change in taxonomy.history(store, project)] == [
        "accept", "split", "move", "rename", "define", "merge", "retire",
    ]  # fmt: skip


def test_undo_goes_back_step_by_step_and_keeps_the_history(store: Store, project: Project) -> None:
    suggesting.accept(store, project, suggest(store, project), who="ana")
    states = [held(store, project)]
    taxonomy.rename(store, project, "Tone", "Manner", who="ana")
    states.append(held(store, project))
    taxonomy.retire(store, project, "Wrong date", who="ana")
    taxonomy.undo(store, project, who="ben")
    assert held(store, project) == states[1]
    taxonomy.undo(store, project, who="ben")
    assert held(store, project) == states[0]
    taxonomy.undo(store, project, who="ben")
    assert held(store, project) == {}
    with pytest.raises(Conflict, match="no change to take back"):
        taxonomy.undo(store, project, who="ben")
    assert len(taxonomy.history(store, project)) == 6


def test_a_published_version_has_its_name_for_good(store: Store, project: Project) -> None:
    with pytest.raises(Conflict, match="nothing to publish"):
        taxonomy.publish(store, project, "spring", who="ana")
    taxonomy.create(store, project, "Tone", codes=CODES[3:5], who="ana")
    taxonomy.publish(store, project, "spring", who="ana")
    with pytest.raises(Conflict, match="published already"):
        taxonomy.publish(store, project, "summer", who="ana")
    taxonomy.rename(store, project, "Tone", "Manner", who="ana")
    with pytest.raises(Conflict, match="choose another name"):
        taxonomy.publish(store, project, "spring", who="ana")
    old = taxonomy.view(store, project, 1)
    assert (old.taxonomy.published, old.taxonomy.modes[0].name) == ("spring", "Tone")


def test_a_model_suggests_and_a_person_decides(store: Store, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"definition": "d", "applies_when": "a", "does_not_apply_when": "n"}
    first = {"name": "Wrong date", **words, "existing": None, "notes": ["n1", "n2", "n3"], "evidence": []}
    answer = {"modes": [first], "left_over": ["n4", "n5", "n6"]}
    with pytest.raises(Conflict, match="no model is configured"):
        suggesting.suggest_by_model(store, project, limit_usd=1.0)
    with ScriptedLLM(says(json.dumps(answer))) as llm:
        monkeypatch.setenv("EVALDASH_MODEL_BASE_URL", llm.url)
        found = suggesting.suggest_by_model(store, project, limit_usd=1.0, who="ana")
    assert held(store, project) == {}
    assert sorted([*found.modes[0].codes, *found.left_over]) == CODES
    suggesting.accept(store, project, found.id, who="ana")
    assert held(store, project) == {"Wrong date": sorted(found.modes[0].codes)}
    [made] = taxonomy.view(store, project).taxonomy.modes
    assert (made.applies_when, made.not_when) == ("a", "n")


@pytest.mark.slow
def test_changes_of_one_label_are_all_taken_over(store: Store, project: Project) -> None:
    dates = taxonomy.create(store, project, "Wrong date", codes=CODES[:5], who="ana").taxonomy.modes[0]
    tone = taxonomy.create(store, project, "Tone", codes=CODES[5:], who="ana").taxonomy.modes[1]
    moves = tuple(
        SuggestedChange(kind=ChangeKind.MOVE, mode=dates.id, into=tone.id, codes=(code,), reason="far")
        for code in CODES[3:5]
    )
    found = Suggestion(id="abcdef123456", method="local", modes=(), left_over=(), changes=moves)
    with store.write() as connection:
        suggestions.add(connection, project, found, taxonomy_version=2, input={}, seconds=0.1, by="ana")
    suggesting.accept(store, project, found.id, who="ana")
    assert held(store, project) == {"Wrong date": CODES[:3], "Tone": CODES[3:]}


def test_a_local_suggestion_accounts_for_every_note(store: Store, project: Project) -> None:
    found = suggesting.suggest_locally(store, project, who="ana")
    assert sorted([*(code for mode in found.modes for code in mode.codes), *found.left_over]) == CODES
    with store.read() as connection:
        assert suggestions.newest(connection, project) == found
    assert taxonomy.view(store, project).taxonomy.version == 0


def test_what_was_taken_back_is_brought_back_until_something_else_is_changed(store: Store, project: Project) -> None:
    seen = []
    for name in ("Dates", "Tone", "Other"):
        taxonomy.create(store, project, name, who="ana")
        seen.append([mode.name for mode in taxonomy.view(store, project).taxonomy.modes])
    for _ in range(2):
        for _ in range(3):
            taxonomy.undo(store, project, who="ben")
        assert held(store, project) == {}
        for names in seen:
            assert list(held(store, project)) != names
            taxonomy.redo(store, project, who="ben")
            assert list(held(store, project)) == names
        with pytest.raises(Conflict, match="nothing to bring back"):
            taxonomy.redo(store, project, who="ben")
    taxonomy.undo(store, project, who="ben")
    taxonomy.create(store, project, "Instead", who="ana")
    with pytest.raises(Conflict, match="nothing to bring back"):
        taxonomy.redo(store, project, who="ben")
    assert taxonomy.history(store, project)[6].action == "redo"
    taxonomy.undo(store, project, who="ben")
    assert list(held(store, project)) == ["Dates", "Tone"]
    taxonomy.redo(store, project, who="ben")
    assert list(held(store, project)) == ["Dates", "Tone", "Instead"]


EDITS = st.lists(
    st.tuples(st.sampled_from(["create", "move", "merge", "split", "retire", "rename", "undo", "redo"]),
              st.integers(0, 5), st.integers(0, 5)),
    max_size=10,
)  # fmt: skip


@given(edits=EDITS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_sequence_of_changes_keeps_each_note_in_one_place_and_every_version_readable(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[str, int, int]]
) -> None:
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('edits') / 'store.db'}")
    project = coded_project(store)
    seen = {0: held(store, project)}
    kept = {0: taxonomy.view(store, project).taxonomy}
    for number, (action, first, second) in enumerate(edits):
        names = [mode.name for mode in taxonomy.view(store, project).taxonomy.modes]
        try:
            edit(store, project, action, names, first, second, number)
        except (Conflict, InvalidInput, NotFound):
            continue
        now = taxonomy.view(store, project)
        seen[now.taxonomy.version], kept[now.taxonomy.version] = held(store, project), now.taxonomy
        placed = [code.id for codes in now.by_mode.values() for code in codes] + [code.id for code in now.uncategorised]
        assert sorted(placed) == CODES
    for version, state in seen.items():
        old = taxonomy.view(store, project, version)
        assert old.taxonomy == kept[version]
        assert {mode.name: sorted(c.id for c in old.by_mode[mode.id]) for mode in old.taxonomy.modes} == state
    store.close()


def edit(store: Store, project: Project, action: str, names: list[str], first: int, second: int, number: int) -> None:
    code = CODES[first]
    if action == "create":
        taxonomy.create(store, project, f"Mode {number}", codes=[code], who="ana")
    elif action == "undo":
        taxonomy.undo(store, project, who="ana")
    elif action == "redo":
        taxonomy.redo(store, project, who="ana")
    elif not names:
        raise NotFound("there is no mode yet")
    elif action == "move":
        taxonomy.move(store, project, [code], to=names[second % len(names)], who="ana")
    elif action == "merge":
        taxonomy.merge(store, project, [names[first % len(names)]], into=names[second % len(names)], who="ana")
    elif action == "split":
        taxonomy.split(store, project, names[second % len(names)], [code], into=f"Part {number}", who="ana")
    elif action == "rename":
        taxonomy.rename(store, project, names[first % len(names)], f"Renamed {number}", who="ana")
    else:
        taxonomy.retire(store, project, names[first % len(names)], who="ana")
