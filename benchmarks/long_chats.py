"""Long chats with tool calls, 20 kB each, as JSON Lines: long_chats.py 100000 > file.

Their words are made up, and as unevenly frequent as those of a language: a few stand in every chat, most in hardly
any. A few chats hold a sentence of Chinese or Japanese. Same number and seed, same bytes; one chat at a time.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

FIRST = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
VOCABULARY = 60_000  # different words
WORDS_PER_CHAT = 2_300  # about 20 kB of JSON with names, marks and tool calls
SYLLABLES = ("ba", "cor", "den", "el", "fa", "gri", "hol", "in", "jo", "ka", "lun", "mer", "no", "os", "pra", "ri",
             "sto", "ta", "ul", "ven", "wa", "yor", "zu", "che", "sh", "th", "ing", "er")  # fmt: skip
EAST = (
    "東京の図書館は何時に閉まりますか。",
    "请问北京的图书馆什么时候开门?",
    "次の船は港を出ました。",
    "我的行李还没有到。",
)
PLANS = ("free", "free", "free", "pro", "team")
TOOLS = ("find_booking", "timetable", "read_page", "price_of")


def vocabulary() -> list[str]:
    """The words, the most frequent first; the same in every run."""
    rng = random.Random(11)  # noqa: S311
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        length = rng.choice((1, 2, 2, 3, 3, 4)) if len(words) > 300 else rng.choice((1, 1, 2))
        words["".join(rng.choices(SYLLABLES, k=length))] = None
    return list(words)


class Talk:
    """Words in the frequencies of a language (Zipf's law)."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311
        self.words = vocabulary()
        self.weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.words))))

    def say(self, count: int) -> str:
        """So many words."""
        return " ".join(self.rng.choices(self.words, cum_weights=self.weights, k=count)) + "."


def chats(count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """`count` chats in the order they began."""
    talk = Talk(seed)
    for number in range(count):
        yield _chat(talk, number)


def _chat(talk: Talk, number: int) -> dict[str, Any]:
    rng = talk.rng
    chat: dict[str, Any] = {
        "id": f"long-{number:07d}",
        "session_id": f"s-{number // 3:07d}",
        "timestamp": (FIRST + timedelta(seconds=31 * number)).isoformat(),
        "metadata": {"plan": rng.choice(PLANS), "version": f"1.{rng.randrange(9)}", "region": talk.say(1)},
        "messages": _messages(talk, turns=rng.randint(3, 6)),
        "metrics": {"latency_ms": round(rng.lognormvariate(7.3, 0.8)), "tokens_out": rng.randrange(200, 4000)},
    }
    if rng.random() < 0.1:
        chat["feedback"] = {"thumbs": rng.choice(("up", "up", "down"))}
    return chat


def _messages(talk: Talk, *, turns: int) -> list[dict[str, Any]]:
    rng = talk.rng
    left = int(WORDS_PER_CHAT * rng.uniform(0.6, 1.4))
    messages: list[dict[str, Any]] = [{"role": "system", "content": talk.say(120)}]
    for turn in range(turns):
        question = talk.say(rng.randint(8, 60))
        messages.append(
            {"role": "user", "content": f"{rng.choice(EAST)} {question}" if rng.random() < 0.02 else question}
        )
        messages += _tool_call(talk, number=turn, words=left // (2 * turns))
        messages.append({"role": "assistant", "content": talk.say(left // (2 * turns))})
    return messages


def _tool_call(talk: Talk, *, number: int, words: int) -> list[dict[str, Any]]:
    call_id = f"call_{number}_{talk.rng.getrandbits(24):06x}"
    name = talk.rng.choice(TOOLS)
    arguments = json.dumps({"query": talk.say(6), "limit": talk.rng.randrange(50)})
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    rows = [{"title": talk.say(5), "text": talk.say(max(words // 3 - 5, 1))} for _ in range(3)]
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call_id, "name": name, "content": json.dumps({"rows": rows})},
    ]


def main() -> int:
    """Write the chats to standard output."""
    parser = argparse.ArgumentParser(description="Made-up long chats as JSON Lines.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    for chat in chats(options.count, seed=options.seed):
        sys.stdout.write(json.dumps(chat, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
