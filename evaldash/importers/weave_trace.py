"""Calls of Weave as spans, and what they say about their trace as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaldash.domain.trace import Feedback, Json
from evaldash.importers.dialect_langchain import tool_answer
from evaldash.importers.fields import (
    SESSION_KEYS,
    VERSION_KEYS,
    as_number,
    as_text,
    as_time,
    first_of,
    parsed_if_json,
    scores_of,
)
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.messages import steps_of
from evaldash.importers.otlp_values import listed
from evaldash.importers.spans import Span, SpanKind, SpanTrace
from evaldash.importers.weave_calls import Call, group_of, without_feedback

KINDS: Mapping[str, SpanKind] = {
    "llm": SpanKind.MODEL,
    "tool": SpanKind.TOOL,
    "agent": SpanKind.AGENT,
    "search": SpanKind.RETRIEVAL,
    "retriever": SpanKind.RETRIEVAL,
}
MODEL_OPS = (
    "completions.create", "completions.parse", "messages.create", "messages.stream", "responses.create",
    "responses.parse", "generate_content", "generate_content_async", "completions.stream", "litellm.completion",
    "litellm.acompletion", "chat.complete", "client.chat", "client.converse", "converse", "invoke_model",
)  # fmt: skip
TOKENS_IN = ("prompt_tokens", "input_tokens")
TOKENS_OUT = ("completion_tokens", "output_tokens")
COSTS = ("prompt_tokens_total_cost", "completion_tokens_total_cost")
USER_KEYS = ("user_id", "userId", "user", "end_user_id")
ENVIRONMENT_KEYS = ("environment", "env")
SAID_IN_MESSAGES = ("messages", "input", "prompt", "system", "instructions", "contents")
REFERENCE = "weave:///"
FEEDBACK_VALUES = ("emoji", "note", "value", "output", "score", "reaction")


def span_trace_of(calls: Sequence[Call], raw: Sequence[Mapping[str, Json]], *, format: str) -> SpanTrace:
    """Return the spans of some calls with thread, user, feedback and so on of their trace."""
    known = {call.id for call in calls}
    outermost_first = sorted(calls, key=lambda call: call.parent in known)
    wanted = {name for call in calls for name in _asked_for(call)}
    feedback = _distinct(item for call in calls for item in _feedback(call))
    return SpanTrace(
        spans=[_span(call, wanted) for call in calls],
        raw=[dict(piece) for piece in raw],
        format=format,
        identity=[without_feedback(piece) for piece in raw],
        external_id=group_of(raw[0]),
        session=_thread(outermost_first),
        version=_first(outermost_first, VERSION_KEYS),
        metadata=_metadata(outermost_first),
        metrics=scores_of(feedback),
        tags=_tags(outermost_first),
        feedback=feedback,
    )


def _span(call: Call, wanted: set[str]) -> Span:
    kind = _kind(call, wanted)
    inputs, output = call.told.get("inputs"), call.told.get("output")
    is_model = kind is SpanKind.MODEL
    given = as_chat(inputs) if is_model else []
    answered = as_chat(output) if is_model else []
    if is_model and output and not answered:
        answered = [{"role": "assistant", "content": output}] if isinstance(output, str) else []
    answer = tool_answer(output) if kind is SpanKind.TOOL else None
    return Span(
        id=call.id,
        parent=call.parent,
        name=call.op if kind is SpanKind.TOOL else as_text(call.told.get("display_name")) or call.op,
        kind=kind,
        started=as_time(call.told.get("started_at")),
        ended=as_time(call.told.get("ended_at")),
        error=_error(call),
        given=given,
        answered=answered,
        input=None if given else _plain(inputs),
        output=None if answered else answer.output if answer else output,
        call_id=(answer.call_id or _call_id(call)) if answer else None,
        model=_model(call) if is_model else None,
        parameters=_parameters(call) if given else {},
        metrics=_metrics(call),
        position=call.position,
    )


def _call_id(call: Call) -> str | None:
    found = (as_text(call.json(place).get("tool_call_id")) for place in ("attributes", "inputs"))
    return next((text for text in found if text), None)


def _kind(call: Call, wanted: set[str]) -> SpanKind:
    """Return what a call is: what it says itself, else what its name and its output say."""
    said = KINDS.get(str(call.json("attributes", "weave").get("kind") or call.json("attributes").get("kind")).lower())
    if said is not None:
        return said
    if call.op.endswith(MODEL_OPS) or _is_completion(call.told.get("output")):
        return SpanKind.MODEL
    if call.op in wanted or call.op.rpartition(".")[2] in wanted:
        return SpanKind.TOOL
    return SpanKind.RETRIEVAL if _are_documents(call.told.get("output")) else SpanKind.CHAIN


def _is_completion(output: Json) -> bool:
    """Tell whether an output is the answer of a model's API: choices with messages, or contents and their usage."""
    if not isinstance(output, dict) or "model" not in output:
        return False
    return any(isinstance(choice.get("message"), dict) for choice in listed(output.get("choices"))) or (
        isinstance(output.get("usage"), dict) and isinstance(output.get("content", output.get("output")), list)
    )


def _are_documents(output: Json) -> bool:
    found = listed(output.get("documents") if isinstance(output, dict) else output)
    return bool(found) and all("page_content" in item for item in found)


def _asked_for(call: Call) -> Iterator[str]:
    """Yield the names of the tools that a model's answer calls."""
    output = call.told.get("output")
    if call.op.endswith(MODEL_OPS) or _is_completion(output):
        yield from (step.name for step in steps_of(as_chat(output)) if step.name)


