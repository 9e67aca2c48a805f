"""The ways to draw as cards, their options, and what a draw would look like."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import streamlit as st

from evaldash.domain.batch import Strategy
from evaldash.domain.stored import Project, TraceHead
from evaldash.errors import EvaldashError
from evaldash.sampling import STRATEGIES, SamplingStrategy
from evaldash.services.browse import heads_of, trace_heads
from evaldash.services.sampling import Sample, SampleRequest, preview_batch
from evaldash.storage.store import Store
from evaldash.ui.context import escape, show_error

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
KEEPS = {
    "uniform": "rates: yes",
    "weighted": "rates: yes, weighted",
    "not estimable": "rates: no",
}
COLUMNS = 4  # cards in a row at 1280 wide
SAMPLED_HEADS = 2_000  # traces whose metrics and metadata say which names there are


def choose_request(store: Store, project: Project, filter: str | None) -> SampleRequest:
    """Show the cards and options; return what a person wants drawn."""
    strategy = _choose_strategy()
    left, middle, right = st.columns(3)
    size = left.number_input("How many", min_value=1, max_value=1000, value=20, help="20 is a sitting of half an hour.")
    request = SampleRequest(strategy=strategy.name, size=int(size), filter=filter)
    heads = trace_heads(store, project, limit=SAMPLED_HEADS)
    if "stratum" in strategy.needs:
        request = replace(request, by=middle.selectbox("Field", _fields(heads)))
    if "metric" in strategy.needs:
        request = replace(request, metric=middle.selectbox("Metric", _metrics(heads)))
        request = replace(request, end=right.selectbox("Which end", ["high", "low", "both"]))
    if "traces" in strategy.needs:
        names = st.text_area("Traces, one a line", help="Ids, 6 digits of them or more, or the ids of the source.")
        request = replace(request, traces=tuple(name.strip() for name in names.splitlines() if name.strip()))
    with st.expander("Filter and seed"):
        expression = st.text_input("Only traces where", value=filter or "", placeholder='version = "2" and errors > 0')
        seed = st.number_input("Seed", min_value=0, value=1, help="The same seed draws the same traces.")
    return replace(request, filter=expression.strip() or None, seed=int(seed))


def show_preview(store: Store, project: Project, request: SampleRequest) -> None:
    """Show the draw beside all it would be from."""
    try:
        sample = preview_batch(store, project, request)
    except EvaldashError as error:
        show_error(error)
        return
    st.write(f"**{len(sample.traces)}** of **{sample.frame_size}** traces; nothing is stored yet.")
    drawn = heads_of(store, project, [item.trace for item in sample.traces])
    st.dataframe(_rows(sample, drawn), hide_index=True, width="stretch")
    frame = Counter(head.version or "(none)" for head in trace_heads(store, project, request.filter))
    part = Counter(head.version or "(none)" for head in drawn)
    if len(frame) > 1:
        st.caption(
            "By version, drawn of all: " + escape(", ".join(f"{name} {part[name]} of {frame[name]}" for name in frame))
        )


def _choose_strategy() -> SamplingStrategy:
    names = [strategy.name for strategy in STRATEGIES]
    chosen = st.session_state.get("sample-strategy", names[0])
    for start in range(0, len(STRATEGIES), COLUMNS):
        for column, strategy in zip(st.columns(COLUMNS), STRATEGIES[start : start + COLUMNS], strict=False):
            with column, st.container(border=True, height="stretch"):
                _card(strategy, chosen=strategy.name == chosen)
    return STRATEGIES[names.index(chosen)]


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
    st.session_state["sample-strategy"] = name


def _rows(sample: Sample, heads: list[TraceHead]) -> list[dict[str, object]]:
    queries = {head.id: " ".join(head.query.split())[:120] for head in heads}
    return [
        {
            "first query": queries.get(item.trace, ""),
            "stream": item.stream.value,
            "probability": "not known" if item.inclusion_probability is None else f"{item.inclusion_probability:.3f}",
            "why": item.reason,
        }
        for item in sample.traces
    ]


def _fields(heads: list[TraceHead]) -> list[str]:
    names = {f"metadata.{name}" for head in heads for name in head.metadata}
    return ["version", "cluster", "format", *sorted(names)]


def _metrics(heads: list[TraceHead]) -> list[str]:
    return sorted({name for head in heads for name in head.metrics})
