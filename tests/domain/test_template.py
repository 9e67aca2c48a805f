"""Templates of a project: what fits round trips, what does not is a sentence."""

from typing import Any

import pytest

from evaldash.domain.template import MAX_TOP, Template, View, template_of
from evaldash.errors import InvalidInput


def test_a_template_comes_back_as_it_was() -> None:
    template = Template(top=("plan", "user"), tools={"send_email": View.EMAIL})
    assert template_of(template.as_json()) == template
    assert template_of(None) == Template()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([], "must be an object"),
        ({"colours": 1}, "'colours'"),
        ({"top": "plan"}, "list of names"),
        ({"top": [""]}, "list of names"),
        ({"top": [str(number) for number in range(MAX_TOP + 1)]}, f"room for {MAX_TOP} names"),
        ({"tools": ["a"]}, "tool name to view"),
        ({"tools": {"a": "video"}}, "'a' must be one of email, table"),
        ({"tools": {"a": ["email"]}}, "'a' must be one of"),
    ],
)
def test_what_is_no_template_is_refused_with_a_sentence(value: Any, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        template_of(value)
