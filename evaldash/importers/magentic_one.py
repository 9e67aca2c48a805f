"""Magentic-One: the log of a run, an event a line; the orchestrator's thoughts are thoughts, the agents speak."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Step, Trace
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.fields import as_number, as_text, as_time
from evaldash.importers.kept import with_told
from evaldash.importers.messages import steps_of

KINDS = frozenset(
    ("OrchestrationEvent", "AgentEvent", "WebSurferEvent", "LLMCallEvent", "FileSurferEvent", "CoderEvent")
)
SAID = ("source", "message", "type")
USERS, THOUGHT = ("user", "human"), "(thought)"


class MagenticOne(Importer):
    """One event a line; a file is a run."""

    name = "magentic_one"
    description = "Magentic-One logs: the events of a run as JSON Lines"
    extensions = (".jsonl",)

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is an event of its log."""
        return 0.95 * sum(_is_event(record) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the event as a part of its run."""
        if isinstance(record.value, dict) and _is_event(record.value):
            yield Part(f"all of {source}", record.value)
            return
        reason = "no event of Magentic-One: it needs a timestamp and one of its types"
        yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the run."""
        events = sorted((part for part in parts if isinstance(part, dict)), key=lambda e: str(e.get("timestamp")))
        steps = _steps(events)
        if not steps:
            yield refused([*events], "nobody says anything in it", record="a run")
            return
        times = [time for event in events if (time := as_time(event.get("timestamp")))]
        taken = {"latency_ms": (max(times) - min(times)).total_seconds() * 1_000} if len(times) > 1 else {}
        trace = Trace(
            steps=steps,
            raw=tuple(events),
            identity=tuple(events),
            format=self.name,
            started_at=min(times, default=None),
            metrics=taken | _tokens(events),
        )
        beside = ((name, value) for event in events for name, value in event.items() if name not in SAID)
        yield with_told(trace, beside)


def _is_event(record: Json) -> bool:
    return isinstance(record, dict) and as_text(record.get("type")) in KINDS and "timestamp" in record


def _steps(events: Sequence[Mapping[str, Json]]) -> tuple[Step, ...]:
    """Return what was said; an event that says nothing has no step, and leaves its place to no other."""
    messages = [_message(event) for event in events if as_text(event.get("message"))]
    return steps_of(messages)


def _message(event: Mapping[str, Json]) -> Json:
    speaker, text = as_text(event.get("source")) or str(event.get("type")), str(event.get("message"))
    role = "user" if speaker.lower().startswith(USERS) else "assistant"
    thought = speaker.endswith(THOUGHT)
    content: Json = [{"type": "reasoning", "reasoning": text}] if thought else text
    return {"role": role, "name": speaker.removesuffix(THOUGHT).strip(), "content": content}


def _tokens(events: Sequence[Mapping[str, Json]]) -> dict[str, float]:
    calls = [event for event in events if event.get("type") == "LLMCallEvent"]
    names = (("tokens_in", "prompt_tokens"), ("tokens_out", "completion_tokens"))
    return {name: sum(as_number(call.get(key)) or 0.0 for call in calls) for name, key in names} if calls else {}
