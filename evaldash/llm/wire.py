"""One request to an OpenAI-compatible endpoint: what it understands, when to ask again, and what its errors mean."""

from __future__ import annotations

import email.utils
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from evaldash.errors import Cancelled, ModelError
from evaldash.llm.budget import estimate_tokens
from evaldash.llm.hearing import Heard, streamed, whole
from evaldash.llm.redaction import redact
from evaldash.llm.settings import OPENAI_URL, ModelSettings

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

ShouldStop: TypeAlias = Callable[[], bool]
Message: TypeAlias = dict[str, str]
"""`role` and `content`, as chat completions take them."""

MAX_RETRIES = 2  # of a request that the endpoint could not serve now (429, 5xx)
MAX_WAIT_S = 30.0  # a person waits; an endpoint that wants more is reported instead
FIRST_WAIT_S = 0.5  # doubles with each retry, where the endpoint names no time
MAX_EXCERPT = 200  # characters of an endpoint's own words in a message

_RETRIED_STATUS = frozenset({429, 500, 502, 503, 504, 529})
AnswerFormat: TypeAlias = Literal["json_schema", "json_object", "text"]
LengthOption: TypeAlias = Literal["max_completion_tokens", "max_tokens"]
_FORMATS: tuple[AnswerFormat, ...] = ("json_schema", "json_object", "text")
_LENGTH_OPTIONS: tuple[LengthOption, ...] = ("max_completion_tokens", "max_tokens")
_PLAIN_WORDS = {
    401: "refused the key; check EVALDASH_MODEL_API_KEY or OPENAI_API_KEY",
    403: "does not allow this key to use the model; check the key's rights",
    404: "does not know the model or the path; check EVALDASH_MODEL and EVALDASH_MODEL_BASE_URL",
    413: "found the request too large; ask about fewer or shorter notes",
    429: "is over its rate limit; wait a little and try again",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an endpoint understands: the strictest answer format it takes, and its name for the token limit."""

    answer_format: AnswerFormat = "json_schema"
    length_option: LengthOption = "max_tokens"
    stream: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came over the wire; `cut_off` when the token limit ended it."""

    text: str
    cut_off: bool
    tokens_in: int
    tokens_out: int
    dialect: Dialect


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSchema:
    """The JSON schema an answer has to follow, under the name that the endpoint is told."""

    name: str
    schema: dict[str, Any] = field(repr=False)


class Wire:
    """Sends chat completions, learns what the endpoint understands, and waits when it is told to."""

    def __init__(self, settings: ModelSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self._sleep = sleep
        newest = settings.base_url.rstrip("/") == OPENAI_URL
        length: LengthOption = "max_completion_tokens" if newest else "max_tokens"
        self._dialect = Dialect(length_option=length, stream=settings.stream)
        self._openai: OpenAI | None = None

    def ask(self, messages: Sequence[Message], schema: AnswerSchema, *, should_stop: ShouldStop | None = None) -> Reply:
        """Return the endpoint's answer; ModelError says in one sentence why there is none.

        Raises Cancelled when `should_stop` says so: before each attempt and, while the answer streams, within it.
        """
        retries = 0
        while True:
            _raise_if_stopped(should_stop)
            try:
                return self._reply(self._heard(messages, schema, should_stop), messages)
            except _Refused as refused:
                simpler = _simpler(self._dialect, refused)
                if simpler is not None:
                    self._dialect = simpler
                    continue
                self._sleep(self._wait_before_retry(refused, retries))
                retries += 1

    def _heard(self, messages: Sequence[Message], schema: AnswerSchema, should_stop: ShouldStop | None) -> Heard:
        """Send the request and take in the answer, whole or as it streams; errors of all layers become sentences."""
        import openai

        begun = False
        try:
            answer = self._create(messages, schema)
            begun = self._dialect.stream
            return streamed(answer, lambda: _raise_if_stopped(should_stop)) if begun else whole(answer)
        except openai.APIStatusError as error:
            raise _Refused.of(error, settings=self.settings) from None
        except openai.APITimeoutError:
            raise ModelError(
                f"{self._who()} said nothing for {self.settings.timeout_s:g} s; try again, ask about fewer notes, "
                "or raise EVALDASH_MODEL_TIMEOUT_S"
            ) from None
        except openai.APIConnectionError:
            where = "broke off in the middle of its answer" if begun else "cannot be reached"
            raise ModelError(f"{self._who()} {where}; check EVALDASH_MODEL_BASE_URL and the network") from None
        except (openai.OpenAIError, ValueError):  # ValueError: the body is no JSON
            what = (
                "broke off its answer with an error" if begun else "answered with something that is no chat completion"
            )
            raise ModelError(f"{self._who()} {what}; check EVALDASH_MODEL_BASE_URL") from None

    def _create(self, messages: Sequence[Message], schema: AnswerSchema) -> Any:
        options: dict[str, Any] = {self._dialect.length_option: self.settings.max_tokens}
        if self._dialect.answer_format != "text":
            options["response_format"] = _response_format(self._dialect, schema)
        if self._dialect.stream:
            options |= {"stream": True, "stream_options": {"include_usage": True}}
        create = self._client().chat.completions.create
        return create(model=self.settings.model, messages=cast("Any", messages), **options)

    def _client(self) -> OpenAI:
        if self._openai is None:
            from openai import OpenAI

            self._openai = OpenAI(
                api_key=self.settings.api_key or "none",  # the package insists on one; local servers ignore it
                base_url=self.settings.base_url,
                timeout=self.settings.timeout_s,
                max_retries=0,  # we retry ourselves, within our own bounds
            )
        return self._openai

    def _reply(self, heard: Heard, messages: Sequence[Message]) -> Reply:
        if heard.nothing and self._dialect.stream:  # an endpoint that does not know streaming answers with no events
            raise _Refused(status=400, code=None, words="no stream events", retry_after_s=None)
        if heard.nothing:
            raise ModelError(f"{self._who()} answered without a choice; check EVALDASH_MODEL_BASE_URL")
        if heard.refused:
            raise ModelError(f"{self._who()} refused to answer; look at the notes it was given, or ask another model")
        sent = sum(estimate_tokens(message["content"]) for message in messages)
        return Reply(
            text=heard.text,
            cut_off=heard.finish == "length",
            tokens_in=sent if heard.tokens_in is None else heard.tokens_in,
            tokens_out=estimate_tokens(heard.text) if heard.tokens_out is None else heard.tokens_out,
            dialect=self._dialect,
        )

    def _wait_before_retry(self, refused: _Refused, retries: int) -> float:
        wait = FIRST_WAIT_S * 2**retries if refused.retry_after_s is None else max(refused.retry_after_s, 0.0)
        hopeless = refused.status not in _RETRIED_STATUS or refused.code == "insufficient_quota"
        if hopeless or retries >= MAX_RETRIES or wait > MAX_WAIT_S:
            raise ModelError(f"{self._who()} {_reason(refused, wait)}") from None
        return wait

    def _who(self) -> str:
        return f"the model {self.settings.model} at {self.settings.host}"


class _Refused(Exception):
    """The endpoint answered with an error status; `words` are its own, shortened and without secrets."""

    def __init__(self, *, status: int, code: str | None, words: str, retry_after_s: float | None) -> None:
        super().__init__(words)
        self.status, self.code, self.words, self.retry_after_s = status, code, words, retry_after_s

    @classmethod
    def of(cls, error: APIStatusError, *, settings: ModelSettings) -> _Refused:
        words = " ".join(f"{error.message} {error.param or ''}".split())
        if settings.api_key:
            words = words.replace(settings.api_key, "[KEY]")
        return cls(
            status=error.status_code,
            code=error.code,
            words=redact(words).text,
            retry_after_s=retry_after_s(error.response.headers.get("retry-after")),
        )


def retry_after_s(header: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for (seconds, or an HTTP date), None where it says nothing."""
    if header is None:
        return None
    try:
        seconds = float(header)
        return None if math.isnan(seconds) else seconds
    except ValueError:
        pass
    try:
        return email.utils.parsedate_to_datetime(header).timestamp() - time.time()
    except ValueError:
        return None


def _simpler(dialect: Dialect, refused: _Refused) -> Dialect | None:
    """Return a dialect without what the endpoint says it does not understand, None when that is not the trouble."""
    if refused.status not in (400, 404, 415, 422, 501):
        return None
    words = refused.words.lower()
    if dialect.stream and "stream" in words:
        return replace(dialect, stream=False)
    complained = min((o for o in _LENGTH_OPTIONS if o in words), key=words.index, default=None)  # named before its heir
    if complained == dialect.length_option and "unsupported" in words:
        return replace(dialect, length_option=next(o for o in _LENGTH_OPTIONS if o != complained))
    if any(part in words for part in ("response_format", "json_schema", "json_object", "structured output")):
        later = _FORMATS[_FORMATS.index(dialect.answer_format) + 1 :]
        return replace(dialect, answer_format=later[0]) if later else None
    return None


def _raise_if_stopped(should_stop: ShouldStop | None) -> None:
    if should_stop is not None and should_stop():
        raise Cancelled("the run was stopped; nothing was changed")


def _response_format(dialect: Dialect, schema: AnswerSchema) -> dict[str, Any]:
    if dialect.answer_format == "json_object":
        return {"type": "json_object"}
    return {"type": "json_schema", "json_schema": {"name": schema.name, "strict": True, "schema": schema.schema}}


def _reason(refused: _Refused, wait: float) -> str:
    if refused.code == "insufficient_quota":
        return "says that the account has no quota left; add credit there"
    if refused.status == 429 and wait > MAX_WAIT_S:
        return f"is over its rate limit and asks to wait {wait:.0f} s; try again later"
    if refused.status in _PLAIN_WORDS:
        return _PLAIN_WORDS[refused.status]
    if refused.status >= 500:
        return f"has an error of its own (status {refused.status}); try again later"
    return f"refused the request (status {refused.status}): {refused.words[:MAX_EXCERPT]!r}; check the model's settings"
