from __future__ import annotations

import json
import logging

import pytest

from evaldash.errors import BudgetExceeded, Cancelled, InvalidInput, ModelError
from evaldash.llm.budget import Budget
from evaldash.llm.client import Answer, ModelClient
from evaldash.llm.settings import DEFAULT_MODEL, OPENAI_URL, ModelSettings, from_env
from evaldash.llm.wire import MAX_WAIT_S, retry_after_s
from tests.support.scripted_llm import Scripted, ScriptedLLM, error, says

KEY = "sk-test-0123456789abcdefghij"
GOOD = says('{"colour": "red"}')
ASK = [{"role": "system", "content": "Name a colour."}, {"role": "user", "content": "{}"}]


class Colour(Answer):
    colour: str


def client_of(llm, *, waits=None, **settings):
    chosen = ModelSettings(model="tiny", base_url=llm.url, api_key=KEY, **settings)
    return ModelClient(chosen, sleep=(waits if waits is not None else []).append)


@pytest.fixture(params=[True, False], ids=["streaming", "whole"])
def stream(request):
    return request.param


def test_a_good_answer_comes_back_as_a_value_with_its_cost(stream):
    with ScriptedLLM(GOOD) as llm:
        done = client_of(llm, price_in=1.0, price_out=10.0, stream=stream).complete(ASK, Colour, budget=Budget(1.0))
    assert (done.value.colour, done.tokens_in, done.tokens_out, done.model) == ("red", 100, 10, "tiny")
    assert done.cost_usd == pytest.approx(0.0002)
    assert llm.requests[0]["response_format"]["json_schema"]["schema"]["additionalProperties"] is False
    assert llm.authorizations == [f"Bearer {KEY}"]


