"""All runs of suggestions on a page, folded: what each was made with and cost, and how two of them differ."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services import model_runs
from evaldash.services.model_runs import RunComparison, RunRow
from evaldash.services.wording import count_of
from evaldash.storage.store import Store


def show_runs(store: Store, project: Project) -> None:
    """Show every run that was made; nothing where there is none yet."""
    runs = model_runs.list_runs(store, project)
    if not runs:
        return
    with st.expander(f"{count_of(len(runs), 'run')} of suggestions so far", icon=":material/history:"):
        st.dataframe([_row(run) for run in runs], hide_index=True, width="stretch")
        if len(runs) > 1:
            _compare(store, project, runs)


def _compare(store: Store, project: Project, runs: list[RunRow]) -> None:
    left, right = st.columns(2)
    a = left.selectbox("Compare", runs, index=1, format_func=_name, key="run-a")
    b = right.selectbox("with", runs, index=0, format_func=_name, key="run-b")
    if a.id == b.id:
        st.caption("Choose two different runs.")
        return
    found = model_runs.compare_runs(store, project, a.id, b.id)
    st.write(_sentence(found))
    pairs = [{"first run": one, "second run": other, "notes in both": count} for one, other, count in found.pairs]
    if pairs:
        st.dataframe(pairs, hide_index=True, width="stretch")


def _sentence(found: RunComparison) -> str:
    if found.f1 is None or found.ami is None:
        return "The two runs have no note in common."
    return (
        f"Of {count_of(found.codes, 'note')} that both runs read, **{len(found.elsewhere)}** went elsewhere than most "
        f"of their mode (B-cubed F1 {found.f1:.2f}, AMI {found.ami:.2f}; 1 is the same groups)."
    )


def _name(run: RunRow) -> str:
    return f"{run.at:%d %b %H:%M}, {run.model or run.method}, {count_of(run.modes, 'mode')} ({run.id[:6]})"


def _row(run: RunRow) -> dict[str, object]:
    return {
        "when": run.at,
        "by": run.by or "",
        "made with": run.model or run.method,
        "prompts": ", ".join(run.prompts),
        "passes": run.passes or None,
        "taxonomy version": run.taxonomy_version,
        "notes": run.codes,
        "modes": run.modes,
        "left over": run.left_over,
        "cost": f"${run.cost_usd:.4f}",
        "seconds": round(run.seconds, 1),
    }
