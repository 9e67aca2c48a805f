"""Who&When runs: a question, a history of named agents, and what a person found wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import Feedback, ImportIssue, Json, Role, Step, StepKind, Trace, without_keys
from evaldash.importers.base import Importer, Record
from evaldash.importers.fields import as_text
from evaldash.importers.messages import is_message_list, steps_of

NEEDED = ("question", "history", "mistake_agent")
JUDGEMENTS = ("is_correct", "is_corrected", "mistake_agent", "mistake_step", "mistake_reason", "labels")


class WhoAndWhen(Importer):
    """Failure-attribution files of multi-agent runs, one object a file."""

    name = "who_and_when"
    description = "Who&When multi-agent runs with human failure notes"
    extensions = (".json",)
    feedback_keys = frozenset(JUDGEMENTS)

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a question, a history and a mistake."""
        fits = [isinstance(record, dict) and all(key in record for key in NEEDED) for record in records]
        return 0.99 * sum(fits) / len(fits) if fits else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the run: first what the user asked, then what the agents said to each other."""
        value = record.value
        if not isinstance(value, dict) or not is_message_list(value.get("history")):
            yield ImportIssue(source=source, record=record.label, reason="no `history` of messages in it")
            return
        history = value["history"]
        assert isinstance(history, list)
        asked = Step(kind=StepKind.MESSAGE, role=Role.USER, text=as_text(value.get("question")))
        prompts = value.get("system_prompt")
        briefings = [
            Step(kind=StepKind.MESSAGE, role=Role.SYSTEM, name=name, text=as_text(prompt))
            for name, prompt in (prompts.items() if isinstance(prompts, dict) else ())
        ]
        yield Trace(
            steps=(*briefings, asked, *steps_of([_as_agent(message) for message in history])),
            raw=(value,),
            identity=(without_keys(value, self.feedback_keys),),
            format=self.name,
            external_id=as_text(value.get("question_ID")),
            metadata={key: value[key] for key in ("level", "ground_truth") if key in value},
            feedback=_judgements(value),
        )


def _as_agent(message: Json) -> Json:
    """Return a message of the history as an agent's: the framework gives others than the speaker the role `user`."""
    return {**message, "role": "assistant"} if isinstance(message, dict) and message.get("name") else message


def _judgements(value: dict[str, Json]) -> tuple[Feedback, ...]:
    reason = as_text(value.get("mistake_reason"))
    items = [Feedback(name=key, value=value[key]) for key in ("is_correct", "is_corrected") if key in value]
    if reason is not None:
        where = f"{value.get('mistake_agent')}, step {value.get('mistake_step')}"
        items.append(Feedback(name="mistake", value=where, comment=reason, author="annotator"))
    return tuple(items)
