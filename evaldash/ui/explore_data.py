"""What the page Explore looks at, kept in memory: the map by its clustering, lists by the project's revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from evaldash.domain.snippets import Piece
from evaldash.domain.stored import Project
from evaldash.services import exploring, trace_table
from evaldash.services.browse import snippets
from evaldash.services.cluster_placing import unplaced
from evaldash.services.clustering import clustering_stamp, newest_clustering
from evaldash.services.colouring import by_cluster, colour_fields, colouring
from evaldash.services.embedding import TextChoice
from evaldash.services.embedding_times import Estimate, estimate
from evaldash.services.exploring import Trend
from evaldash.services.trace_table import TraceTable
from evaldash.storage.clusterings import ClusteringRow
from evaldash.storage.store import Store
from evaldash.ui.cached import BY_URL
from evaldash.ui.tracemap.packing import pack_layer, pack_places, pack_titles

MAX_MAPS = 3  # clusterings in memory: about 40 MB each at 100,000 traces
MAX_LISTS = 8  # selections in memory: about 20 MB each at 100,000 traces
MAX_LAYERS = 40  # packed colourings: 0.2 MB each at 100,000 traces
ESTIMATE_S = 60.0  # seconds that an estimate stands: vectors may be made elsewhere
ON_REVISION = frozenset({"verdict", "mode", "feedback"})  # fields that change while a clustering stays


@dataclass(frozen=True, slots=True, kw_only=True)
class MapData:
    """A clustering and what is looked up in it; shared between sessions, so nothing in it is ever changed.

    `run` names its traces, in their order; `stamp` also their groups, names and places.
    """

    run: str
    stamp: str
    row: ClusteringRow
    cluster_of: Mapping[str, int]
    position_of: Mapping[str, int]
    score_of: Mapping[str, float]
    places: bytes | None  # packed; None before there is a map


def load_map(store: Store, project: Project) -> MapData | None:
    """Return the newest clustering, None where there is none."""
    stamp = clustering_stamp(store, project)
    return None if stamp is None else _map(store, project.key, stamp, project)


@st.cache_resource(max_entries=MAX_MAPS, show_spinner=False, hash_funcs=BY_URL)
def _map(store: Store, project_key: int, stamp: str, _project: Project) -> MapData:
    row = newest_clustering(store, _project)
    assert row is not None
    return MapData(
        run=f"{project_key}:{row.key}:{len(row.items)}",
        stamp=stamp,
        row=row,
        cluster_of=dict(zip(row.items, row.numbers, strict=True)),
        position_of={item: position for position, item in enumerate(row.items)},
        score_of=dict(zip(row.items, row.outlier_scores, strict=True)),
        places=None
        if row.points is None
        else pack_places(row.points, exploring.ringed(row), key=f"{project_key}:{row.key}"),
    )


@st.cache_resource(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL)
def load_ids(store: Store, project: Project, expression: str) -> Sequence[str]:
    """Return the traces a filter selects, the newest first; raises FilterSyntaxError for one that cannot be read."""
    return tuple(exploring.newest_ids(store, project, expression))


@st.cache_resource(max_entries=MAX_MAPS, show_spinner=False, hash_funcs=BY_URL)
def load_table(store: Store, project: Project) -> TraceTable:
    """Return all traces as columns, the newest first."""
    return trace_table.load_table(store, project)


@st.cache_resource(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL)
def load_trend(store: Store, project: Project, stamp: str, _data: MapData) -> Trend | None:  # noqa: ARG001
    """Return how the groups went over time, over all traces."""
    return exploring.trend(load_table(store, project), _data.cluster_of)


@st.cache_data(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL)
def count_newcomers(store: Store, project: Project, stamp: str) -> int:  # noqa: ARG001
    """Return how many traces came after the clustering with this stamp."""
    return unplaced(store, project)


@st.cache_data(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL, ttl=ESTIMATE_S)
def load_estimate(store: Store, project: Project, stamp: str | None, text: TextChoice) -> Estimate:  # noqa: ARG001
    """Return how long embedding this text of all traces would take, after the clustering with this stamp."""
    return estimate(store, project, text=text)


@st.cache_resource(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL)
def load_colours(store: Store, project: Project) -> Sequence[tuple[str, str]]:
    """Return the fields that the map can be coloured by."""
    return tuple(colour_fields(store, project, load_table(store, project)))


def load_layer(store: Store, project: Project, data: MapData, field: str, *, key: str) -> bytes:
    """Return a packed colouring for the map with `key`."""
    revision = project.revision if field in ON_REVISION or field.startswith("metric.") else 0
    return _layer(store, (project.key, revision, data.stamp, key), field, project, data)


@st.cache_resource(max_entries=MAX_LAYERS, show_spinner=False, hash_funcs=BY_URL)
def _layer(store: Store, at: tuple[int, int, str, str], field: str, _project: Project, _data: MapData) -> bytes:
    """Return a packed colouring; `at` is all that it depends on, the key of its map last."""
    if field == "cluster":  # without the table: the first look needs no more
        found = by_cluster(_data.row)
    else:
        found = colouring(store, _project, _data.row, load_table(store, _project), field)
    return pack_layer(found, key=at[-1])


@st.cache_resource(max_entries=MAX_MAPS, show_spinner=False, hash_funcs=BY_URL)
def load_titles(store: Store, project_key: int, key: str, _project: Project, _data: MapData) -> bytes:  # noqa: ARG001
    """Return packed titles for the map with `key`."""
    said = exploring.queries(store, _project)
    return pack_titles([said.get(item, "") for item in _data.row.items], key=key)


@st.cache_data(max_entries=MAX_LISTS, show_spinner=False, hash_funcs=BY_URL)
def load_snippets(
    store: Store, project: Project, expression: str | None, ids: tuple[str, ...]
) -> dict[str, tuple[Piece, ...]]:
    """Return where the given traces hold the words a filter searches for."""
    return snippets(store, project, expression, ids)
