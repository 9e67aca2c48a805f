"""Changes to large modes: every note is seen in some pass, and what the passes propose is one list, nothing dropped."""

from __future__ import annotations

import json

import pytest

from evaldash.domain.taxonomy import ChangeKind, FailureMode, SuggestedChange, Taxonomy
from evaldash.errors import Cancelled, InvalidInput
from evaldash.llm.client import ModelClient
from evaldash.llm.settings import ModelSettings
from evaldash.taxonomy.change_passes import change_passes, request_tokens
from evaldash.taxonomy.changing import contradictions, labelled
from evaldash.taxonomy.estimating import estimate
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.suggest_model import suggest_with_model
from tests.support.scripted_llm import ScriptedLLM, says
from tests.taxonomy.test_suggest_changes import change, changes
from tests.taxonomy.test_suggest_model import Kept, data_of, run

NONE = says('{"changes": []}')
SMALL = 16_000  # tokens of context, half of it for the answer


def mode(number, **words):
    return FailureMode(id=f"{number:032x}", name=f"Mode {number}", **words)


def notes_in(taxonomy, sizes, *, words=60):
    """Return notes and the taxonomy that holds so many of them in each mode."""
    codes = [CodeText(f"c{number}", f"note {number} " + "word " * words) for number in range(sum(sizes))]
    homes = [found.id for found, size in zip(taxonomy.modes, sizes, strict=True) for _ in range(size)]
    held = {code.id: home for code, home in zip(codes, homes, strict=True)}
    return codes, Taxonomy(modes=taxonomy.modes, assignments=held)


LARGE, THERE = notes_in(Taxonomy(modes=tuple(mode(n, definition=f"Is it {n}?") for n in range(4))), [150, 30, 3, 20])


def ids_sent(llm, codes):
    by_text = {code.text: code.id for code in codes}
    rows = [row for request in llm.requests for row in data_of(request).get("modes", [])]
    return [by_text[note["text"]] for row in rows for note in row.get("notes", [])]


def test_every_note_is_in_one_pass_and_a_mode_is_whole_where_it_fits():
    found, llm = run(*[NONE] * 9, codes=LARGE, taxonomy=THERE, context=SMALL)
    assert sorted(ids_sent(llm, LARGE)) == sorted(code.id for code in LARGE)
    assert len(llm.requests) == found.passes > 2
    sizes = [[len(row.get("notes", [])) for row in data_of(request)["modes"]] for request in llm.requests]
    first, *others = zip(*sizes, strict=True)
    assert all(sum(map(bool, size)) == 1 for size in others)
    portions = [size for size in first if size]
    assert max(portions) - min(portions) <= 1
    for request in llm.requests:
        assert [row["definition"] for row in data_of(request)["modes"]] == [f"Is it {n}?" for n in range(4)]


def test_a_portion_is_drawn_from_the_whole_length_of_a_mode():
    _, llm = run(*[NONE] * 9, codes=LARGE, taxonomy=THERE, context=SMALL)
    numbers = [int(note["text"].split()[1]) for note in data_of(llm.requests[0])["modes"][0]["notes"]]
    assert numbers[0] == 0
    assert numbers[-1] > 140


@pytest.mark.parametrize("context", [13_000, 16_000, 32_000])
@pytest.mark.parametrize("words", [0, 3, 300])
def test_no_question_is_longer_than_the_context_holds(context, words):
    told = "definition " * 20
    modes = tuple(mode(n, definition=told, applies_when=told, not_when=told) for n in range(40))
    codes, there = notes_in(Taxonomy(modes=modes), [n % 7 * 20 + 1 for n in range(40)], words=words)
    client = ModelClient(ModelSettings(model="tiny", context=context))
    asked = change_passes(codes, there, client, redacted=True)
    assert sorted(note.id for question in asked for note in question.notes.values()) == sorted(c.id for c in codes)
    assert max(request_tokens(question, client) for question in asked) <= context - client.settings.max_tokens
    for question in asked:  # where words of all modes leave too little room, those without notes keep their names
        rows = json.loads(json.dumps(question.data["modes"]))
        assert all("definition" in row for row in rows if "notes" in row)
        assert [row["name"] for row in rows] == [f"Mode {n}" for n in range(40)]


