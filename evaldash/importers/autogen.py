"""AutoGen: messages of agents to each other, with the events of their tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.chat import with_usual_fields
from evaldash.importers.fields import FEEDBACK_KEYS, as_number, as_text, first_of
from evaldash.importers.messages import LIST_KEYS, steps_of
from evaldash.importers.otlp_values import listed

USERS = ("user", "user_proxy", "userproxy", "human", "human_admin", "admin", "userproxyagent")
KINDS = ("Message", "Event", "Response")  # how the names of AutoGen's types end
SPEAKERS = ("source", "sender")


class AutoGen(Importer):
    """One run a record: its messages in order, each with the agent that wrote it."""

    name = "autogen"
    description = "AutoGen runs of several agents, with tool events"
    extensions = (".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record holds messages with a source and one of AutoGen's types."""
        return 0.93 * sum(bool(_messages(record)) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the run."""
        told = record.value
        messages = _messages(told)
        steps = steps_of([part for message in messages for part in _chat(message)])
        if not steps:
            yield refused(told, "no messages of AutoGen in it", record=record.label, source=source)
            return
        whole: dict[str, Json] = told if isinstance(told, dict) else {"messages": told}
        trace = with_usual_fields(whole, steps=steps, format=self.name, used={*LIST_KEYS})
        yield _with_usage(trace, told, messages)


def _messages(record: Json) -> list[dict[str, Json]]:
    """Return the messages of a run, nothing where they are not AutoGen's."""
    held = first_of(record, LIST_KEYS) if isinstance(record, dict) else record
    found = listed(held)
    return found if found and sum(_is_message(item) for item in found) * 2 > len(found) else []


def _is_message(item: Mapping[str, Json]) -> bool:
    kind = item.get("type")
    return isinstance(kind, str) and kind.endswith(KINDS) and as_text(first_of(item, SPEAKERS)) is not None


def _chat(message: Mapping[str, Json]) -> Iterator[Json]:
    """Yield a message in the common form; a tool event is a call or its results."""
    speaker, kind, content = as_text(first_of(message, SPEAKERS)), str(message.get("type")), message.get("content")
    role = "user" if speaker and speaker.lower() in USERS else "assistant"
    common: dict[str, Json] = {"role": role, "name": speaker}
    if kind == "ToolCallRequestEvent":
        calls: list[Json] = [
            {"id": call.get("id"), "function": {"name": call.get("name"), "arguments": call.get("arguments")}}
            for call in listed(content)
        ]
        yield {**common, "role": "assistant", "content": None, "tool_calls": calls}
    elif kind == "ToolCallExecutionEvent":
        for result in listed(content):
            yield {"role": "tool", "tool_call_id": result.get("call_id"), "name": result.get("name"),
                   "content": result.get("content"), "is_error": bool(result.get("is_error"))}  # fmt: skip
    elif kind == "ThoughtEvent":
        yield {**common, "content": [{"type": "reasoning", "reasoning": content}]}
    else:
        said = first_of(message, ("content", "message", "messages"))
        yield {**common, "content": said if isinstance(said, str | list) else canonical_json(said)}


def _with_usage(trace: Trace, told: Json, messages: Sequence[Mapping[str, Json]]) -> Trace:
    """Return the trace with the tokens its messages tell; a bare list keeps its own form as the raw record."""
    usages = [usage for message in messages if isinstance(usage := message.get("models_usage"), dict)]
    found = {
        name: sum(as_number(usage.get(key)) or 0.0 for usage in usages)
        for name, key in (("tokens_in", "prompt_tokens"), ("tokens_out", "completion_tokens"))
    }
    metrics = {**(found if usages else {}), **trace.metrics}
    if isinstance(told, list):
        return replace(trace, metrics=metrics, raw=(told,), identity=(told,))
    return replace(trace, metrics=metrics)
