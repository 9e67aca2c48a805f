"""The map on the page Explore: coloured by cluster, verdict or a metric; what is drawn around becomes a selection."""

from __future__ import annotations

import hashlib

import streamlit as st

from evaldash.charts.map import MAP_CONFIG, ByCategory, ByNumber, by_verdict, map_figure
from evaldash.domain.stored import TraceHead
from evaldash.ui.explore_data import Exploration
from evaldash.ui.figures import theme

MAX_POINTS = 4_000  # marks that pan smoothly and are sent in a second
BY_CLUSTER, BY_VERDICT = "cluster", "verdict"
TITLE_CHARS = 140


def show_map(found: Exploration) -> frozenset[str] | None:
    """Show the map; return the ids a person drew around or clicked, None for no selection."""
    metrics = sorted({name for head in found.heads for name in head.metrics})
    colour = st.selectbox("Colour by", [BY_CLUSTER, BY_VERDICT, *metrics], label_visibility="collapsed")
    points = _points(found)
    shown = _shown(found, [head for head in found.heads if head.id in points])
    figure = map_figure(
        [points[head.id] for head in shown],
        [head.id for head in shown],
        [head.query[:TITLE_CHARS] for head in shown],
        _colouring(found, shown, colour),
        ringed=found.outliers,
        theme=theme(),
    )
    event = st.plotly_chart(
        figure,
        theme=None,
        key="explore-map",
        on_select="rerun",
        selection_mode=("points", "box", "lasso"),
        config=MAP_CONFIG,
        alt=f"Map of {len(shown)} traces in two dimensions, coloured by {colour}",
    )
    _notes(found, shown)
    chosen = frozenset(_id_of(point) for point in event["selection"]["points"])
    return chosen or None


def _points(found: Exploration) -> dict[str, tuple[float, float]]:
    row = found.clustering
    if row is None or row.points is None:
        return {}
    return {item: (float(x), float(y)) for item, (x, y) in zip(row.items, row.points, strict=True)}


def _shown(found: Exploration, heads: list[TraceHead]) -> list[TraceHead]:
    """Return the traces to draw: all, or the outliers and a sample that is the same each time."""
    if len(heads) <= MAX_POINTS:
        return heads
    kept = [head for head in heads if head.id in found.outliers][:MAX_POINTS]
    rest = sorted(
        (head for head in heads if head.id not in found.outliers),
        key=lambda head: hashlib.sha256(head.id.encode()).digest(),
    )
    return kept + rest[: MAX_POINTS - len(kept)]


def _colouring(found: Exploration, shown: list[TraceHead], colour: str) -> ByCategory | ByNumber:
    if colour == BY_VERDICT:
        return by_verdict([found.verdict_of.get(head.id, "") for head in shown], theme=theme())
    if colour != BY_CLUSTER:
        return ByNumber(values=[head.metrics.get(colour) for head in shown], title=colour)
    assert found.clustering is not None
    return ByCategory(
        values=[str(found.cluster_of.get(head.id, -1)) for head in shown],
        order=[str(cluster.number) for cluster in found.clustering.clusters],
        names={str(cluster.number): cluster.label for cluster in found.clustering.clusters} | {"-1": "fits nowhere"},
        noise=frozenset({"-1"}),
    )


def _notes(found: Exploration, shown: list[TraceHead]) -> None:
    said = ["A ring marks what fits nowhere: the top 5 % by outlier score."]
    if len(shown) < len(found.heads):
        said.append(f"The map shows {len(shown):,} of {len(found.heads):,}: all outliers and a random part.")
    st.caption(" ".join(said) + " Draw around points to select them.")


def _id_of(point: dict[str, object]) -> str:
    data = point.get("customdata")
    return str(data[0] if isinstance(data, list) else data)
