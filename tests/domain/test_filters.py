"""The filter language: what it reads, and how it says what it cannot read."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaldash.domain.filters import All, Any, Compare, Filter, Has, Not, Search, parse_filter
from evaldash.errors import FilterSyntaxError

READ = {
    "number": ("metric.latency_ms > 5000", Compare("metric.latency_ms", ">", (5000.0,))),
    "word": ("feedback = down", Compare("feedback", "=", ("down",))),
    "text with spaces": ('metadata.plan = "pro plus"', Compare("metadata.plan", "=", ("pro plus",))),
    "quotes inside a text": (r'mode = "the \"best\""', Compare("mode", "=", ('the "best"',))),
    "list": ('version in (1, "b c", x)', Compare("version", "in", (1.0, "b c", "x"))),
    "search": ('"refund date"', Search("refund date")),
    "has": ("has session", Has("session")),
    "and binds tighter than or": (
        "verdict = fail or verdict = pass and batch = 2",
        Any((Compare("verdict", "=", ("fail",)),
             All((Compare("verdict", "=", ("pass",)), Compare("batch", "=", (2.0,)))))),
    ),
    "parentheses": (
        "(verdict = fail or has mode) and not has tag.seen",
        All((Any((Compare("verdict", "=", ("fail",)), Has("mode"))), Not(Has("tag.seen")))),
    ),
    "no spaces around": ("batch>=3", Compare("batch", ">=", (3.0,))),
    "date": ("started_at < 2026-05-01", Compare("started_at", "<", ("2026-05-01",))),
    "keywords in capitals": ("NOT has mode AND batch = 1", All((Not(Has("mode")), Compare("batch", "=", (1.0,))))),
}  # fmt: skip

REFUSED = {
    "empty": ("  ", "empty"),
    "unknown field": ("colour = red", "there is no field 'colour'"),
    "field of another name": ("metric. > 1", "there is no field"),
    "no operator": ("verdict fail", "expected one of"),
    "no value": ("verdict =", "at its end"),
    "open parenthesis": ("(verdict = fail", 'expected "\\)"'),
    "open text": ('verdict = "fail', "double quotes"),
    "rest": ("verdict = fail verdict", 'expected "and"'),
    "place is named": ("verdict = fail and colour = 1", "at character 20"),
    "too deep": ("not " * 60 + "has mode", "nested deeper"),
    "too long": ("has mode and " * 2000, "characters long"),
    "injection": ("verdict = fail; drop table traces", "there is no field|cannot be read"),
}


@pytest.mark.parametrize(("text", "expected"), READ.values(), ids=READ.keys())
def test_reads(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_with_the_reason(text: str, message: str) -> None:
    with pytest.raises(FilterSyntaxError, match=message):
        parse_filter(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    with suppress(FilterSyntaxError):
        assert parse_filter(text) is not None
