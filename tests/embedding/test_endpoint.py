"""An endpoint of embeddings: what is sent, what is waited for, and what its errors mean."""

from __future__ import annotations

from typing import Any

import pytest

from evaldash.embedding import get_embedder
from evaldash.embedding.endpoint import Endpoint
from evaldash.errors import InvalidInput, ModelError
from tests.support.scripted_llm import Scripted, ScriptedLLM, error


def rows(*vectors: list[float]) -> Scripted:
    data = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
    return Scripted(
        body={"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    )


def ask(server: ScriptedLLM, monkeypatch: pytest.MonkeyPatch, texts: list[str], *, waited: list[float]) -> Any:
    monkeypatch.setenv("EVALDASH_EMBEDDING_BASE_URL", server.url)
    return Endpoint("m", sleep=waited.append).embed(texts)


def test_secrets_do_not_leave_the_machine_and_the_other_key_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-another-address")
    with ScriptedLLM(rows([3.0, 4.0])) as server:
        found = ask(server, monkeypatch, ["write to ana@example.org", ""], waited=[])
    assert found.tolist() == [pytest.approx([0.6, 0.8]), [0.0, 0.0]]
    assert server.requests[0]["input"] == ["write to [EMAIL]"]
    assert server.authorizations == ["Bearer none"]


def test_it_waits_when_told_to_and_then_gives_up_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    with ScriptedLLM(error(429, "slow down", retry_after="7"), error(500, "oops"), rows([1.0])) as server:
        ask(server, monkeypatch, ["a"], waited=waited)
    assert waited == [7.0, 2.0]
    with (
        ScriptedLLM(*[error(503, "busy")] * 4) as server,
        pytest.raises(ModelError, match="could not serve the request now"),
    ):
        ask(server, monkeypatch, ["a"], waited=waited)


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(error(401, "no"), "refused the key; check EVALDASH_EMBEDDING_API_KEY", id="key"),
        pytest.param(error(404, "no"), "does not know the model", id="model"),
        pytest.param(rows([1.0], [1.0]), "one vector of one length for each of 1 texts", id="too many"),
        pytest.param(rows([]), "one vector of one length|value that is no number", id="empty"),
        pytest.param(Scripted(body={"hello": "world"}), "holds no embeddings", id="other json"),
    ],
)
def test_errors_are_sentences(reply: Scripted, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLM(reply) as server, pytest.raises(ModelError, match=message):
        ask(server, monkeypatch, ["a"], waited=[])


def test_long_texts_go_in_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedLLM(rows([1.0, 0.0], [0.0, 1.0])) as server:
        ask(server, monkeypatch, ["日本語" * 1_000], waited=[])
    assert [len(text.encode()) for text in server.requests[0]["input"]] == pytest.approx([8_000, 1_000], abs=4)


def test_without_address_and_key_it_says_what_to_set() -> None:
    with pytest.raises(InvalidInput, match="set EVALDASH_EMBEDDING_BASE_URL or OPENAI_API_KEY"):
        get_embedder("openai:text-embedding-3-small")


def test_a_folder_that_is_none_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"st:/no/such/folder must name a sentence-transformers folder"):
        get_embedder("st:/no/such/folder")
