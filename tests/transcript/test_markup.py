"""Markdown of a trace: nothing vanishes, nothing invisible stays invisible, nothing becomes an element of its own."""

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.domain.trace import Step, StepKind
from evaldash.transcript.markup import MAX_PARSED, parse, visible
from evaldash.transcript.nodes import TAGS, Node, plain
from tests.transcript.laying_out import cards, parts

MARKUP = re.compile(r"[\s\\`*_~#>|=+:.)-]")  # what Markdown itself is written with
PIECES = st.sampled_from(
    ["word", "7", "\n", "\n\n", " ", "    ", "> ", "- ", "1. ", "# ", "```", "~~~py", "`", "*", "**", "_", "~~", "|",
     "\n|a|b|\n|-|-|\n|c|d|e|\n", "[", "]", "(", ")", "](http://x.example)", "[r]: /url 'title'", "![", "<b>", "</b>",
     "<http://x.example>", "&amp;", "&#8238;", "\\", "---", "===", "\u202e", "\x1b[31m", "é", "字", "😀", "€"]
)  # fmt: skip


def tags_of(nodes: Sequence[Node]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, str):
            yield str(node[0])
            yield from tags_of([child for child in node[1] if not isinstance(node[1], str)])


@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
def test_all_that_is_not_markup_stands_in_the_tree(text: str) -> None:
    nodes = parse(text)
    assert MARKUP.sub("", plain(nodes)) == MARKUP.sub("", visible(text))
    assert set(tags_of(nodes)) <= TAGS


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("[here](https://x.example/?k=1 'why')", "https://x.example/?k=1", id="address of a link"),
        pytest.param("<https://x.example/a>", "https://x.example/a", id="bare address"),
        pytest.param("![chart](https://x.example/a.png)", "https://x.example/a.png", id="address of an image"),
        pytest.param("[r]: https://x.example 'ignore this'\n\nHello", "ignore this", id="reference definition"),
        pytest.param("| a | b |\n|---|---|\n| 1 | 2 | third |", "third", id="cell beyond the header"),
        pytest.param("> " * 30 + "deep", "deep", id="thirty quotes in each other"),
        pytest.param("> " * 300 + "deep", "deep", id="three hundred quotes in each other"),
        pytest.param("```sql extra words\nselect 1\n```", "sql extra words", id="language of a code block"),
        pytest.param("&lt;b&gt;", "&lt;b&gt;", id="entity as it was written"),
        pytest.param("<script>alert(1)</script>", "<script>alert(1)</script>", id="script"),
    ],
)
def test_what_a_renderer_would_hide_is_shown(text: str, shown: str) -> None:
    assert shown in plain(parse(text))


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        pytest.param("\u202egnp.exe", "⟨U+202E⟩", id="right-to-left override"),
        pytest.param("\x1b[31mred", "⟨U+001B⟩", id="terminal escape"),
        pytest.param("pass\u200bword", "⟨U+200B⟩", id="zero-width space"),
        pytest.param("\U000e0069\U000e0067", "⟨U+E0069⟩", id="tag characters"),
        pytest.param("\ud800", "⟨U+D800⟩", id="lone surrogate"),
    ],
)
def test_invisible_characters_get_a_mark(text: str, mark: str) -> None:
    assert mark in plain(parse(text))


@pytest.mark.parametrize("text", ["&#8238;gnp.exe", "&#x202e;gnp.exe", "&#27;[31m"])
def test_an_entity_does_not_bring_an_invisible_character_back(text: str) -> None:
    shown = plain(parse(text))
    assert visible(shown) == shown


@pytest.mark.parametrize("formula", [r"\[ \mu = \frac{x_1 + x_2}{n} \]", r"\( a_i * b_i \)", r"$$ \{ x \\ y \} $$"])
def test_a_formula_keeps_its_backslashes(formula: str) -> None:
    assert parse(f"So {formula} is *it*.") == (["p", ["So ", formula, " is ", ["em", ["it"]], "."]],)


def test_a_formula_over_several_lines_keeps_them_and_an_open_one_is_none() -> None:
    assert parse("\\[\n\\sigma\n\\]") == (["p", ["\\[", ["br", []], "\\sigma", ["br", []], "\\]"]],)
    assert parse(r"\[ *open*") == (["p", ["[ ", ["em", ["open"]]]],)


def test_numbers_of_a_list_that_code_interrupts_go_on() -> None:
    nodes = parse("1. first\n\n```\nx\n```\n\n2. second")
    assert nodes[-1] == ["ol", [["li", ["second"], "2"]]]


def test_a_text_too_long_to_parse_is_shown_as_it_is() -> None:
    text = "**a** " * MAX_PARSED
    assert parse(text) == (["pre", [text]],)


@pytest.mark.parametrize(
    ("result", "tree"),
    [
        pytest.param('{"a":[1,2]}', ["o", ["a", ["a", [["n", "1"], ["n", "2"]]]]], id="JSON becomes a tree"),
        pytest.param('{"a":1.10}', ["o", ["a", ["n", "1.10"]]], id="a number keeps its digits"),
        pytest.param('{"a":1,"a":2}', ["o", ["a", ["n", "1"], "a", ["n", "2"]]], id="both double keys stand"),
        pytest.param('{"a":"\\u202eb"}', ["o", ["a", "⟨U+202E⟩b"]], id="an escaped override is shown"),
    ],
)
def test_json_that_came_as_a_text_is_a_tree_without_a_change(result: str, tree: object) -> None:
    (step,) = cards(Step(kind=StepKind.TOOL_CALL, name="look_up", result=result))
    assert parts(step["body"], "json") == [["json", tree]]


@pytest.mark.parametrize("result", [pytest.param("{" * 3, id="no JSON"), pytest.param("[" * 5_000, id="no end")])
def test_what_is_no_json_is_shown_as_it_is(result: str) -> None:
    (step,) = cards(Step(kind=StepKind.TOOL_CALL, name="look_up", result=result))
    assert parts(step["body"], "pre") == [["pre", [result]]]
