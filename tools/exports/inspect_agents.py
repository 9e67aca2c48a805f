"""A run of Inspect AI with all that a sample may hold: an agent as a tool, thoughts, a picture, two epochs, an error.

`inspect_sdk.py` writes its log: as it is, as JSON, and scored once more.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from inspect_ai import Task, score
from inspect_ai import eval as run
from inspect_ai.agent import Agent, AgentState, agent, as_tool
from inspect_ai.dataset import Sample
from inspect_ai.log import EvalLog, read_eval_log, write_eval_log
from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessageAssistant,
    ChatMessageUser,
    ContentImage,
    ContentReasoning,
    ContentText,
    ContentToolUse,
    ModelOutput,
    ModelUsage,
    get_model,
)
from inspect_ai.scorer import Score, Scorer, Target, includes, mean, model_graded_qa, scorer
from inspect_ai.solver import Generate, Solver, TaskState, generate, solver, system_message, use_tools
from inspect_ai.tool import ToolCall

SYSTEM = "You are the desk of a small harbour. Ask the pilot about depths before you promise anything to a skipper."
ASK = "Can a yacht with 2.5 metres of draught come in at noon?"
PICTURE = "data:image/png;base64," + "iVBORw0KGgoA" * 200
TO_PILOT, FROM_PILOT = "How deep is the channel at noon?", "The channel is three metres deep at noon."
THOUGHT, SUMMARY = "First I shall ask the pilot about the depth.", "Weighing the tide against the draught."
FIRST, ANSWER = "Let me ask the pilot.", "Yes, she can come in at noon: there are three metres of water."
SEARCH, FOUND = {"query": "tide table noon"}, "High tide is at half past twelve."
GRADE = "The depth is told and so is the time. GRADE: C"
POLITE, BRIEF, WHY = "C", 0.5, "It greets nobody but is brief."
BROKEN_ASK, BROKEN = "What does the tide gauge say?", "the tide gauge of the harbour is broken"
USAGE = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 20, "input_tokens_cache_read": 5, "total_cost": 0.25}
EPOCHS = 2


@agent
def pilot() -> Agent:
    """Make the agent that the desk asks."""

    async def execute(state: AgentState) -> AgentState:
        """Know the depths of the channel."""
        state.output = await _scripted("pilot", [_output(ContentText(text=FROM_PILOT))]).generate(state.messages)
        state.messages.append(state.output.message)
        return state

    return execute


@scorer(metrics={"*": [mean()]})
def manners() -> Scorer:
    """Make a scorer that gives several values, one of them none."""

    async def judge(_state: TaskState, _target: Target) -> Score:
        return Score(value={"polite": POLITE, "brief": BRIEF, "vain": float("nan")}, explanation=WHY)

    return judge


@solver
def gauge() -> Solver:
    """Make a step that fails for the sample that asks about the gauge."""

    async def solve(state: TaskState, _generate: Generate) -> TaskState:
        if state.sample_id == "gauge":
            raise RuntimeError(BROKEN)
        return state

    return solve


def write_log(folder: Path) -> None:
    """Run the task and write agents.eval, agents.json, scored_again.eval and what was sent."""
    calls = [ToolCall(id="p1", function="pilot", arguments={"input": TO_PILOT})]
    asked = _output(ContentReasoning(reasoning=THOUGHT), ContentText(text=FIRST), calls=calls)
    searched = ContentToolUse(
        tool_type="web_search", id="w1", name="web_search", arguments=json.dumps(SEARCH), result=FOUND
    )
    hidden = ContentReasoning(reasoning="c2VjcmV0", redacted=True, summary=SUMMARY)
    answered = _output(searched, hidden, ContentText(text=ANSWER))
    with tempfile.TemporaryDirectory() as logs:
        (log,) = run(
            _task(),
            model=_scripted("model", [asked, answered] * EPOCHS),
            log_dir=logs,
            display="none",
            max_samples=1,
            fail_on_error=False,
        )
        whole = _without_machine(read_eval_log(log.location))
    write_eval_log(whole, str(folder / "agents.eval"), format="eval")
    write_eval_log(whole, str(folder / "agents.json"), format="json")
    again = score(whole, includes(), action="append", display="none")
    write_eval_log(_without_machine(again), str(folder / "scored_again.eval"), format="eval")
    (folder / "sent_agents.json").write_text(json.dumps(_sent(), indent=2) + "\n", encoding="utf-8")


def _task() -> Task:
    content = [ContentText(text=ASK), ContentImage(image=PICTURE)]
    yacht = Sample(id="yacht", input=[ChatMessageUser(content=content)], target="at noon", metadata={"pier": "north"})
    broken = Sample(id="gauge", input=BROKEN_ASK, target="a height")
    grader = _scripted("grader", [_output(ContentText(text=GRADE))] * EPOCHS)
    return Task(
        name="pilot_desk",
        dataset=[yacht, broken],
        solver=[gauge(), system_message(SYSTEM), use_tools(as_tool(pilot(), description="Knows depths.")), generate()],
        scorer=[manners(), model_graded_qa(model=grader)],
        epochs=EPOCHS,
        tags=["tide"],
    )


def _scripted(name: str, outputs: list[ModelOutput]) -> Any:
    return get_model(f"mockllm/{name}", custom_outputs=outputs, memoize=False)


def _output(*content: Any, calls: list[ToolCall] | None = None) -> ModelOutput:
    message = ChatMessageAssistant(content=list(content), tool_calls=calls, source="generate")
    return ModelOutput(
        model="mockllm/model", choices=[ChatCompletionChoice(message=message)], usage=ModelUsage(**USAGE)
    )


def _without_machine(log: EvalLog) -> EvalLog:
    """Take out what tells of the machine this ran on: its folders and its repository."""
    log.eval.revision = None
    log.eval.model_args = {}
    for sample in log.samples or []:
        failed = [sample.error, *(event.error for event in sample.events if event.event == "error")]
        for error in filter(None, failed):
            error.traceback = error.traceback_ansi = f"RuntimeError: {BROKEN}"
    return log


def _sent() -> dict[str, Any]:
    return {
        "messages": [["system", SYSTEM], ["user", ASK], ["assistant", FIRST], ["assistant", ANSWER]],
        "picture_bytes": len(PICTURE),
        "reasoning": [THOUGHT, SUMMARY],
        "tool_calls": [
            {"name": "pilot", "arguments": {"input": TO_PILOT}, "result": FROM_PILOT},
            {"name": "web_search", "arguments": SEARCH, "result": FOUND},
        ],
        "models": ["mockllm/model", "mockllm/pilot", "mockllm/model", "mockllm/grader"],
        "tokens_in": 4 * (USAGE["input_tokens"] + USAGE["input_tokens_cache_read"]),
        "tokens_out": 4 * USAGE["output_tokens"],
        "cost_usd": 4 * USAGE["total_cost"],
        "scores": {"manners.polite": 1.0, "manners.brief": BRIEF, "model_graded_qa": 1.0},
        "not_scored": "manners.vain",
        "explanation": WHY,
        "metadata": {"task": "pilot_desk", "target": "at noon", "pier": "north", "model": "mockllm/model"},
        "tags": ["tide"],
        "epochs": EPOCHS,
        "failed": {"question": BROKEN_ASK, "error": BROKEN},
    }
