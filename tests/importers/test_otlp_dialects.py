"""Each dialect of span attributes tells the same conversation in its own way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evaldash.domain.trace import StepKind, Trace
from evaldash.importers.kept import kept_of
from tests.importers.otlp_building import request, span
from tests.importers.reading import lines, read, said

ASKED, ANSWERED = "Is the lock open today?", "Yes, it is open until six."
CALL, ARGUMENTS, RESULT = "call_1", {"day": "today"}, {"closes": 18}
ASK, ANSWER = {"role": "user", "content": ASKED}, {"role": "assistant", "content": ANSWERED}
OPENAI_CALL = {"id": CALL, "type": "function", "function": {"name": "lock_hours", "arguments": json.dumps(ARGUMENTS)}}
OPENAI = [
    ASK,
    {"role": "assistant", "content": None, "tool_calls": [OPENAI_CALL]},
    {"role": "tool", "tool_call_id": CALL, "content": json.dumps(RESULT)},
]
PARTS = [
    {"role": "user", "parts": [{"type": "text", "content": ASKED}]},
    {"role": "assistant", "parts": [{"type": "tool_call", "id": CALL, "name": "lock_hours", "arguments": ARGUMENTS}]},
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": CALL, "response": RESULT}]},
]
ANSWER_PARTS = [{"role": "assistant", "parts": [{"type": "text", "content": ANSWERED}], "finish_reason": "stop"}]
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "lock-1"}
NUMBERED = {
    "gen_ai.prompt.0.role": "user",
    "gen_ai.prompt.0.content": json.dumps([{"type": "text", "text": ASKED}]),
    "gen_ai.prompt.1.role": "assistant",
    "gen_ai.prompt.1.tool_calls.0.id": CALL,
    "gen_ai.prompt.1.tool_calls.0.name": "lock_hours",
    "gen_ai.prompt.1.tool_calls.0.arguments": json.dumps(ARGUMENTS),
    "gen_ai.prompt.2.role": "tool",
    "gen_ai.prompt.2.tool_call_id": CALL,
    "gen_ai.prompt.2.content": json.dumps(RESULT),
    "gen_ai.completion.0.role": "assistant",
    "gen_ai.completion.0.content": ANSWERED,
}
EVENTS: list[dict[str, Any]] = [
    {"event.name": "gen_ai.user.message", "role": "user", "content": ASKED},
    {"event.name": "gen_ai.assistant.message", "role": "assistant", "tool_calls": [OPENAI_CALL]},
    {"event.name": "gen_ai.tool.message", "role": "tool", "id": CALL, "content": json.dumps(RESULT)},
    {"event.name": "gen_ai.choice", "index": 0, "message": ANSWER},
]
BEDROCK = [
    ("gen_ai.user.message", [{"text": ASKED}]),
    ("gen_ai.assistant.message", [{"toolUse": {"toolUseId": CALL, "name": "lock_hours", "input": ARGUMENTS}}]),
    ("gen_ai.tool.message", [{"toolResult": {"toolUseId": CALL, "content": [{"text": json.dumps(RESULT)}]}}]),
]
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.model_name": "lock-1",
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.contents.0.message_content.type": "text",
    "llm.input_messages.0.message.contents.0.message_content.text": ASKED,
    "llm.input_messages.1.message.role": "assistant",
    "llm.input_messages.1.message.tool_calls.0.tool_call.id": CALL,
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.name": "lock_hours",
    "llm.input_messages.1.message.tool_calls.0.tool_call.function.arguments": json.dumps(ARGUMENTS),
    "llm.input_messages.2.message.role": "tool",
    "llm.input_messages.2.message.tool_call_id": CALL,
    "llm.input_messages.2.message.content": json.dumps(RESULT),
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": ANSWERED,
}
VERCEL = [
    {"role": "user", "content": [{"type": "text", "text": ASKED}]},
    {
        "role": "assistant",
        "content": [{"type": "tool-call", "toolCallId": CALL, "toolName": "lock_hours", "input": ARGUMENTS}],
    },
    {
        "role": "tool",
        "content": [
            {
                "type": "tool-result",
                "toolCallId": CALL,
                "toolName": "lock_hours",
                "output": {"type": "json", "value": RESULT},
            }
        ],
    },
]
GEMINI = [
    {"role": "user", "parts": [{"text": ASKED}]},
    {"role": "model", "parts": [{"function_call": {"id": CALL, "name": "lock_hours", "args": ARGUMENTS}}]},
    {"role": "user", "parts": [{"function_response": {"id": CALL, "name": "lock_hours", "response": RESULT}}]},
]
LANGFUSE = {
    "langfuse.observation.type": "generation",
    "langfuse.observation.model.name": "lock-1",
    "langfuse.observation.input": json.dumps(OPENAI),
    "langfuse.observation.output": json.dumps(ANSWER),
}
MLFLOW = {
    "mlflow.spanType": json.dumps("CHAT_MODEL"),
    "mlflow.spanInputs": json.dumps({"model": "lock-1", "messages": OPENAI}),
    "mlflow.spanOutputs": json.dumps({"choices": [{"message": ANSWER}]}),
}
SPANS: dict[str, dict[str, Any]] = {
    "GenAI, messages by number": span(1, CHAT | NUMBERED),
    "GenAI, messages by number, no operation": span(1, {"gen_ai.request.model": "lock-1"} | NUMBERED),
    "GenAI, messages as JSON": span(
        1, CHAT | {"gen_ai.input.messages": json.dumps(PARTS), "gen_ai.output.messages": json.dumps(ANSWER_PARTS)}
    ),
    "GenAI, messages as values": span(
        1, CHAT | {"gen_ai.input.messages": PARTS, "gen_ai.output.messages": ANSWER_PARTS}
    ),
    "GenAI, messages encoded twice": span(
        1,
        CHAT
        | {
            "gen_ai.input.messages": json.dumps(json.dumps(PARTS)),
            "gen_ai.output.messages": json.dumps(json.dumps(ANSWER_PARTS)),
        },
    ),
    "GenAI, an event on the span for each message": span(
        1, CHAT, events=[(str(event["event.name"]), {"gen_ai.event.content": json.dumps(event)}) for event in EVENTS]
    ),
    "GenAI, prompt and completion in events": span(
        1,
        CHAT,
        events=[
            ("gen_ai.content.prompt", {"gen_ai.prompt": json.dumps(OPENAI)}),
            ("gen_ai.content.completion", {"gen_ai.completion": json.dumps([ANSWER])}),
        ],
    ),
    "GenAI, events with Bedrock's parts": span(
        1,
        CHAT,
        events=[
            *((name, {"content": json.dumps(content)}) for name, content in BEDROCK),
            ("gen_ai.choice", {"message": json.dumps([{"text": ANSWERED}]), "finish_reason": "end_turn"}),
        ],
    ),
    "OpenInference": span(1, OPENINFERENCE),
    "Vercel AI SDK": span(
        1,
        {
            "ai.operationId": "ai.streamText.doStream",
            "ai.response.model": "lock-1",
            "ai.prompt.messages": json.dumps(VERCEL),
            "ai.response.text": ANSWERED,
        },
    ),
    "Langfuse": span(1, LANGFUSE),
    "MLflow": span(1, MLFLOW),
    "Pydantic AI, events in an attribute": span(1, CHAT | {"events": json.dumps(EVENTS)}),
    "Google's ADK": span(
        1,
        {
            "gcp.vertex.agent.llm_request": json.dumps({"model": "lock-1", "config": {}, "contents": GEMINI}),
            "gcp.vertex.agent.llm_response": json.dumps({"content": {"role": "model", "parts": [{"text": ANSWERED}]}}),
        },
    ),
    "Logfire, a request": span(
        1,
        {
            "request_data": json.dumps({"model": "lock-1", "messages": OPENAI}),
            "response_data": json.dumps({"message": ANSWER}),
        },
    ),
}


def _trace(*spans: dict[str, Any]) -> Trace:
    found = read(lines(request(*spans)))
    assert not found.issues
    (trace,) = found.traces
    assert kept_of(trace).share == 1.0
    return trace


@pytest.mark.parametrize("told", SPANS.values(), ids=SPANS)
def test_a_model_call_tells_the_conversation(told: dict[str, Any]) -> None:
    trace = _trace(told)
    assert said(trace) == [("user", ASKED), ("assistant", ANSWERED)]
    (call,) = (step for step in trace.steps if step.kind is StepKind.TOOL_CALL)
    assert (call.name, call.attributes["call_id"]) == ("lock_hours", CALL)
    assert (call.arguments, call.result) == (ARGUMENTS, RESULT)
    (model_call,) = (step for step in trace.steps if step.kind is StepKind.MODEL_CALL)
    assert trace.metadata["model"] == model_call.name == "lock-1"


TOOLS = {
    "GenAI": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lock_hours",
        "gen_ai.tool.call.id": CALL,
        "gen_ai.tool.call.arguments": json.dumps(ARGUMENTS),
        "gen_ai.tool.call.result": json.dumps(RESULT),
    },
    "GenAI, values": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lock_hours",
        "gen_ai.tool.call.arguments": ARGUMENTS,
        "gen_ai.tool.call.result": RESULT,
    },
    "OpenInference": {
        "openinference.span.kind": "TOOL",
        "tool.name": "lock_hours",
        "input.value": json.dumps(ARGUMENTS),
        "output.value": json.dumps(RESULT),
    },
    "OpenInference, arguments as LangChain has them": {
        "openinference.span.kind": "TOOL",
        "tool.name": "lock_hours",
        "input.value": str(ARGUMENTS),
        "output.value": json.dumps(RESULT),
    },
    "OpenLLMetry, LangChain": {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "lock_hours",
        "traceloop.entity.input": json.dumps({"input_str": str(ARGUMENTS), "tags": [], "metadata": {}}),
        "traceloop.entity.output": json.dumps({"output": RESULT, "kwargs": {}}),
    },
    "Google's ADK": {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "lock_hours",
        "gcp.vertex.agent.tool_call_args": json.dumps(ARGUMENTS),
        "gcp.vertex.agent.tool_response": json.dumps(RESULT),
    },
    "OpenLLMetry": {
        "traceloop.span.kind": "tool",
        "traceloop.entity.name": "lock_hours",
        "traceloop.entity.input": json.dumps({"args": [], "kwargs": ARGUMENTS}),
        "traceloop.entity.output": json.dumps(RESULT),
    },
    "Vercel AI SDK": {
        "ai.operationId": "ai.toolCall",
        "ai.toolCall.name": "lock_hours",
        "ai.toolCall.id": CALL,
        "ai.toolCall.args": json.dumps(ARGUMENTS),
        "ai.toolCall.result": json.dumps(RESULT),
    },
    "Langfuse": {
        "langfuse.observation.type": "tool",
        "langfuse.observation.input": json.dumps(ARGUMENTS),
        "langfuse.observation.output": json.dumps(RESULT),
    },
    "MLflow": {
        "mlflow.spanType": '"TOOL"',
        "mlflow.spanInputs": json.dumps(ARGUMENTS),
        "mlflow.spanOutputs": json.dumps(RESULT),
    },
    "Pydantic AI": {
        "gen_ai.tool.name": "lock_hours",
        "gen_ai.tool.call.id": CALL,
        "tool_arguments": json.dumps(ARGUMENTS),
        "tool_response": json.dumps(RESULT),
    },
}


@pytest.mark.parametrize("told", TOOLS.values(), ids=TOOLS)
def test_a_tool_span_is_tied_to_the_call_that_asked_for_it(told: dict[str, Any]) -> None:
    asked = CHAT | {
        "gen_ai.input.messages": json.dumps(PARTS[:1]),
        "gen_ai.output.messages": json.dumps(PARTS[1:2]),
    }
    answered = CHAT | {
        "gen_ai.input.messages": json.dumps(PARTS),
        "gen_ai.output.messages": json.dumps(ANSWER_PARTS),
    }
    trace = _trace(
        span(1, {}, name="root"),
        span(2, asked, parent=1),
        span(3, told, parent=1, name="lock_hours"),
        span(4, answered, parent=1),
    )
    (call,) = (step for step in trace.steps if step.kind is StepKind.TOOL_CALL)
    assert (call.name, call.arguments, call.result) == ("lock_hours", ARGUMENTS, RESULT)
    assert call.attributes["latency_ms"] == 500.0
    assert said(trace) == [("user", ASKED), ("assistant", ANSWERED)]


@pytest.mark.parametrize("told", TOOLS.values(), ids=TOOLS)
def test_a_tool_that_failed_says_why(told: dict[str, Any]) -> None:
    without = {name: value for name, value in told.items() if value != json.dumps(RESULT) and value != RESULT}
    failed = span(1, without, error="the lock keeper is at lunch", name="lock_hours")
    exception = {"exception.type": "TimeoutError", "exception.message": "the lock keeper is at lunch"}
    failed["events"] = span(1, {}, events=[("exception", exception)])["events"]
    (call,) = (step for step in _trace(failed).steps if step.kind is StepKind.TOOL_CALL)
    assert call.error == "TimeoutError: the lock keeper is at lunch"


WRAPPERS = {
    "Vercel AI SDK": {
        "ai.operationId": "ai.generateText",
        "ai.prompt": json.dumps({"system": "You keep the lock.", "prompt": ASKED}),
        "ai.response.text": ANSWERED,
    },
    "OpenInference": {"openinference.span.kind": "AGENT", "input.value": ASKED, "output.value": ANSWERED},
    "OpenLLMetry, LangChain": {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": json.dumps({"inputs": {"messages": [ASK]}, "tags": [], "metadata": {}}),
        "traceloop.entity.output": json.dumps({"outputs": {"messages": [ASK, ANSWER]}, "kwargs": {}}),
    },
    "OpenLLMetry": {
        "traceloop.span.kind": "workflow",
        "traceloop.entity.input": json.dumps({"args": [], "kwargs": {"question": ASKED}}),
        "traceloop.entity.output": json.dumps(ANSWERED),
    },
    "Langfuse": {
        "langfuse.observation.type": "agent",
        "langfuse.observation.input": json.dumps({"question": ASKED}),
        "langfuse.observation.output": json.dumps({"answer": ANSWERED}),
    },
    "MLflow": {
        "mlflow.spanType": '"AGENT"',
        "mlflow.spanInputs": json.dumps({"question": ASKED}),
        "mlflow.spanOutputs": json.dumps(ANSWERED),
    },
    "GenAI": {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.input.messages": json.dumps(PARTS[:1]),
        "gen_ai.output.messages": json.dumps(ANSWER_PARTS),
    },
    "Pydantic AI": {"pydantic_ai.all_messages": json.dumps([PARTS[0], *ANSWER_PARTS]), "final_result": ANSWERED},
}


@pytest.mark.parametrize("told", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize("with_inner", [True, False], ids=["with the model call", "alone"])
def test_what_wraps_a_model_call_says_nothing_twice(told: dict[str, Any], with_inner: bool) -> None:
    inner = CHAT | {
        "gen_ai.input.messages": json.dumps(PARTS[:1]),
        "gen_ai.output.messages": json.dumps(ANSWER_PARTS),
        "gen_ai.usage.input_tokens": 7,
    }
    spans = [span(1, told | {"gen_ai.usage.input_tokens": 7}), span(2, inner, parent=1)]
    trace = _trace(*spans[: 1 + with_inner])
    assert [one for one in said(trace) if one[0] != "system"] == [("user", ASKED), ("assistant", ANSWERED)]
    assert trace.metrics["tokens_in"] == 7


def test_documents_that_were_retrieved() -> None:
    told = {
        "openinference.span.kind": "RETRIEVER",
        "input.value": "lock hours",
        "retrieval.documents.0.document.content": "The lock opens at seven.",
        "retrieval.documents.0.document.score": 0.9,
        "retrieval.documents.0.document.metadata": json.dumps({"page": 3}),
        "retrieval.documents.1.document.content": "The lock closes at six.",
    }
    reranked = {
        "openinference.span.kind": "RERANKER",
        "reranker.query": "lock hours",
        "reranker.input_documents.0.document.content": "The lock opens at seven.",
        "reranker.output_documents.0.document.content": "The lock opens at seven.",
    }
    trace = _trace(span(1, WRAPPERS["OpenInference"]), span(2, told, parent=1), span(3, reranked, parent=1))
    first, second = (step for step in trace.steps if step.kind is StepKind.RETRIEVAL)
    assert first.arguments == "lock hours"
    assert first.result == [
        {"content": "The lock opens at seven.", "score": 0.9, "metadata": {"page": 3}},
        {"content": "The lock closes at six."},
    ]
    assert second.result == [{"content": "The lock opens at seven."}]


def test_pictures_and_reasoning_are_parts_of_messages() -> None:
    given = [
        {"type": "text", "content": "What boat is this?"},
        {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "QUJD" * 600},
        {"type": "uri", "modality": "image", "uri": "https://harbour.example/ketch.png"},
    ]
    answer = [{"type": "reasoning", "content": "It has two masts."}, {"type": "text", "content": "A ketch."}]
    told = CHAT | {
        "gen_ai.system_instructions": json.dumps([{"type": "text", "content": "You know boats."}]),
        "gen_ai.input.messages": json.dumps([{"role": "user", "parts": given}]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": answer}]),
    }
    trace = _trace(span(1, told))
    assert [(step.kind.value, step.text) for step in trace.steps if step.kind is not StepKind.MODEL_CALL] == [
        ("message", "You know boats."),
        ("message", "What boat is this?"),
        ("message", "[image, 1 kB, in the raw record]"),
        ("message", "[image] https://harbour.example/ketch.png"),
        ("reasoning", "It has two masts."),
        ("message", "A ketch."),
    ]


def test_old_functions_and_completions() -> None:
    told = {
        "openinference.span.kind": "LLM",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": ASKED,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.function_call_name": "lock_hours",
        "llm.output_messages.0.message.function_call_arguments_json": json.dumps(ARGUMENTS),
    }
    (call,) = (step for step in _trace(span(1, told)).steps if step.kind is StepKind.TOOL_CALL)
    assert (call.name, call.arguments) == ("lock_hours", ARGUMENTS)
    completion = {
        "llm.request.type": "completion",
        "gen_ai.prompt.0.user": ASKED,
        "gen_ai.completion.0.content": ANSWERED,
        "gen_ai.completion.0.finish_reason": "stop",
    }
    assert said(_trace(span(1, completion))) == [("user", ASKED), ("assistant", ANSWERED)]


def test_parameters_tools_and_cost_of_a_model_call() -> None:
    told = OPENINFERENCE | {
        "llm.invocation_parameters": json.dumps({"temperature": 0.1}),
        "llm.tools.0.tool.json_schema": json.dumps({"name": "lock_hours"}),
        "llm.token_count.prompt": 12,
        "llm.token_count.completion": 5,
        "llm.cost.total": 0.002,
    }
    trace = _trace(span(1, told))
    (call,) = (step for step in trace.steps if step.kind is StepKind.MODEL_CALL)
    assert call.arguments == {"temperature": 0.1, "tools": [{"name": "lock_hours"}]}
    assert {name: trace.metrics[name] for name in ("tokens_in", "tokens_out", "cost_usd")} == {
        "tokens_in": 12.0,
        "tokens_out": 5.0,
        "cost_usd": 0.002,
    }


ABOUT = {
    "OpenInference": {"session.id": "visit-1", "user.id": "ilse", "metadata": '{"plan": "guest"}', "tag.tags": ["a"]},
    "GenAI": {"gen_ai.conversation.id": "visit-1", "enduser.id": "ilse", "metadata.plan": "guest", "tags": ["a"]},
    "Vercel AI SDK": {
        "ai.telemetry.metadata.sessionId": "visit-1",
        "ai.telemetry.metadata.userId": "ilse",
        "ai.telemetry.metadata.plan": "guest",
        "tags": ["a"],
    },
    "OpenLLMetry": {
        "traceloop.association.properties.session_id": "visit-1",
        "traceloop.association.properties.user_id": "ilse",
        "traceloop.association.properties.plan": "guest",
        "tags": '["a"]',
    },
    "Langfuse": {
        "langfuse.session.id": "visit-1",
        "langfuse.user.id": "ilse",
        "langfuse.trace.metadata.plan": "guest",
        "langfuse.trace.tags": ["a"],
    },
}


@pytest.mark.parametrize("about", ABOUT.values(), ids=ABOUT)
def test_session_user_metadata_and_tags(about: dict[str, Any]) -> None:
    trace = _trace(span(1, WRAPPERS["OpenInference"] | about))
    assert (trace.session, trace.metadata["user"], trace.metadata["plan"]) == ("visit-1", "ilse", "guest")
    assert trace.tags == ("a",)
