"""Code checks: what each finds, what is no check, how they are measured, and the file of tests they become."""

import json
import subprocess
import sys
import time
from typing import Any

import pytest

from evaldash.domain.check import Check, CheckKind
from evaldash.domain.languages import language_of
from evaldash.errors import InvalidInput
from evaldash.evaluators.advice import Evaluator, advise
from evaldash.evaluators.export import as_tests
from evaldash.evaluators.functions import FUNCTIONS
from evaldash.evaluators.running import tallies
from evaldash.evaluators.specs import checked_spec


def trace(answer, *, user="Where is my order?", id="t1", tools=()):
    blank = {"name": None, "arguments": None, "result": None, "error": None}
    steps = [{**blank, "kind": "message", "role": "user", "text": user}]
    steps += [
        {**blank, "kind": "tool_call", "role": None, "text": None, "name": name, "arguments": arguments}
        for name, arguments in tools
    ]
    steps.append({**blank, "kind": "message", "role": "assistant", "text": answer})
    return {"id": id, "steps": steps}


GERMAN = "Das ist leider nicht möglich, aber wir können die Bestellung für Sie ändern."
ENGLISH = "That is not possible, but we can change the order for you if you tell us what it is."
PERSON: Any = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("kind", "spec", "fires", "passes"),
    [
        ("regex", {"pattern": r"order #\d+"}, trace("your order #12"), trace("your order")),
        ("regex", {"pattern": "thank", "absent": True, "ignore_case": True}, trace("bye"), trace("Thank you")),
        ("regex", {"pattern": "Where", "where": "user"}, trace("x"), trace("Where", user="How?")),
        ("contains", {"words": ["as an AI"]}, trace("As an ai, I cannot"), trace("I cannot")),
        ("json_schema", {"schema": PERSON}, trace('{"name": 3}'), trace('```json\n{"name": "Ana"}\n```')),
        ("json_schema", {"schema": PERSON}, trace("Ana"), trace('{"name": "Ana"}')),
        ("tool_called", {"tool": "refund"}, trace("x", tools=(("refund", {}),)), trace("x")),
        (
            "tool_called",
            {"tool": "refund", "arguments": {"id": 7}, "absent": True},
            trace("x", tools=(("refund", {"id": 8}),)),
            trace("x", tools=(("refund", {"id": 7}),)),
        ),
        ("length", {"at_most": 3}, trace("one two three four"), trace("one two three")),
        ("length", {"at_least": 4, "unit": "characters"}, trace("one"), trace("four")),
        ("language", {"language": "user"}, trace(GERMAN, user=ENGLISH), trace(GERMAN, user=GERMAN)),
        ("language", {"language": "en"}, trace("这是一个错误的答案没有帮助"), trace(ENGLISH)),
    ],
)
def test_a_check_fires_where_the_failure_shows_and_not_elsewhere(kind, spec, fires, passes):
    settled = checked_spec(CheckKind(kind), spec)
    assert FUNCTIONS[kind](settled, fires)
    assert FUNCTIONS[kind](settled, passes) is None


def test_half_a_character_in_a_trace_is_no_trouble():
    spec = checked_spec(CheckKind.REGEX, {"pattern": "order"})
    assert FUNCTIONS["regex"](spec, trace("your \ud83d order"))
    tree = {"type": "object", "properties": {"parts": {"type": "array", "items": {"$ref": "#"}}}}
    assert FUNCTIONS["json_schema"](checked_spec(CheckKind.JSON_SCHEMA, {"schema": tree}), trace('{"parts": [3]}'))


@pytest.mark.parametrize("kind", list(FUNCTIONS))
def test_an_empty_trace_is_no_trouble(kind):
    specs: dict[str, Any] = {"regex": {"pattern": "a"}, "contains": {"words": ["a"]}, "json_schema": {"schema": {}}}
    specs |= {"tool_called": {"tool": "a"}, "length": {"at_most": 3}, "language": {"language": "user"}}
    found = FUNCTIONS[kind](specs[kind], {"id": "t", "steps": []})
    assert found == ("is no JSON" if kind == "json_schema" else None)


