"""Markdown and steps for the browser: characters survive, nothing hostile becomes structure, sizes are bounded."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.domain.trace import Role, Step, StepKind
from evaldash.ui.reading.markup import MAX_PARSED, TAGS, Node, parse, visible
from evaldash.ui.reading.payload import MAX_TEXT, MAX_TRACE, steps_payload


def text_of(nodes: tuple[Node, ...] | list[Node]) -> str:
    return "".join(node if isinstance(node, str) else text_of(node[1]) for node in nodes)  # type: ignore[arg-type]


def tags_of(nodes: tuple[Node, ...] | list[Node]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, list):
            found |= {str(node[0])} | tags_of(node[1])  # type: ignore[arg-type]
    return found


@given(st.text(alphabet=st.characters(categories=["L", "N"]), max_size=200))
def test_letters_and_digits_survive(text: str) -> None:
    kept = "".join(text_of(parse(text)).split())
    assert kept == "".join(visible(text).split())


@given(st.text(max_size=300))
def test_any_text_becomes_allowed_tags_and_texts(text: str) -> None:
    nodes = parse(text)
    assert tags_of(nodes) <= TAGS
    json.dumps(nodes)


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "image": '<img src="x" onerror="alert(1)">',
    "markdown image": "![a](https://example.invalid/a.png)",
    "javascript link": "[click](javascript:alert(1))",
    "html link": '<a href="https://example.invalid">x</a>',
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_markup_is_text(text: str) -> None:
    assert tags_of(parse(text)) <= {"p"}
    assert "example.invalid" in text_of(parse(text)) or "alert(1)" in text_of(parse(text))


def test_a_link_shows_its_address() -> None:
    assert (
        text_of(parse("see [the policy](https://example.invalid/p)")) == "see [the policy](https://example.invalid/p)"
    )


def test_markdown_that_people_use_is_structure() -> None:
    tree = parse("**Refund**\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```")
    assert {"strong", "ul", "li", "table", "td", "pre", "code"} <= tags_of(tree)


def test_what_would_look_like_something_else_is_marked() -> None:
    assert visible("invoice\u202efdp.exe \x1b[31m") == "invoice⟨U+202E⟩fdp.exe ⟨U+001B⟩[31m"


def test_long_content_is_bounded_and_says_so() -> None:
    steps = [Step(kind=StepKind.MESSAGE, role=Role.USER, text="x" * 300_000) for _ in range(20)]
    steps.append(Step(kind=StepKind.TOOL_CALL, name="t", result={"a": "y" * 200_000}))
    payload = steps_payload(steps)
    assert len(json.dumps(payload)) < MAX_TRACE + MAX_TEXT + 50_000
    assert "more characters" in json.dumps(payload[0], ensure_ascii=False)
    assert payload[-1]["name"] == "t"


def test_text_too_long_for_markdown_is_shown_as_it_is() -> None:
    assert parse("*a* " * MAX_PARSED) == (["pre", ["*a* " * MAX_PARSED]],)
