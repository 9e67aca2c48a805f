"""Figures that cost time, kept until the project changes: the key is the project with its revision."""

from __future__ import annotations

import streamlit as st

from evaldash.domain.stored import Project
from evaldash.services import overview as overviews
from evaldash.services import saturation as figures
from evaldash.services.overview import Overview
from evaldash.services.reporting import report_text
from evaldash.services.saturation import ModeRate, Saturation
from evaldash.storage.store import Store

MAX_ENTRIES = 32  # revisions times projects; an entry is some kilobytes


def get_overview(store: Store, project: Project) -> Overview:
    """Return where a project stands."""
    return _overview(store, store.url, project)


def get_saturation(store: Store, project: Project, version: int | None) -> Saturation:
    """Return the saturation of a project by a taxonomy version (None: today's)."""
    return _saturation(store, store.url, project, version)


def get_rates(store: Store, project: Project, by: str | None = None) -> list[ModeRate]:
    """Return the rates of a project."""
    return _rates(store, store.url, project, by)


def get_report(store: Store, project: Project, format: str) -> str:
    """Return the report of a project."""
    return _report(store, store.url, project, format)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False)
def _overview(_store: Store, url: str, project: Project) -> Overview:
    return overviews.overview(_store, project)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False)
def _saturation(_store: Store, url: str, project: Project, version: int | None) -> Saturation:
    return figures.saturation(_store, project, version)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False)
def _rates(_store: Store, url: str, project: Project, by: str | None) -> list[ModeRate]:
    return figures.rates(_store, project, by=by)


@st.cache_data(max_entries=MAX_ENTRIES, show_spinner=False)
def _report(_store: Store, url: str, project: Project, format: str) -> str:
    return report_text(_store, project, format=format)
