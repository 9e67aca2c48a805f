from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.domain.taxonomy import FailureMode, SuggestedMode, Suggestion, Taxonomy
from evaldash.errors import Ambiguous, Conflict, EvaldashError, InvalidInput, NotFound
from evaldash.taxonomy import editing

CODES = frozenset("abcdef")
BASE = Taxonomy(
    version=3,
    published="first",
    modes=(FailureMode(id="1", name="Wrong date"), FailureMode(id="2", name="Rude", definition="Is rude.")),
    assignments={"a": "1", "b": "1", "c": "2"},
)


def ids():
    return map("n{}".format, itertools.count()).__next__


def suggested(name, codes, existing=None):
    return SuggestedMode(name=name, definition="d", codes=tuple(codes), evidence=(), existing=existing)


def suggestion(*modes):
    return Suggestion(id="s1", method="local", modes=modes, left_over=())


def test_accept_is_one_change_and_keeps_what_people_decided():
    offer = suggestion(suggested("Slow", "ade"), suggested("Rude", "f", existing="2"), suggested("Gone", "z"))
    after = editing.accept(BASE, offer, new_id=ids(), known_codes=CODES)
    assert (after.version, after.published) == (4, None)
    assert after.assignments == {"a": "1", "b": "1", "c": "2", "d": "n0", "e": "n0", "f": "2"}
    assert [mode.name for mode in after.modes] == ["Wrong date", "Rude", "Slow"]


def test_accept_takes_only_what_was_named():
    offer = suggestion(suggested("Slow", "d"), suggested("Cold", "e"))
    after = editing.accept(BASE, offer, new_id=ids(), known_codes=CODES, only=["slow"])
    assert "e" not in after.assignments


def test_accepting_twice_says_that_nothing_is_left():
    offer = suggestion(suggested("Slow", "d"))
    once = editing.accept(BASE, offer, new_id=ids(), known_codes=CODES)
    with pytest.raises(Conflict, match="nothing is left"):
        editing.accept(once, offer, new_id=ids(), known_codes=CODES)


def test_merge_into_a_mode_or_under_a_new_name():
    into_there = editing.merge(BASE, ["wrong DATE"], into="Rude")
    assert [mode.id for mode in into_there.modes] == ["2"]
    assert set(into_there.assignments.values()) == {"2"}
    renamed = editing.merge(BASE, ["Rude", "Wrong date"], into="Bad manners")
    assert [(mode.id, mode.name, mode.definition) for mode in renamed.modes] == [("2", "Bad manners", "Is rude.")]
    assert renamed.assignments.keys() == BASE.assignments.keys()


def test_split_takes_some_and_leaves_some():
    after = editing.split(BASE, "Wrong date", ["b"], into="Wrong year", new_id=ids())
    assert after.assignments == {"a": "1", "b": "n0", "c": "2"}


def test_move_assign_rename_define_and_retire():
    assert editing.move(BASE, ["a", "d"], to="Rude", known_codes=CODES).assignments["d"] == "2"
    assert "a" not in editing.move(BASE, ["a"], to=None, known_codes=CODES).assignments
    assigned = editing.assign(BASE, {"d": "1", "c": "Wrong date"}, known_codes=CODES)
    assert (assigned.assignments["d"], assigned.assignments["c"], assigned.version) == ("1", "1", 4)
    assert editing.rename(BASE, "rude", "  RUDE \n tone ").modes[1].name == "RUDE tone"
    assert editing.rename(BASE, "rude", "RUDE").modes[1].name == "RUDE"
    defined = editing.define(BASE, "1", definition="The date is wrong.", not_when="No date asked for.")
    assert (defined.modes[0].definition, defined.modes[0].not_when) == ("The date is wrong.", "No date asked for.")
    retired = editing.retire(BASE, "Wrong date")
    assert ([mode.id for mode in retired.modes], retired.assignments) == (["2"], {"c": "2"})


def test_edits_leave_the_version_they_start_from_alone():
    editing.move(BASE, ["a"], to=None, known_codes=CODES)
    assert (BASE.version, BASE.published, BASE.assignments["a"]) == (3, "first", "1")


