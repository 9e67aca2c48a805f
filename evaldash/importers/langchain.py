"""LangChain and LangGraph: lists of messages, plain or serialised, and the states of a graph that hold them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.chat import with_usual_fields
from evaldash.importers.fields import FEEDBACK_KEYS, as_number, as_text
from evaldash.importers.foreign_messages import LANGCHAIN_ROLES, as_chat
from evaldash.importers.messages import flattened, steps_of

STATES = ("values", "state", "channel_values", "output", "input")  # what may stand around the messages


class LangChain(Importer):
    """One list of messages a record."""

    name = "langchain"
    description = "LangChain and LangGraph: message lists, serialised messages, states of a graph"
    extensions = (".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record holds messages in LangChain's form."""
        return 0.9 * sum(bool(_messages(record)) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the conversation of a record."""
        told = record.value
        messages = _messages(told)
        steps = steps_of(as_chat(messages))
        if not steps:
            yield refused(told, "no messages of LangChain in it", record=record.label, source=source)
        elif isinstance(told, dict):
            used = {*STATES, "messages", "config", "metadata"}
            yield _with_usage(with_usual_fields(told, steps=steps, format=self.name, used=used), told, messages)
        else:
            yield _with_usage(Trace(steps=steps, raw=(told,), identity=(told,), format=self.name), told, messages)


def _messages(record: Json) -> list[Json]:
    """Return the messages of a record, where they are LangChain's; empty for all else."""
    if isinstance(record, dict):
        for key in ("messages", *STATES):
            inner = record.get(key)
            if isinstance(inner, dict | list) and (found := _messages(inner)):
                return found
        return []
    if not isinstance(record, list) or not record:
        return []
    flat = flattened(record)
    return flat if flat and all(_is_message(item) for item in flat) else []


def _is_message(item: Json) -> bool:
    if not isinstance(item, dict):
        return False
    if "lc" in item and isinstance(item.get("kwargs"), dict):
        return True
    kind = item.get("type")
    named = isinstance(kind, str) and kind.lower() in LANGCHAIN_ROLES
    return named and ("data" in item or "content" in item) and "role" not in item


def _with_usage(trace: Trace, told: Json, messages: Sequence[Json]) -> Trace:
    """Return the trace with the tokens and the model that its messages tell, and the thread that its state names."""
    inner = [_inner(message) for message in messages if isinstance(message, dict)]
    usages = [usage for item in inner if isinstance(usage := item.get("usage_metadata"), dict)]
    found = {
        name: sum(as_number(usage.get(key)) or 0.0 for usage in usages)
        for name, key in (("tokens_in", "input_tokens"), ("tokens_out", "output_tokens"))
    }
    about = (item.get("response_metadata") for item in inner)
    models = (as_text(told.get("model_name") or told.get("model")) for told in about if isinstance(told, dict))
    model = next((name for name in models if name), None)
    return replace(
        trace,
        session=trace.session or _thread(told),
        metrics={**(found if usages else {}), **trace.metrics},
        metadata={**trace.metadata, **({"model": model} if model else {})},
    )


def _inner(message: Mapping[str, Json]) -> Mapping[str, Json]:
    """Return the fields of a message, which stand under kwargs or data when it is serialised."""
    inner = message.get("kwargs") or message.get("data")
    return inner if isinstance(inner, dict) else message


def _thread(told: Json) -> str | None:
    config = told.get("config") if isinstance(told, dict) else None
    inner = config.get("configurable") if isinstance(config, dict) else None
    return as_text(inner.get("thread_id")) if isinstance(inner, dict) else None
