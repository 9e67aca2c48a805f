"""The ways to draw as cards, and their options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from evaldash.domain.batch import Strategy
from evaldash.domain.stored import Project, TraceHead
from evaldash.sampling import HALVES, STRATEGIES, SamplingStrategy, needs_of
from evaldash.services.browse import trace_heads
from evaldash.services.fields import list_fields
from evaldash.services.sampling import SampleRequest
from evaldash.storage.store import Store

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
    "sqrt": "small ones get more than their share",
    "proportional": "by their size",
    "equal": "equally",
    "neyman": "more where verdicts vary more so far",
}
CHOSEN = "sample-strategy"  # session key: the card that is chosen
KEEPS = {
    "uniform": "rates: yes",
    "weighted": "rates: yes, weighted",
    "not estimable": "rates: no",
}
COLUMNS = 4  # cards in a row at 1280 wide
SAMPLED_HEADS = 2_000  # traces whose metrics and metadata say which names there are


def choose_request(
    store: Store, project: Project, filter: str | None, *, coder: str | None
) -> tuple[SampleRequest, str | None]:
    """Show the cards and options; return what a person wants drawn, and who is to read it (None: anyone)."""
    strategy = _choose_strategy()
    left, middle, right = st.columns(3)
    reader = right.text_input("Who reads it", value=coder or "", placeholder="anyone").strip() or None
    size = left.number_input("How many", min_value=1, max_value=1000, value=20, help="20 is a sitting of half an hour.")
    request = SampleRequest(strategy=strategy.name, size=int(size), filter=filter)
    if strategy.name is Strategy.MIXED:
        usual = HALVES.index(Strategy.VARIETY)
        other = middle.selectbox("The other half", HALVES, index=usual, format_func=lambda name: TITLES[name])
        request = replace(request, targeted=other)
    request = _options(store, project, request)
    with st.expander("Filter and seed"):
        expression = st.text_input("Only traces where", value=filter or "", placeholder='version = "2" and errors > 0')
        seed = st.number_input("Seed", min_value=0, value=1, help="The same seed draws the same traces.")
    return replace(request, filter=expression.strip() or None, seed=int(seed)), reader


def _options(store: Store, project: Project, request: SampleRequest) -> SampleRequest:
    """Ask for what the way to draw needs."""
    needs = needs_of(request.strategy, request.targeted)
    heads = trace_heads(store, project, limit=SAMPLED_HEADS) if needs & {"stratum", "metric"} else []
    left, right = st.columns(2) if needs & {"stratum", "metric"} else (st, st)
    if "stratum" in needs:
        own = [f"field.{field.name}" for field in list_fields(store, project)]
        request = replace(request, by=left.selectbox("Field", [*own, *_fields(heads)]))
        shared = right.selectbox("Shared among its values", list(ALLOCATIONS), format_func=lambda way: ALLOCATIONS[way])
        request = replace(request, allocation=shared)
    if "metric" in needs:
        request = replace(request, metric=left.selectbox("Metric", _metrics(heads)))
        request = replace(request, end=right.selectbox("Which end", ["high", "low", "both"]))
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
    with st.expander("More ways to draw", expanded=chosen not in FIRST):
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
