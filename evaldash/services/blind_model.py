"""A model as second coder of the codebook: reads the traces of a test blind, each in a request of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from evaldash.domain.blind_test import BlindAnswer, BlindTest, ModelRun
from evaldash.domain.stored import Project
from evaldash.errors import BudgetExceeded, Cancelled, Conflict, ModelError
from evaldash.llm.budget import Budget
from evaldash.llm.client import ModelClient
from evaldash.services import blind_tests
from evaldash.services.browse import load_traces
from evaldash.services.codebook import load_codebook
from evaldash.services.model_use import ModelPreview, StoredAnswers, estimate_of, model_client, preview_of
from evaldash.services.reading import readable
from evaldash.services.taxonomy import view
from evaldash.storage import blind_tests as stored_tests
from evaldash.storage.store import Store
from evaldash.taxonomy.applying import APPLY, CodebookMode, apply_codebook, tokens_of, trace_to_send
from evaldash.taxonomy.asking import Run
from evaldash.taxonomy.blind_draw import draw_for_test
from evaldash.transcript.markdown import as_markdown


def coder_name(client: ModelClient) -> str:
    """Return the name under which a model's answers stand."""
    return f"{client.settings.model[:160]} (model)"


def preview(store: Store, project: Project, *, seed: int, redacted: bool = True) -> ModelPreview:
    """Return what a test by the model that is configured would send and cost; draws as it would, sends nothing.

    Raises Conflict where no model is configured or no trace can test it.
    """
    client = model_client()
    waiting = _waiting(store, project, coder_name(client))
    if waiting is None:
        frame = blind_tests.frame_of(store, project, coder=coder_name(client))
        if not any(item.modes for item in frame):
            raise Conflict("no trace can test a model yet: it takes judged traces that hold a failure mode")
        drawn = draw_for_test(frame, size=blind_tests.SIZE, rng=np.random.default_rng(seed))
        left = ids = tuple(item.trace for item in drawn)
        version = None
    else:
        ids, left, version = tuple(item.trace for item in waiting.judged), waiting.waiting, waiting.taxonomy_version
    book = codebook_for(store, project, version=version, without=ids)
    said = [_text(store, project, id) for id in left]
    texts = [trace_to_send(book, text, client, redacted=redacted) for text in said]
    need = estimate_of(client, (tokens_of(book, text, client) for text in texts))
    return preview_of(client, sent=texts, estimate=need, masked=said if redacted else ())


def run_model_test(
    store: Store,
    project: Project,
    *,
    limit_usd: float,
    seed: int,
    who: str,
    redacted: bool = True,
    progress: Callable[[int, int], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> BlindTest:
    """Let the configured model apply the codebook to a new test, or go on with one that was stopped.

    Each answer is kept as it comes. A trace for which the model gives no usable answer stays without one, with the
    reason. Raises Conflict where no model is configured or nothing can test it, BudgetExceeded before a request that
    could pass `limit_usd`, Cancelled when `should_stop` says so; what was answered until then stays.
    """
    client = model_client()
    name = coder_name(client)
    test = _waiting(store, project, name) or blind_tests.begin_test(store, project, coder=name, seed=seed)
    run = Run(client=client, budget=Budget(limit_usd), cache=StoredAnswers(store), should_stop=should_stop)
    book = codebook_for(store, project, version=test.taxonomy_version, without=[item.trace for item in test.judged])
    sitting = _Sitting(store, project, test, book, run)
    before = kept = test.run or ModelRun(
        model=client.settings.model, host=client.settings.host, prompt=APPLY.id, redacted=redacted,
        cost_usd=0.0, seconds=0.0, by=who,
    )  # fmt: skip
    started = time.monotonic()

    def keep() -> None:
        cost, seconds = before.cost_usd + run.cost_usd, before.seconds + time.monotonic() - started
        with store.write() as connection:
            stored_tests.keep_run(connection, project, test.id, replace(kept, cost_usd=cost, seconds=seconds))

    try:
        for done, trace in enumerate(test.waiting):
            if progress is not None:
                progress(done, len(test.waiting))
            if should_stop is not None and should_stop():
                raise Cancelled("the test was stopped")
            kept = sitting.read(trace, kept)
            keep()  # at each trace: a run that dies with its machine has cost something too
    except Cancelled as stopped:
        raise Cancelled("the test was stopped; what was answered is kept, and it can go on") from stopped
    finally:
        keep()
    return next(item for item in blind_tests.list_tests(store, project) if item.id == test.id)


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One test with the model that takes it."""

    store: Store
    project: Project
    test: BlindTest
    book: Sequence[CodebookMode]
    run: Run

    def read(self, trace: str, kept: ModelRun) -> ModelRun:
        """Ask about one trace and keep the answer; return what is kept of the run, with its reason or why it failed."""
        try:
            text = _text(self.store, self.project, trace)
            text = trace_to_send(self.book, text, self.run.client, redacted=kept.redacted)
            said = apply_codebook(self.book, text, self.run)
        except BudgetExceeded:
            raise
        except ModelError as error:
            return replace(kept, failed={**kept.failed, trace: str(error)[:400]})
        given = BlindAnswer(trace=trace, modes=said.modes, other=said.other, done=True)
        blind_tests.answer_trace(self.store, self.project, self.test.id, given, coder=self.test.coder)
        failed = {other: reason for other, reason in kept.failed.items() if other != trace}
        return replace(kept, reasons={**kept.reasons, trace: said.reason}, failed=failed)


def codebook_for(
    store: Store, project: Project, *, version: int | None, without: Sequence[str]
) -> tuple[CodebookMode, ...]:
    """Return the codebook as a model reads it, with no note on the traces that it is tested by."""
    modes = view(store, project, version).taxonomy.modes
    entries = load_codebook(store, project, version=version, without=frozenset(without)).entries
    return tuple(
        CodebookMode(
            id=mode.id, name=entry.name, definition=entry.definition, applies_when=entry.applies_when,
            not_when=entry.not_when, examples=entry.examples,
            near_misses=[(miss.text, miss.mode) for miss in entry.near_misses],
        )
        for mode, entry in zip(modes, entries, strict=True)
    )  # fmt: skip


def _waiting(store: Store, project: Project, coder: str) -> BlindTest | None:
    tests = blind_tests.list_tests(store, project)
    return next((test for test in tests if test.coder == coder and test.waiting), None)


def _text(store: Store, project: Project, trace: str) -> str:
    found = load_traces(store, project, [trace])
    if not found:
        raise ModelError(f"trace {trace[:12]} is no longer there")
    return as_markdown(readable(store, project, found[0]))
