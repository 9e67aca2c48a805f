"""Runs of LangSmith as spans, and what they say about their trace as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from evaldash.domain.trace import Json, Trace, canonical_json
from evaldash.importers.dialect_langchain import tool_answer, without_own
from evaldash.importers.fields import SESSION_KEYS, VERSION_KEYS, as_number, as_text, first_of, scores_of
from evaldash.importers.foreign_messages import as_chat
from evaldash.importers.kept import with_told
from evaldash.importers.langsmith_feedback import feedback_of_pieces
from evaldash.importers.langsmith_runs import Run, as_object, group_of, is_feedback_row, without_feedback
from evaldash.importers.messages import flattened
from evaldash.importers.otlp_values import plain_time
from evaldash.importers.span_rows import literal
from evaldash.importers.spans import Span, SpanKind, SpanTrace

KINDS: Mapping[str, SpanKind] = {
    "llm": SpanKind.MODEL,
    "chat": SpanKind.MODEL,
    "tool": SpanKind.TOOL,
    "retriever": SpanKind.RETRIEVAL,
    "agent": SpanKind.AGENT,
}
TOKENS_IN = ("prompt_tokens", "input_tokens", "promptTokens")
TOKENS_OUT = ("completion_tokens", "output_tokens", "completionTokens")
MODEL_KEYS = ("model", "model_name", "model_id", "ls_model_name")
USER_KEYS = ("user_id", "userId", "user", "end_user_id")
ENVIRONMENT_KEYS = ("environment", "env", "ls_env")
SAID_IN_MESSAGES = ("messages", "input", "prompts", "prompt", "system", "instructions", "contents")
OWN_METADATA = ("revision_id", "LANGSMITH_", "LANGCHAIN_")
KNOWN_TEXTS = ("serialized", "extra", "events", "manifest", "attachments")  # told about a run beside what was said
MAX_USAGE_DEPTH = 5  # generations[][].message.kwargs: levels above the usage of a message
CALL_ID_KEYS = ("tool_call_id", "toolCallId", "call_id")


def span_trace_of(pieces: Sequence[Mapping[str, Json]], runs: Sequence[Run], *, format: str) -> SpanTrace:
    """Return the spans of some runs with session, user, feedback and so on of their trace."""
    known = {run.id for run in runs}
    outermost_first = sorted(runs, key=lambda run: run.parent in known)
    feedback = feedback_of_pieces(pieces, runs)
    return SpanTrace(
        spans=[_span(run) for run in runs],
        raw=[dict(piece) for piece in pieces],
        format=format,
        identity=_identity(pieces),
        external_id=group_of(pieces[0]),
        session=_first(outermost_first, SESSION_KEYS),
        version=_first(outermost_first, (*VERSION_KEYS, "revision_id")),
        metadata=_metadata(outermost_first),
        metrics=scores_of(feedback),
        tags=tuple(dict.fromkeys(tag for run in outermost_first for tag in _tags(run))),
        feedback=feedback,
    )


def _identity(pieces: Sequence[Mapping[str, Json]]) -> list[Json]:
    """Return the distinct pieces less feedback: a run exported again after it was rated is the same run."""
    said: list[Json] = [without_feedback(piece) for piece in pieces if not is_feedback_row(piece)]
    return list({canonical_json(piece): piece for piece in said}.values())


def with_unknown(trace: Trace, runs: Sequence[Run]) -> Trace:
    """Return the trace with what its runs tell beside what was said (signatures, settings) in its metadata."""
    return with_told(trace, ((name, run.told.get(name)) for run in runs for name in KNOWN_TEXTS))


def _span(run: Run) -> Span:
    kind = KINDS.get(str(run.told.get("run_type")).lower(), SpanKind.CHAIN)
    inputs = _side(run, "inputs")
    outputs = _side(run, "outputs")
    is_model = kind is SpanKind.MODEL
    given = _given(inputs) if is_model else []
    answered = _answered(outputs) if is_model else []
    answer = tool_answer(_unwrapped(outputs, "output")) if kind is SpanKind.TOOL else None
    if kind in (SpanKind.TOOL, SpanKind.RETRIEVAL):
        inputs = _arguments(inputs)
        outputs = answer.output if answer else _documents(outputs)
    return Span(
        id=run.id,
        parent=run.parent,
        name=as_text(run.told.get("name")) or "",
        kind=kind,
        started=plain_time(run.told.get("start_time")),
        ended=plain_time(run.told.get("end_time")),
        error=_error(run),
        given=given,
        answered=answered,
        input=None if given else inputs,
        output=None if answered else literal(outputs),
        call_id=(answer.call_id or _call_id(run)) if answer else None,
        model=_model(run) if is_model else None,
        parameters=_parameters(run, given) if is_model else {},
        metrics=_metrics(run, is_model=is_model),
        position=run.position,
    )


def _side(run: Run, name: str) -> Json:
    """Return inputs or outputs; an export of the page may hold only their beginning, as a preview."""
    value = run.told.get(name)
    if value == {"output": None}:  # of a run that failed
        return None
    return run.told.get(f"{name}_preview") if value in (None, "", {}, []) else value


def _given(inputs: Json) -> list[Json]:
    prompts = inputs.get("prompts") if isinstance(inputs, dict) else None
    if isinstance(prompts, list):
        return [{"role": "user", "content": text} for text in prompts if isinstance(text, str)]
    return as_chat(inputs)


def _answered(outputs: Json) -> list[Json]:
    """Return the messages that came back; a model that completes texts gives bare ones."""
    if messages := as_chat(outputs):
        return messages
    told = as_object(outputs)
    listed = [told[name] for name in ("generations", "choices") if name in told]
    bare = [item.get("text") for item in flattened(listed) if isinstance(item, dict)]
    return [{"role": "assistant", "content": text} for text in bare if isinstance(text, str) and text]


def _unwrapped(value: Json, name: str) -> Json:
    """Return what `traceable` wrapped because it was no object: {"output": "…"}."""
    return value[name] if isinstance(value, dict) and set(value) == {name} else value


def _arguments(inputs: Json) -> Json:
    """Return the arguments of a tool; LangChain hands them over as text, with a whole call around them or not."""
    value = literal(_unwrapped(inputs, "input"))
    if isinstance(value, dict) and value.get("type") == "tool_call" and "args" in value:
        return value["args"]
    return value


def _documents(outputs: Json) -> Json:
    return _unwrapped(_unwrapped(outputs, "output"), "documents")


def _call_id(run: Run) -> str | None:
    """Return the id of the call that a tool carries out, wherever it is told."""
    inputs = run.json("inputs")
    call = literal(inputs.get("input"))
    places = (inputs, run.json("extra"), run.metadata)
    if isinstance(call, dict) and call.get("type") == "tool_call":
        return as_text(call.get("id"))
    return next((text for place in places if (text := as_text(first_of(place, CALL_ID_KEYS)))), None)


def _error(run: Run) -> str | None:
    said = run.told.get("error")
    text = as_text(said) or (as_text(as_object(said).get("message")) if said else None)
    return text or ("error" if run.told.get("status") == "error" else None)


def _model(run: Run) -> str | None:
    """Return the model that answered, else the one that was asked."""
    asked = (as_object(run.json("extra").get("invocation_params")), run.metadata, run.json("inputs"))
    places = (run.json("outputs"), *_inner(run.json("outputs"), "response_metadata"), *asked)
    return next((text for place in places if (text := as_text(first_of(place, MODEL_KEYS)))), None)


def _parameters(run: Run, given: Sequence[Json]) -> dict[str, Json]:
    """Return the settings of a model call: what is beside its messages, and the invocation's own."""
    beside = {name: value for name, value in run.json("inputs").items() if name not in SAID_IN_MESSAGES}
    own = as_object(run.json("extra").get("invocation_params"))
    found = {**(beside if given else {}), **own}
    return {name: value for name, value in found.items() if value is not None and name not in SAID_IN_MESSAGES}


