"""First evaluators: what each failure mode deserves, code checks, what they find, and taking them along."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaldash.domain.check import Check, CheckKind
from evaldash.domain.coding import Verdict
from evaldash.domain.counting import count_of
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode
from evaldash.errors import Cancelled, Conflict, InvalidInput, NotFound
from evaldash.evaluators.advice import Advice, advise
from evaldash.evaluators.export import as_tests
from evaldash.evaluators.running import CheckResult, tallies
from evaldash.evaluators.specs import checked_spec
from evaldash.llm.budget import BYTES_PER_TOKEN
from evaldash.services.browse import trace_document
from evaldash.services.coded import load_coded
from evaldash.services.suggesting import Progress, ShouldStop
from evaldash.services.taxonomy import view
from evaldash.stats.intervals import Interval
from evaldash.storage import checks, projects, taxonomies, traces
from evaldash.storage.store import Store
from evaldash.taxonomy.naming import find_mode

__all__ = [
    "Advice", "Check", "CheckKind", "CheckResult", "ModeAdvice", "add_check", "advise_modes", "export_tests",
    "list_checks", "result_document", "retire_check", "run_checks", "write_tests",
]  # fmt: skip

MAX_NAME = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeAdvice:
    """What a mode deserves; `judge_tokens` is about what one pass of a judge over all traces would read."""

    mode: FailureMode
    advice: Advice
    judge_tokens: int


def advise_modes(store: Store, project: Project) -> list[ModeAdvice]:
    """Return for each mode of today the kind of check that it deserves, with reason and cost."""
    now = view(store, project)
    with store.read() as connection:
        chars = sum(head.metrics.get("chars", 0) for head in traces.heads(connection, project))
    tokens = round(chars / BYTES_PER_TOKEN)
    return [
        ModeAdvice(
            mode=mode,
            advice=advise(mode.name, mode.definition, [code.text for code in now.by_mode[mode.id]]),
            judge_tokens=tokens,
        )
        for mode in now.taxonomy.modes
    ]


def add_check(
    store: Store, project: Project, mode: str, *, kind: str, spec: Mapping[str, Any], who: str, name: str = ""
) -> Check:
    """Make a check of a mode (id or name). It never changes: to change one, make another and retire this one.

    Raises NotFound for the mode, InvalidInput where the spec cannot run.
    """
    if kind not in set(CheckKind):
        raise InvalidInput(f"the kind of a check must be one of {', '.join(CheckKind)}, got {kind!r}")
    if len(name) > MAX_NAME:
        raise InvalidInput(f"the name of a check must have at most {MAX_NAME} characters, got {len(name)}")
    chosen = CheckKind(kind)
    settled = checked_spec(chosen, spec)
    with store.write() as connection:
        found = find_mode(taxonomies.load(connection, project), mode)
        made = Check(
            id=uuid.uuid4().hex,
            mode=found.id,
            name=name.strip() or f"{chosen} of {found.name}",
            kind=chosen,
            spec=settled,
        )
        checks.add(connection, project, made, by=who)
        projects.record(connection, project, who=who, what=f"made the check {made.name}")
        projects.touch(connection, project)
    return made


def list_checks(store: Store, project: Project) -> list[Check]:
    """Return the checks there are, oldest first."""
    with store.read() as connection:
        return checks.listing(connection, project)


def retire_check(store: Store, project: Project, id: str, *, who: str) -> None:
    """End a check, named by its id or the beginning of it; NotFound where it fits none or several."""
    with store.write() as connection:
        found = [check for check in checks.listing(connection, project) if check.id.startswith(id)]
        if len(found) != 1:
            raise NotFound(f"{id!r} fits {len(found)} checks; `evaldash checks list` shows their ids")
        checks.retire(connection, project, found[0].id)
        projects.record(connection, project, who=who, what=f"retired the check {found[0].name}")
        projects.touch(connection, project)


def run_checks(
    store: Store,
    project: Project,
    *,
    only: Sequence[str] | None = None,
    progress: Progress | None = None,
    should_stop: ShouldStop | None = None,
) -> list[CheckResult]:
    """Run the checks (or those with these ids) over all traces; a trace is held only while it is looked at.

    What people said is the reference verdict and modes of each judged trace. Raises Conflict where there is no check,
    Cancelled when `should_stop` says so.
    """
    chosen = [check for check in list_checks(store, project) if only is None or check.id in set(only)]
    if not chosen:
        raise Conflict("there is no check to run; `evaldash checks add` makes one")
    coded = load_coded(store, project)
    running = tallies(chosen, {item.trace: item.modes for item in coded.traces if item.verdict is not Verdict.DEFERRED})
    with store.read() as connection:
        total = len(traces.ids(connection, project))
        for done, trace in enumerate(traces.stream(connection, project), 1):
            if should_stop is not None and should_stop():
                raise Cancelled(f"the checks were stopped after {done - 1} of {count_of(total, 'trace')}")
            document = trace_document(trace)
            for tally in running:
                tally.see(document)
            if progress is not None:
                progress(done, total)
    return [tally.result() for tally in running]


def export_tests(store: Store, project: Project, *, file_name: str = "test_traces.py") -> str:
    """Return the checks as one Python file of pytest tests; Conflict where there is none."""
    made = list_checks(store, project)
    if not made:
        raise Conflict("there is no check to export; `evaldash checks add` makes one")
    names = {mode.id: mode.name for mode in view(store, project).taxonomy.modes}
    return as_tests(made, names, file_name=file_name)


def write_tests(store: Store, project: Project, path: Path) -> None:
    """Write the checks to a file of pytest tests; Conflict where there is none."""
    text = export_tests(store, project, file_name=path.name)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"the tests cannot be written to {path}: {error.strerror}") from error


def result_document(found: CheckResult) -> dict[str, Any]:
    """Return a result as the interface documents it."""
    return {
        "check": found.check.id,
        "mode": found.check.mode,
        "name": found.check.name,
        "kind": found.check.kind.value,
        "spec": dict(found.check.spec),
        "traces": found.traces,
        "fired": found.fired,
        "judged": found.judged,
        "precision": _interval(found.precision),
        "recall": _interval(found.recall),
        "false_alarms": list(found.false_alarms),
        "missed": list(found.missed),
    }


def _interval(found: Interval) -> dict[str, Any]:
    return asdict(found)
