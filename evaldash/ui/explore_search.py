"""What is asked for on the page Explore: a filter, and a search by words and by meaning together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.errors import FilterSyntaxError
from evaldash.services.searching import Hit, Meaning, load_meaning, search
from evaldash.services.wording import count_of
from evaldash.storage.store import Store
from evaldash.ui.cached import BY_URL
from evaldash.ui.context import Context, escape, remember, show_error
from evaldash.ui.explore_data import MapData, load_ids, load_table
from evaldash.ui.explore_state import Visit
from evaldash.ui.in_address import in_address

POLL_SECONDS = 1.0  # while the model loads


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What filter and search leave: `ids` in the order of the table, None where nothing narrows the traces down."""

    expression: str | None
    words: str
    ids: Sequence[str] | None = None
    hits: Mapping[str, Hit] = field(default_factory=dict)
    loading: Future[Meaning] | None = None  # what search by meaning needs; None where nothing was grouped

    @property
    def searched(self) -> str | None:
        """The filter that says which words the table shows in their place."""
        words = f'"{_quoted(self.words)}"' if self.words else None
        if words and self.expression:
            return f"({self.expression}) and {words}"
        return words or self.expression


def ask(visit: Visit, context: Context) -> Asked:
    """Show the two fields and return what they leave; a filter that cannot be read is said, and leaves all."""
    store, project = visit.store, visit.project
    left, right = st.columns([2, 3], gap="medium")
    searched, present = context.parameters.get("search", ""), context.parameters.get("filter", "")
    words = in_address(
        left.text_input,
        "Search",
        name="search",
        present=searched,
        placeholder="money has not arrived",
        help="By words and by meaning together: what holds the words, and what says something alike.",
    )
    if words != searched:
        remember(search=words or None)
    expression = in_address(
        right.text_input,
        "Filter",
        name="filter",
        present=present,
        placeholder='verdict = fail and metric.latency_ms > 5000   or   "refund date"',
        help='Fields are compared, like version = "2"; words between double quotes must occur.',
    )
    if expression != present:
        remember(filter=expression or None)
    wanted = expression or None
    try:
        ids = None if wanted is None else load_ids(store, project, wanted)
    except FilterSyntaxError as error:
        show_error(error)
        wanted = ids = None
    asked = Asked(expression=wanted, words=words, ids=ids)
    return _searched(store, project, visit.data, asked) if words else asked


def sentence(data: MapData) -> str:
    """Return what the map shows, in words."""
    clusters, total = data.row.clusters, len(data.row.items)
    noise = sum(number < 0 for number in data.row.numbers)
    largest = [f"**{escape(item.label)}** ({item.size:,})" for item in sorted(clusters, key=lambda c: -c.size)[:3]]
    about = f"; the largest are about {', '.join(largest)}" if len(largest) > 1 else ""
    nowhere = f"; {noise:,} {'fits' if noise == 1 else 'fit'} nowhere" if noise else ""
    return f"**{count_of(total, 'trace')}** in **{count_of(len(clusters), 'group')}**{about}{nowhere}."


def selected_ids(visit: Visit, asked: Asked) -> Sequence[str] | None:
    """Return what filter, search and map leave together, in the order of the table; None for all traces."""
    chosen = visit.state.selection.chosen
    if visit.data is None or chosen is None:
        return asked.ids
    place_of = visit.data.position_of
    ids = load_table(visit.store, visit.project).ids if asked.ids is None else asked.ids
    return [trace for trace in ids if trace in place_of and chosen[place_of[trace]]]


def _searched(store: Store, project: Project, data: MapData | None, asked: Asked) -> Asked:
    loading = None if data is None else _loading(store, (project.key, data.stamp), project, data)
    ready = loading is not None and loading.done() and loading.exception() is None
    meaning = loading.result() if loading is not None and ready else None
    stamp = data.stamp if data is not None and ready else ""
    found = _hits(store, project, (asked.words, asked.expression, stamp), meaning)
    return replace(asked, ids=[hit.trace for hit in found], hits={hit.trace: hit for hit in found}, loading=loading)


def say_search(asked: Asked) -> None:
    """Say what was found by words and by meaning; while the model loads, wait for it beside the page."""
    if not asked.words:
        return
    loading, found = asked.loading, asked.hits.values()
    held = sum(hit.has_words for hit in found)
    alike = len(found) - held
    said = f"{held:,} {'holds' if held == 1 else 'hold'} the words"
    if loading is None:
        st.caption(f"{said}. Search by meaning needs vectors: group the traces first.")
    elif not loading.done():
        st.fragment(_wait, run_every=POLL_SECONDS)(
            loading, f"{said}. The model is loading; search by meaning joins in."
        )
    elif loading.exception() is not None:
        st.caption(f"{said}. The model could not be loaded: {escape(str(loading.exception()))}")
    else:
        st.caption(f"{said}, {alike:,} {'says' if alike == 1 else 'say'} something alike. The best come first.")


def _wait(loading: Future[Meaning], said: str) -> None:
    st.caption(said)
    if loading.done():
        st.rerun()


@st.cache_resource(max_entries=2, show_spinner=False, hash_funcs=BY_URL)
def _loading(store: Store, at: tuple[int, str], _project: Project, _data: MapData) -> Future[Meaning]:  # noqa: ARG001
    """Load model and vectors beside the page, once for all sessions."""
    row = _data.row
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="meaning")
    work = pool.submit(load_meaning, store, _project, text=row.text, embedder=row.embedder, items=row.items)
    pool.shutdown(wait=False)
    return work


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=BY_URL)
def _hits(
    store: Store, project: Project, asked: tuple[str, str | None, str], _meaning: Meaning | None
) -> Sequence[Hit]:
    """Return what was found; `asked` are words, filter, and the map whose vectors `_meaning` holds."""
    return tuple(search(store, project, asked[0], expression=asked[1], meaning=_meaning))


def _quoted(words: str) -> str:
    return words.replace("\\", "\\\\").replace('"', '\\"')
