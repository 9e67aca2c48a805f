"""A model as second coder: blind, one trace a request, kept as it goes, compared like a person."""

from typing import Any

import pytest

from evaldash.domain.stored import Project
from evaldash.errors import BudgetExceeded, Cancelled, Conflict
from evaldash.llm.client import ModelClient
from evaldash.llm.settings import ModelSettings
from evaldash.services import blind_model, blind_tests
from evaldash.storage.store import Store
from evaldash.taxonomy.applying import CodebookMode, trace_to_send
from tests.services.test_blind_tests import project, store  # noqa: F401 (fixtures)
from tests.support.scripted_llm import ScriptedLLM, says
from tests.taxonomy.test_suggest_model import data_of

DATE, NONE = (
    '{"modes": ["m1"], "other_failure": false, "reason": "step 2"}',
    ('{"modes": [], "other_failure": false, "reason": "nothing goes wrong"}'),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch):
    def at(llm: ScriptedLLM) -> None:
        for name, value in (("BASE_URL", llm.url), ("PRICE_IN", "1"), ("PRICE_OUT", "1")):
            monkeypatch.setenv(f"EVALDASH_MODEL_{name}", value)
        monkeypatch.setenv("EVALDASH_MODEL", "tiny")

    return at


def run(store: Store, project: Project, **options):  # noqa: F811
    return blind_model.run_model_test(
        store, project, limit_usd=options.pop("limit_usd", 5.0), seed=1, who="ana", **options
    )


@pytest.mark.slow
def test_it_reads_each_trace_alone_and_is_compared_like_a_person(store: Store, project: Project, asked) -> None:  # noqa: F811
    seen: list[Any] = []

    def answer(request):
        if len(seen) == 7:  # what a power cut would leave
            [kept] = blind_tests.list_tests(store, project)
            assert kept.run is not None
            assert (len(kept.run.reasons), kept.run.cost_usd > 0) == (7, True)
        seen.append(data_of(request))
        return says(DATE if len(seen) % 2 else NONE)

    with ScriptedLLM(*[answer] * 19) as llm:
        asked(llm)
        before = blind_model.preview(store, project, seed=1)
        assert (len(before.texts), before.estimate.requests, llm.requests) == (19, 19, [])
        test = run(store, project)
    assert [data["trace"] for data in seen] == list(before.texts)
    assert {tuple(mode["name"] for mode in data["modes"]) for data in seen} == {("Date", "Tone")}
    said = str(seen)
    assert "ana" not in said  # neither who judged nor what was noted on these traces
    assert not any(f"note {number}" in said for number in range(12))
    assert (test.waiting, test.coder) == ((), "tiny (model)")
    assert test.run is not None
    assert (test.run.model, test.run.prompt, test.run.by) == ("tiny", "apply_codebook.v1", "ana")
    assert 0 < test.run.cost_usd <= (before.estimate.cost_usd or 0)
    found = blind_tests.result_of(store, project, test)
    assert found.verdict.n == 19
    assert found.by_mode[0].both + found.by_mode[0].second_only == 10
    assert len(test.run.reasons) == 19
    [kept] = blind_tests.list_tests(store, project)
    assert kept == test


@pytest.mark.slow
def test_what_ends_a_run_leaves_its_answers_and_it_goes_on(store: Store, project: Project, asked) -> None:  # noqa: F811
    wrong = says('{"modes": ["m9"], "other_failure": true, "reason": "r"}')
    script = [says(DATE), says("no JSON"), says("still none"), wrong, wrong]
    with ScriptedLLM(*script, *[says(NONE)] * 24) as llm:
        asked(llm)
        with pytest.raises(Cancelled, match="what was answered is kept"):
            run(store, project, should_stop=lambda: len(llm.requests) >= 6)
        [half] = blind_tests.list_tests(store, project)
        assert half.run is not None
        assert list(half.run.failed) == [half.judged[1].trace]  # one that fails ends no run
        assert half.run.cost_usd == pytest.approx(5 * 110e-6)  # four could not be used, and the sixth was stopped
        assert half.answer(half.judged[2].trace).other
        assert half.answer(half.judged[2].trace).modes == frozenset()
        with pytest.raises(BudgetExceeded):
            run(store, project, limit_usd=0.0001)
        whole = run(store, project)
    assert whole.id == half.id
    assert whole.waiting == ()
    assert whole.run is not None
    assert (whole.run.failed, len(whole.run.reasons)) == ({}, 19)
    assert whole.run.cost_usd > half.run.cost_usd


def test_without_a_model_or_judged_traces_there_is_a_sentence(store: Store, project: Project) -> None:  # noqa: F811
    with pytest.raises(Conflict, match="no model is configured"):
        run(store, project)


def test_an_endless_trace_is_cut_in_the_middle_and_masked() -> None:
    client = ModelClient(ModelSettings(model="tiny", context=12_000))
    book = [CodebookMode(id="x", name="Date", definition="", applies_when="", not_when="", examples=[],
                                     near_misses=[])]  # fmt: skip
    sent = trace_to_send(book, "begin ana@b.example " + "x" * 1_000_000 + " the end", client, redacted=True)
    assert sent.startswith("begin [EMAIL]")
    assert sent.endswith("the end")
    assert "(cut)" in sent
    assert len(sent) < 12_000 * 3
