"""A store and a small project for the pages, all of which go through app.py."""

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.services import coding, taxonomy
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project


@pytest.fixture(autouse=True)
def _every_entry_goes_through_app_py(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as `evaldash serve` does; else AppTest takes pages/ for pages of Streamlit's older kind and runs them alone.

    AppTest forgets the setting before each run, so it is made where a run begins.
    """
    begin = PagesManager.__init__

    def begin_without_pages_folder(self: PagesManager, *arguments: Any, **options: Any) -> None:
        PagesManager.uses_pages_directory = False
        begin(self, *arguments, **options)

    monkeypatch.setattr(PagesManager, "__init__", begin_without_pages_folder)


@pytest.fixture
def url(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("EVALDASH_DATABASE_URL", sqlite_url)
    return sqlite_url


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    """Return a project of 12 traces, 6 drawn, 5 judged (2 failed, one note without a mode), one mode."""
    made = make_project(store, [conversation(number) for number in range(12)])
    mode = taxonomy.create(store, made, "Wrong train", who="ana").taxonomy.modes[0]
    draw_batch(store, made, SampleRequest(strategy="uniform", size=6, seed=1))
    ids = [item.trace for item in drawn_traces(store, made, 1)]
    codes = [
        (OpenCode(id="c1", text="looked up another train", step=3, mode=mode.id),),
        (OpenCode(id="c2", text="curt"),),
    ]
    for place, trace in enumerate(ids[:5]):
        failed = place < len(codes)
        verdict = Verdict.FAIL if failed else Verdict.PASS
        reading = Reading(id=f"s{place}", trace=trace, verdict=verdict, codes=codes[place] if failed else (), batch=1)
        coding.save_reading(store, made, reading, coder="ana")
    return made
