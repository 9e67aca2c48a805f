"""Fields a team gives its traces: by rules, from clusters, by hand; in filters, strata and rates, on both databases."""

import json
from collections.abc import Iterator

import numpy as np
import pytest

from evaldash.domain.stored import Project
from evaldash.errors import EvaldashError, InvalidInput, NotFound
from evaldash.importers import from_bytes
from evaldash.services.browse import count_traces
from evaldash.services.fields import define_field, drop_field, field_from_clusters, list_fields, set_by_hand
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import find_project
from evaldash.services.sampling import SampleRequest, preview_batch
from evaldash.storage import clusterings
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

TRACES = [conversation(number) for number in range(9)]
RULES = [('metadata.plan = "saver" and version = "1"', "old saver"), ("metric.latency_ms > 500", "slow")]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, TRACES)


def test_the_first_rule_that_holds_counts(store: Store, project: Project) -> None:
    found = define_field(store, project, "kind", RULES, otherwise="other", who="ana")
    assert found.values == {"other": 5, "old saver": 2, "slow": 2}
    assert count_traces(store, project, 'field.kind = "slow" and not field.kind ~ "saver"') == 2
    assert count_traces(store, project, 'field.kind != "other"') == 4
    assert count_traces(store, project, "has field.kind and not has field.missing") == 9
    drawn = preview_batch(store, project, SampleRequest(strategy="stratified", by="field.kind", size=6))
    assert {reason for item in drawn.traces if "old saver" in (reason := item.reason)}


def test_without_a_last_word_some_traces_have_no_value(store: Store, project: Project) -> None:
    define_field(store, project, "kind", RULES)
    assert count_traces(store, project, "not has field.kind") == 5
    assert define_field(store, project, "kind", [("has version", "all")]).values == {"all": 9}
    drop_field(store, project, "kind")
    assert list_fields(store, project) == []


def test_new_traces_get_their_value_at_import(store: Store, project: Project) -> None:
    define_field(store, project, "topic", [('"ferry"', "ferries")], otherwise="trains")
    record = {"id": "f", "messages": [{"role": "user", "content": "Is the ferry late?"}]}
    import_files(store, [from_bytes("f.jsonl", json.dumps(record).encode())], ImportRequest(project=project.name))
    again = find_project(store, project.name)
    assert again is not None
    assert list_fields(store, again)[0].values == {"trains": 9, "ferries": 1}


def test_values_by_hand_and_from_clusters(store: Store, project: Project) -> None:
    set_by_hand(store, project, "user", "staff", ["t1", "t2"])
    assert set_by_hand(store, project, "user", "customer", ["t2", "t3"]).values == {"customer": 2, "staff": 1}
    with pytest.raises(NotFound, match="no clusters"):
        field_from_clusters(store, project, "topic")
    items = [trace.id for trace in TRACES]
    row = ClusteringRow(
        of="traces", method="graph", seed=0, embedder="minilm", text="query", parameters={}, seconds=0.0,
        clusters=[ClusterRow(number=0, label="seats", terms=[], representatives=[], size=6)],
        items=items, numbers=[0] * 6 + [-1] * 3, outlier_scores=[0.0] * 9,
        points=np.zeros((9, 2), dtype=np.float32), layout="pca",
    )  # fmt: skip
    with store.write() as connection:
        clusterings.add(connection, project, row)
    assert field_from_clusters(store, project, "topic").values == {"seats": 6, "fits nowhere": 3}


@pytest.mark.parametrize(
    ("name", "rules", "message"),
    [
        ("1st", RULES, "begins with a letter, got '1st'"),
        ("kind", [], "needs 1 to 100 rules, got 0"),
        ("kind", [("version = ", "x")], "expected a number, a word"),
        ("kind", [("has version", " ")], "a value has 1 to 200 characters"),
    ],
)
def test_what_is_wrong_is_named(
    store: Store, project: Project, name: str, rules: list[tuple[str, str]], message: str
) -> None:
    with pytest.raises(EvaldashError, match=message):
        define_field(store, project, name, rules)
    assert list_fields(store, project) == []


def test_a_field_by_rules_takes_no_value_by_hand(store: Store, project: Project) -> None:
    define_field(store, project, "kind", RULES)
    with pytest.raises(InvalidInput, match="has its values by rules"):
        set_by_hand(store, project, "kind", "x", ["t1"])
    with pytest.raises(NotFound, match="no field 'topic' of your own"):
        preview_batch(store, project, SampleRequest(strategy="stratified", by="field.topic", size=2))
