"""The demo loads through the product itself, once, quickly, and can be restored."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evaldash.domain.batch import Stream
from evaldash.domain.stored import Project
from evaldash.services import coding, taxonomy
from evaldash.services.clustering import newest_clustering
from evaldash.services.demo import CODER, load_demo
from evaldash.services.projects import find_project
from evaldash.services.reporting import report_bytes
from evaldash.services.sampling import drawn_traces, list_batches
from evaldash.services.saturation import saturation
from evaldash.storage.store import Store, open_store
from tools.demo.written import read_conversations

TRACES = len(read_conversations())


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path: Path = tmp_path_factory.mktemp("demo") / "demo.db"
    opened = open_store(f"sqlite:///{path}")
    opened_with = set(sys.modules)
    load_demo(opened)
    assert "torch" in opened_with or "torch" not in sys.modules, "the demo opens without waiting for the model"
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    found = find_project(store, "demo")
    assert found is not None
    return found


def test_four_batches_of_a_hundred_are_read_half_of_them_drawn_at_random(store: Store, project: Project) -> None:
    rows = list_batches(store, project)
    assert [row.strategy for row in rows] == ["mixed"] * 4
    assert sum(row.size for row in rows) == 100
    streams = [item.stream for row in rows for item in drawn_traces(store, project, row.number)]
    assert streams.count(Stream.UNIFORM) == 50
    coded = {item.trace for item in coding.list_annotations(store, project, coder=CODER)}
    assert coded == {item.trace for row in rows for item in drawn_traces(store, project, row.number)}


def test_a_second_coder_read_some_of_the_same(store: Store, project: Project) -> None:
    assert set(coding.list_coders(store, project)) == {CODER, "Henrike"}
    second = coding.list_annotations(store, project, coder="Henrike")
    assert 15 <= len(second) <= 20


def test_codes_are_grouped_twice_with_a_merge_between_and_none_is_left_empty(store: Store, project: Project) -> None:
    changes = taxonomy.history(store, project)
    published = [change.published for change in changes if change.published]
    assert published == ["First reading", "Second reading"]
    assert "merge" in [change.action for change in changes]
    now = taxonomy.view(store, project)
    assert all(now.by_mode[mode.id] and mode.definition for mode in now.taxonomy.modes)
    assert "Hand-off announced but not made" in [mode.name for mode in now.taxonomy.modes]


def test_reading_has_not_shown_all_there_is(store: Store, project: Project) -> None:
    found = saturation(store, project)
    assert found.traces_read >= 90
    assert found.modes_seen >= 12
    assert found.chance.upper > 0.1
    assert found.as_json()["advice"].startswith("Go on")


def test_groups_are_many_and_hold_most_traces(store: Store, project: Project) -> None:
    run = newest_clustering(store, project)
    assert run is not None
    assert 6 <= len(run.clusters) <= 25
    assert sum(cluster.size for cluster in run.clusters) >= 0.8 * TRACES


def test_the_report_quotes_notes_and_counts(store: Store, project: Project) -> None:
    text = report_bytes(store, project).decode()
    assert "Policy or offer made up" in text
    assert "%" in text


def test_loading_again_changes_nothing(store: Store, project: Project) -> None:
    said = coding.list_annotations(store, project)
    version = taxonomy.view(store, project).taxonomy.version
    again = load_demo(store)
    assert (again["traces_new"], again["traces_duplicate"], again["records_rejected"]) == (0, TRACES, 0)
    assert coding.list_annotations(store, project) == said
    assert taxonomy.view(store, project).taxonomy.version == version


def test_reset_brings_the_demo_back_as_it_came(store: Store, project: Project) -> None:
    before = [mode.name for mode in taxonomy.view(store, project).taxonomy.modes]
    drawn = [item.trace for item in drawn_traces(store, project, 4)]
    taxonomy.retire(store, project, before[0], who="ana")
    load_demo(store, reset=True)
    restored = find_project(store, "demo")
    assert restored is not None
    assert [mode.name for mode in taxonomy.view(store, restored).taxonomy.modes] == before
    assert [item.trace for item in drawn_traces(store, restored, 4)] == drawn
