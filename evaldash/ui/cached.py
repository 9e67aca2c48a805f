"""Figures that cost time, kept until the project changes: the key is the project with its revision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.reports.codebook import Codebook
from evaldash.reports.story import Story
from evaldash.services import overview as overviews
from evaldash.services import saturation as figures
from evaldash.services.codebook import load_codebook
from evaldash.services.coded import CodedProject, load_coded
from evaldash.services.cycles import Comparison, Cycle, compare, cycles
from evaldash.services.fixes import FixEffect, list_fixes
from evaldash.services.look_again import LookAgain, look_again
from evaldash.services.one_cycle import coded_of_cycle, rates_of_cycle
from evaldash.services.overview import Overview
from evaldash.services.rates import ModeRate, RateTable, rate_table_of
from evaldash.services.report_story import build_story
from evaldash.services.saturation import Saturation, SegmentChance
from evaldash.services.segments import segment_fields
from evaldash.services.taxonomy import TaxonomyView, all_codes, codes_mark, view
from evaldash.services.transitions import Transitions, transitions
from evaldash.storage.open_codes import CodeRow
from evaldash.storage.store import Store

MAX_ENTRIES = 32  # revisions times projects; an entry is some kilobytes
MAX_LOADED = 4  # of all that was read; 10,000 read traces are some 20 MB
BY_URL: dict[str | type, Callable[[Any], Any]] = {Store: lambda store: store.url}


@st.cache_resource(max_entries=MAX_LOADED, show_spinner=False, hash_funcs=BY_URL)
def get_coded(store: Store, project: Project, version: int | None = None) -> CodedProject:
    """Return what was read, as the figures of a page share it: one object for all sessions, of frozen values."""
    return load_coded(store, project, version)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_overview(store: Store, project: Project) -> Overview:
    """Return where a project stands."""
    return overviews.overview_of(store, project, get_coded(store, project), get_taxonomy(store, project))


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_saturation(store: Store, project: Project, version: int | None, cycle: Cycle | None = None) -> Saturation:
    """Return the saturation of a project by a taxonomy version (None: today's), of one cycle or of all."""
    coded = _coded_in(store, project, version, cycle)
    return figures.saturation_of(store, project, coded, among=cycle.traces if cycle else None)


def _coded_in(store: Store, project: Project, version: int | None, cycle: Cycle | None) -> CodedProject:
    coded = get_coded(store, project, version)
    return coded if cycle is None else coded_of_cycle(store, project, coded, cycle.cycle)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_chances(store: Store, project: Project, by: str, cycle: Cycle | None = None) -> list[SegmentChance]:
    """Return the chance of something new for each value of a field."""
    return figures.chances_by(store, project, _coded_in(store, project, None, cycle), by)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_segment_fields(store: Store, project: Project) -> list[str]:
    """Return the fields that are worth breaking down by."""
    return segment_fields(store, project, get_coded(store, project))


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_rate_table(store: Store, project: Project, by: str | None = None, cycle: Cycle | None = None) -> RateTable:
    """Return the rates of a project with their notes, of one cycle or of all."""
    if cycle is not None:
        return rates_of_cycle(store, project, get_coded(store, project), cycle.cycle, by=by)
    return rate_table_of(store, project, get_coded(store, project), by=by)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_cycles(store: Store, project: Project) -> list[Cycle]:
    """Return the product versions with how much of each was read."""
    return cycles(store, project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL, ttl=3600)
def get_look_again(store: Store, project: Project) -> LookAgain:
    """Return what calls for a new round; an hour old at most, since days pass without a write."""
    return look_again(store, project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_fixes(store: Store, project: Project) -> list[FixEffect]:
    """Return what was changed because of failure modes, and what that did."""
    return list_fixes(store, project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_comparison(store: Store, project: Project, before: str, after: str) -> Comparison:
    """Return two versions against each other."""
    return compare(store, project, before, after)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_transitions(store: Store, project: Project, cycle: Cycle | None = None) -> Transitions:
    """Return where agents go wrong, in one cycle or in all."""
    coded = _coded_in(store, project, None, cycle)
    return transitions(store, project, inside=frozenset(item.trace for item in coded.traces))


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_rates(store: Store, project: Project, by: str | None = None) -> list[ModeRate]:
    """Return the rates of a project."""
    return list(rate_table_of(store, project, get_coded(store, project), by=by).rates)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_story(store: Store, project: Project, masked: bool) -> Story:
    """Return the report of a project as a story, its personal data masked or not."""
    return build_story(store, project, mask=masked)


@st.cache_resource(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_taxonomy(store: Store, project: Project) -> TaxonomyView:
    """Return today's taxonomy with the codes of each mode; shared by all sessions, as it is frozen."""
    return view(store, project, codes=_codes(store, project, project.key, codes_mark(store, project)))


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs=BY_URL)
def _codes(store: Store, _project: Project, key: int, mark: tuple[int, int]) -> tuple[CodeRow, ...]:  # noqa: ARG001 (by these it is kept)
    """Return all codes; what moves them between modes leaves them as they are, so 5,000 are not read at each move."""
    return all_codes(store, _project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_codebook(store: Store, project: Project) -> Codebook:
    """Return the codebook of today's taxonomy."""
    return load_codebook(store, project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False, hash_funcs=BY_URL)
def get_blind_codebook(store: Store, project: Project, version: int, without: frozenset[str]) -> Codebook:
    """Return the codebook of a version with no quote from the traces of `without`."""
    return load_codebook(store, project, version=version, without=without)
