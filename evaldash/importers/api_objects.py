"""Answers of OpenAI's Responses API and of Anthropic's Messages API, alone or with their requests."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from evaldash.domain.trace import ImportIssue, Json, Trace, without_keys
from evaldash.importers.api_exchange import (
    RESPONSE_KEYS,
    Exchange,
    is_message,
    is_response,
    request_of,
    trace_of_exchange,
)
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.fields import FEEDBACK_KEYS

SURE = 0.97


class _ApiObjects(Importer):
    """Records that hold one answer of an API."""

    extensions = (".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS
    wanted: ClassVar[str]

    @staticmethod
    @abstractmethod
    def holds(value: Json) -> bool:
        """Tell whether a value is an answer of the API."""

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record is such an answer or holds one."""
        return SURE * sum(self._response(record) is not None for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the trace of a record."""
        told = record.value
        response = self._response(told)
        if not isinstance(told, dict) or response is None:
            yield refused(told, f"no {self.wanted} in it", record=record.label, source=source)
            return
        yield trace_of_exchange(_exchange(told, response), format=self.name)

    def _response(self, record: Json) -> Mapping[str, Json] | None:
        if not isinstance(record, dict):
            return None
        places = [record, *(inner for key in RESPONSE_KEYS if isinstance(inner := record.get(key), dict))]
        return next((place for place in places if self.holds(place)), None)


def _exchange(told: dict[str, Json], response: Mapping[str, Json]) -> Exchange:
    """Return what a record holds; an answer without its request may repeat the instructions."""
    alone = response is told
    feedback = {key: told[key] for key in FEEDBACK_KEYS if key in told}
    return Exchange(
        request={key: told[key] for key in ("instructions",) if told.get(key)} if alone else request_of(told),
        response=response,
        record=feedback if alone else told,
        raw=[dict(told)],
        identity=[without_keys(told, FEEDBACK_KEYS)],
    )


class OpenAIResponses(_ApiObjects):
    """Objects of OpenAI's Responses API."""

    name = "openai_responses"
    description = "OpenAI Responses: answers with items, alone or with their requests"
    wanted = "response of OpenAI's Responses API (object: response, with output)"

    @staticmethod
    def holds(value: Json) -> bool:
        """Tell whether a value is a response."""
        return is_response(value)


class AnthropicMessages(_ApiObjects):
    """Objects of Anthropic's Messages API."""

    name = "anthropic_messages"
    description = "Anthropic Messages: answers with content blocks, alone or with their requests"
    wanted = "message of Anthropic's API (type: message, role: assistant, with content)"

    @staticmethod
    def holds(value: Json) -> bool:
        """Tell whether a value is a message."""
        return is_message(value)
