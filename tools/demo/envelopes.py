"""What Fernwick's services put around every answer: fields that nobody asked for, as services do.

A conversation holds what matters of a result; what is added depends on the device, the account or the article alone, so
that it is the same in every conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

Fields = dict[str, Any]
MODELS = {"T2": "FW-T2", "S3": "FW-S3", "C1": "FW-C1", "V4": "FW-V4", "V6": "FW-V6", "G5": "FW-G5", "G7": "FW-G7"}
FIRMWARE = ("3.2.1", "3.2.1", "3.2.1", "3.1.9", "3.2.0")
LOCALES = {"GB": "en-GB", "IE": "en-IE", "US": "en-US", "CA": "en-CA", "NZ": "en-NZ", "AU": "en-AU", "NO": "nb-NO"}
HARDWARE = ("B2", "C", "C1", "C1", "D")


def with_envelope(tool: str, result: Fields, customer: Mapping[str, Any], moment: datetime) -> Fields:
    """Return a result as the service sends it; `moment` is when the conversation began."""
    if "error" in result:
        return result | {"request_id": _digits(tool, result, moment, size=12)}
    whole = result
    match tool:
        case "device_status" | "list_devices":
            whole = _devices(result, moment)
        case "get_account":
            whole = _account(result, str(customer["country"]))
        case "get_readings":
            whole = _readings(result, moment)
        case "search_help":
            whole = _passages(result, moment)
        case "get_invoices":
            whole = _invoices(result)
        case "set_schedule" | "set_alert":
            whole = result | {"by": "wick", "rev": 1 + _number(str(result)) % 9}
        case "create_handoff":
            whole = result | {"status": "queued", "attachments": 0}
    return whole


def with_neighbour(passages: list[Fields], articles: Mapping[str, Any], query: str) -> list[Fields]:
    """Return what a search found, in every second search with one more passage that has little to do with it."""
    chance = _number(query)
    if not passages or chance % 2:
        return passages
    others = sorted(articles.keys() - {passage["article"] for passage in passages})
    number = others[chance // 2 % len(others)]
    text = list(articles[number]["passages"].values())[-1]
    return [*passages, {"article": number, "title": articles[number]["title"], "text": text}]


def _devices(result: Fields, moment: datetime) -> Fields:
    lists = {
        key: [_device(item, moment) if isinstance(item, dict) else item for item in result[key]]
        for key in ("devices", "gateways")
        if isinstance(result.get(key), list)
    }
    return _device(result, moment) | lists | ({"page": 1, "next_cursor": None} if "devices" in lists else {})


def _device(told: Fields, moment: datetime) -> Fields:
    """Return a device with what its service knows of it; what was written stands first and stays."""
    number = told.get("id")
    if not isinstance(number, str) or number[:2] not in MODELS:
        return told
    chance = _number(number)
    more: Fields = {
        "model": MODELS[number[:2]],
        "fw": FIRMWARE[chance % len(FIRMWARE)],
        "hw": HARDWARE[chance // 7 % len(HARDWARE)],
    }
    if number[0] in "TSC":
        more |= {"rssi": -58 - chance % 43, "interval_s": 300}
    if told.get("online", True) and told.get("paired", True):
        seen = moment - timedelta(seconds=20 + chance % 280)
        more |= {"last_seen": f"{seen:%Y-%m-%dT%H:%MZ}"}
    return told | {key: value for key, value in more.items() if key not in told}


def _account(result: Fields, country: str) -> Fields:
    chance = _number(str(result.get("account")))
    more: Fields = {
        "created": str(date(2021, 1, 11) + timedelta(days=chance % 1_500)),
        "currency": "EUR",
        "locale": LOCALES.get(country, f"{country.lower()}-{country}"),
        "units": "metric",
        "billing_day": 1,
        "newsletter": chance % 3 == 0,
        "flags": ["irrigation_v2"] if chance % 2 else [],
    }
    return result | {key: value for key, value in more.items() if key not in result}


def _readings(result: Fields, moment: datetime) -> Fields:
    chance = _number(str(result), str(moment))
    more: Fields = {"source": "store", "quality": {"bad": 0, "estimated": 0}, "query_ms": 18 + chance % 160}
    return result | {key: value for key, value in more.items() if key not in result}


def _passages(result: Fields, moment: datetime) -> Fields:
    found = []
    for place, passage in enumerate(result["passages"]):
        chance = _number(passage["article"])
        score = 0.86 - 0.11 * place - _number(passage["text"], str(moment)) % 60 / 1_000
        found.append(
            passage
            | {
                "score": round(score, 3),
                "url": f"https://help.fernwick.example/{passage['article'].lower()}",
                "updated": str(date(2025, 3, 3) + timedelta(days=chance % 320)),
            }
        )
    return result | {"passages": found}


def _invoices(result: Fields) -> Fields:
    found = []
    for invoice in result["invoices"]:
        more = {"currency": "EUR", "status": "open", "due_days": 14, "sent_to": "owner"}
        found.append(invoice | {key: value for key, value in more.items() if key not in invoice})
    return result | {"invoices": found}


def _digits(*parts: object, size: int) -> str:
    return sha256("/".join(map(str, parts)).encode()).hexdigest()[:size]


def _number(*parts: str) -> int:
    return int(_digits(*parts, size=8), 16)
