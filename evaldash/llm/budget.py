"""What a run may cost, checked before each request."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evaldash.errors import BudgetExceeded, InvalidInput
from evaldash.llm.settings import ModelSettings

BYTES_PER_TOKEN = 3  # English has about 4; careful, as code, ids and other languages have fewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run may need at most, shown before it starts; `cost_usd` is None where the prices are not known."""

    requests: int
    tokens_in: int
    tokens_out: int
    cost_usd: float | None


class Budget:
    """The dollars one run may spend; shared by all its requests. `limit_usd` None means no limit.

    Raises InvalidInput for a limit below 0 or one that is no number.
    """

    def __init__(self, limit_usd: float | None) -> None:
        if limit_usd is not None and not limit_usd >= 0:  # NaN is not either, and nothing would ever pass it
            raise InvalidInput(f"the limit must be 0 US dollars or more, got {limit_usd}")
        self.limit_usd = limit_usd
        self.spent_usd = 0.0

    def require(self, settings: ModelSettings, *, tokens_in: int, tokens_out: int) -> None:
        """Raise BudgetExceeded when a request of at most so many tokens could pass the limit."""
        if self.limit_usd is None:
            return
        cost = settings.cost_usd(tokens_in=tokens_in, tokens_out=tokens_out)
        if cost is None:
            raise BudgetExceeded(
                f"the prices of {settings.model} are not known, so a limit of ${self.limit_usd:.2f} cannot be kept; "
                "set EVALDASH_MODEL_PRICE_IN and EVALDASH_MODEL_PRICE_OUT (dollars per million tokens)"
            )
        if self.spent_usd + cost > self.limit_usd:
            raise BudgetExceeded(
                f"the next request could cost ${cost:.4f} on top of ${self.spent_usd:.4f}, which passes the limit of "
                f"${self.limit_usd:.4f}; raise the limit or ask about fewer notes"
            )

    def spend(self, cost_usd: float | None) -> None:
        """Count what a request did cost."""
        self.spent_usd += cost_usd or 0.0


def estimate_tokens(text: str) -> int:
    """Return a careful upper estimate of the tokens of `text`, from its bytes."""
    return math.ceil(len(text.encode("utf-8", "surrogatepass")) / BYTES_PER_TOKEN)
