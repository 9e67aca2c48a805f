"""What a tool was given and gave back: shown as what it is, without a template and with one."""

import base64
from typing import Any

import pytest

from evaldash.domain.template import Template, View
from evaldash.domain.trace import Json, Role, Step, StepKind
from evaldash.transcript.images import MAX_IMAGE
from evaldash.transcript.jsontree import word_of
from evaldash.transcript.payload import PIECE, imported, more_steps, steps_payload, trace_payload, whole_step
from tests.transcript.laying_out import cards, parts, readable, words

PNG = "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(200)) * 8).decode()
MAIL: Json = {
    "from": "harbour@example.com",
    "to": "ilse@example.com",
    "subject": "Berth B14",
    "body": "It is **yours**.",
}
BERTHS: Json = [{"berth": "B14", "depth": 2.4}, {"berth": "C2", "depth": 3.1}]
NOTES: Json = [
    {"page_content": "Power is at the north pier.", "metadata": {"source": "pier.txt", "page": 2}, "score": 0.87312},
    {"page_content": "Showers open at seven.", "metadata": {"source": "showers.txt"}, "score": 0.5},
]


def call(result: Json, name: str = "look_up", arguments: Json = None) -> Step:
    return Step(kind=StepKind.TOOL_CALL, role=Role.ASSISTANT, name=name, arguments=arguments, result=result)


def classes(card: dict[str, Any]) -> set[str]:
    return {node[2] for node in parts(card["body"], "div") if len(node) > 2}


def test_a_list_of_flat_objects_is_a_table() -> None:
    (card,) = cards(call(BERTHS))
    assert [cell[1] for cell in parts(card["body"], "th")] == [["berth"], ["depth"]]
    assert [cell[1] for cell in parts(card["body"], "td")] == [["B14"], ["2.4"], ["C2"], ["3.1"]]


def test_an_email_is_an_email_with_its_text_formatted() -> None:
    (card,) = cards(call(MAIL))
    assert "email" in classes(card)
    assert [term[1] for term in parts(card["body"], "dt")] == [["from"], ["to"], ["subject"]]
    assert parts(card["body"], "strong") == [["strong", ["yours"]]]


@pytest.mark.parametrize("kind", [StepKind.TOOL_CALL, StepKind.RETRIEVAL])
def test_retrieved_documents_are_documents(kind: StepKind) -> None:
    (card,) = cards(Step(kind=kind, name="search_notes", result=NOTES))
    documents = [node for node in parts(card["body"], "div") if node[-1] == "document"]
    assert len(documents) == 2
    for told in ("Power is at the north pier.", "pier.txt", "score 0.873", "page"):
        assert told in words({"body": documents[:1]})


def test_texts_alone_are_documents_only_of_a_retrieval() -> None:
    found, other = cards(Step(kind=StepKind.RETRIEVAL, result=["One.", "Two."]), call(["One.", "Two."]))
    assert "document" in classes(found)
    assert "document" not in classes(other)


def test_code_among_the_arguments_is_coloured_and_whole() -> None:
    source = 'def double(x):\n    return x * 2  # "twice"\n'
    (card,) = cards(call("ok", arguments={"code": source, "timeout": 3}))
    (block,) = parts(card["body"], "code")
    assert "".join(node if isinstance(node, str) else "".join(node[1]) for node in block[1]) == source
    assert {node[2] for node in block[1] if not isinstance(node, str)} >= {"hl-k", "hl-c", "hl-f"}


def test_a_diff_is_coloured() -> None:
    (card,) = cards(call("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"))
    told = {node[2]: node[1] for node in parts(card["body"], "span") if len(node) > 2}
    assert told["hl-gd"][-1].startswith("-")
    assert told["hl-gi"][-1] == "+new\n"


@pytest.mark.parametrize(
    ("view", "result", "shown"),
    [
        (View.EMAIL, MAIL, "email"),
        (View.TABLE, {"berth": "B14", "depth": 2.4}, "wide"),
        (View.DOCUMENTS, NOTES, "document"),
    ],
)
def test_a_template_says_how_a_tool_is_shown(view: View, result: Json, shown: str) -> None:
    (card,) = cards(call(result), template=Template(tools={"look_up": view}))
    assert shown in classes(card)


