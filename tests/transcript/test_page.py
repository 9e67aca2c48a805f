"""A trace as one file: all of it, nothing that runs or loads, Markdown to paste."""

import re
from html.parser import HTMLParser

import pytest

from evaldash.domain.trace import Role, Step, StepKind
from evaldash.transcript.markdown import as_markdown
from evaldash.transcript.page import html_page
from tests.transcript.laying_out import readable

BAD = "<script>window.hacked=1</script> <img src=x onerror=hacked=1> ![p](https://x.example/a.png) \u202egnp \x1b[31m"
STEPS = [
    Step(kind=StepKind.MESSAGE, role=Role.SYSTEM, text="You help in a harbour."),
    Step(kind=StepKind.MESSAGE, role=Role.USER, text=BAD),
    Step(kind=StepKind.TOOL_CALL, name=BAD, arguments={BAD: BAD}, result={"deep": {"list": [BAD, 1.5, None]}}),
    Step(kind=StepKind.TOOL_CALL, name="find", error=BAD),
    Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text="long words " * 400 + "the very end"),
]


class Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Elements:
    found = Elements()
    found.feed(html_page(readable(STEPS)))
    return found


def test_a_file_runs_and_loads_nothing(page: Elements) -> None:
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "img", "object", "base", "form"}
    policy = [told["content"] for tag, told in page.tags if told.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0] is not None
    assert policy[0].startswith("default-src 'none'")
    assert not [name for _, told in page.tags for name in told if name.startswith("on")]
    assert "url(" not in html_page(readable(STEPS))


def test_a_file_holds_all_of_a_trace_as_text(page: Elements) -> None:
    for told in ("<script>window.hacked=1</script>", "⟨U+202E⟩gnp", "⟨U+001B⟩[31m", "the very end", "1.5", "null"):
        assert told in page.text
    numbers = [told["data-step"] for tag, told in page.tags if tag == "article"]
    assert numbers == ["1", "2", "3", "4", "5"]


def test_markdown_keeps_what_was_said_apart_from_its_own_marks() -> None:
    text = as_markdown(readable([Step(kind=StepKind.MESSAGE, role=Role.USER, text="# big\n```\nx"), STEPS[2]]))
    assert "> # big\n> ```\n> x" in text
    assert re.findall(r"^## .*", text, re.MULTILINE)[0] == "## 1. user (message)"
    fenced = as_markdown(readable([Step(kind=StepKind.TOOL_CALL, name="t", result="a\n````\nb")]))
    assert "`````\na\n````\nb\n`````" in fenced
