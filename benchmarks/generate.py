"""Made-up chats of a travel shop's assistant as JSON Lines, to measure with: generate.py 10000 > file.

Same number and seed, same bytes. One line at a time, so that the size of the output is no question of memory.
About one chat in five goes wrong, in a way that depends on what it is about and on the version, so that there is
something to find.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SECONDS_BETWEEN = 47  # mean gap between two chats of a small shop
VERSIONS = ("1.0", "1.1", "2.0")
FAILURE_SHARE = {"1.0": 0.28, "1.1": 0.22, "2.0": 0.14}  # later versions fail less often
RETURNS = 0.25  # share of chats by somebody who was there just before
LONGEST = 40  # messages
WORDS_TO_TOKENS = 1.3
DOLLARS_PER_TOKEN = 2e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What a chat is about: how people ask, which tool helps, a good answer, and the answers that go wrong."""

    name: str
    weight: int
    asks: tuple[str, ...]
    tool: str | None
    good: tuple[str, ...]
    bad: tuple[str, ...]


INTENTS = (
    Intent(
        name="change-date",
        weight=22,
        asks=(
            "Can I move my trip to {city} from the {day}th to a week later?",
            "I need to change booking {ref}, we can only leave on the {day}th.",
            "Our meeting moved. What does it cost to fly to {city} two days earlier?",
        ),
        tool="search_bookings",
        good=(
            "Booking {ref} can move to the {day}th for {money} euros. Shall I do it?",
            "There are {count} seats left on the {day}th. The change costs {money} euros.",
        ),
        bad=(
            "I have moved your trip to the {day}th of last month.",
            "Done! Your new date is the {day}th. (The booking was not touched.)",
        ),
    ),
    Intent(
        name="refund",
        weight=18,
        asks=(
            "I cancelled {ref} {count} weeks ago and still have no money back.",
            "Is the ticket to {city} refundable if I am ill?",
            "You charged me {money} euros twice for {ref}.",
        ),
        tool="payment_status",
        good=(
            "Your {money} euros for {ref} left us on the {day}th; banks take up to five working days.",
            "This fare is refundable less a fee of {money} euros, with a doctor's note.",
        ),
        bad=(
            "We refund every ticket in full within one hour, whatever the fare.",
            "Please write to the address in your contract. I can do nothing about {ref}.",
        ),
    ),
    Intent(
        name="luggage",
        weight=14,
        asks=(
            "How heavy may my bag be on the way to {city}?",
            "My suitcase did not arrive in {city}. What now?",
            "May I take a folded bicycle along?",
        ),
        tool="luggage_rules",
        good=(
            "One bag of 23 kg and a small one of 8 kg are included in {ref}.",
            "I have filed report {ref}; the desk in {city} calls you before the evening of the {day}th.",
        ),
        bad=(
            "Bags may weigh up to {money} kg each.",
            "Suitcases usually turn up. Is there anything else I can do?",
        ),
    ),
    Intent(
        name="hotel",
        weight=16,
        asks=(
            "A quiet room in {city} for {count} nights, please, under {money} euros.",
            "Does the hotel for {ref} have a step-free entrance?",
            "We arrive after midnight in {city}. Is the desk open?",
        ),
        tool="search_hotels",
        good=(
            "I found {count} quiet hotels in {city}; the nearest to the station costs {money} euros.",
            "Yes: the entrance is step-free and so is the way to the lift. I noted it on {ref}.",
        ),
        bad=(
            "Here are hotels with a night club in the house.",
            "I booked the suite for {money} euros a night, since the cheaper rooms are less nice.",
        ),
    ),
    Intent(
        name="documents",
        weight=10,
        asks=(
            "Do I need a visa for {city} with a student card?",
            "My passport ends {count} months after the trip. Is that enough?",
        ),
        tool=None,
        good=(
            "For {city} the passport must be valid {count} months beyond the stay. Please ask the consulate too.",
            "I cannot give legal advice; the consulate's page for {city} lists what students need.",
        ),
        bad=("No papers are needed anywhere.", "A library card is enough at the border."),
    ),
    Intent(
        name="small-talk",
        weight=6,
        asks=("Hello, is anyone there?", "thanks!!", "Are you a machine?"),
        tool=None,
        good=("Hello! I am the shop's assistant. What can I look up for you?", "You are welcome. Have a good trip!"),
        bad=("As a human being with many years at sea, I can say: yes.", "Booking {ref} is now cancelled."),
    ),
)
FOLLOW_UPS = (
    "And what would it cost for two?",
    "Could you send that by mail as well?",
    "That is not what I asked. I meant {city}.",
    "Is there something on the {day}th?",
    "ok",
    "My number is {ref}, if that helps.",
    "Please explain that once more, in short words.",
)
CITIES = ("Lisbon", "Trieste", "Gdansk", "Bergen", "Ghent", "Porto", "Split", "Turku", "Graz", "Cork")
SYSTEM = "You help customers of a travel shop. Look things up before you promise anything. Be brief and kind."