def _plain(inputs: Json) -> Json:
    """Return inputs without references to objects of the program: `self`, the client that was called."""
    if not isinstance(inputs, dict):
        return inputs
    return {name: value for name, value in inputs.items() if name != "self" or not _is_reference(value)}


def _is_reference(value: Json) -> bool:
    return isinstance(value, str) and value.startswith((REFERENCE, "<"))


def _parameters(call: Call) -> dict[str, Json]:
    inputs = call.json("inputs")
    found = {name: value for name, value in inputs.items() if name not in SAID_IN_MESSAGES and value is not None}
    return {name: value for name, value in found.items() if name != "self"}


def _error(call: Call) -> str | None:
    """Return what went wrong: a traceback, or the type, message and frames that the SDK writes as JSON."""
    said = parsed_if_json(call.told.get("exception"))
    if isinstance(said, dict):
        what = ": ".join(text for name in ("type", "message") if (text := as_text(said.get(name))))
        frames = (f"  {frame.get('function_name')}: {frame.get('text')}" for frame in listed(said.get("traceback")))
        said = "\n".join((what, *frames)).strip()
    return as_text(said) or ("error" if call.json("summary", "weave").get("status") == "error" else None)


def _model(call: Call) -> str | None:
    """Return the model that answered, else the one that was asked."""
    places = (call.json("output"), call.json("inputs"))
    named = (as_text(first_of(place, ("model", "model_name", "model_id"))) for place in places)
    return next((text for text in named if text), next(iter(call.json("summary", "usage")), None))


def _metrics(call: Call) -> dict[str, float]:
    """Return tokens and cost over all models of a call."""
    usage = [item for item in call.json("summary", "usage").values() if isinstance(item, dict)]
    costs = [item for item in call.json("summary", "weave", "costs").values() if isinstance(item, dict)]
    spent = [number for item in costs for name in COSTS if (number := as_number(item.get(name))) is not None]
    found = {"tokens_in": _sum(usage, TOKENS_IN), "tokens_out": _sum(usage, TOKENS_OUT)}
    found["cost_usd"] = sum(spent) if spent else None
    return {name: value for name, value in found.items() if value is not None}


def _sum(usage: Sequence[Mapping[str, Json]], names: Sequence[str]) -> float | None:
    numbers = [number for item in usage if (number := as_number(first_of(item, names))) is not None]
    return sum(numbers) if numbers else None


def _thread(calls: Sequence[Call]) -> str | None:
    found = (as_text(call.told.get("thread_id")) for call in calls)
    return next((text for text in found if text), None) or _first(calls, SESSION_KEYS)


def _first(calls: Sequence[Call], names: Sequence[str]) -> str | None:
    found = (as_text(first_of(call.json("attributes"), names)) for call in calls)
    return next((text for text in found if text), None)


def _metadata(calls: Sequence[Call]) -> dict[str, Json]:
    """Return the attributes that the program gave, the outermost call's word first, and the usual names."""
    own = (*SESSION_KEYS, *USER_KEYS, "tags", "tool_call_id")
    said = [
        {name: value for name, value in call.json("attributes").items() if value is not None and name not in own}
        for call in reversed(calls)
    ]
    usual = {
        "name": as_text(calls[0].told.get("display_name")) or calls[0].op,
        "user": _first(calls, USER_KEYS),
        "environment": _first(calls, ENVIRONMENT_KEYS),
        "project": as_text(calls[0].told.get("project_id")),
        "wb_user_id": as_text(calls[0].told.get("wb_user_id")),
    }
    merged: dict[str, Json] = {name: value for attributes in said for name, value in attributes.items()}
    return merged | {name: value for name, value in usual.items() if value}


def _tags(calls: Sequence[Call]) -> tuple[str, ...]:
    found = (call.json("attributes").get("tags") for call in calls)
    tags = (as_text(tag) for value in found if isinstance(value, list) for tag in value)
    return tuple(dict.fromkeys(tag for tag in tags if tag))


def _feedback(call: Call) -> Iterator[Feedback]:
    """Yield reactions, notes, annotations and results of scorers."""
    places = (
        call.json("summary", "weave").get("feedback"),
        call.json("summary").get("feedback"),
        call.told.get("feedback"),
    )
    for item in (item for place in places for item in listed(place)):
        kind = as_text(item.get("feedback_type")) or "feedback"
        payload = item.get("payload")
        told: dict[str, Json] = payload if isinstance(payload, dict) else {"value": payload}
        value = first_of(told, FEEDBACK_VALUES)
        author = as_text(first_of(item, ("creator", "wb_user_id")))
        at = as_time(item.get("created_at"))
        if isinstance(value, dict):  # {"correct": true, "reason": "…"} of a scorer or an annotation
            for name, inner in value.items():
                yield Feedback(name=f"{_named(kind)}.{name}", value=inner, author=author, at=at)
        elif _named(kind) == "note":
            yield Feedback(name="note", comment=as_text(value), author=author, at=at)
        else:
            comment = as_text(first_of(told, ("comment", "reason", "explanation")))
            shown = value if value is not None else told or None
            yield Feedback(name=_named(kind), value=shown, comment=comment, author=author, at=at)


def _named(kind: str) -> str:
    """Return "reaction" for "wandb.reaction.1", the name of an annotation or a scorer for theirs."""
    parts = kind.removeprefix("wandb.").split(".") if kind.startswith("wandb.") else [kind]
    return parts[-1] if parts[0] in ("annotation", "runnable") else parts[0]


def _distinct(items: Iterable[Feedback]) -> tuple[Feedback, ...]:
    kept: list[Feedback] = []
    for item in sorted(items, key=lambda item: (item.name, str(item.value), str(item.author))):
        if item not in kept:
            kept.append(item)
    return tuple(kept)
