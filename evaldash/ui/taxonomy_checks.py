"""First evaluators on a page: what each mode deserves, code checks made, run, measured against people, taken along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError
from evaldash.jobs import start_job
from evaldash.services import checks, jobs
from evaldash.services.checks import Check, ModeAdvice
from evaldash.services.jobs import Job
from evaldash.services.wording import agree, count_of, percent, percent_down, percent_up
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error
from evaldash.ui.progress import watch_job
from evaldash.ui.taxonomy_check_form import check_form

RUN = "run-checks"  # the kind of job
FILE = "test_traces.py"


def show_checks(store: Store, project: Project, *, who: str) -> None:
    """Show the advice for each mode, the checks with what they find, and the file of tests."""
    advised = checks.advise_modes(store, project)
    if not advised:
        st.info("There are no failure modes yet: an evaluator looks for one of them.", icon=":material/rule:")
        return
    made = checks.list_checks(store, project)
    st.write(
        f"{_how_many(len(made))} for failure modes without a person. Each is measured against what people "
        "said: precision is the share of its alarms that were right, recall the share of the failures that it found."
    )
    _results(store, project, made, {item.mode.id: item.mode.name for item in advised})
    _make(store, project, advised, who)
    if made:
        _retire(store, project, made, who)


def _how_many(count: int) -> str:
    return f"**{count_of(count, 'code check')}** {agree(count, 'looks', 'look')}" if count else "A code check looks"


def _results(store: Store, project: Project, made: Sequence[Check], modes: Mapping[str, str]) -> None:
    job = jobs.newest(store, project, kind=RUN)
    if made:
        left, right, _ = st.columns([1, 1, 2])
        running = job is not None and job.state == "running"
        if left.button("Run over all traces", type="primary", disabled=running, icon=":material/play_arrow:"):
            _start(store, project)
            st.rerun()
        right.download_button(
            "Take along as tests", checks.export_tests(store, project, file_name=FILE), file_name=FILE,
            on_click="ignore", icon=":material/download:", help="One Python file for pytest, without evaldash.",
        )  # fmt: skip
    if job is not None:
        watch_job(store, job.id, on_done=lambda done: _table(done, made, modes))


def _start(store: Store, project: Project) -> None:
    def work(report: Any) -> list[dict[str, Any]]:
        found = checks.run_checks(
            store, project, progress=lambda done, total: report(done, total, "running the checks"),
            should_stop=report.should_stop,
        )  # fmt: skip
        return [checks.result_document(result) for result in found]

    start_job(store, project, kind=RUN, message="running the checks", work=work, once=True)


def _table(job: Job, made: Sequence[Check], modes: Mapping[str, str]) -> None:
    there = {check.id for check in made}
    rows = [
        {
            "check": found["name"],
            "mode": modes.get(found["mode"], "gone"),
            "kind": found["kind"],
            "fires on": f"{found['fired']} of {count_of(found['traces'], 'trace')}",
            "precision": _share(found["precision"]),
            "recall": _share(found["recall"]),
            "false alarms": ", ".join(trace[:12] for trace in found["false_alarms"][:5]),
            "missed": ", ".join(trace[:12] for trace in found["missed"][:5]),
        }
        for found in (job.result if isinstance(job.result, list) else [])
        if found["check"] in there
    ]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
        st.caption(
            "Intervals at 95 %, over the traces that people judged. Traces are named by the beginning of their id."
        )


def _share(found: Mapping[str, Any]) -> str:
    if found["estimate"] is None:
        return "nothing to measure by"
    low, high = percent_down(found["low"]), percent_up(found["high"])
    return f"{percent(found['estimate'])} of {found['n']} ({low} to {high})"


def _make(store: Store, project: Project, advised: Sequence[ModeAdvice], who: str) -> None:
    st.subheader("What each mode deserves")
    st.dataframe(
        [
            {
                "mode": item.mode.name,
                "evaluator": item.advice.evaluator.value,
                "begin with": item.advice.kind.value if item.advice.kind else "",
                "why": item.advice.reason,
                "cost": item.advice.cost,
            }
            for item in advised
        ],
        hide_index=True,
        width="stretch",
    )
    with st.expander("Make a code check", icon=":material/add:"):
        given = check_form(advised)
        if given is not None:
            try:
                checks.add_check(
                    store, project, given.mode, kind=given.kind, spec=given.spec, name=given.name, who=who
                )  # fmt: skip
            except EvaldashError as error:
                show_error(error)
                return
            st.rerun()


def _retire(store: Store, project: Project, made: Sequence[Check], who: str) -> None:
    with st.expander("Retire a check", icon=":material/delete:"):
        chosen = st.selectbox("Check", made, format_func=lambda check: check.name)
        st.caption(escape(f"{chosen.kind}: {dict(chosen.spec)}"))
        if st.button("Retire it", help="A check never changes: retire it and make another."):
            checks.retire_check(store, project, chosen.id, who=who)
            st.rerun()
