"""Other languages than English are noticed; what is too short or no prose is not guessed at."""

from __future__ import annotations

import pytest

from evaldash.embedding.language import looks_english, share_not_english

ENGLISH = "I was charged twice for the same journey, please help"
GERMAN = "Wo ist meine Rückerstattung für den ausgefallenen Zug?"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(ENGLISH, True, id="english"),
        pytest.param(GERMAN, False, id="german"),
        pytest.param("¿Dónde está el reembolso de mi tren cancelado?", False, id="spanish"),
        pytest.param("Je n'ai pas reçu le remboursement de mon billet", False, id="french"),
        pytest.param("Мне не вернули деньги за отменённый поезд", False, id="russian"),
        pytest.param("東京の天気はどうですか", False, id="japanese"),
        pytest.param("refund", None, id="one word"),
        pytest.param("", None, id="nothing"),
        pytest.param('{"id": 17, "status": "paid", "total": 3481}', None, id="data"),
        pytest.param("Please open the café at Zürich Hauptbahnhof for me", True, id="foreign names in English"),
    ],
)
def test_looks_english(text: str, expected: bool | None) -> None:
    assert looks_english(text) is expected


def test_the_share_is_of_the_texts_that_can_be_told() -> None:
    assert share_not_english([ENGLISH, ENGLISH, GERMAN, GERMAN, "ok", ""]) == 0.5
    assert share_not_english([]) == 0.0
