"""What a test of the codebook came to: pass or fail, then each mode, with the counts behind each figure."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from evaldash.domain.blind_test import BlindTest
from evaldash.domain.stored import Project
from evaldash.services import blind_tests
from evaldash.services.blind_tests import Compared
from evaldash.services.taxonomy import view
from evaldash.services.wording import count_of, percent
from evaldash.stats.agreement import MIN_POSITIVES
from evaldash.storage.store import Store
from evaldash.ui.context import escape
from evaldash.ui.taxonomy_blind_model import run_words


def show_result(store: Store, project: Project, test: BlindTest) -> None:
    """Show how far the coder of a test agrees with who judged before, over the traces that were answered."""
    found = blind_tests.result_of(store, project, test)
    answered = len(test.judged) - len(test.waiting)
    st.subheader(f"{escape(test.coder)}, {test.at:%d %B %Y}")
    so_far = f", so far {answered} of {len(test.judged)}" if test.waiting else ""
    st.write(
        f"On pass or fail the two agree on **{found.verdict.same} of {count_of(found.verdict.n, 'trace')}**"
        f" ({percent(found.verdict.same / found.verdict.n)}{so_far}; {_coefficients(found.verdict)}); "
        f"on {count_of(len(found.apart), 'trace')} they differ in the verdict or in the modes."
    )
    questions = [found.verdict, *found.by_mode, *([found.together] if found.by_mode else [])]
    st.dataframe([_row(item) for item in questions], hide_index=True, width="stretch")
    st.caption(
        f"Drawn from {count_of(test.frame_size, 'judged trace')} with seed {test.seed}, taxonomy version "
        f"{test.taxonomy_version}. AC1 and kappa correct for chance; with fewer than {MIN_POSITIVES} yeses of the two "
        "coders together they are too rough to show. AC1 with its 95 % interval."
    )
    if test.run is not None:
        st.caption(escape(run_words(test)))
    if found.apart:
        with st.expander(f"The {count_of(len(found.apart), 'trace')} on which they differ"):
            st.dataframe(_apart(store, project, test, found.apart), hide_index=True, width="stretch")


def _apart(store: Store, project: Project, test: BlindTest, traces: Sequence[str]) -> list[dict[str, str]]:
    names = {mode.id: mode.name for mode in view(store, project, test.taxonomy_version).taxonomy.modes}
    first = {item.trace: item for item in test.judged}
    rows = []
    for trace in traces:
        said = test.answer(trace)
        other = ["another failure"] if said.other else []
        rows.append(
            {
                "trace": trace[:12],
                "first coder": ", ".join(names[mode] for mode in sorted(first[trace].modes)) or "passes",
                "second": ", ".join([names[mode] for mode in sorted(said.modes)] + other) or "passes",
            }
            | ({"why": test.run.reasons.get(trace, "")} if test.run else {})
        )
    return rows


def _row(item: Compared) -> dict[str, str | int]:
    return {
        "question": item.name,
        "both yes": item.both,
        "only the first coder": item.first_only,
        "only the second": item.second_only,
        "both no": item.neither,
        "agree": f"{item.same} of {item.n} ({percent(item.same / item.n)})",
        "AC1": "too few" if item.few else _ac1(item),
        "kappa": "too few" if item.few else _figure(item.kappa),
    }


def _coefficients(item: Compared) -> str:
    if item.few:
        return "too few failures for AC1 and kappa"
    return f"AC1 {_ac1(item)}, kappa {_figure(item.kappa)}"


def _ac1(item: Compared) -> str:
    bounds = f" ({item.ac1_bounds[0]:.2f} to {item.ac1_bounds[1]:.2f})" if item.ac1_bounds else ""
    return f"{_figure(item.ac1)}{bounds}"


def _figure(value: float | None) -> str:
    return "not defined" if value is None else f"{value:.2f}"
