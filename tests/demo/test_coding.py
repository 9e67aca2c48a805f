"""What the coders of the demo say: real failures at real steps, of unequal frequency, and the two versions apart."""

import csv
import json
from collections import Counter, defaultdict
from functools import cache

from evaldash.domain.trace import Role, Trace
from evaldash.importers import SourceFile, Told, expand, read_file, whole_traces
from tools.demo.__main__ import external_id
from tools.demo.records import version_of
from tools.demo.written import FOLDER, read_conversations, read_world

CODER, SECOND = "Maren", "Henrike"
UTC_MODE, NEW_MODE = "Local time stored as UTC", "Change written without a yes"
HAND_OFF_MODES = {"Says it told a colleague", "Promises a call or money back"}


@cache
def rows() -> tuple[dict[str, str], ...]:
    with (FOLDER / "annotations.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def of(coder: str) -> list[dict[str, str]]:
    return [row for row in rows() if row["coder"] == coder]


def verdicts(coder: str) -> dict[str, str]:
    return {row["trace"]: row["verdict"] for row in of(coder)}


def test_every_conversation_is_read_and_a_quarter_to_a_half_of_them_fail() -> None:
    assert set(verdicts(CODER)) == {external_id(item) for item in read_conversations()}
    told = Counter(verdicts(CODER).values())
    assert 0.25 <= told["fail"] / len(verdicts(CODER)) <= 0.5
    assert 2 <= told["deferred"] <= 8


def test_failures_are_of_about_a_dozen_kinds_and_very_unequal() -> None:
    kinds = Counter(row["mode"] for row in of(CODER) if row["mode"])
    assert 12 <= len(kinds) <= 20
    assert kinds.most_common(1)[0][1] >= 10
    assert sum(count == 1 for count in kinds.values()) >= 3
    assert any(row["code"] and not row["mode"] for row in of(CODER)), "some codes wait for a mode"


def test_version_1_5_mends_two_kinds_and_brings_one() -> None:
    world, items = read_world(), read_conversations()
    versions = {external_id(item): version_of(world, item.started)["version"] for item in items}
    found: dict[str, set[str]] = defaultdict(set)
    for row in of(CODER):
        found[row["mode"]].add(versions[row["trace"]])
    assert found[UTC_MODE] == {"1.4"}
    assert found["Says it told a colleague"] | found["Promises a call or money back"] == {"1.4"}
    assert found[NEW_MODE] == {"1.5"}
    assert found["Policy or offer made up"] == {"1.4", "1.5"}


def test_notes_are_in_the_coders_own_words() -> None:
    for row in rows():
        words = row["code"]
        assert not words or words.casefold() != row["mode"].casefold()
    lengths = sorted(len(row["code"]) for row in rows() if row["code"])
    assert lengths[0] < 30
    assert lengths[-1] > 130
    texts = [row["code"] for row in rows() if row["code"]]
    assert len(set(texts)) == len(texts)


def test_every_code_stands_at_a_step_where_wick_said_or_did_something() -> None:
    told = {trace.external_id: trace for trace in _traces()}
    for row in rows():
        if row["code"]:
            step = told[row["trace"]].steps[int(row["step"]) - 1]
            assert step.role is Role.ASSISTANT, f"{row['trace']} step {row['step']}: {row['code']}"


def test_the_second_coder_disagrees_now_and_then() -> None:
    first, second = verdicts(CODER), verdicts(SECOND)
    assert len(second) == 20
    differing = [trace for trace, verdict in second.items() if verdict != first[trace]]
    assert 2 <= len(differing) <= 6


def test_every_mode_that_codes_are_filed_under_is_defined() -> None:
    steps = json.loads((FOLDER / "taxonomy.json").read_text(encoding="utf-8"))
    defined = {mode["name"]: mode["definition"] for step in steps for mode in step["modes"]}
    assert {row["mode"] for row in rows() if row["mode"]} <= set(defined)
    assert all(len(definition) > 50 for definition in defined.values())
    assert set(steps[1]["merge"][0]["sources"]) == HAND_OFF_MODES


@cache
def _traces() -> tuple[Trace, ...]:
    sources = [item for item in expand([str(path) for path in FOLDER.glob("*.jsonl")]) if isinstance(item, SourceFile)]
    items = [item for source in sources for item in whole_traces(read_file(source))]
    return tuple(item.trace for item in items if isinstance(item, Told))