def test_a_context_without_room_is_a_sentence():
    with pytest.raises(InvalidInput, match="EVALDASH_MODEL_CONTEXT"):
        run(codes=LARGE, taxonomy=THERE, context=9_000)


def test_the_estimate_counts_all_passes_and_holds_what_is_used():
    client = ModelClient(ModelSettings(model="tiny", context=SMALL, price_in=1.0, price_out=1.0))
    expected = estimate(LARGE, THERE, client)
    found, llm = run(*[NONE] * 9, codes=LARGE, taxonomy=THERE, context=SMALL, limit_usd=expected.cost_usd)
    assert len(llm.requests) <= expected.requests
    assert found.cost_usd <= expected.cost_usd
    assert expected.requests > len(llm.requests)  # joining is counted in


def test_a_run_is_stopped_between_passes_and_says_how_far_it_was():
    seen = []
    with pytest.raises(Cancelled, match="stopped"):
        run(
            *[NONE] * 9, codes=LARGE, taxonomy=THERE, context=SMALL,
            progress=lambda done, total: seen.append((done, total)), should_stop=lambda: len(seen) > 1,
        )  # fmt: skip
    assert [total for _, total in seen] == [203, 203]
    assert 0 == seen[0][0] < seen[1][0] < 203


def test_a_pass_is_paid_for_once_and_a_note_that_moved_asks_only_about_its_modes():
    cache = Kept()
    moved = Taxonomy(modes=THERE.modes, assignments=THERE.assignments | {"c182": THERE.modes[3].id})
    with ScriptedLLM(*[NONE] * 9) as llm:
        client = ModelClient(ModelSettings(model="tiny", base_url=llm.url, context=SMALL))
        first, again, other = (
            suggest_with_model(LARGE, there, client, limit_usd=None, suggestion_id="s", cache=cache)
            for there in (THERE, THERE, moved)
        )
    assert (first.passes, again.passes, other.passes) == (5, 5, 5)
    assert len(llm.requests) == 5 + 2


def proposing(*each):
    """Return a script: the changes for each pass, then an answer about all that is to be joined."""

    def answer(number):
        def said(request):
            first = next(row for row in data_of(request)["modes"] if row.get("notes"))
            return changes(*(made(first) for made in each[number])) if number < len(each) else NONE

        return said

    return [answer(number) for number in range(9)]


def renamed(name):
    return lambda row: change("rename", row["id"], [row["notes"][0]["id"]], name=name, reason=f"Because {name}.")


def parted(name, count=2):
    return lambda row: change("split", row["id"], [n["id"] for n in row["notes"][:count]], name=name, reason="Two.")


def defined(definition):
    return lambda row: change("define", row["id"], definition=definition)


def passes_of(codes, there):
    return len(change_passes(codes, there, ModelClient(ModelSettings(model="tiny", context=SMALL)), redacted=True))


ONE, ALONE = notes_in(Taxonomy(modes=(mode(0), mode(1))), [120, 0])


def joined(*groups):
    words = {"name": "", "definition": "", "applies_when": "", "does_not_apply_when": "", "reason": "All say so."}
    return says(json.dumps({"changes": [words | {"proposals": ids} | given for ids, given in groups]}))


def asked_to_join(*each, answer=None):
    count = passes_of(ONE, ALONE)
    assert count == len(each), count
    script = [*proposing(*each)[:count], *([answer, answer] if answer else [])]
    return run(*script, codes=ONE, taxonomy=ALONE, context=SMALL)


def test_the_same_change_of_two_passes_is_one_with_the_notes_of_both():
    found, llm = asked_to_join([parted("Curt")], [parted("curt")], [])
    [only] = found.changes
    assert (only.kind, only.name, len(only.codes)) == (ChangeKind.SPLIT, "Curt", 4)
    assert len(llm.requests) == 3  # nothing was left to ask