def test_no_pattern_makes_a_check_hang():
    started = time.process_time()
    spec = checked_spec(CheckKind.REGEX, {"pattern": "(a+)+$"})
    assert FUNCTIONS["regex"](spec, trace("a" * 50_000 + "b")) is None
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("regex", {}, "needs pattern"),
        ("regex", {"pattern": "(?=a)"}, "RE2"),
        ("regex", {"pattern": "a", "flags": "x"}, "does not know flags"),
        ("contains", {"words": []}, "at least one"),
        ("json_schema", {"schema": {"type": "what"}}, "JSON schema"),
        ("json_schema", {"schema": {"properties": {"a": {"pattern": "(a+)+$"}}}}, "no time limit"),
        ("json_schema", {"schema": {"$ref": "https://a.example/s.json"}}, "other documents"),
        ("json_schema", {"schema": {"properties": {"a": {"$ref": "#/$defs/b"}}}}, "not there"),
        ("json_schema", {"schema": {"$ref": "#"}}, "without end"),
        ("regex", {"pattern": 5}, "must be a text"),
        ("length", {}, "at_most or at_least"),
        ("language", {"language": "klingon"}, "one of user"),
        ("regex", {"pattern": "a", "where": "nowhere"}, "where must be"),
    ],
)
def test_what_cannot_run_is_refused_when_it_is_made(kind, spec, words):
    with pytest.raises(InvalidInput, match=words):
        checked_spec(CheckKind(kind), spec)


def test_short_texts_have_no_language():
    assert language_of("ok") is None
    assert (language_of(GERMAN), language_of(ENGLISH)) == ("de", "en")


def test_precision_and_recall_come_with_intervals_and_traces_to_look_at():
    check = Check(id="c", mode="m", name="n", kind=CheckKind.CONTAINS, spec={"words": ["bad"]})
    judged = {"a": frozenset({"m"}), "b": frozenset({"m"}), "c": frozenset(), "d": frozenset({"other"})}
    [tally] = tallies([check], judged)
    for id, answer in {"a": "bad", "b": "fine", "c": "bad", "d": "fine", "unread": "bad"}.items():
        tally.see(trace(answer, id=id))
    found = tally.result()
    assert (found.traces, found.fired, found.judged) == (5, 3, 4)
    assert (found.precision.estimate, found.recall.estimate) == (0.5, 0.5)
    assert found.precision.low < 0.5 < found.precision.high
    assert (found.false_alarms, found.missed) == (("c",), ("b",))


@pytest.mark.parametrize(
    ("name", "notes", "evaluator", "kind"),
    [
        ("Invalid JSON", [], Evaluator.ASSERTION, "json_schema"),
        ("Answers in the wrong language", [], Evaluator.ASSERTION, "language"),
        ("Rambling", ["too long by far", "answer too long", "x"], Evaluator.ASSERTION, "length"),
        ("Wrong refund date", ["gave the wrong date"] * 3, Evaluator.REFERENCE, "contains"),
        ("Skips authentication", ["never called the lookup tool"] * 3, Evaluator.REFERENCE, "tool_called"),
        ("Cold tone", ["sounds annoyed", "curt"], Evaluator.JUDGE, None),
    ],
)
def test_a_mode_gets_the_cheapest_check_that_can_see_it(name, notes, evaluator, kind):
    found = advise(name, "", notes)
    assert (found.evaluator, found.kind) == (evaluator, kind)
    assert found.reason
    assert found.cost


def run_pytest(folder):
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_traces.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_exported_file_runs_alone_and_holds_no_code_of_a_name(tmp_path):
    hostile = "'''\"\"\"; raise SystemExit(9) #\n"
    made = [
        Check(id="a" * 32, mode="m", name=hostile, kind=CheckKind.CONTAINS, spec={"words": ["bad", hostile]}),
        Check(id="b" * 32, mode="m", name="n", kind=CheckKind.JSON_SCHEMA, spec={"schema": PERSON}),
    ]
    (tmp_path / "test_traces.py").write_text(as_tests(made, {"m": hostile}, file_name="test_traces.py"))
    rows = [trace("bad", id="1" * 64), trace('{"name": "Ana"}', id="2" * 64)]
    (tmp_path / "traces.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    ran = run_pytest(tmp_path)
    assert "2 failed, 2 passed" in ran.stdout, ran.stdout + ran.stderr
    (tmp_path / "traces.jsonl").write_text("id            source id  first query\n")  # what people read, without --json
    ran = run_pytest(tmp_path)
    assert "TRACES must name a file of `evaldash traces --json`" in ran.stdout + ran.stderr
    assert "Traceback" not in ran.stdout + ran.stderr
