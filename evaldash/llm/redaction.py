"""Secrets and personal data become typed placeholders before a text leaves the machine.

Patterns, not understanding: keys, card numbers, e-mail addresses and phone numbers in their usual forms are found;
names and postal addresses are not. Every pattern is bounded, so that a hostile text of 100 kB costs milliseconds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

_Replace: TypeAlias = Callable[[re.Match[str]], str]

_KEY_FORMS = (
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?",
    r"\bsk-[A-Za-z0-9_-]{16,200}",  # OpenAI, Anthropic and those who copied the form
    r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{10,200}",  # Stripe
    r"\bAKIA[0-9A-Z]{16}\b",  # AWS
    r"\bgh[oprsu]_[A-Za-z0-9]{20,255}|\bgithub_pat_[A-Za-z0-9_]{20,255}",
    r"\bglpat-[A-Za-z0-9_-]{16,100}",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,200}",  # Slack
    r"\bAIza[0-9A-Za-z_-]{30,50}",  # Google
    r"\bhf_[A-Za-z0-9]{20,100}",
    r"\beyJ[A-Za-z0-9_-]{8,2000}\.eyJ[A-Za-z0-9_-]{4,4000}\.[A-Za-z0-9_-]{4,1000}",  # signed tokens (JWT)
)
_KEY = re.compile("|".join(_KEY_FORMS))
_LABELLED_KEY = re.compile(
    r"\b((?:api[_ -]?key|access[_ -]?token|auth[_ -]?token|client[_ -]?secret|password|passwd)[\"']?\s{0,3}[:=]\s{0,3}"
    r"[\"']?|Bearer\s{1,3})(?!\[KEY\])[^\s\"',;]{6,500}",
    re.IGNORECASE,
)
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_PHONE = re.compile(r"(?<![\w.#-])(?:\+|\(|00)?\d(?:[ .()/-]{0,2}\d){7,14}(?!\w)")
_SPOKEN_PHONE = re.compile(r"\b((?:phone|mobile|cell|tel|call)\b[^\d\n]{0,20}?)\d{7,15}\b", re.IGNORECASE)
_DATE = re.compile(r"\d{4}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./ ]\d{1,2}[-./ ]\d{4}")
_ADDRESS_V4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_FEWEST_PHONE_DIGITS = 9  # without a plus; shorter runs are dates, prices and order numbers


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with its placeholders, and how many of each kind were put in ("KEY", "CARD", "EMAIL", "PHONE")."""

    text: str
    counts: Mapping[str, int]


def redact(text: str) -> Redacted:
    """Return `text` with keys, card numbers, e-mail addresses and phone numbers as [KEY], [CARD], [EMAIL], [PHONE]."""
    counts: Counter[str] = Counter()
    text = _KEY.sub(_always("KEY", counts), text)
    text = _LABELLED_KEY.sub(_after_label("KEY", counts), text)
    text = _EMAIL.sub(_always("EMAIL", counts), text)
    text = _CARD.sub(_when(_is_card, "CARD", counts), text)
    text = _SPOKEN_PHONE.sub(_after_label("PHONE", counts), text)
    text = _PHONE.sub(_when(_is_phone, "PHONE", counts), text)
    return Redacted(text=text, counts=dict(counts))


def passes_luhn(number: str) -> bool:
    """Tell whether the digits of `number` have the check digit of card numbers (ISO/IEC 7812-1, annex B)."""
    digits = [int(character) for character in reversed(number) if character.isdecimal()]
    doubled = (2 * digit - 9 if digit > 4 else 2 * digit for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_card(number: str) -> bool:
    return passes_luhn(number) and len({character for character in number if character.isdecimal()}) > 1


def _is_phone(number: str) -> bool:
    if number.startswith(("+", "(")):
        return True
    digits = sum(character.isdecimal() for character in number)
    international = number.startswith("00") and number[2] != "0"
    unbroken = digits == len(number) and not international
    other = _DATE.match(number) or _ADDRESS_V4.fullmatch(number)
    return digits >= _FEWEST_PHONE_DIGITS and not unbroken and not other


def _always(kind: str, counts: Counter[str]) -> _Replace:
    return _when(lambda _: True, kind, counts)


def _when(rule: Callable[[str], bool], kind: str, counts: Counter[str]) -> _Replace:
    def replace(match: re.Match[str]) -> str:
        if not rule(match.group()):
            return match.group()
        counts[kind] += 1
        return f"[{kind}]"

    return replace


def _after_label(kind: str, counts: Counter[str]) -> _Replace:
    def replace(match: re.Match[str]) -> str:
        counts[kind] += 1
        return f"{match.group(1)}[{kind}]"

    return replace
