"""tau-bench runs: a trajectory of chat messages with the task it was given and its reward."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaldash.domain.trace import Feedback, ImportIssue, Json, Trace
from evaldash.importers.base import Importer, Record
from evaldash.importers.fields import as_number, as_text
from evaldash.importers.kept import with_told
from evaldash.importers.messages import is_message_list, steps_of

NEEDED = ("task_id", "reward", "traj")


class TauBench(Importer):
    """Results as tau-bench writes them, one object a run."""

    name = "tau_bench"
    description = "tau-bench results: task, trajectory, reward"
    extensions = (".json", ".jsonl")
    feedback_keys = frozenset(("reward",))

    def sniff(self, records: Sequence[Json]) -> float:
        """Sure when every record has a task id, a reward and a trajectory."""
        fits = [isinstance(record, dict) and all(key in record for key in NEEDED) for record in records]
        return 0.99 * sum(fits) / len(fits) if fits else 0.0

    def read(self, record: Record, *, source: str) -> Iterator[Trace | ImportIssue]:
        """Yield the run; its id is the task's, the reward is a score."""
        value = record.value
        if not isinstance(value, dict) or not isinstance(value.get("traj"), list) or not is_message_list(value["traj"]):
            yield ImportIssue(source=source, record=record.label, reason="no trajectory (`traj`) of messages in it")
            return
        trajectory = value["traj"]
        assert isinstance(trajectory, list)
        reward = as_number(value.get("reward"))
        trace = Trace(
            steps=steps_of(trajectory),
            raw=(value,),
            identity=(_without_scores(value),),
            format=self.name,
            external_id=as_text(value.get("task_id")),
            metadata=_task(value),
            metrics={} if reward is None else {"reward": reward},
            feedback=() if reward is None else (Feedback(name="reward", value=reward),),
        )
        yield with_told(trace, [("info", value.get("info"))])  # what the evaluator expected


def _without_scores(value: dict[str, Json]) -> Json:
    """Return the run less its reward, which the evaluator writes in three places."""
    kept = {key: inner for key, inner in value.items() if key != "reward"}
    info = kept.get("info")
    if isinstance(info, dict):
        kept["info"] = {key: inner for key, inner in info.items() if key != "reward_info"}
    return kept


def _task(value: dict[str, Json]) -> dict[str, Json]:
    info = value.get("info")
    task = info.get("task") if isinstance(info, dict) else None
    told: dict[str, Json] = {}
    if isinstance(task, dict):
        told |= {key: task[key] for key in ("user_id", "instruction") if key in task}
    return told | ({"trial": value["trial"]} if "trial" in value else {})
