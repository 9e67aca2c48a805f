"""An answer as it is heard: at once, or piece by piece over a stream; both end as the same value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

MAX_ANSWER_CHARS = 2_000_000  # an endpoint that never stops is not listened to for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came: `nothing` when there was no choice in it; token counts are None where the endpoint told none."""

    text: str = ""
    finish: str | None = None
    refused: bool = False
    nothing: bool = False
    tokens_in: int | None = None
    tokens_out: int | None = None


def whole(completion: Any) -> Heard:
    """Take in a chat completion; an endpoint may send any JSON at all."""
    choices = getattr(completion, "choices", None)
    if not choices or choices[0].message is None:
        return Heard(nothing=True)
    message, finish = choices[0].message, choices[0].finish_reason
    return Heard(
        text=message.content or "",
        finish=finish,
        refused=bool(getattr(message, "refusal", None)) or finish == "content_filter",
        tokens_in=_usage(completion)[0],
        tokens_out=_usage(completion)[1],
    )


def streamed(stream: Any, each: Callable[[], None]) -> Heard:
    """Take in a stream of chunks; `each` is called at every one of them, and may raise to end it."""
    parts: list[str] = []
    finish, refused, usage, chars, heard = None, False, _usage(None), 0, False
    with stream:
        for chunk in stream:
            each()
            usage = _usage(chunk) if getattr(chunk, "usage", None) else usage
            choices = getattr(chunk, "choices", None)
            if not choices:
                continue
            heard, delta = True, choices[0].delta
            finish = choices[0].finish_reason or finish
            refused = refused or bool(getattr(delta, "refusal", None)) or finish == "content_filter"
            parts.append(getattr(delta, "content", None) or "")
            chars += len(parts[-1])
            if chars > MAX_ANSWER_CHARS:
                finish = "length"
                break
    return Heard(
        text="".join(parts), finish=finish, refused=refused, nothing=not heard, tokens_in=usage[0], tokens_out=usage[1]
    )


def _usage(answer: Any) -> tuple[int | None, int | None]:
    """Return the tokens that went in and came out."""
    usage = getattr(answer, "usage", None)
    return getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
