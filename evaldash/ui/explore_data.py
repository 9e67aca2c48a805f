"""What the page Explore looks at: the selected traces with their place, cluster and verdict; kept per revision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from evaldash.domain.coding import Verdict
from evaldash.domain.snippets import Piece
from evaldash.domain.stored import Project, TraceHead
from evaldash.services.browse import snippets, trace_heads
from evaldash.services.clustering import newest_clustering
from evaldash.services.coded import load_coded
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.store import Store
from evaldash.ui.cached import BY_URL
from evaldash.ui.context import escape

OUTLIER_SHARE = 0.05  # of the traces with the highest scores are ringed on the map
NEVER = datetime.min.replace(tzinfo=UTC)  # when a trace without a time began: before all others
MAX_ENTRIES = 8  # selections of some megabytes at 10,000 traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The traces a filter selects, and what is known of them; `total` counts all of the project that are clustered."""

    heads: list[TraceHead]
    clustering: ClusteringRow | None
    cluster_of: Mapping[str, int]
    score_of: Mapping[str, float]
    verdict_of: Mapping[str, str]
    outliers: frozenset[str]
    expression: str | None  # the filter; None selects all

    def sentence(self) -> str:
        """Return what the map shows, in words."""
        assert self.clustering is not None
        clusters, total = self.clustering.clusters, len(self.clustering.items)
        noise = sum(number < 0 for number in self.clustering.numbers)
        largest = f"; the largest is about **{escape(clusters[0].label)}** ({clusters[0].size})" if clusters else ""
        nowhere = f"; {noise} fit nowhere" if noise else ""
        shown = f" The filter selects **{len(self.heads):,}** of them." if self.expression else ""
        return f"**{total:,}** traces in **{len(clusters)}** groups{largest}{nowhere}.{shown}"

    def failed_of(self, cluster: ClusterRow) -> tuple[int, int]:
        """Return how many traces of a cluster failed, and how many were judged."""
        assert self.clustering is not None
        verdicts = [
            self.verdict_of[item]
            for item, number in zip(self.clustering.items, self.clustering.numbers, strict=True)
            if number == cluster.number and self.verdict_of.get(item) in (Verdict.PASS, Verdict.FAIL)
        ]
        return sum(verdict == Verdict.FAIL for verdict in verdicts), len(verdicts)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def load_exploration(store: Store, project: Project, expression: str | None) -> Exploration:
    """Return what a filter selects; raises FilterSyntaxError for one that cannot be read."""
    clustering = newest_clustering(store, project)
    items, numbers, scores = (
        ([], [], []) if clustering is None else (clustering.items, clustering.numbers, clustering.outlier_scores)
    )
    ranked = sorted(zip(scores, items, strict=True), reverse=True)
    noise = {item for item, number in zip(items, numbers, strict=True) if number < 0}
    return Exploration(
        heads=_heads(store, project, expression),
        clustering=clustering,
        cluster_of=dict(zip(items, numbers, strict=True)),
        score_of=dict(zip(items, scores, strict=True)),
        verdict_of={item.trace: item.verdict.value for item in load_coded(store, project).traces},
        outliers=frozenset(item for _, item in ranked[: round(len(ranked) * OUTLIER_SHARE)]) | noise,
        expression=expression,
    )


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def load_snippets(
    store: Store, project: Project, expression: str | None, ids: tuple[str, ...]
) -> dict[str, tuple[Piece, ...]]:
    """Return where the given traces hold the words a filter searches for."""
    return snippets(store, project, expression, ids)


def _heads(store: Store, project: Project, expression: str | None) -> list[TraceHead]:
    """Return all traces in the order of import, or those a filter selects, the newest first."""
    heads = trace_heads(store, project, expression)
    if expression is None:
        return heads
    return sorted(heads, key=lambda head: (head.started_at or NEVER, head.key), reverse=True)
