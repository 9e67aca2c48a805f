"""OpenAI chat completions: requests with their responses, wrapped or side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from evaldash.domain.trace import ImportIssue, Json, Step, StepKind, Trace
from evaldash.importers.base import Importer, Record
from evaldash.importers.chat import with_usual_fields
from evaldash.importers.fields import FEEDBACK_KEYS, as_text, first_of, metrics_of
from evaldash.importers.messages import is_message_list, steps_of

REQUEST_KEYS = ("request", "input", "body", "params")
RESPONSE_KEYS = ("response", "output", "completion", "result")


class OpenAIChat(Importer):
    """What was sent to the chat completions API and what came back."""

    name = "openai_chat"
    description = "OpenAI chat completions: requests, responses, fine-tuning and preference files"
    extensions = (".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has `choices`, or messages beside a model or tools."""
        if not records:
            return 0.0
        return sum(_likeness(record) for record in records) / len(records)

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the conversation: the messages of the request, then the message of the first choice."""
        if not isinstance(record.value, dict):
            yield ImportIssue(source=source, record=record.label, reason="expected an object, as the API writes them")
            return
        request, response = _request(record.value), _response(record.value)
        sent = request.get("messages")
        messages = [*sent] if isinstance(sent, list) else []
        messages += _answers(response)[:1] or _preferred(record.value)
        steps = [*steps_of(messages), *_other_answers(record.value, response)]
        if not steps:
            reason = "neither messages of a request nor choices of a response in it"
            yield ImportIssue(source=source, record=record.label, reason=reason, raw=str(record.value)[:2_000])
            return
        used = {*REQUEST_KEYS, *RESPONSE_KEYS, "messages", "choices", "tools", "object"} | {
            "preferred_output",
            "non_preferred_output",
        }
        trace = with_usual_fields(record.value, steps=steps, format=self.name, used=used)
        model = as_text(first_of({**request, **response}, ("model",)))
        yield _enriched(trace, metrics_of(response) | dict(trace.metrics), model)


def _enriched(trace: Trace, metrics: Mapping[str, float], model: str | None) -> Trace:
    metadata = {**trace.metadata, **({"model": model} if model else {})}
    return replace(trace, metrics=dict(metrics), metadata=metadata)


def _likeness(record: Json) -> float:
    if not isinstance(record, dict):
        return 0.0
    request, response = _request(record), _response(record)
    if _answers(response):
        return 0.95
    has_messages = is_message_list(request.get("messages"))
    if has_messages and _preferred(record):
        return 0.95
    return 0.9 if has_messages and any(key in request for key in ("model", "tools", "temperature")) else 0.0


def _request(record: Mapping[str, Json]) -> Mapping[str, Json]:
    for key in REQUEST_KEYS:
        inner = record.get(key)
        if isinstance(inner, dict) and "messages" in inner:
            return inner
    return record


def _response(record: Mapping[str, Json]) -> Mapping[str, Json]:
    for key in RESPONSE_KEYS:
        inner = record.get(key)
        if isinstance(inner, dict):
            body = inner.get("body")
            return body if isinstance(body, dict) else inner
    return record if "choices" in record else {}


def _answers(response: Mapping[str, Json]) -> list[Json]:
    choices = response.get("choices")
    inner = (
        [choice.get("message") for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    )
    return [message for message in inner if isinstance(message, dict)]


def _preferred(record: Mapping[str, Json]) -> list[Json]:
    """Return the answer that people preferred, of a file for preference tuning."""
    preferred = record.get("preferred_output")
    return [*preferred] if is_message_list(preferred) and isinstance(preferred, list) else []


def _other_answers(record: Mapping[str, Json], response: Mapping[str, Json]) -> Iterator[Step]:
    """Yield what was also answered, folded away: further choices, and the answer that people did not prefer."""
    for number, message in enumerate(_answers(response)[1:], start=2):
        yield Step(kind=StepKind.EVENT, name=f"choice {number}", result=message)
    if record.get("non_preferred_output"):
        yield Step(kind=StepKind.EVENT, name="not preferred", result=record["non_preferred_output"])
