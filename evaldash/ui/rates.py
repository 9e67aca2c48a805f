"""Rates on a page: dots with their intervals, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from evaldash.charts.rates import rates_figure
from evaldash.services.rates import ModeRate, chart_rows
from evaldash.services.wording import percent_down, percent_up, rate_words
from evaldash.ui.figures import show_figure, theme


def show_rates(rates: Sequence[ModeRate], order: Sequence[str], *, key: str, most: int = 12) -> None:
    """Show the rates of modes, at most `most` of them; `order` lists all mode ids and fixes their colours."""
    shown = rates[:most]
    rows = chart_rows(shown)
    table = [{"failure mode": rate.name, "rate": rate_words(rate.rate)} for rate in shown]
    said = "; ".join(f"{rate.name}: {_short(rate)}" for rate in shown)
    show_figure(rates_figure(rows, order, theme=theme()), table, key=key, alt=f"Rates of failure modes. {said}")


def _short(rate: ModeRate) -> str:
    found = rate.rate
    if found.estimate is None or found.low is None or found.high is None:
        return "not estimable"
    return f"{found.estimate * 100:.0f} % ({percent_down(found.low)} to {percent_up(found.high)})"
