"""OpenInference: the attributes of Arize's instrumentation, and of Phoenix, which stores them."""

from __future__ import annotations

from collections.abc import Mapping

from evaldash.domain.trace import Json
from evaldash.importers.dialect import Reading, numbers, present
from evaldash.importers.dialect_messages import chat
from evaldash.importers.fields import as_text
from evaldash.importers.otlp_values import Attributes, decoded, listed
from evaldash.importers.python_literal import parsed_if_literal
from evaldash.importers.recorded import Recorded
from evaldash.importers.spans import SpanKind

KIND = "openinference.span.kind"
KINDS: Mapping[str, SpanKind] = {
    "LLM": SpanKind.MODEL,
    "TOOL": SpanKind.TOOL,
    "RETRIEVER": SpanKind.RETRIEVAL,
    "RERANKER": SpanKind.RETRIEVAL,
    "AGENT": SpanKind.AGENT,
    **dict.fromkeys(("CHAIN", "EMBEDDING", "GUARDRAIL", "EVALUATOR", "PROMPT", "UNKNOWN"), SpanKind.CHAIN),
}
METRICS = {
    "tokens_in": ("llm.token_count.prompt",),
    "tokens_out": ("llm.token_count.completion",),
    "cost_usd": ("llm.cost.total",),
}
SAID_IN_MESSAGES = ("messages", "prompt", "input", "contents", "system", "instructions")  # of a request


def speaks(span: Recorded) -> bool:
    """Tell whether a span has anything of this dialect."""
    told = span.told
    return KIND in told or told.has("llm.input_messages", "llm.output_messages", "input.value", "retrieval.documents")


def read(span: Recorded) -> Reading:
    """Return what OpenInference says about a span."""
    told = span.told
    kind = KINDS.get(str(told.get(KIND)).upper())
    if kind is None and told.has("llm.input_messages", "llm.output_messages"):
        kind = SpanKind.MODEL
    is_model = kind is SpanKind.MODEL
    # LangChain's chains repeat the last messages without their contents.
    given = _given(told) if is_model or "input.value" not in told else []
    answered = _answered(told) if is_model or "output.value" not in told else []
    return Reading(
        kind=kind,
        name=as_text(told.get("tool.name")) if kind is SpanKind.TOOL else None,
        given=given,
        answered=answered,
        input=None if is_model and given else _input(told),
        output=None if is_model and answered else _output(told),
        call_id=as_text(told.get("tool_call.id", "tool.id")) if kind is SpanKind.TOOL else None,
        model=_model(told),
        parameters=_parameters(told) if is_model else {},
        metrics=numbers(told, METRICS),
    )


def _model(told: Attributes) -> str | None:
    """Return the model that answered, else the one that was asked."""
    named = as_text(told.get("llm.model_name", "embedding.model_name", "reranker.model_name"))
    settings = told.json("llm.invocation_parameters")
    return named or as_text(settings.get("model") if isinstance(settings, dict) else None)


def _given(told: Attributes) -> list[Json]:
    messages = _messages(told.tree("llm.input_messages"))
    prompts = (_inner(item, "prompt").get("text") for item in listed(told.tree("llm.prompts")))
    return messages or [{"role": "user", "content": text} for text in prompts if text]


def _answered(told: Attributes) -> list[Json]:
    messages = _messages(told.tree("llm.output_messages"))
    texts = (_inner(item, "completion").get("text") for item in listed(told.tree("llm.choices")))
    return messages or [{"role": "assistant", "content": text} for text in texts if text]


def _messages(tree: Json) -> list[Json]:
    return chat([_message(_inner(item, "message")) for item in listed(tree)])


def _inner(item: dict[str, Json], name: str) -> dict[str, Json]:
    """Return what stands under `name`, or the item itself where the wrapping was left out."""
    inner = item.get(name)
    return inner if isinstance(inner, dict) else item


def _message(told: dict[str, Json]) -> dict[str, Json]:
    message: dict[str, Json] = {"role": as_text(told.get("role")) or "assistant", "content": told.get("content")}
    parts = [_part(_inner(item, "message_content")) for item in listed(told.get("contents"))]
    if parts and not message["content"]:
        message["content"] = list(parts)
    calls = [_inner(item, "tool_call") for item in listed(told.get("tool_calls"))]
    if told.get("function_call_name"):
        arguments = told.get("function_call_arguments_json")
        calls.append({"function": {"name": told["function_call_name"], "arguments": arguments}})
    if calls:
        message["tool_calls"] = list(calls)
    return message | {key: told[key] for key in ("name", "tool_call_id") if told.get(key)}


def _part(told: dict[str, Json]) -> Json:
    """Return a part of a content; pictures stand three levels down, under `image.image.url`."""
    kind = as_text(told.get("type")) or "text"
    inner = told.get(kind)
    while isinstance(inner, dict) and isinstance(inner.get(kind), dict):
        inner = inner[kind]
    if isinstance(inner, dict):
        return {"type": kind, kind: inner.get("url") or inner}
    return {**told, "type": kind}


def _input(told: Attributes) -> Json:
    query = told.json("reranker.query")
    documents = _documents(told, "reranker.input_documents")
    if query is not None or documents:
        return {**present(query=query), **({"documents": documents} if documents else {})}
    given = told.json("input.value")
    if told.get(KIND) == "TOOL":
        given = parsed_if_literal(given)  # LangChain tells arguments as Python does
    if given is None and "tool.parameters" in told and told.get(KIND) == "TOOL":
        return told.json("tool.parameters")
    texts = [_inner(item, "embedding").get("text") for item in listed(told.tree("embedding.embeddings"))]
    return given if given is not None else [text for text in texts if text] or None


def _output(told: Attributes) -> Json:
    for name in ("retrieval.documents", "reranker.output_documents"):
        if documents := _documents(told, name):
            return documents
    return told.json("output.value")


def _documents(told: Attributes, name: str) -> list[Json]:
    found = [_inner(item, "document") for item in listed(told.tree(name))]
    return [{key: decoded(value) if key == "metadata" else value for key, value in item.items()} for item in found]


def _parameters(told: Attributes) -> dict[str, Json]:
    """Return how the model was called: its settings, its tools, the template that its prompt was made from."""
    settings = told.json("llm.invocation_parameters")
    found = dict(settings) if isinstance(settings, dict) else present(invocation_parameters=settings)
    request = told.json("input.value")
    if isinstance(request, dict):
        found |= {key: value for key, value in request.items() if key not in (*found, *SAID_IN_MESSAGES)}
    tools = [_tool(_inner(item, "tool")) for item in listed(told.tree("llm.tools"))]
    if tools:
        found["tools"] = list(tools)
    template = {name: decoded(value) for name, value in told.under("llm.prompt_template.").items()}
    for name in SAID_IN_MESSAGES:
        found.pop(name, None)
    return found | present(prompt_template=template)


def _tool(told: dict[str, Json]) -> Json:
    return decoded(told.get("json_schema")) or told