def traces(count: int, *, seed: int) -> Iterator[dict[str, Any]]:
    """`count` chats in the order they began."""
    rng = random.Random(seed)  # noqa: S311
    started, session = FIRST, ""
    for number in range(count):
        started += timedelta(seconds=rng.expovariate(1 / SECONDS_BETWEEN))
        if not session or rng.random() >= RETURNS:
            session = f"s-{rng.getrandbits(40):010x}"
        version = VERSIONS[min(len(VERSIONS) - 1, number * len(VERSIONS) // count)]
        yield _trace(rng, number=number, session=session, version=version, started=started)


def _trace(rng: random.Random, *, number: int, session: str, version: str, started: datetime) -> dict[str, Any]:
    intent = rng.choices(INTENTS, weights=[item.weight for item in INTENTS])[0]
    failed = rng.random() < FAILURE_SHARE[version]
    messages = _messages(rng, intent, failed=failed)
    trace = {
        "id": f"chat-{number:07d}",
        "session_id": session,
        "timestamp": started.isoformat(timespec="milliseconds"),
        "metadata": {"version": version, "channel": rng.choice(("web", "app", "phone"))},
        "messages": messages,
        "metrics": _metrics(rng, messages),
    }
    return trace | _feedback(rng, failed=failed)


def _messages(rng: random.Random, intent: Intent, *, failed: bool) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM}] if rng.random() < 0.8 else []
    # Most chats are short, a few very long: half end after two turns, one in twenty goes on for more than eight.
    turns = min(1 + int(rng.expovariate(1 / 2.2)), (LONGEST - len(messages)) // 4)
    wrong_turn = rng.randrange(turns) if failed else -1
    for turn in range(turns):
        ask = rng.choice(intent.asks if turn == 0 else FOLLOW_UPS)
        messages.append({"role": "user", "content": _fill(rng, ask)})
        if intent.tool and rng.random() < 0.6:
            messages += _tool_call(rng, intent.tool, number=turn)
        answer = rng.choice(intent.bad if turn == wrong_turn else intent.good)
        messages.append({"role": "assistant", "content": _fill(rng, answer)})
    return messages


def _tool_call(rng: random.Random, tool: str, *, number: int) -> list[dict[str, Any]]:
    call_id = f"call_{number}_{rng.getrandbits(24):06x}"
    arguments = json.dumps({"reference": _fill(rng, "{ref}"), "city": rng.choice(CITIES)})
    call = {"id": call_id, "type": "function", "function": {"name": tool, "arguments": arguments}}
    result: dict[str, object] = {"rows": rng.randrange(6), "price": rng.randrange(20, 400)}
    if rng.random() < 0.07:
        result = {"error": rng.choice(("timeout after 10 s", "no such reference", "service is being updated"))}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": call_id, "name": tool, "content": json.dumps(result)},
    ]


def _fill(rng: random.Random, text: str) -> str:
    return text.format(
        city=rng.choice(CITIES),
        day=rng.randrange(4, 20),
        ref=f"B{rng.randrange(10_000, 99_999)}",
        money=rng.randrange(15, 480),
        count=rng.randrange(2, 7),
    )


def _metrics(rng: random.Random, messages: list[dict[str, Any]]) -> dict[str, float]:
    words = {"in": 0, "out": 0}
    for message in messages:
        side = "out" if message["role"] == "assistant" else "in"
        words[side] += len((message["content"] or "").split())
    tokens = {side: int(number * WORDS_TO_TOKENS) for side, number in words.items()}
    latency = sum(rng.lognormvariate(6.8, 0.5) for message in messages if message["role"] == "assistant")
    return {
        "latency_ms": round(latency),
        "tokens_in": tokens["in"],
        "tokens_out": tokens["out"],
        "cost_usd": round((tokens["in"] + 4 * tokens["out"]) * DOLLARS_PER_TOKEN, 6),
    }


def _feedback(rng: random.Random, *, failed: bool) -> dict[str, Any]:
    if rng.random() >= 0.12:
        return {}
    up = rng.random() < (0.2 if failed else 0.85)
    return {"feedback": {"thumbs": "up" if up else "down"}}


def main() -> int:
    """Write the chats to standard output."""
    parser = argparse.ArgumentParser(description="Made-up chats as JSON Lines.")
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    for trace in traces(options.count, seed=options.seed):
        sys.stdout.write(json.dumps(trace, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
