"""Texts in a language that an English model does not know, noticed without a dictionary of every language."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LOOKED_AT = 400  # characters of a text: enough to tell a language
FEWEST_LETTERS = 12  # fewer say nothing
FEWEST_WORDS = 5
FOREIGN_LETTERS = 0.3  # share of letters outside the Latin script above which a text is not English
ENGLISH_WORDS = 0.12  # share of words below which nothing looks English; English text has 30 to 50 %

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# The commonest words of English, and of other languages in Latin script that share hardly any with them.
_ENGLISH = frozenset(
    """
    the of and to a in is you that it he was for on are as with his they i at be this have from or had by but not what
    all were we when your can said there use an each which she do how their if will up other about out many then them
    these so some her would make like him into time has look more go see no way could my than been who its now did get
    come made may please help why where need want does am me don't i'm it's can't didn't
    """.split()  # noqa: SIM905 (a list of quoted words would hide them)
)
_OTHER = frozenset(
    """
    der die das und ist nicht ich ein eine einen mit für auf den von zu im sie es wir wie kann wo mein meine haben wird
    le la les des est une un et que pour dans je vous pas qui sur avec mon ma ne mais où comment pourquoi
    el los las una por con para mi se está del al qué cómo dónde porque pero yo
    il che per di non sono ho mio mia della come dove perché gli
    o os um uma não com meu minha eu você como onde
    het een van niet ik met voor op zijn dat mijn hoe waar
    og det en jeg ikke er på til av som har med min jag och att inte är för
    nie się na jest do czy jak gdzie mój ve bir bu için nasıl nerede
    """.split()  # noqa: SIM905
) - {"a", "i", "do", "an", "am", "me"}


def looks_english(text: str) -> bool | None:
    """Tell whether a text reads as English; None where it is too short, or no prose, to say."""
    start = text[:LOOKED_AT]
    letters = [c for c in start if c.isalpha()]
    foreign = sum(not _latin(c) for c in letters)
    if foreign >= 4 and foreign > FOREIGN_LETTERS * len(letters):
        return False
    words = [word.lower().replace("’", "'") for word in _WORD.findall(start)]
    if len(letters) < FEWEST_LETTERS or len(words) < FEWEST_WORDS:
        return None
    english, other = sum(word in _ENGLISH for word in words), sum(word in _OTHER for word in words)
    if other > english and other >= 2:
        return False
    return True if english > ENGLISH_WORDS * len(words) else None


def share_not_english(texts: Iterable[str]) -> float:
    """Return which share of the texts that can be told is in another language than English; 0 where none can."""
    told = [answer for answer in map(looks_english, texts) if answer is not None]
    return sum(not answer for answer in told) / len(told) if told else 0.0


def _latin(character: str) -> bool:
    return character.isascii() or unicodedata.name(character, "").startswith("LATIN")
