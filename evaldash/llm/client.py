"""Asks a model for a value of a given shape, and reports what does not come back as one; nothing is guessed at.

What does not validate is asked for once more, with the error; then it is a ModelError in one sentence.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from evaldash.errors import ModelError
from evaldash.llm.budget import Budget, estimate_tokens
from evaldash.llm.settings import ModelSettings
from evaldash.llm.wire import AnswerSchema, Message, Reply, ShouldStop, Wire

MAX_PROBLEMS = 5  # of an answer that are named when it is asked for again


class Answer(BaseModel):
    """Base of all shapes a model may be asked for: unknown keys are refused, fields have no defaults (strict mode)."""

    model_config = ConfigDict(extra="forbid", frozen=True)


A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(Generic[A]):
    """A validated value and what it took, over all attempts; `cost_usd` is None where prices are not known."""

    value: A
    tokens_in: int
    tokens_out: int
    cost_usd: float | None
    seconds: float
    model: str


class ModelClient:
    """One model behind an OpenAI-compatible address. Nothing is sent before the first `complete`."""

    def __init__(self, settings: ModelSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self._wire = Wire(settings, sleep=sleep)

    def complete(
        self,
        messages: Sequence[Message],
        answer: type[A],
        *,
        budget: Budget,
        schema: Mapping[str, Any] | None = None,
        should_stop: ShouldStop | None = None,
    ) -> Completion[A]:
        """Return a value of shape `answer`; `schema` may be a narrower JSON schema that is sent in its place.

        Raises ModelError when the model cannot be reached, refuses, or twice answers in another shape,
        BudgetExceeded before a request that could pass the limit of `budget`, Cancelled when `should_stop` says so.
        """
        started, sent = time.monotonic(), _schema_of(answer, schema)
        asked = [*_with_schema(messages, sent)]
        replies: list[Reply] = []
        for _ in range(2):
            replies.append(self._ask(asked, sent, budget, should_stop))
            parsed = _parsed(replies[-1], answer)
            if isinstance(parsed, Answer):
                return self._completion(parsed, replies, seconds=time.monotonic() - started)
            asked = _asked_again(asked, replies[-1], problem=parsed)
        raise ModelError(f"the model {self.settings.model} twice gave an answer that cannot be used: {parsed}")

    def request_tokens(
        self, messages: Sequence[Message], answer: type[Answer], *, schema: Mapping[str, Any] | None = None
    ) -> int:
        """Return a careful upper estimate of the tokens that one request sends."""
        return _tokens(_with_schema(messages, _schema_of(answer, schema)))

    def _ask(
        self, messages: Sequence[Message], schema: AnswerSchema, budget: Budget, should_stop: ShouldStop | None
    ) -> Reply:
        budget.require(self.settings, tokens_in=_tokens(messages), tokens_out=self.settings.max_tokens)
        reply = self._wire.ask(messages, schema, should_stop=should_stop)
        budget.spend(self.settings.cost_usd(tokens_in=reply.tokens_in, tokens_out=reply.tokens_out))
        return reply

    def _completion(self, value: A, replies: Sequence[Reply], *, seconds: float) -> Completion[A]:
        tokens_in, tokens_out = sum(r.tokens_in for r in replies), sum(r.tokens_out for r in replies)
        return Completion(
            value=value,
            tokens_in=tokens_in,
            tokens_out=tokens_out,
            cost_usd=self.settings.cost_usd(tokens_in=tokens_in, tokens_out=tokens_out),
            seconds=seconds,
            model=self.settings.model,
        )


def _tokens(messages: Sequence[Message]) -> int:
    return sum(estimate_tokens(message["content"]) for message in messages)


def _schema_of(answer: type[Answer], narrower: Mapping[str, Any] | None = None) -> AnswerSchema:
    return AnswerSchema(name=answer.__name__, schema=dict(narrower or answer.model_json_schema()))


def _with_schema(messages: Sequence[Message], schema: AnswerSchema) -> list[Message]:
    """Return the messages with the schema in words too: endpoints without structured outputs have nothing else."""
    first, *rest = messages
    words = f"{first['content']}\n\nAnswer with one JSON object that follows this schema, and nothing else:\n"
    return [{**first, "content": words + json.dumps(schema.schema)}, *rest]


def _parsed(reply: Reply, answer: type[A]) -> A | str:
    """Return the value, or the problem in words."""
    if reply.cut_off:
        return f"it was cut off after {reply.tokens_out} tokens (EVALDASH_MODEL_MAX_TOKENS sets the limit)"
    try:
        return answer.model_validate_json(_without_fence(reply.text))
    except ValidationError as error:
        return _problems(error)


def _without_fence(text: str) -> str:
    """Return the text inside a Markdown fence, which models without a JSON mode like to put around JSON."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```"):
        return text.removesuffix("```").partition("\n")[2]
    return text


def _problems(error: ValidationError) -> str:
    problems = [
        f"{'.'.join(str(part) for part in item['loc']) or 'the answer'}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)
    ]
    more = f" and {len(problems) - MAX_PROBLEMS} more" if len(problems) > MAX_PROBLEMS else ""
    return "; ".join(problems[:MAX_PROBLEMS]) + more


def _asked_again(messages: Sequence[Message], reply: Reply, *, problem: str) -> list[Message]:
    return [
        *messages,
        {"role": "assistant", "content": reply.text or "(nothing)"},
        {"role": "user", "content": f"That answer cannot be used: {problem}. Give the whole answer again, corrected."},
    ]
