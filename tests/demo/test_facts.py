"""What the tools of the demo answer agrees with its written world: prices, plans, articles, devices, times, sums."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tools.demo.records import plan_of
from tools.demo.written import Call, Conversation, read_conversations, read_world

WORLD = read_world()
# Another customer's device reaches this conversation: that is its failure.
CROSSES_ACCOUNTS = {"sunna-add-leaf"}
# References in an answer that no tool gave and no user named, where making them up is the failure.
MADE_UP = {"wk-07ce5a"}
REFERENCE = re.compile(r"\b(?:HO|OR|WC|AL|SC|INV)-\d[\d-]*|\b[A-Z]\d-\d{4}\b|https://files\.fernwick\.example/[\w/]+")


@cache
def conversations() -> tuple[Conversation, ...]:
    return tuple(read_conversations())


def calls(*tools: str) -> Iterator[tuple[Conversation, Call, dict[str, Any]]]:
    """Yield the calls that were answered with an object and without an error."""
    for item in conversations():
        for turn in item.turns:
            for call in turn.calls:
                if (not tools or call.tool in tools) and call.result.startswith("{"):
                    result = json.loads(call.result)
                    if "error" not in result:
                        yield item, call, result


def below(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every object within a value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from below(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from below(inner)


def test_every_tool_is_used_and_none_is_invented() -> None:
    used = {call.tool for item in conversations() for turn in item.turns for call in turn.calls}
    assert used == set(WORLD["tools"])


def test_quotes_and_orders_add_up_with_the_catalogue_and_the_shipping() -> None:
    shipping = WORLD["shipping"]
    seen = 0
    for item, call, result in calls("quote_order", "place_order"):
        wanted: Any = call.arguments["items"]
        goods = sum(WORLD["catalogue"][part["article"]]["price"] * part["quantity"] for part in wanted)
        country = WORLD["customers"][item.account]["country"]
        assert call.arguments.get("country", country) == country, item.name
        near = country in shipping["near_countries"]
        way = 0.0 if near and goods >= shipping["free_from"] else shipping["near"] if near else shipping["far"]
        assert (result["items"], result["shipping"], result["total"]) == (goods, way, goods + way), item.name
        seen += 1
    assert seen >= 15


def test_what_search_finds_stands_in_the_articles() -> None:
    for item, _, result in calls("search_help"):
        for passage in result["passages"]:
            article = WORLD["articles"][passage["article"]]
            assert passage["title"] == article["title"]
            known = " ".join(article["passages"].values())
            for sentence in re.split(r"(?<=\.) ", passage["text"]):
                assert sentence in known, f"{item.name}: {sentence}"


def test_accounts_have_their_plan_and_sites_belong_to_them() -> None:
    for item, call, result in calls():
        customer = WORLD["customers"][item.account]
        site = call.arguments.get("site")
        assert site is None or site in customer["sites"], f"{item.name}: {site}"
        assert call.arguments.get("account", item.account) == item.account, item.name
        if call.tool == "get_account" and "plan" in result:
            plan = plan_of(WORLD, item.account, item.started)
            assert result["plan"] == plan, item.name
            assert result.get("sms_included", WORLD["plans"][plan]["sms"]) == WORLD["plans"][plan]["sms"], item.name


def test_a_device_is_of_the_model_its_number_says_and_was_dispatched_once() -> None:
    prefixes = {article["prefix"]: number for number, article in WORLD["catalogue"].items() if "prefix" in article}
    dispatched: dict[str, set[str]] = defaultdict(set)
    accounts: dict[str, set[str]] = defaultdict(set)
    for item, _, result in calls():
        for found in below(result):
            number = found.get("id") or found.get("device") or found.get("valve")
            if not isinstance(number, str) or not re.fullmatch(r"[A-Z]\d-\d{4}", number):
                continue
            if item.name not in CROSSES_ACCOUNTS:
                accounts[number].add(item.account)
            assert found.get("model", prefixes[number[:2]]) == prefixes[number[:2]], f"{item.name}: {number}"
            if "limit" in found:
                assert found["limit"] == WORLD["catalogue"][prefixes[number[:2]]]["limit"]
            if "dispatched" in found:
                dispatched[number].add(found["dispatched"])
    assert {number: dates for number, dates in dispatched.items() if len(dates) > 1} == {}
    assert {number: names for number, names in accounts.items() if len(names) > 1} == {}
    known = {number: next(iter(dates)) for number, dates in dispatched.items() if number in WORLD["dispatched"]}
    assert known.items() <= WORLD["dispatched"].items()


def _start(result: Mapping[str, Any]) -> datetime | None:
    """Return the first start after a schedule was written, as its next run says in UTC."""
    told = result.get("next_run")
    return None if told is None else datetime.fromisoformat(told)


def test_schedules_run_when_they_were_written_for_and_keep_the_limits() -> None:
    seen = 0
    for item, call, result in calls("set_schedule"):
        assert call.arguments.get("minutes", 0) <= WORLD["limits"]["run_minutes"], item.name
        version = "1.5" if item.started >= datetime.fromisoformat(WORLD["versions"][1]["from"]) else "1.4"
        assert ("start_utc" if version == "1.5" else "start_local") not in call.arguments, item.name
        start = _start(result)
        if start is None or "skip" in call.arguments:
            continue
        assert start >= item.started - timedelta(minutes=1), item.name
        if "start_local" in call.arguments:
            local = start.astimezone(ZoneInfo(WORLD["customers"][item.account]["zone"]))
            assert f"{local:%H:%M}" == call.arguments["start_local"], item.name
            seen += 1
        elif "start_utc" in call.arguments:
            assert f"{start:%H:%M}" == call.arguments["start_utc"], item.name
            seen += 1
    assert seen >= 15


def test_alerts_are_stored_as_they_were_sent() -> None:
    for item, call, result in calls("set_alert"):
        for key in ("above", "below", "delay_min"):
            if key in call.arguments and key in result:
                assert call.arguments[key] == result[key], item.name
        assert call.arguments.get("delay_min", 60) >= WORLD["limits"]["alert_delay_minutes"], item.name


def test_invoices_add_up_and_texts_cost_what_the_article_says() -> None:
    for item, _, result in calls("get_invoices"):
        for invoice in result["invoices"]:
            assert invoice["total"] == pytest.approx(sum(line["amount"] for line in invoice["lines"])), item.name
            for line in invoice["lines"]:
                told = re.search(r"([\d,]+) sent, (\d+) beyond ([\d,]+)", line["text"])
                if told:
                    sent, beyond, included = (int(part.replace(",", "")) for part in told.groups())
                    assert (sent - beyond, line["amount"]) == (included, pytest.approx(beyond * WORLD["sms_price"]))


def test_readings_of_a_cancelled_account_go_after_sixty_days() -> None:
    found = [entry for _, _, result in calls() for entry in below(result) if "deletion_due" in entry]
    assert found
    for entry in found:
        days = date.fromisoformat(entry["deletion_due"]) - date.fromisoformat(entry["ends"])
        assert days.days == WORLD["limits"]["readable_days"]


def test_references_are_given_once_and_answers_name_only_what_was_given() -> None:
    handoffs = [result["handoff"] for _, _, result in calls("create_handoff")]
    assert len(set(handoffs)) == len(handoffs)
    given = {text for _, _, result in calls() for text in REFERENCE.findall(json.dumps(result))}
    asked = {text for item in conversations() for turn in item.turns if turn.role == "user"
             for text in REFERENCE.findall(turn.text or "")}  # fmt: skip
    for item in conversations():
        for turn in item.turns:
            if turn.role == "assistant" and item.name not in MADE_UP:
                assert set(REFERENCE.findall(turn.text or "")) <= given | asked, item.name


def test_hand_offs_are_answered_as_fast_as_the_plan_says() -> None:
    for item, _, result in calls("create_handoff"):
        wait = datetime.fromisoformat(result["answer_by"]) - item.started
        plan = plan_of(WORLD, item.account, item.started)
        longest = {"Estate": timedelta(hours=11), "Grow": timedelta(days=3), "Sprout": timedelta(days=5)}[plan]
        assert timedelta(0) < wait <= longest, f"{item.name}: {plan}, {wait}"
