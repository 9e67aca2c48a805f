"""Conversations of the demo as plain chat records, with what the calls of the model took and cost."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tools.demo.written import Conversation, Turn, digest

SCHEMAS = {"1.4": 1_190, "1.5": 1_060}  # tokens of the tools' descriptions, sent with every call
PRICE_IN, PRICE_OUT = 2.5e-6, 10e-6  # US dollars a token
CHARACTERS = 3.7  # of a token, about
FIRST_TOKEN_MS, TOKEN_MS = 480, 15
TIMED_OUT_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One call of the model: what it was sent, as turns before `turn`, and what it took."""

    turn: int
    tokens_in: int
    tokens_out: int
    model_ms: int
    tools_ms: tuple[int, ...]


def version_of(world: Mapping[str, Any], moment: datetime) -> dict[str, str]:
    """Return the version of Wick that was in use at a time."""
    past = [item for item in world["versions"] if datetime.fromisoformat(item["from"]) <= moment]
    found: dict[str, str] = past[-1]
    return found


def plan_of(world: Mapping[str, Any], account: str, moment: datetime) -> str:
    """Return the plan an account had at a time."""
    customer = world["customers"][account]
    later = customer.get("plan_later")
    plan = later["plan"] if later and datetime.fromisoformat(later["from"]) <= moment else customer["plan"]
    return str(plan)


def system_prompt(world: Mapping[str, Any], item: Conversation) -> str | None:
    """Return what Wick was told first; conversations by e-mail were logged without it."""
    if item.channel == "email":
        return None
    customer = world["customers"][item.account]
    plan = plan_of(world, item.account, item.started)
    return (
        f"{version_of(world, item.started)['prompt']}\nAccount {item.account}: {customer['name']}, plan {plan}, "
        f"time zone {customer['zone']}. Signed in: {customer['who']}. Now: {item.started:%Y-%m-%dT%H:%MZ}."
    )


def model_calls(world: Mapping[str, Any], item: Conversation) -> list[ModelCall]:
    """Return the calls of the model behind a conversation: one for each thing that Wick said or did."""
    told = SCHEMAS[version_of(world, item.started)["version"]] + _tokens(system_prompt(world, item) or "")
    found = []
    for number, turn in enumerate(item.turns):
        if turn.role == "assistant":
            out = _tokens(turn.text or "") + sum(18 + _tokens(json.dumps(call.arguments)) for call in turn.calls)
            found.append(
                ModelCall(
                    turn=number,
                    tokens_in=told,
                    tokens_out=out,
                    model_ms=round((FIRST_TOKEN_MS + TOKEN_MS * out) * _luck(item, number)),
                    tools_ms=tuple(_tool_ms(item, turn, place) for place in range(len(turn.calls))),
                )
            )
            told += out + sum(12 + _tokens(call.result) for call in turn.calls)
        else:
            told += 6 + _tokens(turn.text or "")
    return found


def metadata(world: Mapping[str, Any], item: Conversation) -> dict[str, str]:
    """Return what the product logs about a conversation."""
    return {
        "account": item.account,
        "feature": item.feature,
        "plan": plan_of(world, item.account, item.started),
        "channel": item.channel,
        "language": item.language,
    }


def chat_record(world: Mapping[str, Any], item: Conversation) -> dict[str, Any]:
    """Return a conversation as one plain chat record."""
    calls = model_calls(world, item)
    tokens_in, tokens_out = sum(call.tokens_in for call in calls), sum(call.tokens_out for call in calls)
    record = {
        "id": item.id,
        "session_id": item.session,
        "version": version_of(world, item.started)["version"],
        "started_at": f"{item.started:%Y-%m-%dT%H:%M:%SZ}",
        "metadata": metadata(world, item),
        "latency_ms": sum(call.model_ms + sum(call.tools_ms) for call in calls),
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "cost_usd": cost(tokens_in, tokens_out),
        "messages": _messages(world, item),
    }
    if item.thumbs:
        record["feedback"] = {"thumbs": item.thumbs} | ({"comment": item.comment} if item.comment else {})
    return record


def cost(tokens_in: int, tokens_out: int) -> float:
    """Return US dollars."""
    return round(tokens_in * PRICE_IN + tokens_out * PRICE_OUT, 5)


def _messages(world: Mapping[str, Any], item: Conversation) -> list[dict[str, Any]]:
    system = system_prompt(world, item)
    found: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    for turn in item.turns:
        found.append({"role": turn.role, "content": turn.text} | _calls_of(turn))
        found += [
            {"role": "tool", "tool_call_id": call.id, "name": call.tool, "content": call.result} for call in turn.calls
        ]
    return found


def _calls_of(turn: Turn) -> dict[str, Any]:
    calls: Sequence[dict[str, Any]] = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.tool, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for call in turn.calls
    ]
    return {"tool_calls": calls} if calls else {}


def _tokens(text: str) -> int:
    return round(len(text) / CHARACTERS)


def _luck(item: Conversation, *place: int) -> float:
    """Return a factor from 0.7 to 1.8 that a conversation has at this place, always the same."""
    return 0.7 + 1.1 * (int(digest(item.id, "luck", *place, size=8), 16) / 0xFFFFFFFF) ** 2


def _tool_ms(item: Conversation, turn: Turn, place: int) -> int:
    if "timed out" in turn.calls[place].result:
        return TIMED_OUT_MS
    return round(190 * _luck(item, place, len(turn.calls[place].result)) + len(turn.calls[place].result) / 20)
