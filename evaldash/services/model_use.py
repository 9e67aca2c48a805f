"""What every use of a model shares: the client, the answers that are kept, and what would be sent and cost."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from evaldash.errors import Conflict
from evaldash.llm.budget import Estimate
from evaldash.llm.client import ModelClient
from evaldash.llm.redaction import redact
from evaldash.llm.settings import from_env
from evaldash.storage import model_answers
from evaldash.storage.store import Store


class StoredAnswers:
    """The answers of models that the store keeps."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: str) -> str | None:
        """Return the answer that was kept under `key`."""
        with self._store.read() as connection:
            return model_answers.find(connection, key)

    def put(self, key: str, answer: str) -> None:
        """Keep an answer."""
        with self._store.write() as connection:
            model_answers.add(connection, key, answer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPreview:
    """What a run would send, where, and what it may need at most; for a person to look at before it starts.

    `texts` are as they would leave the machine; `placeholders` counts what was masked in them by kind.
    """

    model: str
    host: str
    texts: tuple[str, ...]
    placeholders: Mapping[str, int]
    estimate: Estimate


def model_client() -> ModelClient:
    """Return the client of the model that the environment names; Conflict where it names none."""
    settings = from_env(os.environ)
    if settings is None:
        raise Conflict("no model is configured; set OPENAI_API_KEY or EVALDASH_MODEL_BASE_URL, or use the local method")
    return ModelClient(settings)


def preview_of(client: ModelClient, *, sent: Iterable[str], estimate: Estimate, masked: Iterable[str]) -> ModelPreview:
    """Return the preview of a run that sends these texts; `masked` are the texts in which something is masked."""
    placeholders: Counter[str] = Counter()
    for text in masked:
        placeholders.update(redact(text).counts)
    return ModelPreview(
        model=client.settings.model,
        host=client.settings.host,
        texts=tuple(sent),
        placeholders=dict(placeholders),
        estimate=estimate,
    )


def estimate_of(client: ModelClient, tokens_in: Iterable[int]) -> Estimate:
    """Return what requests with so many tokens each may need, each with the longest answer there can be."""
    requests = list(tokens_in)
    sent, answered = sum(requests), len(requests) * client.settings.max_tokens
    cost = client.settings.cost_usd(tokens_in=sent, tokens_out=answered)
    return Estimate(requests=len(requests), tokens_in=sent, tokens_out=answered, cost_usd=cost)