@pytest.mark.parametrize(
    ("edit", "error", "words"),
    [
        (lambda: editing.rename(BASE, "1", "RUDE"), InvalidInput, "already a failure mode named 'Rude'"),
        (lambda: editing.rename(BASE, "1", " \x00 "), InvalidInput, "must not be empty"),
        (lambda: editing.rename(BASE, "1", "x" * 121), InvalidInput, "at most 120 characters, got 121"),
        (lambda: editing.retire(BASE, "Slow"), NotFound, "Wrong date, Rude"),
        (lambda: editing.retire(Taxonomy(), "Slow"), NotFound, "none yet"),
        (lambda: editing.retire(editing.rename(BASE, "2", "1"), "1"), Ambiguous, "give the id"),
        (lambda: editing.merge(BASE, ["1"], into="1"), InvalidInput, "at least two"),
        (lambda: editing.merge(BASE, ["1"], into="Other"), InvalidInput, "at least two"),
        (lambda: editing.split(BASE, "1", "ab", into="X", new_id=ids()), InvalidInput, "leave some"),
        (lambda: editing.split(BASE, "1", "c", into="X", new_id=ids()), NotFound, "does not hold c"),
        (lambda: editing.split(BASE, "1", "a", into="rude", new_id=ids()), InvalidInput, "already"),
        (lambda: editing.move(BASE, ["zz"], to="1", known_codes=CODES), NotFound, "no code zz"),
        (lambda: editing.move(BASE, [], to="1", known_codes=CODES), InvalidInput, "at least one code"),
        (lambda: editing.assign(BASE, {"a": "Slow"}, known_codes=CODES), NotFound, "no failure mode 'Slow'"),
        (lambda: editing.define(BASE, "1"), InvalidInput, "none of them"),
        (
            lambda: editing.accept(BASE, suggestion(suggested("S", "d")), new_id=ids(), known_codes=CODES, only=["T"]),
            NotFound,
            "it suggests S",
        ),
    ],
)
def test_what_cannot_be_done_is_said(edit, error, words):
    with pytest.raises(error, match=words):
        edit()


NAMES = st.sampled_from(["Wrong date", "Rude", "Slow", "slow", "Cold", "n0", "", "1"])
SOME_CODES = st.lists(st.sampled_from([*CODES, "zz"]), max_size=4)
EDITS = st.one_of(
    st.tuples(st.just("merge"), st.lists(NAMES, max_size=3), NAMES),
    st.tuples(st.just("split"), NAMES, SOME_CODES, NAMES),
    st.tuples(st.just("move"), SOME_CODES, st.one_of(st.none(), NAMES)),
    st.tuples(st.just("rename"), NAMES, NAMES),
    st.tuples(st.just("retire"), NAMES),
    st.tuples(st.just("accept"), SOME_CODES, NAMES),
)


def apply(taxonomy, edit, new_id):
    verb, *args = edit
    if verb == "merge":
        return editing.merge(taxonomy, args[0], into=args[1])
    if verb == "split":
        return editing.split(taxonomy, args[0], args[1], into=args[2], new_id=new_id)
    if verb == "move":
        return editing.move(taxonomy, args[0], to=args[1], known_codes=CODES)
    if verb == "accept":
        return editing.accept(taxonomy, suggestion(suggested(args[1], args[0])), new_id=new_id, known_codes=CODES)
    return getattr(editing, verb)(taxonomy, *args)


@given(st.lists(EDITS, max_size=20))
def test_no_sequence_of_edits_loses_a_code_or_places_one_nowhere(edits):
    taxonomy, new_id = BASE, ids()
    for edit in edits:
        try:
            after = apply(taxonomy, edit, new_id)
        except EvaldashError:
            continue
        assert after.version == taxonomy.version + 1
        mode_ids = [mode.id for mode in after.modes]
        names = [mode.name.casefold() for mode in after.modes]
        assert len(set(mode_ids)) == len(mode_ids)
        assert len(set(names)) == len(names)
        assert set(after.assignments.values()) <= set(mode_ids)
        assert set(after.assignments) <= CODES
        vanished = set(taxonomy.assignments) - set(after.assignments)
        assert not vanished or edit[0] == "retire" or (edit[0] == "move" and edit[2] is None)
        taxonomy = after
