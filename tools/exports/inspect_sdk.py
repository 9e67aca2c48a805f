"""Writes logs of Inspect AI, as JSON and as an .eval archive: a scripted model, a tool, a scorer, a sample that fails.

Usage: python inspect_sdk.py FOLDER
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from inspect_agents import write_log
from inspect_ai import Task
from inspect_ai import eval as run
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.model import ModelOutput, get_model
from inspect_ai.scorer import includes
from inspect_ai.solver import generate, system_message, use_tools
from inspect_ai.tool import Tool, ToolError, tool

SYSTEM = "You are the desk of a small harbour. Answer in one sentence."
QUESTIONS = (
    "Is there a berth for a boat of nine metres tonight?",
    "Is there a berth for a boat of ninety metres tonight?",
)
ANSWERS = (
    "Yes, berth B14 is free tonight, but mind the shallow corner.",
    "No, the harbour takes no boat of that length.",
)
RESULT = "berth B14, 2.4 metres deep"
REFUSED = "no berth is longer than thirty metres"
CALLING = "tool call for tool find_berth"  # what the scripted model says beside its call
TOKENS = ((61, 18), (102, 21))


@tool
def find_berth() -> Tool:
    """Make the tool."""

    async def execute(length_m: int) -> str:
        """Find a free berth.

        Args:
            length_m: How long the boat is.
        """
        if length_m > 30:
            raise ToolError(REFUSED)
        return RESULT

    return execute


def main(folder: Path) -> None:
    """Run the samples and write their log in both forms, then the log of a run with agents."""
    folder.mkdir(parents=True, exist_ok=True)
    outputs = [output for number, length in enumerate((9, 90)) for output in (_call(number, length), _answer(number))]
    task = Task(
        name="harbour_desk",
        dataset=[
            Sample(id=f"boat-{number}", input=question, target="B14", metadata={"plan": "guest berth"})
            for number, question in enumerate(QUESTIONS)
        ],
        solver=[system_message(SYSTEM), use_tools(find_berth()), generate()],
        scorer=includes(),
    )
    with tempfile.TemporaryDirectory() as logs:
        model = get_model("mockllm/model", custom_outputs=outputs)
        (log,) = run(task, model=model, log_dir=logs, display="none", max_samples=1, max_tasks=1, log_format="eval")
        whole = read_eval_log(log.location)
        whole.eval.revision = None
        write_eval_log(whole, str(folder / "log.eval"), format="eval")
        write_eval_log(whole, str(folder / "log.json"), format="json")
    (folder / "sent.json").write_text(json.dumps(_sent(), indent=2) + "\n", encoding="utf-8")
    write_log(folder)


def _call(number: int, length: int) -> ModelOutput:
    output = ModelOutput.for_tool_call(
        "mockllm/model", "find_berth", {"length_m": length}, tool_call_id=f"call_{number}"
    )
    return _counted(output, 0)


def _answer(number: int) -> ModelOutput:
    return _counted(ModelOutput.from_content("mockllm/model", ANSWERS[number]), 1)


def _counted(output: ModelOutput, place: int) -> ModelOutput:
    from inspect_ai.model import ModelUsage

    tokens_in, tokens_out = TOKENS[place]
    usage = ModelUsage(input_tokens=tokens_in, output_tokens=tokens_out, total_tokens=tokens_in + tokens_out)
    return output.model_copy(update={"usage": usage})


def _sent() -> list[dict[str, Any]]:
    return [
        {
            "messages": [["system", SYSTEM], ["user", question], ["assistant", CALLING], ["assistant", answer]],
            "tool_calls": [
                {
                    "name": "find_berth",
                    "id": f"call_{number}",
                    "arguments": {"length_m": length},
                    "result": REFUSED if length > 30 else RESULT,
                }
            ],
            "model_calls": 2,
            "tokens_in": sum(tokens for tokens, _ in TOKENS),
            "tokens_out": sum(tokens for _, tokens in TOKENS),
            "error": REFUSED if length > 30 else None,
            "score": float("B14" in answer),
        }
        for number, (question, answer, length) in enumerate(zip(QUESTIONS, ANSWERS, (9, 90), strict=True))
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
