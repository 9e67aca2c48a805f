"""Which model is asked, where, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlsplit

from evaldash.errors import InvalidInput

OPENAI_URL = "https://api.openai.com/v1"
DEFAULT_MODEL = "gpt-5.4-mini"  # small and cheap; grouping notes needs no more
DEFAULT_MAX_TOKENS = 8_000  # of one answer; a hundred notes in twenty modes need about 3,000
DEFAULT_CONTEXT = 32_000  # tokens of question and answer together; servers on a laptop are often set to less
DEFAULT_TIMEOUT_S = 120.0  # of silence; small models on a laptop are slow
D = TypeVar("D", float, None)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """A model behind an OpenAI-compatible address. Prices are US dollars per million tokens; None: not known."""

    model: str = DEFAULT_MODEL
    base_url: str = OPENAI_URL
    api_key: str | None = field(default=None, repr=False)
    max_tokens: int = DEFAULT_MAX_TOKENS
    context: int = DEFAULT_CONTEXT
    timeout_s: float = DEFAULT_TIMEOUT_S
    stream: bool = True
    price_in: float | None = None
    price_out: float | None = None

    def __post_init__(self) -> None:
        try:
            address = urlsplit(self.base_url)
        except ValueError:
            address = urlsplit("")
        if address.scheme not in ("http", "https") or not address.hostname:
            raise InvalidInput("the model's base URL must begin with http:// or https:// and name a host")
        if address.username or address.password:
            raise InvalidInput("the model's base URL must not carry a name or password; give the key on its own")
        for name in ("max_tokens", "context", "timeout_s"):
            if getattr(self, name) <= 0:
                raise InvalidInput(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("price_in", "price_out"):
            if (getattr(self, name) or 0) < 0:
                raise InvalidInput(f"{name} must not be below 0, got {getattr(self, name)}")

    @property
    def host(self) -> str:
        """Where texts go: the host of the base URL."""
        return urlsplit(self.base_url).hostname or ""

    def cost_usd(self, *, tokens_in: int, tokens_out: int) -> float | None:
        """Return dollars for so many tokens, or None where the prices are not known; this machine costs nothing."""
        if self.price_in is None or self.price_out is None:
            return 0.0 if self.host in _LOCAL_HOSTS else None
        return (tokens_in * self.price_in + tokens_out * self.price_out) / 1e6


def from_env(environ: Mapping[str, str]) -> ModelSettings | None:
    """Return the settings that the environment names, or None when it names neither a key nor a base URL.

    Reads EVALDASH_MODEL, EVALDASH_MODEL_BASE_URL (else OPENAI_BASE_URL), EVALDASH_MODEL_API_KEY (else OPENAI_API_KEY),
    EVALDASH_MODEL_MAX_TOKENS, EVALDASH_MODEL_CONTEXT, EVALDASH_MODEL_TIMEOUT_S, EVALDASH_MODEL_STREAM,
    EVALDASH_MODEL_PRICE_IN and EVALDASH_MODEL_PRICE_OUT.
    A base URL given to evaldash alone never receives OPENAI_API_KEY: that key belongs to another address.
    """
    own_url, own_key = environ.get("EVALDASH_MODEL_BASE_URL"), environ.get("EVALDASH_MODEL_API_KEY")
    key = own_key or (None if own_url else environ.get("OPENAI_API_KEY"))
    url = own_url or environ.get("OPENAI_BASE_URL")
    if not key and not url:
        return None
    return ModelSettings(
        model=environ.get("EVALDASH_MODEL") or DEFAULT_MODEL,
        base_url=url or OPENAI_URL,
        api_key=key or None,
        max_tokens=int(_number(environ, "EVALDASH_MODEL_MAX_TOKENS", DEFAULT_MAX_TOKENS)),
        context=int(_number(environ, "EVALDASH_MODEL_CONTEXT", DEFAULT_CONTEXT)),
        timeout_s=_number(environ, "EVALDASH_MODEL_TIMEOUT_S", DEFAULT_TIMEOUT_S),
        stream=environ.get("EVALDASH_MODEL_STREAM", "").strip().lower() not in ("0", "no", "off", "false"),
        price_in=_number(environ, "EVALDASH_MODEL_PRICE_IN", None),
        price_out=_number(environ, "EVALDASH_MODEL_PRICE_OUT", None),
    )


def _number(environ: Mapping[str, str], name: str, default: D) -> float | D:
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(f"{name} must be a number, got {text!r}")
    return number
