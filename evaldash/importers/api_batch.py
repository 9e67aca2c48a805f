"""Batches of OpenAI and Anthropic: requests in one file, results in another, tied by `custom_id`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json
from evaldash.importers.api_exchange import Exchange, is_completion, is_message, is_response, trace_of_exchange
from evaldash.importers.base import Importer, Part, Record, refused
from evaldash.importers.fields import as_text

OK_BELOW = 400  # HTTP status


class ApiBatch(Importer):
    """Each line is a request or a result; those of one custom_id are a trace."""

    name = "api_batch"
    description = "Batch files of OpenAI and Anthropic: requests and results, joined by custom_id"
    extensions = (".jsonl",)

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a custom_id with a request or a result."""
        return sum(_is_line(record) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Part | ImportIssue]:
        """Yield the line as a part of its exchange."""
        if isinstance(record.value, dict) and _is_line(record.value):
            yield Part(str(record.value["custom_id"]), record.value)
            return
        reason = "no line of a batch: it needs a custom_id with a body, params, response or result"
        yield refused(record.value, reason, record=record.label, source=source)

    def assemble(self, parts: Sequence[Json]) -> Iterator[Trace | ImportIssue]:
        """Yield the exchange that a request and its result make; either may be missing."""
        told = (part for part in parts if isinstance(part, dict))
        lines = sorted(told, key=lambda line: (not _request(line), canonical_json(line)))
        request = next(filter(None, map(_request, lines)), {})
        response = next(filter(None, map(_response, lines)), {})
        error = next(filter(None, map(_error, lines)), None)
        custom_id: Json = lines[0]["custom_id"]
        exchange = Exchange(
            request=request,
            response=response,
            record={"custom_id": custom_id},
            raw=[*lines],
            identity=[*lines],
            error=error,
        )
        trace = trace_of_exchange(exchange, format=self.name)
        if trace.steps:
            yield trace
            return
        reason = "neither messages of a request nor an answer or error of a result in it"
        yield refused(list(lines), reason, record=f"custom_id {custom_id}")


def _is_line(record: Json) -> bool:
    if not isinstance(record, dict) or not as_text(record.get("custom_id")):
        return False
    return bool(_request(record) or _response(record) or _error(record))


def _request(line: Mapping[str, Json]) -> Mapping[str, Json]:
    told = line.get("body") or line.get("params")
    return told if isinstance(told, dict) else {}


def _response(line: Mapping[str, Json]) -> Mapping[str, Json]:
    response, result = line.get("response"), line.get("result")
    told = response.get("body") if isinstance(response, dict) else None
    if isinstance(result, dict):
        told = result.get("message")
    known = is_response(told) or is_completion(told) or is_message(told)
    return told if known and isinstance(told, dict) else {}


def _error(line: Mapping[str, Json]) -> str | None:
    """Return why a request failed: OpenAI's error or status, Anthropic's kind of result."""
    response, result = line.get("response"), line.get("result")
    body = response.get("body") if isinstance(response, dict) else None
    places = [line.get("error"), body.get("error") if isinstance(body, dict) else None]
    if isinstance(result, dict) and result.get("type") != "succeeded":
        places.append(result.get("error") or {"message": f"the request {result.get('type')}"})
    for place in places:
        inner = place.get("error", place) if isinstance(place, dict) else None  # Anthropic's error holds the error
        if isinstance(inner, dict) and (text := as_text(inner.get("message")) or as_text(inner.get("code"))):
            return text
    status = response.get("status_code") if isinstance(response, dict) else None
    return f"HTTP status {status}" if isinstance(status, int) and status >= OK_BELOW else None
