"""Lists of English words that names of failure modes are made with; general, not taken from any set of notes."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# no name begins or ends with one of them
LINK_WORDS = _words(
    """
    a an the this that these those it its his her their our your my i we you he she they them him us me who
    which what  of to in on at by for from with within into onto about as than then so and or but if when
    while where because since  is are was were be been being am has have had having do does did will would can
    could should shall may might must  also just only even still very too more most much many some any all
    each every other another such own same there  here again already yet up out over under s t re ve ll d m
    let get gets got etc eg ie via per instead rather how think thinks seem seems like please
    """
)
# a name may begin with one
NEGATIONS = _words(
    """
    not no never without cannot can't didn't doesn't don't isn't wasn't couldn't won't hasn't didnt doesnt
    dont
    """
)
# a name may begin with one that "not" follows
BEFORE_NEGATION = _words(
    """
    did does do is was are were could can should would has have
    """
)
# a note of these alone does not say what went wrong
VAGUE_WORDS = _words(
    """
    bad wrong incorrect error errors fail fails failed failure issue issues problem problems poor broken weird
    strange odd  meh no nope ok okay hmm good not great terrible awful nonsense nah yes fix todo tbd same n/a
    na none nothing  answer answers response responses output reply result results agent assistant bot model
    ai chatbot llm
    """
)
# who failed: the same in nearly all notes
SUBJECTS = _words(
    """
    agent agents assistant bot model chatbot ai llm
    """
)
# a phrase with one says what went wrong, not only where
FAILURE_WORDS = NEGATIONS | _words(
    """
    not wrong wrongly incorrect incorrectly fails failed failing missed misses missing mistook mistaken
    misread mismatch misunderstood misunderstands misinterpreted ignored ignores ignoring forgot forgets lost
    skipped skips invented invents made-up fabricated hallucinated hallucinates hallucination false untrue
    invalid inconsistent contradicts unsupported unclear unnecessary unneeded unhelpful irrelevant repeated
    repeats repeating repetitive loops looping duplicate duplicated twice stale outdated late slow timeout
    timed early incomplete partial truncated premature unauthorized unverified unasked refused
    refuses denied declined rejected leaked leaks exposed rude vague robotic confusing confused crash
    crashed hangs stuck without lacks lacking insufficient overpromised promises promised assumed
    assumes guessed guesses verbose
    """
)
