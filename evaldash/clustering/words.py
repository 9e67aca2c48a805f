"""Phrases of a text: runs of content words, as a person would name a subject."""

from __future__ import annotations

import re

from evaldash.domain.languages import SMALL_WORDS

MAX_CHARS = 1_000  # of a text are looked at: what it is about stands early
MAX_WORD = 30  # letters; longer ones are hashes, addresses or unspaced script
LONGEST_PHRASE = 3  # words

_BEFORE_THE_POINT = re.compile(  # greetings, subject lines and what stands before a wish
    r"""(?: subject: | re: | fwd?: | (?:hi|hello|hey|dear|greetings)\b(?:\ (?:there|again|all|team))?
    | good\ (?:morning|day|afternoon|evening) | (?:thanks|ok(?:ay)?|um+|so|please)(?=[,.!…])
    | i(?:['’]d|\ would)\ like\ (?:you\ )?to | i\ (?:want|need|have)\ (?:you\ )?to
    | i\ (?:want|need)\ (?:some\ )?help\ (?:with)?
    | (?:can|could|would|will)\ you(?:\ please)? )(?=[\s,.!:…]|$)[\s,.!:…]*""",
    re.IGNORECASE | re.VERBOSE,
)
LEAST_LEFT = 12  # characters; where taking away leaves less, the text is quoted as it is
_WORD_OR_BREAK = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")

STOP_WORDS = frozenset(
    """
    a about above after again against all almost also although always am an and another any anyone anything are
    aren't as at away be because been before being below between both but by came can can't cannot come could
    couldn't did didn't do does doesn't doing don't done down during each either else even ever every everything
    few for from further gave get gets getting give given gives go goes going gone got had hadn't has hasn't
    have haven't having he he'd he'll he's hello help her here here's hers herself hey hi him himself his how
    how's however i i'd i'll i'm i've if in instead into is isn't it it's its itself just keep keeps kept know
    let let's like ll look made make makes making many may maybe me might mine more most much must my myself
    need needed needs never no nor not nothing now of ok okay on once one only or other others ought our ours
    ourselves over own please put really s said same saw say see seem seems shall she she'd she'll she's should
    shouldn't since so some someone something soon still such sure t take taken tell than thank thanks that
    that's the their theirs them themselves then there there's these they they'd they'll they're they've thing
    things think this those though through thus to together too took toward try trying under until upon us use
    used using very want wanted wants was wasn't way we we'd we'll we're we've well went were weren't what
    what's whatever when when's where where's whether which while who who's whom whose why why's will with
    within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself yourselves
    able ask asked asks till per via pls plz thx im ive id dont cant wont didnt doesnt isnt wasnt gonna wanna lol btw
    says tell told check two three four five possible recently assist
    couple right
    today tomorrow yesterday monday tuesday wednesday thursday friday saturday sunday january february march april june
    july august september october november december mon tue wed thu fri jan feb mar apr jun jul aug sep sept oct nov dec
    """.split()  # noqa: SIM905 (a list of 280 quoted words would hide them)
)
ENGLISH_TOO = frozenset(
    {"come", "den", "die", "hoe", "min", "pour", "son", "van", "an", "on"}
)  # and so not always small
_ELSEWHERE = SMALL_WORDS - ENGLISH_TOO
# Verbs and nouns of asking: how a wish is put, not what it is about. They stand in phrases ("find hotel"), alone they
# name nothing.
ASKING = frozenset(
    """
    find found provide provided show shown check checking answer answers question questions list based according given
    following follow include including information info detail details explain describe determine identify name word
    words number report issue problem item items new good great best sure available happened
    """.split()  # noqa: SIM905
)
PARTICLES = frozenset({"up", "off", "out", "back"})  # part of a phrase ("top up"), never its beginning


def phrases(text: str) -> set[str]:
    """Return the phrases of one to three words of a text, in lower case; none crosses a stop word or punctuation."""
    found: set[str] = set()
    for run in _runs(text[:MAX_CHARS].lower()):
        for start, first in enumerate(run):
            if first not in PARTICLES:
                ends = range(start + 1, min(start + LONGEST_PHRASE, len(run)) + 1)
                found.update(" ".join(run[start:end]) for end in ends)
    return found


def _runs(text: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for token in _WORD_OR_BREAK.findall(text):
        word = token.replace("’", "'")
        if _says_something(word):
            runs[-1].append(word.removesuffix("'s"))
        else:
            runs.append([])
    return runs


def _says_something(word: str) -> bool:
    return (
        word not in STOP_WORDS
        and word not in _ELSEWHERE
        and 1 < len(word) <= MAX_WORD
        and any(c.isalpha() for c in word)
        and not _is_code(word)
    )


def _is_code(word: str) -> bool:
    """Tell order numbers, ids and short marks such as "r2" from words: digits, and few letters or many digits."""
    digits = sum(c.isdigit() for c in word)
    return digits >= 3 or (digits > 0 and (len(word) <= 3 or word[0].isdigit()))


def stems(phrase: str) -> frozenset[str]:
    """Return the words of a phrase less their English endings, so that "payments" repeats "payment"."""
    return frozenset(_stem(word) for word in phrase.split())


def _stem(word: str) -> str:
    for ending in ("ies", "ing", "es", "ed", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return _without_vowel(word.removesuffix(ending))
    return word


def _without_vowel(stem: str) -> str:
    """Return a stem without a last "e", "i" or "y", so that "verify", "verifies" and "verifying" are one."""
    return stem[:-1] if stem[-1] in "eiy" and len(stem) > 3 else stem


def shortened(text: str, *, at_most: int) -> str:
    """Return a text on one line, cut at a word, with "…" where something was left out."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: 10 * at_most]).split())
    if len(line) <= at_most:
        return line
    cut = line[: at_most - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(",.;: ") + "…"


def quoted(text: str, *, at_most: int) -> str:
    """Return what a text says, in quotes, without the greeting before it; "" for a blank one."""
    line = " ".join(text[: 20 * at_most].split())
    rest = line
    while found := _BEFORE_THE_POINT.match(rest):
        rest = rest[found.end() :]
    said = shortened(rest if len(rest) >= LEAST_LEFT else line, at_most=at_most - 2).strip('"“”').rstrip(".,;: ")
    return f"“{said}”" if said else ""