def test_what_two_passes_say_in_other_words_is_joined_by_the_model():
    answer = joined((["c1", "c2"], {"name": "Curt or rude"}))
    found, llm = asked_to_join([renamed("Curt")], [], [renamed("Rude")], answer=answer)
    [only] = found.changes
    assert (only.kind, only.name, len(only.codes)) == (ChangeKind.RENAME, "Curt or rude", 2)
    assert only.reason == "All say so. Joined from “Curt”, “Rude”."
    [first, second] = data_of(llm.requests[3])["proposals"]
    assert [first["name"], second["name"], first["mode_name"]] == ["Curt", "Rude", "Mode 0"]
    assert found.passes == 3


def test_contradictory_proposals_are_both_shown_where_the_model_keeps_them_apart():
    answer = joined((["c1"], {}), (["c2"], {}), (["c3"], {"definition": "x"}), (["c4"], {}))
    found, _ = asked_to_join(
        [renamed("Curt"), defined("Is it curt?")], [renamed("Rude")], [defined("Is it rude?")], answer=answer
    )
    assert sorted((item.kind, item.name, item.definition) for item in found.changes) == [
        ("define", "", "Is it curt?"), ("define", "", "Is it rude?"), ("rename", "Curt", ""), ("rename", "Rude", ""),
    ]  # fmt: skip
    assert [[o.name or o.definition for o in others] for others in contradictions(found.changes)] == [
        [
            {"Curt": "Rude", "Rude": "Curt", "": "Is it rude?" if c.definition == "Is it curt?" else "Is it curt?"}[
                c.name
            ]
        ]
        for c in found.changes
    ]
    assert {name for name in labelled(found.changes, ALONE) if name.startswith("define")} == {
        "define Mode 0", "define Mode 0 (2)",
    }  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        joined((["c1"], {})),
        joined((["c1", "c2", "c3"], {"name": "All"})),
        joined((["c1", "c2"], {"name": ""}), (["c3"], {})),
        joined((["c9", "c1"], {}), (["c1", "c2"], {}), (["c3"], {})),
    ],
    ids=["some left out", "another kind in one", "without a name", "unknown and twice"],
)
def test_what_a_model_joins_badly_stays_as_it_was_proposed(answer):
    found, _ = asked_to_join([renamed("Curt")], [renamed("Rude"), defined("Is it?")], [defined("Or?")], answer=answer)
    kept = {(item.kind, item.name or item.definition) for item in found.changes}
    assert {("rename", "Curt"), ("rename", "Rude"), ("define", "Is it?"), ("define", "Or?")} == kept
    assert found.unusable == ()


def test_a_split_that_takes_all_notes_of_all_passes_is_told():
    everything = [[parted("All of it", count=200)]] * passes_of(ONE, ALONE)
    found, _ = asked_to_join(*everything)
    assert found.changes == ()
    assert "split All of it from Mode 0" in found.unusable[-1]


def test_notes_of_a_mode_that_the_pass_does_not_show_are_not_moved_nor_is_it_renamed():
    codes, there = notes_in(Taxonomy(modes=(mode(0), mode(1))), [60, 60])
    blind = [changes(change("rename", "m2", name="Unseen"))] * 2
    found, _ = run(*blind, *[NONE] * 3, codes=codes, taxonomy=there, context=SMALL)
    assert found.changes == ()
    assert "no notes of the mode were given" in found.unusable[0]


A, B, C = "a", "b", "c"


@pytest.mark.parametrize(
    ("one", "other", "clashes"),
    [
        (("merge", A, B), ("merge", A, C), True),
        (("merge", A, B), ("merge", B, C), True),
        (("merge", A, B), ("merge", C, B), False),
        (("merge", A, B), ("rename", A, None), True),
        (("merge", A, B), ("rename", B, None), False),
        (("merge", A, B), ("move", C, A), True),
        (("rename", A, None), ("define", A, None), False),
        (("rename", A, None), ("split", B, None), True),
        (("move", A, B), ("split", A, None), True),
        (("define", A, None), ("define", B, None), False),
    ],
    ids=lambda value: " ".join(filter(None, value)) if isinstance(value, tuple) else "",
)
def test_changes_clash_where_one_takes_the_ground_from_the_other(one, other, clashes):
    made = [
        SuggestedChange(kind=ChangeKind(kind), mode=of, into=into, name="New", codes=("c1", "c2"))
        for kind, of, into in (one, other)
    ]
    assert [bool(others) for others in contradictions(made)] == [clashes, clashes]
