"""One question to a model whose answer names ids: checked by code, mended by one retry, and paid for once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import ValidationError

from evaldash.llm.budget import Budget
from evaldash.llm.client import Answer, ModelClient
from evaldash.llm.prompting import Prompt, messages_with_data, quoted_json
from evaldash.llm.wire import Message
from evaldash.taxonomy.answers import schema_with_ids


class Judged(Protocol):
    """What code found of an answer."""

    @property
    def problems(self) -> tuple[str, ...]:
        """Return in words what is wrong with it."""


class AnswerCache(Protocol):
    """Keeps answers by what was asked, so that the same notes are paid for once."""

    def get(self, key: str) -> str | None:
        """Return the JSON of the answer that was kept under `key`."""

    def put(self, key: str, answer: str) -> None:
        """Keep an answer that was found good."""


@dataclass(slots=True)
class Run:
    """What all requests of a run share, and what the model left over, chose to or not."""

    client: ModelClient
    budget: Budget
    cache: AnswerCache | None
    should_stop: Callable[[], bool] | None
    left_over: list[str] = field(default_factory=list)
    repaired: list[str] = field(default_factory=list)  # notes that the model did not place once, after a retry

    @property
    def cost_usd(self) -> float:
        """What all requests cost so far, those included whose answers could not be used."""
        return self.budget.spent_usd


A = TypeVar("A", bound=Answer)
J = TypeVar("J", bound=Judged)


def checked(
    prompt: Prompt,
    data: Mapping[str, object],
    answer: type[A],
    check: Callable[[A], J],
    run: Run,
    *,
    ids: Mapping[str, Sequence[str]],
) -> tuple[A, J]:
    """Return the answer and what `check` says of it; an answer with problems is asked for once more, with them."""
    key = _cache_key(prompt, data, run.client)
    kept = _from_cache(run.cache, key, answer)
    if kept is not None:
        return kept, check(kept)
    messages, schema = messages_with_data(prompt, data), schema_with_ids(answer, ids)
    value = _paid(messages, answer, run, schema)
    judged = check(value)
    if judged.problems:
        problem = (
            f"Your answer has these problems: {'; '.join(judged.problems)}. Give the whole answer again, corrected."
        )
        said: Message = {"role": "assistant", "content": value.model_dump_json()}
        value = _paid([*messages, said, {"role": "user", "content": problem}], answer, run, schema)
        judged = check(value)
    if run.cache is not None:
        run.cache.put(key, value.model_dump_json())
    return value, judged


def _paid(messages: list[Message], answer: type[A], run: Run, schema: Mapping[str, Any]) -> A:
    return run.client.complete(messages, answer, budget=run.budget, schema=schema, should_stop=run.should_stop).value


def _cache_key(prompt: Prompt, data: Mapping[str, object], client: ModelClient) -> str:
    """Return what is the same only for the same question to the same model."""
    parts = (prompt.id, prompt.text, quoted_json(data), client.settings.model, client.settings.base_url)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _from_cache(cache: AnswerCache | None, key: str, answer: type[A]) -> A | None:
    kept = cache.get(key) if cache is not None else None
    try:
        return None if kept is None else answer.model_validate_json(kept)
    except ValidationError:  # written by another version of the shape
        return None
