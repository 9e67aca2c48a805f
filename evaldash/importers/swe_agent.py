"""SWE-agent: trajectories; what the environment answered stands in the action it answered to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evaldash.domain.trace import ImportIssue, Json, Trace, canonical_json, without_keys
from evaldash.importers.base import Importer, Record, refused
from evaldash.importers.fields import FEEDBACK_KEYS, as_number, as_text, feedback_of, first_of, scores_of
from evaldash.importers.kept import with_told
from evaldash.importers.messages import steps_of
from evaldash.importers.otlp_values import listed

ACTION = "action"
METRICS = {"tokens_in": "tokens_sent", "tokens_out": "tokens_received", "cost_usd": "instance_cost"}


class SWEAgent(Importer):
    """One trajectory a record."""

    name = "swe_agent"
    description = "SWE-agent trajectories (.traj): thoughts, actions and what the environment answered"
    extensions = (".traj", ".json", ".jsonl")
    feedback_keys = FEEDBACK_KEYS

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a trajectory of actions and observations."""
        return 0.96 * sum(_is_trajectory(record) for record in records) / len(records) if records else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the run."""
        told = record.value
        if not isinstance(told, dict) or not _is_trajectory(told):
            reason = "no trajectory of actions and observations in it"
            yield refused(told, reason, record=record.label, source=source)
            return
        feedback = feedback_of(told)
        trace = Trace(
            steps=steps_of(list(_messages(told))),
            raw=(told,),
            identity=(without_keys(told, FEEDBACK_KEYS),),
            format=self.name,
            external_id=as_text(first_of(told, ("instance_id", "id"))),
            metadata=_metadata(told),
            metrics={**_metrics(told), **scores_of(feedback)},
            feedback=feedback,
        )
        yield with_told(trace, ((name, told.get(name)) for name in told))


def _is_trajectory(record: Json) -> bool:
    steps = listed(record.get("trajectory")) if isinstance(record, dict) else []
    return bool(steps) and all(ACTION in step and "observation" in step for step in steps)


def _messages(told: Mapping[str, Json]) -> Iterator[Json]:
    """Yield chat messages: an action is a call, what comes next from the environment is its result."""
    open_call: str | None = None
    for number, message in enumerate(_history(told)):
        calls = message.get("tool_calls")
        if message.get("role") == "assistant" and message.get(ACTION) and not calls:
            open_call = f"action {number}"
            function: Json = {"name": ACTION, "arguments": message[ACTION]}
            yield {"role": "assistant", "content": message.get("content"),
                   "tool_calls": [{"id": open_call, "function": function}]}  # fmt: skip
        elif open_call and message.get("role") == "user" and not message.get("is_demo"):
            yield {"role": "tool", "tool_call_id": open_call, "content": message.get("content")}
            open_call = None
        elif message.get("is_demo"):
            yield f"Demonstration: {as_text(message.get('content')) or canonical_json(message)}"
        else:
            yield message


def _history(told: Mapping[str, Json]) -> list[dict[str, Json]]:
    """Return the history; a trajectory without one is told by its steps."""
    if history := listed(told.get("history")):
        return history
    found: list[dict[str, Json]] = []
    for step in listed(told.get("trajectory")):
        said = first_of(step, ("response", "thought"))
        found.append({"role": "assistant", "content": said, ACTION: step.get(ACTION)})
        found.append({"role": "user", "content": step.get("observation")})
    return found


def _metadata(told: Mapping[str, Json]) -> dict[str, Json]:
    info = told.get("info")
    places = (told, info if isinstance(info, dict) else {})
    names = ("environment", "exit_status", "submission", "model_name", "swe_agent_version")
    return {name: place[name] for place in places for name in names if place.get(name) not in (None, "")}


def _metrics(told: Mapping[str, Json]) -> dict[str, float]:
    info = told.get("info")
    stats = info.get("model_stats") if isinstance(info, dict) else None
    found = {name: as_number(stats.get(key)) for name, key in METRICS.items()} if isinstance(stats, dict) else {}
    return {name: value for name, value in found.items() if value}
