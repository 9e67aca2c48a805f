"""The ways to draw as cards, and their options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from evaldash.domain.batch import Strategy
from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import FilterSyntaxError
from evaldash.sampling import HALVES, STRATEGIES, SamplingStrategy, needs_of
from evaldash.services.browse import trace_heads
from evaldash.services.fields import list_fields
from evaldash.services.sampling import SampleRequest, frame_size
from evaldash.storage.store import Store
from evaldash.ui.context import remember, show_error
from evaldash.ui.in_address import in_address

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

TITLES = {
    Strategy.MIXED: "Half random, half variety",
    Strategy.UNIFORM: "Random",
    Strategy.STRATIFIED: "By a field",
    Strategy.CLUSTERS: "By cluster",
    Strategy.VARIETY: "Variety",
    Strategy.EXTREMES: "Extremes",
    Strategy.SIGNAL: "Signals of trouble",
    Strategy.FEEDBACK: "Unhappy users",
    Strategy.STRESS: "Stress set",
    Strategy.OUTLIERS: "Outliers",
    Strategy.PICKED: "Picked by hand",
}
FIRST = (Strategy.MIXED, Strategy.UNIFORM, Strategy.SIGNAL, Strategy.CLUSTERS)  # of which most will want one
ALLOCATIONS = {
    "sqrt": "small ones get more",
    "proportional": "by their size",
    "equal": "equally",
    "neyman": "more where verdicts vary",
}
CHOSEN = "sample-strategy"  # session key: the card that is chosen
MORE = "sample-more"  # session key: one of the folded cards was chosen once
KEEPS = {
    "uniform": "rates: yes",
    "weighted": "rates: yes, weighted",
    "not estimable": "rates: no",
}
USUAL = 20  # traces in a batch
COLUMNS = 4  # cards in a row at 1280 wide
SAMPLED_HEADS = 2_000  # traces whose metrics and metadata say which names there are


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person wants drawn; `reader` None: anyone may read it; `ready`: nothing is missing that shows here."""

    request: SampleRequest
    reader: str | None
    ready: bool


def choose_request(store: Store, project: Project, filter: str | None, *, left: int, coder: str | None) -> Wanted:
    """Show the cards and options; return what is wanted of the `left` traces that stand in no batch."""
    strategy = _choose_strategy()
    cells = _cells()
    size = USUAL  # traces that are named are as many as are named
    if strategy.name is not Strategy.PICKED:
        size = next(cells).number_input(
            "How many", min_value=1, max_value=1000, value=USUAL, help="20 is a sitting of half an hour."
        )
    reader = next(cells).text_input("Who reads it", value=coder or "", placeholder="anyone").strip() or None
    request = SampleRequest(strategy=strategy.name, size=int(size))
    if strategy.name is Strategy.MIXED:
        usual = HALVES.index(Strategy.VARIETY)
        other = next(cells).selectbox("The other half", HALVES, index=usual, format_func=lambda name: TITLES[name])
        request = replace(request, targeted=other)
    request = _options(store, project, request, cells)
    where, which = st.columns([3, 1])
    expression = in_address(
        where.text_input, "Only traces where", name="filter", present=filter or "",
        placeholder='version = "2" and metric.errors > 0', help="All traces that stand in no batch, if left empty.",
    )  # fmt: skip
    if expression != (filter or ""):
        remember(filter=expression or None)
    seed = which.number_input("Seed", min_value=0, value=1, help="The same seed draws the same traces.")
    request = replace(request, filter=expression or None, seed=int(seed))
    return Wanted(request=request, reader=reader, ready=_is_ready(store, project, request, left=left))


