"""What a run of suggestions would ask, and may need at most; known before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from evaldash.domain.taxonomy import Taxonomy
from evaldash.llm.budget import Estimate
from evaldash.llm.client import ModelClient
from evaldash.taxonomy import joining_changes
from evaldash.taxonomy.change_passes import Asked, change_passes, request_tokens
from evaldash.taxonomy.notes import CodeText
from evaldash.taxonomy.sending import join_room, notes_to_ask, passes, tokens_of


def estimate(codes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool = True) -> Estimate:
    """Return what a run would need at most when nothing has to be asked twice, to show before it starts."""
    asked, _ = notes_to_ask(codes, taxonomy, redacted=redacted)
    batches, reviews = all_passes(asked, codes, taxonomy, client, redacted=redacted)
    tokens_in = sum(tokens_of(batch, taxonomy, client, redacted=redacted) for batch in batches)
    tokens_in += sum(request_tokens(review, client) for review in reviews)
    joins = 0
    for count, room in ((len(batches), join_room(client)), (len(reviews), joining_changes.room(client))):
        if count > 1:
            answered = count * client.settings.max_tokens  # what is joined is at most that
            joins += ceil(answered / room)
            tokens_in += answered
    requests = len(batches) + joins + len(reviews)
    tokens_out = requests * client.settings.max_tokens
    return Estimate(
        requests=requests,
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost_usd=client.settings.cost_usd(tokens_in=tokens_in, tokens_out=tokens_out),
    )


def all_passes(
    asked: Sequence[CodeText], codes: Sequence[CodeText], taxonomy: Taxonomy, client: ModelClient, *, redacted: bool
) -> tuple[list[list[CodeText]], list[Asked]]:
    """Return the passes over the notes without a mode, and the questions about the modes there are."""
    return passes(asked, taxonomy, client, redacted=redacted), change_passes(codes, taxonomy, client, redacted=redacted)
