"""The traces of the demo: made from what is written, unlike each other, as long and as varied as real ones."""

import re
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from statistics import median

import numpy as np
import pytest

from tools.demo.__main__ import INSTRUMENTED, main
from tools.demo.flow import parse_flow
from tools.demo.written import FOLDER, Conversation, read_conversations, read_world

ALIKE = 0.93  # cosine of two conversations that would be the same one told again
WORDS = 8  # in a row, which two people do not say by chance


@cache
def conversations() -> tuple[Conversation, ...]:
    return tuple(read_conversations())


def spoken(item: Conversation) -> str:
    return "\n".join(turn.text for turn in item.turns if turn.text)


def messages(item: Conversation) -> int:
    """Return how many messages a conversation has without the system prompt; a tool's result is one."""
    return sum(1 + len(turn.calls) for turn in item.turns)


def test_records_and_spans_are_what_the_written_conversations_give(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_bytes((FOLDER / "world.json").read_bytes())
    (tmp_path / "written").mkdir()
    for path in (FOLDER / "written").glob("*.txt"):
        (tmp_path / "written" / path.name).write_bytes(path.read_bytes())
    main(tmp_path)
    for name in ("traces.jsonl", "spans.otlp.jsonl", "dimensions.csv"):
        assert (tmp_path / name).read_bytes() == (FOLDER / name).read_bytes(), "run `python -m tools.demo`"


def test_there_are_enough_and_a_third_are_spans() -> None:
    assert len(conversations()) >= 150
    spans = sum(item.channel == "web" and item.started >= INSTRUMENTED for item in conversations())
    assert 0.3 <= spans / len(conversations()) <= 0.4


def test_lengths_are_those_of_real_conversations() -> None:
    lengths = [messages(item) for item in conversations()]
    assert (min(lengths), median(lengths), max(lengths)) == (2, 6, 40)


def test_they_spread_over_four_weeks_languages_channels_and_dimensions() -> None:
    weeks = Counter(item.started.isocalendar().week for item in conversations())
    assert len(weeks) == 4
    assert min(weeks.values()) >= 25
    languages = Counter(item.language for item in conversations())
    assert len(languages) >= 4
    assert sum(languages.values()) - languages["en"] >= 3
    assert len({item.channel for item in conversations()}) == 3
    assert len({(item.feature, item.situation, item.difficulty) for item in conversations()}) >= 80
    assert len({item.account for item in conversations()}) == len(read_world()["customers"])


def test_few_users_rate_and_fewer_say_why() -> None:
    rated = sum(item.thumbs is not None for item in conversations())
    assert 0.05 <= rated / len(conversations()) <= 0.2
    assert 0 < sum(item.comment is not None for item in conversations()) < rated


def test_no_two_conversations_share_eight_words_in_a_row() -> None:
    places: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for item in conversations():
        words = re.findall(r"\w+", spoken(item).lower())
        for start in range(len(words) - WORDS + 1):
            places[tuple(words[start : start + WORDS])].add(item.name)
    assert {" ".join(run): names for run, names in places.items() if len(names) > 1} == {}


@pytest.mark.slow
def test_no_two_conversations_mean_the_same() -> None:
    from evaldash.embedding import get_embedder

    found = get_embedder("minilm").embed([spoken(item) for item in conversations()])
    alike = found @ found.T - np.eye(len(found), dtype=np.float32)
    first, second = np.unravel_index(int(alike.argmax()), alike.shape)
    names = (conversations()[int(first)].name, conversations()[int(second)].name)
    assert alike.max() < ALIKE, f"{names}: {alike.max():.3f}"


def test_no_text_says_what_is_wrong_with_it() -> None:
    told = re.compile(r"failure mode|hallucinat|error analysis|open code|taxonomy", re.IGNORECASE)
    for path in [*(FOLDER / "written").glob("*.txt"), FOLDER / "traces.jsonl", FOLDER / "spans.otlp.jsonl"]:
        assert told.search(path.read_text(encoding="utf-8")) is None, path.name


def test_values_of_written_calls_read_as_json_does() -> None:
    told = '{at: 05:40, price: 7.5, none: [], "quoted, text"}'
    with pytest.raises(ValueError, match="a key with a colon"):
        parse_flow(told)
    assert parse_flow('{at: 05:40, price: 7.50, n: -3, ok: true, no: null, in: {a: "1, 2"}, list: [x y, 2]}') == {
        "at": "05:40", "price": 7.5, "n": -3, "ok": True, "no": None, "in": {"a": "1, 2"}, "list": ["x y", 2],
    }  # fmt: skip
