"""Languages are named where they are plain; what is too short or no prose is not guessed at."""

import pytest

from evaldash.domain.languages import language_of, share_of_others

ENGLISH = "I was charged twice for the same journey, can you help me with that"
GERMAN = "Wo ist meine Rückerstattung für den ausgefallenen Zug?"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (ENGLISH, "en"),
        ("I want to return a lamp I bought", "en"),
        (GERMAN, "de"),
        ("Chcę oddać lampę, ale nie wiem jak to zrobić", "pl"),
        ("¿Dónde está mi pedido? No lo he recibido y es para mi madre", "es"),
        ("Je n'ai pas reçu le remboursement de mon billet et je suis en retard", "fr"),
        ("東京の天気はどうですか", "ja"),
        ("我想知道我的订单什么时候到达请告诉我", "zh"),
        ("Мне не вернули деньги за отменённый поезд", "ru"),
        ("Please open the café at Zürich Hauptbahnhof for me", "en"),
        ("The platform is called 中央ホーム and it is on the left of the station", "en"),
        ("ok thanks", None),
        ("Müller, 12-4, München", None),
        ('{"id": 17, "status": "paid", "total": 3481}', None),
        ("", None),
    ],
)
def test_a_language_is_named_where_it_is_plain(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_the_share_is_of_the_texts_that_can_be_told() -> None:
    assert share_of_others([ENGLISH, ENGLISH, GERMAN, GERMAN, "ok", ""]) == 0.5
    assert share_of_others([]) == 0.0