def _is_ready(store: Store, project: Project, request: SampleRequest, *, left: int) -> bool:
    """Say how large the frame is where that is not plain, and what is missing; tell whether one can draw."""
    try:
        size = frame_size(store, project, request.filter) if request.filter else left
    except FilterSyntaxError as error:
        show_error(error)
        return False
    if request.filter and size:
        st.caption(f"{size:,} of the {left:,} traces that stand in no batch pass the filter.")
    elif not size:
        st.warning(
            "No trace that stands in no batch passes the filter. Change or clear it.", icon=":material/filter_alt_off:"
        )
    if request.strategy != Strategy.PICKED and 0 < size <= request.size:
        st.caption(
            f"That is all {size:,} there are: each is taken for certain, whatever the way, and counts for rates."
        )
    needs = needs_of(request.strategy, request.targeted)
    if "queries" in needs and not request.queries:
        st.caption("Write at least one question.")
        return False
    if "traces" in needs and not request.traces:
        st.caption("Name at least one trace.")
        return False
    return size > 0


def _cells() -> Iterator[DeltaGenerator]:
    """Yield places for fields, one after another, as many in a row as there are cards."""
    while True:
        yield from st.columns(COLUMNS)


def _options(store: Store, project: Project, request: SampleRequest, cells: Iterator[DeltaGenerator]) -> SampleRequest:
    """Ask for what the way to draw needs."""
    needs = needs_of(request.strategy, request.targeted)
    heads = trace_heads(store, project, limit=SAMPLED_HEADS) if needs & {"stratum", "metric"} else []
    if "stratum" in needs:
        own = [f"field.{field.name}" for field in list_fields(store, project)]
        request = replace(request, by=next(cells).selectbox("Field", [*own, *_fields(heads)]))
        shared = next(cells).selectbox(
            "Shared among its values", list(ALLOCATIONS), format_func=lambda way: ALLOCATIONS[way]
        )
        request = replace(request, allocation=shared)
    if "metric" in needs:
        request = replace(request, metric=next(cells).selectbox("Metric", _metrics(heads)))
        request = replace(request, end=next(cells).selectbox("Which end", ["high", "low", "both"]))
    if "queries" in needs:
        asked = st.text_area("Questions that try a rule, one a line", placeholder="Can I cancel after the deadline?")
        request = replace(request, queries=tuple(line for line in asked.splitlines() if line.strip()))
    if "traces" in needs:
        names = st.text_area("Traces, one a line", help="Ids, 6 digits of them or more, or the ids of the source.")
        request = replace(request, traces=tuple(name.strip() for name in names.splitlines() if name.strip()))
    return request


def _choose_strategy() -> SamplingStrategy:
    names = [strategy.name for strategy in STRATEGIES]
    chosen = st.session_state.get(CHOSEN, names[0])
    _cards([strategy for strategy in STRATEGIES if strategy.name in FIRST], chosen)
    if chosen not in FIRST:
        st.session_state[MORE] = True  # and from then on: a card that is chosen moves nothing
    with st.expander("More ways to draw", expanded=MORE in st.session_state):
        _cards([strategy for strategy in STRATEGIES if strategy.name not in FIRST], chosen)
    return STRATEGIES[names.index(chosen)]


def _cards(strategies: Sequence[SamplingStrategy], chosen: Strategy) -> None:
    for start in range(0, len(strategies), COLUMNS):
        for column, strategy in zip(st.columns(COLUMNS), strategies[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(strategy, chosen=strategy.name == chosen)


def _card(strategy: SamplingStrategy, *, chosen: bool) -> None:
    recommended = " · recommended" if strategy.name is Strategy.MIXED else ""
    mark = ":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:"
    st.button(
        TITLES[strategy.name],
        key=f"strategy-{strategy.name}",
        icon=mark,
        type="tertiary",
        on_click=_choose,
        args=(strategy.name,),
    )
    st.caption(
        f"**Good for** {strategy.good_for}  \n**Costs** {strategy.costs}  \n{KEEPS[strategy.rates]}{recommended}"
    )


def _choose(name: Strategy) -> None:
    st.session_state[CHOSEN] = name


def _fields(heads: list[TraceHead]) -> list[str]:
    names = {f"metadata.{name}" for head in heads for name in head.metadata}
    return ["version", "cluster", "format", *sorted(names)]


def _metrics(heads: list[TraceHead]) -> list[str]:
    return sorted({name for head in heads for name in head.metrics})
