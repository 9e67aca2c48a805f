"""Rates on a page: dots with their intervals, the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence

from evaldash.charts.rates import rates_figure
from evaldash.services.rates import ModeRate, chart_rows
from evaldash.services.wording import percent_down, percent_up, rate_words
from evaldash.ui.figures import pick_on_figure, show_figure, theme


def show_rates(rates: Sequence[ModeRate], order: Sequence[str], *, key: str, most: int = 12) -> None:
    """Show the rates of modes, at most `most` of them; `order` lists all mode ids and fixes their colours."""
    shown = rates[:most]
    show_figure(rates_figure(chart_rows(shown), order, theme=theme()), _table(shown), key=key, alt=_said(shown))


def pick_rate(rates: Sequence[ModeRate], order: Sequence[str], *, key: str, most: int = 12) -> str | None:
    """Show the rates as `show_rates` does; return the mode whose dot was clicked on."""
    shown = rates[:most]
    figure = rates_figure(chart_rows(shown), order, theme=theme(), clickable=True)
    picked = pick_on_figure(figure, _table(shown), key=key, alt=_said(shown))
    return str(picked[0]) if picked else None


def _table(shown: Sequence[ModeRate]) -> list[dict[str, str]]:
    return [{"failure mode": rate.name, "rate": rate_words(rate.rate)} for rate in shown]


def _said(shown: Sequence[ModeRate]) -> str:
    return f"Rates of failure modes. {'; '.join(f'{rate.name}: {_short(rate)}' for rate in shown)}"


def _short(rate: ModeRate) -> str:
    found = rate.rate
    if found.estimate is None or found.low is None or found.high is None:
        return "not estimable"
    return f"{found.estimate * 100:.0f} % ({percent_down(found.low)} to {percent_up(found.high)})"
