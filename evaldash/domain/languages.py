"""Which language a text is in, where that is plain to see: by its script, or by the small words of its sentences.

The standard library alone: this file goes along into exported checks.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

LONGEST = 600  # characters that are looked at: every trace is, when it comes in
LEAST_LETTERS = 6  # of one script; fewer may be a name
SCRIPT = 0.3  # share of a script's letters among all from which a text is written in it
LEAST_WORDS = 3  # small words of a language that must stand in a text
LEAD = 1.5  # times as many small words as of any other language

_SCRIPTS = {  # the first word of a letter's name in Unicode -> language
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "CYRILLIC": "ru", "ARABIC": "ar", "HEBREW": "he",
    "DEVANAGARI": "hi", "BENGALI": "bn", "TAMIL": "ta", "THAI": "th", "GREEK": "el",
}  # fmt: skip
# Words that make sentences; those that several languages share count for each of them.
_SMALL_WORDS = {
    "en": "the and is are was to of in for with you your my this that have has not can will would please what how it "
    "i a an on at be do does but or if from me we they he she there so as by need want like could some been when who",
    "de": "der die das und ist sind nicht ich sie mit für ein eine auf von zu wie was bitte haben kann wird auch den",
    "fr": "le la les et est sont pas je vous avec pour un une des du que qui dans sur ne mon votre ce bonjour mais au",
    "es": "el la los las y es son no yo usted con para un una de que en por mi su está como hola pero del se",
    "it": "il la gli e è sono non io con per un una di che in del mi ma come ho questo alla nel ciao si",
    "pt": "o a os as e é são não eu você com para um uma de que em por meu seu está como olá mas do na",
    "nl": "de het een en is zijn niet ik u met voor van te dat in op mijn wat hoe heb kan maar ook naar er",
    "sv": "och är det att en ett jag inte med för på som har av till den vi ni kan men hur vad min om",
    "pl": "i w na nie to jest się z do że jak co mam czy po od ale dla proszę mi tak już przez są",
    "tr": "ve bir bu için ile ne de da mi ben çok var değil nasıl ama olarak gibi daha benim lütfen kadar şu",
}  # fmt: skip
_LANGUAGES_OF = {
    word: tuple(language for language, words in _SMALL_WORDS.items() if word in words.split())
    for words in _SMALL_WORDS.values()
    for word in words.split()
}
SMALL_WORDS = frozenset(_LANGUAGES_OF)
LANGUAGES = frozenset(_SMALL_WORDS) | frozenset(_SCRIPTS.values())
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """Return the language of a text by its ISO 639-1 code, None where it is not plain."""
    shown = text[:LONGEST]
    return _by_script(shown) or _by_small_words(shown)


def share_of_others(texts: Iterable[str], *, known: str = "en") -> float:
    """Return which share of the texts whose language is plain is in another one than `known`; 0 where none is plain."""
    told = [language for language in map(language_of, texts) if language is not None]
    return sum(language != known for language in told) / len(told) if told else 0.0


def _by_script(text: str) -> str | None:
    if text.isascii():
        return None
    found = Counter(
        _SCRIPTS.get(unicodedata.name(letter, "").split(" ")[0].split("-")[0]) for letter in text if letter > "\u036f"
    )
    found.pop(None, None)
    letters = sum(map(str.isalpha, text))
    if not found or sum(found.values()) < max(LEAST_LETTERS, SCRIPT * letters):
        return None
    # Japanese is written with Chinese characters too; its own letters tell.
    return "ja" if found["ja"] else found.most_common(1)[0][0]


def _by_small_words(text: str) -> str | None:
    counts = Counter(language for word in _WORD.findall(text.lower()) for language in _LANGUAGES_OF.get(word, ()))
    (first, most), (_, second) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    return first if most >= LEAST_WORDS and most >= LEAD * second else None
