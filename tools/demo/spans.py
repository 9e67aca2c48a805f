"""Conversations of the demo as OTLP/JSON, as an instrumented agent exports them: GenAI conventions, tool spans.

Every span is written when it ends, as a batch processor does, so that one line holds spans of several conversations.
The minutes in which a user thinks are left out: a trace lasts as long as Wick worked on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools.demo.records import ModelCall, cost, metadata, model_calls, system_prompt, version_of
from tools.demo.written import Call, Conversation, Turn, digest

MODEL = "meadow-large"
SPANS_A_REQUEST = 12
MILLISECOND = 1_000_000  # nanoseconds
INTERNAL, CLIENT = 1, 3
FAILED = 2
SCOPE = {"name": "fernwick.wick.agent", "version": "1.5.2"}


def export_requests(world: Mapping[str, Any], items: Sequence[Conversation]) -> Iterator[dict[str, Any]]:
    """Yield the requests of an exporter that hold all spans of the conversations."""
    resource = {
        "service.name": "wick-web",
        "service.version": version_of(world, items[0].started)["version"],
        "service.instance.id": "3f6d0c1e-8a27-4b0e-9d55-6b1f0c9ae2d4",
        "deployment.environment.name": "production",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.version": "1.39.1",
    }
    spans = sorted((span for item in items for span in spans_of(world, item)), key=lambda s: int(s["endTimeUnixNano"]))
    for start in range(0, len(spans), SPANS_A_REQUEST):
        scope = {"scope": SCOPE, "spans": spans[start : start + SPANS_A_REQUEST]}
        yield {"resourceSpans": [{"resource": {"attributes": _attributes(resource)}, "scopeSpans": [scope]}]}


def trace_id(item: Conversation) -> str:
    """Return the id a conversation has in its spans."""
    return digest("otlp", item.id, size=32)


def spans_of(world: Mapping[str, Any], item: Conversation) -> Iterator[dict[str, Any]]:
    """Yield the spans of a conversation: the agent's, and below it those of model and tools."""
    root = digest(item.id, "root", size=16)
    start = now = int(item.started.timestamp() * 1_000) * MILLISECOND
    for call in model_calls(world, item):
        end = now + call.model_ms * MILLISECOND
        yield _span(item, f"chat {MODEL}", CLIENT, (now, end), _model(world, item, call), number=call.turn, parent=root)
        for number, (tool, taken) in enumerate(zip(item.turns[call.turn].calls, call.tools_ms, strict=True)):
            yield _tool(item, root, tool, (end, end + taken * MILLISECOND), 1_000 * call.turn + number)
        now = end + max(call.tools_ms, default=0) * MILLISECOND
    about = {f"metadata.{name}": value for name, value in metadata(world, item).items()}
    told = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "wick",
        "gen_ai.conversation.id": item.session,
        **about,
    }
    span = _span(item, "invoke_agent wick", INTERNAL, (start, now + MILLISECOND), told, number=-1)
    yield span | {"spanId": root} | ({"events": [_rating(item, now)]} if item.thumbs else {})


def _model(world: Mapping[str, Any], item: Conversation, call: ModelCall) -> dict[str, Any]:
    turn = item.turns[call.turn]
    system = system_prompt(world, item)
    output = {"role": "assistant", "parts": _parts(turn), "finish_reason": "tool_call" if turn.calls else "stop"}
    told = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "fernwick-llm-gateway",
        "gen_ai.request.model": MODEL,
        "gen_ai.request.temperature": 0.2,
        "gen_ai.response.model": f"{MODEL}-2026-01",
        "gen_ai.response.id": f"cmpl-{digest(item.id, 'answer', call.turn, size=24)}",
        "gen_ai.response.finish_reasons": [output["finish_reason"]],
        "gen_ai.usage.input_tokens": call.tokens_in,
        "gen_ai.usage.output_tokens": call.tokens_out,
        "gen_ai.usage.cost": cost(call.tokens_in, call.tokens_out),
        "gen_ai.input.messages": _json(list(_inputs(item.turns[: call.turn]))),
        "gen_ai.output.messages": _json([output]),
    }
    if system:
        told["gen_ai.system_instructions"] = _json([{"type": "text", "content": system}])
    return told


def _tool(item: Conversation, root: str, call: Call, times: tuple[int, int], number: int) -> dict[str, Any]:
    told = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": call.tool,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": call.id,
        "gen_ai.tool.call.arguments": _json(call.arguments),
        "gen_ai.tool.call.result": call.result,
    }
    error = _error(call)
    span = _span(item, f"execute_tool {call.tool}", INTERNAL, times, told, number=number, parent=root)
    if error:
        span["attributes"] += _attributes({"error.type": "timeout" if "timed out" in error else "tool_error"})
        span["status"] = {"code": FAILED, "message": error}
    return span


def _error(call: Call) -> str | None:
    """Return what went wrong in a tool, None when it answered."""
    if not call.result.startswith("{"):
        return call.result if call.result.startswith("Error") else None
    error = json.loads(call.result).get("error")
    return str(error["message"] if isinstance(error, dict) else error) if error else None


def _inputs(turns: Sequence[Turn]) -> Iterator[dict[str, Any]]:
    for turn in turns:
        yield {"role": turn.role, "parts": _parts(turn)}
        for call in turn.calls:
            part = {"type": "tool_call_response", "id": call.id, "response": _plain(call.result)}
            yield {"role": "tool", "parts": [part]}


def _parts(turn: Turn) -> list[dict[str, Any]]:
    said = [{"type": "text", "content": turn.text}] if turn.text else []
    asked = [
        {"type": "tool_call", "id": call.id, "name": call.tool, "arguments": call.arguments} for call in turn.calls
    ]
    return [*said, *asked]


def _plain(result: str) -> Any:
    return json.loads(result) if result.startswith(("{", "[")) else result


def _rating(item: Conversation, at: int) -> dict[str, Any]:
    told = {"gen_ai.evaluation.name": "thumbs", "gen_ai.evaluation.score.label": item.thumbs}
    told |= {"gen_ai.evaluation.explanation": item.comment} if item.comment else {}
    return {"timeUnixNano": str(at), "name": "gen_ai.evaluation.result", "attributes": _attributes(told)}


def _span(
    item: Conversation,
    name: str,
    kind: int,
    times: tuple[int, int],
    told: Mapping[str, Any],
    *,
    number: int,
    parent: str | None = None,
) -> dict[str, Any]:
    return {
        "traceId": trace_id(item),
        "spanId": digest(item.id, "span", number, size=16),
        **({"parentSpanId": parent} if parent else {}),
        "flags": 256,
        "name": name,
        "kind": kind,
        "startTimeUnixNano": str(times[0]),
        "endTimeUnixNano": str(times[1]),
        "attributes": _attributes(told),
        "status": {},
    }


def _attributes(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": _value(value)} for key, value in told.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
