"""The demo loads through the product itself, once, and can be restored."""

from collections.abc import Iterator

import pytest

from evaldash.services import coding, taxonomy
from evaldash.services.clustering import newest_clustering
from evaldash.services.demo import CODER, load_demo
from evaldash.services.projects import find_project
from evaldash.services.sampling import list_batches
from evaldash.storage.store import Store, open_store
from tools.demo.written import read_conversations

pytestmark = pytest.mark.slow


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


def test_no_page_of_the_demo_is_empty_and_loading_twice_changes_nothing(store: Store) -> None:
    report = load_demo(store)
    assert (report["traces_new"], report["records_rejected"]) == (len(read_conversations()), 0)
    project = find_project(store, "demo")
    assert project is not None
    rows = list_batches(store, project)
    assert [row.read for row in rows] == [row.size for row in rows]
    now = taxonomy.view(store, project)
    assert now.taxonomy.modes
    assert all(now.by_mode[mode.id] for mode in now.taxonomy.modes)
    assert newest_clustering(store, project) is not None
    said = coding.list_annotations(store, project)
    again = load_demo(store)
    assert (again["traces_new"], again["traces_duplicate"]) == (0, report["traces_new"])
    assert coding.list_annotations(store, project) == said


def test_reset_brings_the_demo_back_as_it_came(store: Store) -> None:
    load_demo(store)
    project = find_project(store, "demo")
    assert project is not None
    before = [mode.name for mode in taxonomy.view(store, project).taxonomy.modes]
    taxonomy.retire(store, project, before[0], who="ana")
    load_demo(store, reset=True)
    restored = find_project(store, "demo")
    assert restored is not None
    assert [mode.name for mode in taxonomy.view(store, restored).taxonomy.modes] == before
    assert {item.coder for item in coding.list_annotations(store, restored)} == {CODER, "Henrike"}