@pytest.mark.parametrize(
    ("script", "requests"),
    [
        ([error(500, "oops"), GOOD], 2),
        ([error(429, "slow down", retry_after="2"), GOOD], 2),
        ([says('{"colour": '), GOOD], 2),
        ([says('{"color": "red"}'), GOOD], 2),
        ([says('{"colour": "r', finish="length"), GOOD], 2),
        ([error(400, "response_format json_schema is not supported"), GOOD], 2),
        ([error(400, "response_format.type"), error(400, "json_object unknown: response_format"), GOOD], 3),
        ([error(400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."), GOOD], 2),
        ([says('```json\n{"colour": "red"}\n```')], 1),
    ],
    ids=["500", "429", "cut-off JSON", "other shape", "token limit", "JSON mode", "plain text", "max_tokens", "fence"],
)
def test_what_can_be_mended_is_mended(script, requests, stream):
    with ScriptedLLM(*script) as llm:
        assert client_of(llm, stream=stream).complete(ASK, Colour, budget=Budget(None)).value.colour == "red"
        assert len(llm.requests) == requests


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ([says("", refusal="I will not")], "refused to answer"),
        ([says("", finish="content_filter")], "refused to answer"),
        ([error(401, f"Incorrect API key provided: {KEY}")], "refused the key"),
        ([error(404, "no such model")], "EVALDASH_MODEL"),
        ([error(400, f"odd request {KEY}")], "odd request"),
        ([error(429, "wait", retry_after="3600")], "asks to wait 3600 s"),
        ([error(429, "pay", code="insufficient_quota")], "no quota left"),
        ([error(503, "down")] * 3, "status 503"),
        ([says("{"), says("{")], "twice gave an answer that cannot be used"),
        ([says('{"colour": "r', finish="length")] * 2, "EVALDASH_MODEL_MAX_TOKENS"),
        ([Scripted(body={"hello": "there"})] * 2, "without a choice"),
    ],
    ids=["refusal", "filter", "401", "404", "400", "long wait", "quota", "503", "bad JSON", "cut off", "no choice"],
)
def test_what_cannot_be_mended_is_one_sentence_without_the_key(script, words, caplog, stream):
    caplog.set_level(logging.DEBUG)
    with ScriptedLLM(*script) as llm, pytest.raises(ModelError) as caught:
        client_of(llm, stream=stream).complete(ASK, Colour, budget=Budget(None))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert KEY not in str(caught.value) + caplog.text
    assert len(llm.script) <= (0 if stream else 1)


def test_the_wait_is_the_one_that_was_asked_for():
    waits: list[float] = []
    with ScriptedLLM(error(429, "wait", retry_after="7"), error(500, "oops"), GOOD) as llm:
        client_of(llm, waits=waits).complete(ASK, Colour, budget=Budget(None))
    assert waits == [7.0, 1.0]


@pytest.mark.parametrize(
    "reply", [says("{}", delay_s=1.0), says('{"colour": "red"}', pause_s=1.0)], ids=["begin", "middle"]
)
def test_silence_ends_with_a_sentence(reply):
    with ScriptedLLM(reply) as llm, pytest.raises(ModelError, match=r"said nothing for 0\.2 s"):
        client_of(llm, timeout_s=0.2).complete(ASK, Colour, budget=Budget(None))


def test_a_stream_that_ends_early_is_asked_for_again():
    with ScriptedLLM(says('{"colour": "red"}', cut_after=2), GOOD) as llm:
        assert client_of(llm).complete(ASK, Colour, budget=Budget(None)).value.colour == "red"
        assert len(llm.requests) == 2


@pytest.mark.parametrize("first", [says('{"colour": "red"}', streams=False), error(400, "stream is not supported")])
def test_an_endpoint_that_does_not_stream_is_asked_without(first):
    with ScriptedLLM(first, GOOD) as llm:
        assert client_of(llm).complete(ASK, Colour, budget=Budget(None)).value.colour == "red"
        assert [request.get("stream", False) for request in llm.requests] == [True, False]


def test_a_stop_ends_an_answer_in_its_middle():
    long = says(json.dumps({"colour": "red" * 2_000}), pause_s=0.01)  # more than 800 events
    with ScriptedLLM(long) as llm, pytest.raises(Cancelled, match="nothing was changed"):
        client_of(llm).complete(ASK, Colour, budget=Budget(None), should_stop=lambda: llm.events_sent > 3)
    assert llm.events_sent < 400


def test_a_narrower_schema_is_what_is_sent():
    narrow = {"type": "object", "properties": {"colour": {"enum": ["red"]}}}
    with ScriptedLLM(GOOD) as llm:
        client_of(llm).complete(ASK, Colour, budget=Budget(None), schema=narrow)
    assert llm.requests[0]["response_format"]["json_schema"]["schema"] == narrow


def test_nobody_there_is_a_sentence():
    settings = ModelSettings(base_url="http://127.0.0.1:9/v1", timeout_s=2)
    with pytest.raises(ModelError, match="cannot be reached"):
        ModelClient(settings).complete(ASK, Colour, budget=Budget(None))


def test_what_was_learnt_about_an_endpoint_is_kept():
    with ScriptedLLM(error(400, "response_format json_schema?"), GOOD, GOOD) as llm:
        client = client_of(llm)
        for _ in range(2):
            client.complete(ASK, Colour, budget=Budget(None))
        assert [request["response_format"]["type"] for request in llm.requests[1:]] == ["json_object"] * 2


def test_a_limit_stops_before_anything_is_sent():
    with ScriptedLLM() as llm:
        with pytest.raises(BudgetExceeded, match="passes the limit"):
            client_of(llm, price_in=1.0, price_out=10.0).complete(ASK, Colour, budget=Budget(0.01))
        assert llm.requests == []


def test_a_limit_needs_prices():
    with pytest.raises(BudgetExceeded, match="EVALDASH_MODEL_PRICE_IN"):
        Budget(1.0).require(ModelSettings(base_url="https://models.example/v1"), tokens_in=1, tokens_out=1)


def test_a_retry_counts_into_the_limit():
    with ScriptedLLM(says("no"), GOOD) as llm, pytest.raises(BudgetExceeded):
        client_of(llm, price_in=0.0, price_out=1_000.0, max_tokens=15).complete(ASK, Colour, budget=Budget(0.02))


@pytest.mark.parametrize(
    ("environ", "url", "key"),
    [
        ({"OPENAI_API_KEY": KEY}, OPENAI_URL, KEY),
        ({"EVALDASH_MODEL_API_KEY": "own", "OPENAI_API_KEY": KEY}, OPENAI_URL, "own"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": "https://a.example/v1"}, "https://a.example/v1", KEY),
        ({"OPENAI_API_KEY": KEY, "EVALDASH_MODEL_BASE_URL": "http://b.example/v1"}, "http://b.example/v1", None),
    ],
    ids=["OpenAI", "own key", "their URL", "their key stays away from our URL"],
)
def test_settings_come_from_the_environment(environ, url, key):
    settings = from_env(environ)
    assert settings is not None
    assert (settings.base_url, settings.api_key, settings.model) == (url, key, DEFAULT_MODEL)
    assert KEY not in repr(settings) + str(ModelClient(settings))


def test_without_key_and_url_there_is_no_model():
    assert from_env({"EVALDASH_MODEL": "tiny"}) is None


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENAI_BASE_URL": "file:///etc"},
        {"OPENAI_BASE_URL": "http://[::1"},
        {"OPENAI_API_KEY": KEY, "EVALDASH_MODEL_MAX_TOKENS": "many"},
        {"OPENAI_API_KEY": KEY, "EVALDASH_MODEL_MAX_TOKENS": "inf"},
        {"OPENAI_API_KEY": KEY, "EVALDASH_MODEL_MAX_TOKENS": "0"},
        {"OPENAI_API_KEY": KEY, "EVALDASH_MODEL_PRICE_IN": "nan"},
    ],
    ids=["scheme", "half an address", "number", "without end", "none", "no number"],
)
def test_settings_that_break_a_rule_are_refused(environ):
    with pytest.raises(InvalidInput):
        from_env(environ)


def test_a_limit_that_nothing_could_pass_is_refused():
    for limit in (float("nan"), -1.0):
        with pytest.raises(InvalidInput, match="limit"):
            Budget(limit)


def test_a_time_to_wait_that_is_no_number_says_nothing():
    assert retry_after_s("nan") is None


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [("3", 3, 3), ("Wed, 21 Oct 2015 07:28:00 GMT", -1e12, 0), ("Wed, 21 Oct 2999 07:28:00 GMT", MAX_WAIT_S, 1e12)],
)
def test_retry_after_is_seconds_or_a_date(header, low, high):
    found = retry_after_s(header)
    assert found is not None
    assert low <= found <= high


def test_a_retry_after_that_says_nothing_is_none():
    assert retry_after_s("soon") is None
