"""Any model behind an address that speaks OpenAI's embeddings; texts are redacted before they leave the machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from evaldash.embedding.base import Embedder, Progress, ShouldStop, raise_if_stopped, without_surrogates
from evaldash.embedding.windows import Window, pooled, windows_of
from evaldash.errors import InvalidInput, ModelError
from evaldash.llm.redaction import redact
from evaldash.llm.settings import OPENAI_URL, ModelSettings
from evaldash.llm.wire import retry_after_s

if TYPE_CHECKING:
    from openai import OpenAI

PREFIX = "openai:"
BYTES_PER_WINDOW = 8_000  # 2,000 tokens of English, 4,000 of Chinese: models take 8,191, small ones 2,048
MAX_WINDOWS = 8
TEXTS_PER_REQUEST = 64
RETRIES = 3  # of a request that could not be served now
MAX_HOST = 40  # characters of the host in the name of the vectors
MAX_WAIT_S = 30.0
FIRST_WAIT_S = 1.0  # doubles with each retry, where the endpoint names no time
_NOT_NOW = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_PLAIN_WORDS = {
    401: "refused the key; check EVALDASH_EMBEDDING_API_KEY or OPENAI_API_KEY",
    403: "does not allow this key to use the model",
    404: "does not know the model or the path; check the model's name and EVALDASH_EMBEDDING_BASE_URL",
}


def endpoint_settings(model: str, environ: Mapping[str, str] | None = None) -> ModelSettings:
    """Return where embeddings are asked for, by EVALDASH_EMBEDDING_BASE_URL and EVALDASH_EMBEDDING_API_KEY.

    Without them OPENAI_BASE_URL and OPENAI_API_KEY; a base URL given to evaldash alone never receives OPENAI_API_KEY.
    Raises InvalidInput when the environment names neither.
    """
    env = os.environ if environ is None else environ
    own_url, own_key = env.get("EVALDASH_EMBEDDING_BASE_URL"), env.get("EVALDASH_EMBEDDING_API_KEY")
    key = own_key or (None if own_url else env.get("OPENAI_API_KEY"))
    url = own_url or env.get("OPENAI_BASE_URL")
    if not key and not url:
        raise InvalidInput(
            f"the embedder {PREFIX}{model} needs an address or a key; set EVALDASH_EMBEDDING_BASE_URL or OPENAI_API_KEY"
        )
    return ModelSettings(model=model, base_url=url or OPENAI_URL, api_key=key or None)


class Endpoint(Embedder):
    """A model that is asked over the network, one request for 64 texts; long texts go in windows that are pooled."""

    chars_per_write: ClassVar[int] = 500_000

    def __init__(self, model: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """Nothing is sent before the first `embed`. Raises InvalidInput without an address and a key."""
        model, _, host = model.partition("@")  # the name of its vectors says where they came from
        self.settings = endpoint_settings(model)
        if host and host != self.settings.host[:MAX_HOST]:
            raise InvalidInput(
                f"these vectors are of {host}, and EVALDASH_EMBEDDING_BASE_URL names {self.settings.host}"
            )
        self.name = f"{PREFIX}{model[:50]}@{self.settings.host[:MAX_HOST]}"
        self._sleep = sleep
        self._dimensions: int | None = None
        self._openai: OpenAI | None = None

    @property
    def dimensions(self) -> int:
        """As the first answer showed; asks once with one word where nothing was embedded yet."""
        if self._dimensions is None:
            self._ask(["word"])
        assert self._dimensions is not None
        return self._dimensions

    def embed(
        self, texts: Sequence[str], *, progress: Progress | None = None, should_stop: ShouldStop | None = None
    ) -> NDArray[np.float32]:
        """Return an array (len(texts), dimensions) of rows of length 1; a text without words gives a row of zeros.

        Raises Cancelled when `should_stop` says so, ModelError in one sentence when there is no usable answer.
        """
        windows, cut = _windows([redact(without_surrogates(text)).text for text in texts])
        found: list[NDArray[np.float32]] = []
        for start in range(0, len(cut), TEXTS_PER_REQUEST):
            raise_if_stopped(should_stop, done=windows[start].text, total=len(texts))
            found.append(self._ask(cut[start : start + TEXTS_PER_REQUEST]))
            if progress is not None:
                progress(windows[min(start + TEXTS_PER_REQUEST, len(cut)) - 1].text, len(texts))
        if should_stop is not None and not cut:
            raise_if_stopped(should_stop, done=0, total=len(texts))
        if progress is not None:
            progress(len(texts), len(texts))
        vectors = np.concatenate(found) if found else np.zeros((0, self.dimensions), dtype=np.float32)
        return pooled(vectors, windows, texts=len(texts))

    def _ask(self, texts: Sequence[str]) -> NDArray[np.float32]:
        for wait in self._waits():
            answer = self._try(texts)
            if not isinstance(answer, _NotNow):
                return self._checked(answer, len(texts))
            self._sleep(min(answer.wait_s if answer.wait_s is not None else wait, MAX_WAIT_S))
        raise ModelError(f"{self._who()} could not serve the request now; what is embedded stays, try again later")

    def _waits(self) -> Iterator[float]:
        return (FIRST_WAIT_S * 2**retry for retry in range(RETRIES + 1))

    def _try(self, texts: Sequence[str]) -> list[list[float]] | _NotNow:
        import openai

        try:
            answer = self._client().embeddings.create(
                model=self.settings.model, input=list(texts), encoding_format="float"
            )
            return [item.embedding for item in sorted(answer.data, key=lambda item: item.index)]
        except openai.APIStatusError as error:
            if error.status_code in _NOT_NOW:
                return _NotNow(retry_after_s(error.response.headers.get("retry-after")))
            words = _PLAIN_WORDS.get(error.status_code, f"refused the request (status {error.status_code})")
            raise ModelError(f"{self._who()} {words}") from None
        except openai.APIConnectionError:
            raise ModelError(f"{self._who()} cannot be reached; check EVALDASH_EMBEDDING_BASE_URL") from None
        except (openai.OpenAIError, ValueError, TypeError, AttributeError):  # any JSON, or none
            raise ModelError(f"{self._who()} answered with something that holds no embeddings") from None

    def _checked(self, rows: list[list[float]], count: int) -> NDArray[np.float32]:
        lengths = {len(row) for row in rows}
        if len(rows) != count or len(lengths) != 1 or 0 in lengths or (self._dimensions or min(lengths)) not in lengths:
            raise ModelError(f"{self._who()} must give one vector of one length for each of {count} texts")
        vectors = np.array(rows, dtype=np.float32)
        if not np.isfinite(vectors).all():
            raise ModelError(f"{self._who()} gave a vector with a value that is no number")
        self._dimensions = vectors.shape[1]
        sizes = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (vectors / np.where(sizes > 0, sizes, 1)).astype(np.float32)
        return unit

    def _client(self) -> OpenAI:
        if self._openai is None:
            from openai import OpenAI

            self._openai = OpenAI(
                api_key=self.settings.api_key or "none",
                base_url=self.settings.base_url,
                timeout=self.settings.timeout_s,
                max_retries=0,
            )
        return self._openai

    def _who(self) -> str:
        return f"the embedding model {self.settings.model} at {self.settings.host}"


class _NotNow:
    """The endpoint could not serve a request now; `wait_s` is how long it asks to wait, None where it says nothing."""

    def __init__(self, wait_s: float | None) -> None:
        self.wait_s = None if wait_s is None else max(wait_s, 0.0)


def _windows(texts: Sequence[str]) -> tuple[list[Window], list[str]]:
    """Return windows (their tokens are bytes) and their texts; a text without words has none."""
    windows = [
        window
        for i, text in enumerate(texts)
        if text.strip()
        for window in windows_of(i, text.encode(), size=BYTES_PER_WINDOW, at_most=MAX_WINDOWS)
    ]
    return windows, [bytes(window.tokens).decode("utf-8", "replace").strip() or "." for window in windows]