def test_a_template_for_json_or_text_keeps_others_away() -> None:
    as_json, as_text = (
        cards(call(result), template=Template(tools={"look_up": view}))[0]
        for view, result in ((View.JSON, MAIL), (View.TEXT, '{"a": 1}'))
    )
    assert "email" not in classes(as_json)
    assert parts(as_json["body"], "json")
    assert parts(as_text["body"], "pre") == [["pre", ['{"a": 1}']]]


def test_a_template_that_does_not_fit_a_result_hides_nothing() -> None:
    (card,) = cards(call({"berth": "B14"}), template=Template(tools={"look_up": View.EMAIL}))
    assert "B14" in words(card)


def test_names_on_top_are_those_of_the_template_in_its_order() -> None:
    from dataclasses import replace

    from evaldash.domain.trace import Trace

    record: Json = {"id": 1}
    trace = Trace(
        steps=(), raw=(record,), identity=(record,), format="test", metadata={"plan": "pro", "boat": "x" * 90}
    )
    shown = replace(imported(trace), template=Template(top=("boat", "plan", "missing")))
    assert list(trace_payload(shown)["about"].items()) == [("boat", "x" * 90), ("plan", "pro")]


@pytest.mark.parametrize(
    "text", [f"[image_url] {PNG}", f"[image_url, {len(PNG) * 3 // 4 // 1000} kB, in the raw record]"]
)
def test_an_image_of_the_record_is_shown_in_its_place(text: str) -> None:
    steps = [Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"See: {text} there")]
    raw: Json = {"messages": [{"content": [{"type": "image_url", "image_url": {"url": PNG}}]}]}
    (card,) = steps_payload(readable(steps, raw=raw))
    assert parts(card["body"], "img") == [["img", [], PNG]]
    assert "See:" in words(card)
    assert "there" in words(card)


@pytest.mark.parametrize(
    "address", ["https://x.example/a.png", "data:text/html;base64,AAAAAAAAAAAAAAAAAAAAAAAA", "data:image/svg+xml,<svg>"]
)
def test_an_address_is_never_an_image(address: str) -> None:
    (card,) = cards(Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"![x]({address})"))
    assert parts(card["body"], "img") == []
    assert address in words(card)


def test_an_image_too_large_is_named() -> None:
    (card,) = cards(call("data:image/png;base64," + "A" * (MAX_IMAGE + 4)))
    assert parts(card["body"], "img") == []
    assert "too large to show" in words(card)


def test_a_long_piece_is_cut_and_all_of_it_comes_when_asked_for() -> None:
    text = "".join(f"line {number}\n" for number in range(PIECE // 4))
    steps = [call(text), call({"rows": [{"n": number, "of": {"x": number}} for number in range(PIECE // 4)]})]
    for index, card in enumerate(steps_payload(readable(steps)), start=1):
        whole = whole_step(readable(steps), index)
        assert whole is not None
        assert card["cut"]
        assert not whole["cut"]
        assert len(words(card)) < PIECE * 2 < len(words(whole)) * 2


def test_beyond_the_budget_steps_are_stubs_that_keep_their_place() -> None:
    steps = [Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"{number} " + "word " * 200) for number in range(1, 31)]
    found = steps_payload(readable(steps), budget=10_000)
    assert [step["i"] for step in found] == list(range(1, 31))
    bodies = ["body" in step for step in found]
    assert bodies == sorted(bodies, reverse=True)
    assert 0 < sum(bodies) < 30
    assert found[-1]["stub"].startswith("30 word")
    rest = more_steps(readable(steps), start=sum(bodies) + 1)
    assert all("body" in step for step in rest)
    assert rest[0]["i"] == sum(bodies) + 1


@pytest.mark.parametrize(
    ("value", "word"),
    [(1, "1"), (0, "0"), (1.0, "1.0"), (True, "true"), (False, "false"), (None, "null"), ("1", "1")],
    ids=repr,
)
def test_a_value_is_shown_as_what_it_is_and_no_number_as_a_truth(value: Json, word: str) -> None:
    assert word_of(value) == word


@pytest.mark.parametrize(("times", "is_folded"), [(10, False), (100, True)])
def test_a_short_thought_is_read_without_a_click(times: int, is_folded: bool) -> None:
    [card] = cards(Step(kind=StepKind.REASONING, role=Role.ASSISTANT, text="hm. " * times))
    assert ("details" in [node[0] for node in card["body"]]) is is_folded
