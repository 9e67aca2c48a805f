"""What a reader of a chart would notice: counts, whole numbers, words, colours, and that foreign text stays text."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evaldash.charts.heat import Cell, heat_figure
from evaldash.charts.palette import mode_colour, palette, safe, shortened, wrapped
from evaldash.charts.rates import RateRow, rates_figure
from evaldash.charts.saturation import new_modes_figure
from evaldash.charts.trends import trend_figure

ROOT = Path(__file__).parents[2]
HOSTILE = "<a href='http://evil'>x</a> <b>bold</b> $x^2$ & more\n\x1b[31m"


@dataclass(frozen=True)
class Bar:
    batch: int | None
    read: int
    new_uniform: int
    new_targeted: int


@dataclass(frozen=True)
class Point:
    traces: int
    modes: float
    low: float
    high: float


def batches(*news: tuple[int, int]) -> list[Bar]:
    return [Bar(number, 20, *new) for number, new in enumerate(news, start=1)]


def named(figure, name):
    return next(trace for trace in figure.data if trace.name == name)


def words_of(figure) -> str:
    return " ".join(str(note.text) for note in figure.layout.annotations)


class TestSaturation:
    def test_bars_hold_the_counts_of_each_stream_and_the_batch_to_open(self):
        figure = new_modes_figure([*batches((5, 2), (0, 1)), Bar(None, 3, 0, 4)], [(0, 0), (43, 12)])
        assert list(named(figure, "random").y) == [5, 0, 0]
        assert list(named(figure, "targeted").y) == [2, 1, 4]
        assert list(named(figure, "targeted").customdata) == [1, 2, -1]
        assert figure.layout.barmode == "stack"

    def test_targeted_bars_are_hatched_and_random_ones_full(self):
        figure = new_modes_figure(batches((1, 1)))
        assert named(figure, "targeted").marker.pattern.shape == "/"
        assert named(figure, "random").marker.pattern.shape == ""

    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize(
        "news",
        [
            pytest.param([(3, 0)], id="one-batch"),
            pytest.param([(0, 0), (0, 0)], id="no-modes"),
            pytest.param([(40, 20), (3, 1)], id="sixty-modes"),
            pytest.param([(1, 0)] * 60, id="sixty-batches"),
        ],
    )
    def test_counts_stand_on_whole_numbers_from_zero(self, news, theme):
        total = sum(map(sum, news))
        figure = new_modes_figure(batches(*news), [(0, 0), (20 * len(news), total)], theme=theme)
        for axis in (figure.layout.yaxis, figure.layout.yaxis2, figure.layout.xaxis2):
            assert axis.dtick == int(axis.dtick)
            assert axis.dtick >= 1
            assert axis.range[0] == 0
            assert axis.range[1] / axis.dtick <= 9
            assert axis.zeroline
        assert figure.layout.yaxis2.range[1] >= total

    def test_nothing_read_says_so(self):
        figure = new_modes_figure([])
        assert "Nothing read yet" in words_of(figure)
        assert not figure.data

    def test_without_a_line_there_are_only_bars(self):
        figure = new_modes_figure(batches((1, 0)))
        assert {trace.type for trace in figure.data} == {"bar", "scatter"}
        assert "yaxis2" not in figure.layout.to_plotly_json()

    def test_the_band_encloses_the_expected_curve_and_the_line_ends_with_its_number(self):
        curve = [Point(1, 1.0, 0.0, 2.5), Point(2, 2.0, 1.0, 3.5)]
        figure = new_modes_figure(batches((2, 0)), [(0, 0), (1, 1), (2, 2)], curve)
        low, high = named(figure, "band low").y, named(figure, "band high").y
        assert all(a <= b <= c for a, b, c in zip(low, named(figure, "expected").y, high, strict=True))
        assert named(figure, "seen").line.shape == "hv"
        assert "<b>2</b>" in words_of(figure)

    def test_what_lies_ahead_is_dashed_and_within_the_axes(self):
        curve = [Point(1, 1.0, 0.0, 2.5), Point(2, 2.0, 1.0, 3.5)]
        ahead = [Point(2, 2.0, 2.0, 2.0), Point(22, 5.0, 2.5, 9.0)]
        figure = new_modes_figure(batches((2, 0)), [(0, 0), (1, 1), (2, 2)], curve, ahead)
        assert named(figure, "ahead").line.dash == "dash"
        assert list(named(figure, "ahead high").y) == [2.0, 9.0]
        assert figure.layout.xaxis2.range[1] > 22
        assert figure.layout.yaxis2.range[1] > 9


class TestHeat:
    def cells(self):
        return [
            Cell(row="dates", column="1.4", value=0.2, text="20 % of 30", words="x", key="k1"),
            Cell(row=HOSTILE, column="1.5", value=0.5, text="50 % of 2", words="y", key="k2", is_small=True),
        ]

    def test_small_cells_stand_in_brackets_without_colour(self):
        figure = heat_figure(self.cells(), ["dates", HOSTILE], ["1.4", "1.5"])
        assert list(named(figure, "cells").text) == ["20 % of 30", "(50 % of 2)"]
        assert [list(row) for row in figure.data[0].z] == [[0.2, None], [None, None]]
        assert list(named(figure, "cells").customdata) == ["k1", "k2"]

    def test_foreign_names_stay_text(self):
        figure = heat_figure(self.cells(), ["dates", HOSTILE], ["1.4", "1.5"])
        shown = " ".join([*figure.layout.yaxis.ticktext, *named(figure, "cells").hovertext])
        assert "<a" not in shown
        assert "&lt;a" in shown

    def test_foreign_words_stay_text(self):
        cell = Cell(row="a", column="b", value=1, text="1", words=f"right up to {HOSTILE}", key="k")
        [shown] = named(heat_figure([cell], ["a"], ["b"]), "cells").hovertext
        assert "<a" not in shown
        assert "&lt;a" in shown

    def test_nothing_says_so(self):
        assert "No step yet" in words_of(heat_figure([], [], [], empty="No step yet."))


class TestRates:
    def row(self, **more):
        return replace(RateRow(id="m", name="dates", estimate=0.18, low=0.12, high=0.255, n=120), **more)

    def test_the_row_says_rate_bounds_and_denominator_with_bounds_rounded_outward(self):
        assert "<b>18 %</b> (12 to 26) of 120" in words_of(rates_figure([self.row()]))

    def test_only_a_figure_that_takes_clicks_promises_that_one_does_something(self):
        for clickable in (True, False):
            assert (
                "Click" in named(rates_figure([self.row()], clickable=clickable), "rates").hovertext[0]
            ) == clickable
            bars = new_modes_figure(batches((1, 1)), clickable=clickable)
            assert ("Click" in named(bars, "random").hovertext[0]) == clickable

    def test_a_weighted_rate_says_what_it_is_worth(self):
        assert "of 120, worth 43" in words_of(rates_figure([self.row(weighted=True, n_eff=43.2)]))

    def test_what_cannot_be_estimated_has_words_and_no_dot(self):
        figure = rates_figure([self.row(estimate=None, low=None, high=None)])
        assert "cannot be estimated from these 120 traces" in words_of(figure)
        assert len(named(figure, "rates").x) == 0

    def test_long_names_are_cut_on_the_axis_and_whole_on_hover(self):
        name = "Invents a policy that the company does not have and cites it with great confidence"
        figure = rates_figure([self.row(name=name)])
        assert len(figure.layout.yaxis.ticktext[0]) <= 46
        assert name in named(figure, "rates").hovertext[0].replace("<br>", " ")

    def test_the_axis_starts_at_zero_and_holds_every_bound(self):
        figure = rates_figure([self.row(), self.row(high=0.9)])
        assert figure.layout.xaxis.range[0] == 0
        assert figure.layout.xaxis.range[1] >= 0.9

    def test_a_mode_keeps_its_colour_when_the_rows_change_places(self):
        a, b = self.row(id="a"), self.row(id="b")
        colours = [
            dict(zip(dots.customdata, dots.marker.color, strict=True))
            for dots in (named(rates_figure(rows, ["a", "b"]), "rates") for rows in ([a, b], [b, a]))
        ]
        assert colours[0] == colours[1]

    def test_no_rows_say_so(self):
        assert "No failure modes yet" in words_of(rates_figure([]))


class TestTrends:
    begins = tuple(datetime(2026, 3, day, tzinfo=UTC) for day in (1, 2, 3))

    def figure(self):
        return trend_figure(
            self.begins,
            {"1": [0.1, 0.2, 0.3], "2": [0.5, 0.4, 0.3]},
            names={"1": "seats", "2": HOSTILE},
            order=["1", "2"],
        )

    def test_each_line_carries_its_name_and_the_colour_it_has_on_the_map(self):
        figure = self.figure()
        assert "seats" in words_of(figure)
        assert not figure.layout.showlegend
        assert named(figure, "seats").line.color == mode_colour("1", ["1", "2"])

    def test_names_of_lines_that_end_together_do_not_lie_on_one_another(self):
        heights = sorted(note.y for note in self.figure().layout.annotations)
        assert heights[1] - heights[0] > 0.02

    def test_foreign_names_stay_text(self):
        figure = self.figure()
        shown = words_of(figure) + " ".join(" ".join([trace.name, *trace.hovertext]) for trace in figure.data)
        assert "<a" not in shown
        assert "&lt;a" in shown


class TestPalette:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_the_colours_are_those_of_the_theme(self, theme):
        config = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"][theme]
        colours = palette(theme)
        assert list(colours.series) == config["chartCategoricalColors"]
        assert (colours.failed, colours.passed, colours.deferred) == (
            config["redColor"],
            config["greenColor"],
            config["orangeColor"],
        )
        assert (colours.ink, colours.ground) == (config["textColor"], config["backgroundColor"])

    def test_the_first_eight_differ_then_come_greys_and_strangers_are_noise(self):
        order = [str(i) for i in range(12)]
        colours = [mode_colour(mode, order) for mode in order]
        assert len(set(colours[:8])) == 8
        assert set(colours[8:]) == set(palette("light").greys)
        assert mode_colour("gone", order) == palette("light").noise

    def test_figures_are_transparent(self):
        layout = rates_figure([]).layout
        assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"

    def test_escaped_text_reads_the_same(self):
        assert safe("a < b & c") == "a &lt; b &amp; c"

    @pytest.mark.parametrize(
        ("text", "limit", "expected"),
        [
            pytest.param("short", 10, "short", id="as-it-is"),
            pytest.param("refund dates are wrong", 15, "refund dates…", id="at-a-word"),
            pytest.param("x" * 30, 10, "x" * 9 + "…", id="one-long-word"),
        ],
    )
    def test_names_are_cut_where_a_word_ends(self, text, limit, expected):
        assert shortened(text, limit) == expected

    def test_hover_text_is_broken_into_lines(self):
        assert max(map(len, wrapped("word " * 100).split("<br>"))) <= 60