def _metrics(run: Run, *, is_model: bool) -> dict[str, float]:
    """Return tokens and cost; a zero of what is no model call says nothing."""
    usage = [run.told, *_usages(run)]
    found = {
        "tokens_in": next(_numbers(usage, TOKENS_IN), None),
        "tokens_out": next(_numbers(usage, TOKENS_OUT), None),
        "cost_usd": next(_numbers(usage, ("total_cost",)), None),
    }
    return {name: value for name, value in found.items() if value is not None and (value or is_model)}


def _numbers(places: Iterable[Mapping[str, Json]], names: Sequence[str]) -> Iterator[float]:
    for place in places:
        number = as_number(first_of(place, names))
        if number is not None:
            yield number


def _usages(run: Run) -> Iterator[dict[str, Json]]:
    """Yield every place where a run may tell its tokens, the surest first."""
    for place in (run.metadata, run.json("outputs")):
        yield as_object(place.get("usage_metadata"))
    outputs = run.json("outputs")
    yield as_object(outputs.get("usage"))
    yield as_object(as_object(outputs.get("llm_output")).get("token_usage"))
    for name in ("usage_metadata", "token_usage", "tokenUsage"):
        yield from _inner(outputs, name)


def _inner(value: Json, name: str, depth: int = 0) -> Iterator[dict[str, Json]]:
    """Yield the objects under `name` within the messages of outputs."""
    if depth > MAX_USAGE_DEPTH:
        return
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(inner, dict) and isinstance(inner.get(name), dict):
            yield as_object(inner[name])
        elif isinstance(inner, dict | list):
            yield from _inner(inner, name, depth + 1)


def _first(runs: Sequence[Run], names: Sequence[str]) -> str | None:
    found = (as_text(first_of(run.metadata, names)) for run in runs)
    return next((text for text in found if text), None)


def _metadata(runs: Sequence[Run]) -> dict[str, Json]:
    """Return what the program said, the outermost run's word first, and the usual names."""
    said: dict[str, Json] = {}
    for run in reversed(runs):
        said |= {name: value for name, value in run.metadata.items() if value is not None}
    own = {name: value for name, value in said.items() if not _is_known(name)}
    usual = {
        "name": as_text(runs[0].told.get("name")),
        "user": _first(runs, USER_KEYS),
        "environment": _first(runs, ENVIRONMENT_KEYS),
        "project": next((text for run in runs if (text := as_text(run.told.get("session_name")))), None),
    }
    return without_own(own) | {name: value for name, value in usual.items() if value}


def _is_known(name: str) -> bool:
    return name in (*SESSION_KEYS, *USER_KEYS, *CALL_ID_KEYS, "usage_metadata") or name.startswith(OWN_METADATA)


def _tags(run: Run) -> list[str]:
    tags = literal(run.told.get("tags"))
    found = (as_text(tag) for tag in tags) if isinstance(tags, list) else ()
    return [tag for tag in found if tag and not tag.startswith("seq:step:")]
