"""Simple signals of a trace's text: metrics to sort and sample by, each with its sentence. Never a verdict."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from evaldash.domain.languages import language_of
from evaldash.domain.trace import Role, Step, StepKind, canonical_json

SHORTEST_QUESTION = 12  # characters; "yes" twice is no question asked again
SAME_WORDS = 0.8  # share of words that two questions have in common to be one question (Jaccard)
LONG_ENOUGH = 200  # characters from which an answer that ends in the middle of a sentence was cut off
ENDS = frozenset(".!?…:;)]}>\"'”’»`*_|~。！？：；）」』】।؟-")
FAR = 3.5  # modified z-score that its authors call far (Iglewicz & Hoaglin 1993)
OUTLYING = 0.95  # outlier score from which a trace counts as fitting nowhere
CUT_OFF = frozenset({"length", "max_tokens", "incomplete"})  # what providers say where an answer was cut off
FINISH = ("finish_reason", "stop_reason")

# Beginnings of words and phrases, lower case. Looked for as they stand: patterns would take longer than all else.
APOLOGIES = (
    "sorry", "apologi", "my mistake", "tut mir leid", "entschuldig", "désolé", "lo siento", "disculp",
    "mi dispiace", "lamento", "het spijt", "申し訳", "抱歉", "对不起",
)  # fmt: skip
REFUSALS = (
    "i can't help", "i cannot help", "i can't assist", "i cannot assist", "i'm unable", "i am unable",
    "i'm not able to", "i am not able to", "as an ai", "i can't do that", "i cannot do that", "i can’t",
    "i won't be able", "kann ich leider nicht", "je ne peux pas", "no puedo ayudar", "できません", "无法",
)  # fmt: skip
FRUSTRATION = (
    "ridiculous", "useless", "frustrat", "terrible", "unacceptable", "already told you", "already said",
    "i just told you", "for the third time", "are you even", "not what i asked", "did not ask", "didn't ask",
    "speak to a human", "real person", "talk to a person", "waste of time", "wtf", "this is wrong", "still wrong",
    "still not", "still doesn't", "nonsense", "unverschämt", "inutile", "inaceptable", "!!",
)  # fmt: skip

SENTENCES: Mapping[str, tuple[str, str]] = {  # metric -> what it says of one and of several
    "repeated_questions": ("asked nearly the same thing twice", "asked nearly the same thing {more} times"),
    "apologies": ("apologised once", "apologised {count} times"),
    "refusals": ("one answer reads like a refusal", "{count} answers read like refusals"),
    "frustration": ("one message of the user sounds annoyed", "{count} messages of the user sound annoyed"),
    "retries": ("one tool was called again with the same arguments", "tools were called again {count} times"),
    "tool_errors": ("one tool failed", "tools failed {count} times"),
    "language_switch": ("answered in another language than asked", "answered in another language than asked"),
    "empty_answers": ("ends without an answer", "ends without an answer"),
    "cut_off_answers": (
        "one answer ends in the middle of a sentence",
        "{count} answers end in the middle of a sentence",
    ),
    "near_duplicate_answers": (
        "one other trace ends with nearly this answer",
        "{count} other traces end with nearly this answer",
    ),
}
TEXT_SIGNALS = tuple(name for name in SENTENCES if name != "near_duplicate_answers")
_WORD = re.compile(r"\w+")


def text_signals(steps: Sequence[Step]) -> dict[str, float]:
    """Return the signals that follow from the steps of one trace, all of TEXT_SIGNALS; counts, or 0 and 1."""
    asked = [step.text or "" for step in _said(steps, Role.USER)]
    answers = list(_said(steps, Role.ASSISTANT))
    answered = [step.text or "" for step in answers]
    calls = [step for step in steps if step.kind is StepKind.TOOL_CALL]
    return {
        "repeated_questions": _repeated(asked),
        "apologies": _count(answered, APOLOGIES),
        "refusals": _count(answered, REFUSALS),
        "frustration": _count(asked, FRUSTRATION),
        "retries": _retries(calls),
        "tool_errors": sum(call.error is not None for call in calls),
        "language_switch": _switched(asked, answered),
        "empty_answers": _ends_without_answer(steps, asked),
        "cut_off_answers": sum(_cut_off(step) for step in answers),
    }


def explain(metrics: Mapping[str, float]) -> list[str]:
    """Return a sentence for each signal of a trace that says something."""
    found = []
    for name, (one, several) in SENTENCES.items():
        count = int(metrics.get(name) or 0)
        if count > 0:
            found.append(one if count == 1 else several.format(count=count, more=count + 1))
    if (metrics.get("unusual_tools") or 0) > FAR:
        found.append("calls its tools in an order that few traces have")
    if (metrics.get("outlier_score") or 0) >= OUTLYING:
        found.append("fits no group well")
    return found


def _said(steps: Sequence[Step], role: Role) -> list[Step]:
    return [step for step in steps if step.kind is StepKind.MESSAGE and step.role is role]


def _count(texts: Sequence[str], phrases: Sequence[str]) -> int:
    return sum(any(phrase in text for phrase in phrases) for text in map(str.lower, texts))


def _repeated(asked: Sequence[str]) -> int:
    """Return how many questions ask again what an earlier one of the same trace asked."""
    earlier: list[frozenset[str]] = []
    count = 0
    for text in asked:
        if len(text) >= SHORTEST_QUESTION:
            words = frozenset(_WORD.findall(text.lower()))
            count += any(_alike(words, other) for other in earlier)
            earlier.append(words)
    return count


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= SAME_WORDS * len(one | other)


def _retries(calls: Sequence[Step]) -> int:
    seen: set[str] = set()
    count = 0
    for call in calls:
        key = f"{call.name} {canonical_json(call.arguments)}"
        count += key in seen
        seen.add(key)
    return count


def _switched(asked: Sequence[str], answered: Sequence[str]) -> int:
    """Tell whether the last answer is in another language than all that the user wrote."""
    if not asked or not answered:
        return 0
    user, answer = language_of("\n".join(asked)), language_of(answered[-1])
    return int(user is not None and answer is not None and user != answer)


def _ends_without_answer(steps: Sequence[Step], asked: Sequence[str]) -> int:
    """Tell whether nothing was said to the user, or nothing after their last question; thanks need no answer."""
    if not asked:
        return 0
    spoken = [step for step in steps if step.kind is StepKind.MESSAGE and step.role in (Role.USER, Role.ASSISTANT)]
    answers = [step for step in spoken if step.role is Role.ASSISTANT]
    if not answers or not (answers[-1].text or "").strip():
        return 1
    return int(spoken[-1].role is Role.USER and (spoken[-1].text or "").rstrip().endswith(("?", "？", "؟")))


def _cut_off(step: Step) -> bool:
    if any(str(step.attributes.get(name)).lower() in CUT_OFF for name in FINISH):
        return True
    text = (step.text or "").rstrip()
    return len(text) >= LONG_ENOUGH and text[-1] not in ENDS and text[-1].isalpha() and "\n" not in text[-80:]
