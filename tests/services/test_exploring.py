"""Services of the page Explore on both databases: colours, facets, search, versions, marks, uses of a selection."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import delete

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Feedback, Role, Step, StepKind
from evaldash.errors import FilterSyntaxError, InvalidInput, NotFound
from evaldash.services import coding, taxonomy
from evaldash.services.browse import count_traces, trace_ids
from evaldash.services.clustering import clustering_stamp, newest_clustering, rename_cluster
from evaldash.services.colouring import NO_CODE, Colouring, colour_fields, colouring
from evaldash.services.exploring import newest_ids, ringed, trend
from evaldash.services.facets import between, equals, facets, joined
from evaldash.services.foreign import foreign_traces, said_languages
from evaldash.services.groups import GroupFailures, edge_of, failures_of_groups
from evaldash.services.growing import compare_versions, versions_of
from evaldash.services.projects import find_project
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.services.searching import load_meaning, search
from evaldash.services.selections import csv_lines, json_lines, keep_selection, kept_selections, pick_batch
from evaldash.services.surprising import mark_surprising, surprising_uses, unmark_surprising
from evaldash.services.trace_table import load_table, mask_of
from evaldash.storage import clusterings, projects
from evaldash.storage.clusterings import ClusteringRow, ClusterRow
from evaldash.storage.schema import traces
from evaldash.storage.store import Store, open_store
from tests.support.traces import START, conversation, make_project

COUNT = 24


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    """24 traces an hour apart, the first half version 1, in groups 0 (15), 1 (6) and noise (3)."""
    made = make_project(store, [
        replace(
            conversation(number, version="1" if number < COUNT // 2 else "2"),
            started_at=START + timedelta(hours=number),
            metadata={"plan": ("free", "pro")[number % 2], "vip": number % 3 == 0, "note": "=1+1", "ids": [number]},
            metrics={"latency_ms": 100.0 * number},
            feedback=(Feedback(name="thumbs", value="down"),) if number == 5 else (),
        )
        for number in range(COUNT)
    ])  # fmt: skip
    items = trace_ids(store, made)
    numbers = [0] * 9 + [1] * 3 + [0] * 6 + [1] * 3 + [-1] * 3
    with store.write() as connection:
        clusterings.add(connection, made, ClusteringRow(
            of="traces", method="graph", seed=0, embedder="minilm", text="query", parameters={}, seconds=0.1,
            clusters=[ClusterRow(number=0, label="trains", terms=[], representatives=items[:3], size=15),
                      ClusterRow(number=1, label="meals", terms=[], representatives=items[9:12], size=6)],
            items=items, numbers=numbers, outlier_scores=[i / COUNT for i in range(COUNT)],
            points=np.arange(2 * COUNT, dtype=np.float32).reshape(-1, 2), layout="pca",
        ))  # fmt: skip
        projects.touch(connection, made)
    return fresh(store, made)


def fresh(store: Store, project: Project) -> Project:
    return find_project(store, project.name) or project


def colours(store: Store, project: Project, field: str) -> Colouring:
    row = newest_clustering(store, project)
    assert row is not None
    return colouring(store, project, row, load_table(store, project), field)


def judge(store: Store, project: Project, trace: str, verdict: Verdict, **more: object) -> None:
    reading = Reading(id=f"r-{trace[:20]}", trace=trace, verdict=verdict, **more)  # type: ignore[arg-type]
    coding.save_reading(store, project, reading, coder="ana")


def test_colours_by_group_name_every_group_and_put_noise_apart(store: Store, project: Project) -> None:
    found = colours(store, project, "cluster")
    assert found.labels == ("trains", "meals", "fits nowhere")
    assert found.counts == (15, 6, 3)
    assert found.noise == (2,)
    assert found.codes.tolist()[7:11] == [0, 0, 1, 1]


def test_colours_by_a_metric_and_by_time_run_from_least_to_most(store: Store, project: Project) -> None:
    found = colours(store, project, "metric.latency_ms")
    assert found.ends == ("0", "2,300")
    assert found.codes[0] == 0
    assert found.codes[-1] == 255
    assert colours(store, project, "started_at").ends == ("01 Mar 2026", "02 Mar 2026")


def test_colours_by_words_count_them_and_say_what_has_none(store: Store, project: Project) -> None:
    assert dict(zip(*[(f := colours(store, project, "metadata.plan")).labels, f.counts], strict=True)) == {
        "free": 12,
        "pro": 12,
    }
    said = colours(store, project, "feedback")
    assert said.labels == ("down", "no feedback")
    assert said.counts == (1, COUNT - 1)
    assert colours(store, project, "version").labels == ("1", "2")


def test_colours_by_verdict_and_mode_follow_the_reading(store: Store, project: Project) -> None:
    ids = trace_ids(store, project)
    mode = taxonomy.create(store, project, "Wrong train", who="ana").taxonomy.modes[0]
    judge(store, project, ids[0], Verdict.FAIL, codes=(OpenCode(id="c", text="wrong", mode=mode.id),))
    judge(store, project, ids[1], Verdict.PASS)
    verdicts = colours(store, project, "verdict")
    assert verdicts.labels == ("pass", "fail", "not read yet")
    assert verdicts.codes[:3].tolist() == [1, 0, 2]
    assert colours(store, project, "mode").labels == ("Wrong train", "not read yet")


def test_only_fields_that_tell_something_are_offered_and_others_refused(store: Store, project: Project) -> None:
    offered = dict(colour_fields(store, project, load_table(store, project)))
    assert {"cluster", "version", "feedback", "started_at", "metric.latency_ms", "metadata.plan"} <= set(offered)
    assert {"verdict", "mode", "metadata.note", "metadata.ids", "metric.turns"}.isdisjoint(offered)
    with pytest.raises(InvalidInput, match=r"metric\.NAME"):
        colours(store, project, "shoe size")


def test_a_trace_that_came_after_the_grouping_changes_no_colour(store: Store, project: Project) -> None:
    row = newest_clustering(store, project)
    assert row is not None
    more = replace(
        row, items=[*row.items, "f" * 64], numbers=[*row.numbers, 0], outlier_scores=[*row.outlier_scores, 0]
    )
    found = colouring(store, project, more, load_table(store, project), "metric.latency_ms")
    assert found.codes[-1] == NO_CODE


def test_facets_count_what_is_left_and_their_filters_select_just_that(store: Store, project: Project) -> None:
    table = load_table(store, project)
    found = facets(store, project, table)
    for item in found.values:
        if item.field != "verdict":
            assert len(newest_ids(store, project, equals(item.field, item.value))) == item.count, item
    assert {item.field for item in found.values} >= {"version", "metadata.plan", "metadata.vip"}
    spread = next(item for item in found.numbers if item.name == "latency_ms")
    assert (spread.low, spread.median, spread.high, sum(spread.bars)) == (0, 1150, 2300, COUNT)
    left = newest_ids(store, project, between("metric.latency_ms", 0.0, 500.0))
    some = facets(store, project, table, left)
    assert some.total == 6
    assert [item.count for item in some.values if item.field == "version"] == [6]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, 'a = "b"'),
        ("version = 1", 'version = 1 and a = "b"'),
        ("x = 1 or y = 2", '(x = 1 or y = 2) and a = "b"'),
        ("x = 1 OR y = 2", '(x = 1 OR y = 2) and a = "b"'),
        ("(x = 1)or\ny = 2", '((x = 1)or\ny = 2) and a = "b"'),
    ],
)
def test_a_choice_joins_the_filter_that_is_there(before: str | None, after: str) -> None:
    assert joined(before, 'a = "b"') == after


def test_values_with_quotes_stay_values(store: Store, project: Project) -> None:
    assert newest_ids(store, project, equals("metadata.plan", 'a" or version = "1')) == []


def test_the_table_is_newest_first_and_a_filter_keeps_the_order(store: Store, project: Project) -> None:
    table = load_table(store, project)
    assert list(table.ids) == trace_ids(store, project)[::-1] == newest_ids(store, project)
    assert mask_of(table, newest_ids(store, project, "version = 2")).tolist() == [True] * 12 + [False] * 12


def test_groups_over_time_are_shares_of_each_span(store: Store, project: Project) -> None:
    row = newest_clustering(store, project)
    assert row is not None
    cluster_of = dict(zip(row.items, row.numbers, strict=True))
    found = trend(load_table(store, project), cluster_of, bins=4)
    assert found is not None
    assert found.totals == (6, 6, 6, 6)
    assert found.shares(0) == [1.0, 0.5, 1.0, 0.0]
    assert found.shares(99) == [0.0] * 4


def test_versions_are_compared_by_share_and_chance(store: Store, project: Project) -> None:
    row, table = newest_clustering(store, project), load_table(store, project)
    assert row is not None
    assert versions_of(table) == ["1", "2"]
    cluster_of = dict(zip(row.items, row.numbers, strict=True))
    rows = compare_versions(table, mask_of(table, None), row.clusters, cluster_of, before="1", after="2")
    trains = next(item for item in rows if item.label == "trains").growth
    assert (trains.before, trains.of_before, trains.after, trains.of_after) == (9, 12, 6, 12)
    assert trains.difference.estimate == pytest.approx(-0.25)
    assert not trains.more_than_chance


def test_a_group_says_what_its_random_reads_tell_and_keeps_the_chosen_apart(store: Store, project: Project) -> None:
    draw_batch(store, project, SampleRequest(strategy="uniform", size=6, seed=1))
    drawn = [item.trace for item in drawn_traces(store, project, 1)]
    rest = [trace for trace in trace_ids(store, project) if trace not in drawn]
    for place, trace in enumerate(drawn):
        judge(store, project, trace, Verdict.FAIL if place == 0 else Verdict.PASS)
    judge(store, project, rest[0], Verdict.FAIL)
    found = failures_of_groups(store, project, dict.fromkeys(trace_ids(store, project), 7))[7]
    assert found == GroupFailures(random_failed=1, random_read=6, chosen_failed=1, chosen_read=1)
    assert found.sentence().startswith("17 % failed (3 to 57 %, level 95 %): 1 of 6 drawn at random.")
    assert "1 of 1 chosen for a reason failed; they give no rate" in found.sentence()
    assert "cannot be estimated" in GroupFailures(chosen_failed=1, chosen_read=2).sentence()


def test_the_edge_of_a_group_fits_least_and_rings_mark_noise(store: Store, project: Project) -> None:
    row = newest_clustering(store, project)
    assert row is not None
    assert edge_of(row, row.clusters[0]) == [row.items[17], row.items[16]]
    kept = replace(row.clusters[0], edge=[row.items[3], row.items[5]])
    assert edge_of(row, kept) == [row.items[3], row.items[5]]  # what the command says of it, the page says too
    assert ringed(row).tolist() == [21, 22, 23]


def test_the_stamp_changes_with_a_name_and_with_nothing_else(store: Store, project: Project) -> None:
    before = clustering_stamp(store, project)
    judge(store, project, trace_ids(store, project)[0], Verdict.PASS)
    assert clustering_stamp(store, project) == before
    rename_cluster(store, project, 0, "night trains", who="ana")
    assert clustering_stamp(store, project) != before


def test_marks_hold_until_they_are_taken_back(store: Store, project: Project) -> None:
    with pytest.raises(InvalidInput, match="name"):
        mark_surprising(store, project, 1, name=" ", sentence="", who="ana")
    with pytest.raises(InvalidInput, match="person"):
        mark_surprising(store, project, 1, name="x", sentence="", who=None)
    with pytest.raises(NotFound, match="no group 9"):
        mark_surprising(store, project, 9, name="x", sentence="", who="ana")
    mark_surprising(store, project, 1, name="Meals", sentence="People order dinner.", who="ana")
    again = mark_surprising(store, project, 1, name="Dinners", sentence="People order dinner here.", who="ana")
    uses = surprising_uses(store, project)
    assert [(use.name, use.size, use.total, use.by) for use in uses] == [("Dinners", 6, COUNT, "ana")]
    assert len(uses[0].examples) == 3
    unmark_surprising(store, project, again.id, who="ana")
    assert surprising_uses(store, project) == []
    with pytest.raises(NotFound):
        unmark_surprising(store, project, again.id, who="ana")


def test_a_selection_becomes_a_batch_that_counts_for_no_rate(store: Store, project: Project) -> None:
    ids = trace_ids(store, project)
    first = pick_batch(store, project, ids[:4], size=10, seed=0, who="ana")
    assert (first.size, first.already_drawn) == (4, 0)
    second = pick_batch(store, project, ids[:10], size=3, seed=0, who="ana")
    assert (second.size, second.already_drawn) == (3, 4)
    drawn = drawn_traces(store, project, second.number)
    assert {item.trace for item in drawn} <= set(ids[4:10])
    assert all(item.stream == "targeted" and item.inclusion_probability is None for item in drawn)
    with pytest.raises(InvalidInput, match="earlier batch already"):
        pick_batch(store, project, ids[:4], size=3, seed=0, who="ana")


def test_a_selection_becomes_a_filter_that_selects_just_that(store: Store, project: Project) -> None:
    ids = trace_ids(store, project)[3:9]
    said = keep_selection(store, project, ids, how="drawn around", who="ana")
    assert newest_ids(store, project, said) == ids[::-1]
    assert count_traces(store, project, f"not ({said})") == COUNT - 6
    assert trace_ids(store, project, f"{said} and metadata.plan = pro") == ids[::2]
    with pytest.raises(InvalidInput, match="at least one trace"):
        keep_selection(store, project, [], how="drawn around", who="ana")


def test_a_selection_is_kept_once_and_says_who_made_it(store: Store, project: Project) -> None:
    ids = trace_ids(store, project)[3:9]
    first = keep_selection(store, project, ids, how="drawn around", who="ana")
    assert keep_selection(store, project, ids[::-1], how="typed", who="ben") == first
    (kept,) = kept_selections(store, project, f"verdict = fail or not ({first})")
    assert (kept.how, kept.by, kept.size, kept.present) == ("drawn around", "ana", 6, 6)
    with store.write() as connection:
        connection.execute(delete(traces).where(traces.c.id == ids[0]))
    assert [row.present for row in kept_selections(store, project, first)] == [5]


@pytest.mark.parametrize("name", ["s0123456789ab", "1e9", '"\0; drop table"', '"<img src=x>"'])
def test_an_unknown_selection_is_refused_with_a_sentence(store: Store, project: Project, name: str) -> None:
    with pytest.raises(FilterSyntaxError, match=r"has no selection .* ask for the link again"):
        count_traces(store, project, f"selection = {name}")
    with pytest.raises(FilterSyntaxError, match="has no selection"):
        newest_ids(store, project, f"version = 1 and not (selection in ({name}))")
    with pytest.raises(FilterSyntaxError, match="not with ~"):
        newest_ids(store, project, f"selection ~ {name}")


def test_a_selection_of_another_project_is_unknown_here(store: Store, project: Project) -> None:
    other = make_project(store, [conversation(1)], name="other")
    said = keep_selection(store, other, trace_ids(store, other), how="drawn around", who=None)
    with pytest.raises(FilterSyntaxError, match="has no selection"):
        count_traces(store, project, said)


def test_downloads_hold_the_selection_and_no_formula(store: Store, project: Project) -> None:
    ids = trace_ids(store, project)[:3]
    rows = list(csv.DictReader("".join(csv_lines(store, project, ids)).splitlines()))
    assert [row["id"] for row in rows] == ids
    assert rows[0]["cluster"] == "trains"
    assert rows[0]["metadata.note"] == "'=1+1"
    assert rows[2]["metric.latency_ms"] == "200.0"
    documents = [json.loads(line) for line in json_lines(store, project, ids)]
    assert [item["id"] for item in documents] == ids
    assert documents[0]["cluster"] == 0
    assert documents[0]["metadata"]["note"] == "=1+1"


def test_search_by_words_alone_then_by_meaning_as_well(store: Store, project: Project) -> None:
    by_words = search(store, project, "bicycle")
    assert by_words
    assert all(hit.has_words and hit.likeness is None for hit in by_words)
    assert search(store, project, "velocipede") == []


@pytest.mark.slow
def test_meaning_finds_what_no_word_says_and_keeps_to_the_filter(store: Store, project: Project) -> None:
    from evaldash.services.embedding import embed_traces

    embed_traces(store, project)
    meaning = load_meaning(store, project, text="query", embedder="minilm", items=trace_ids(store, project))
    found = search(store, project, "room for my bike", meaning=meaning)
    bicycles = {hit.trace for hit in search(store, project, "bicycle")}
    assert found[0].trace in bicycles
    assert not found[0].has_words
    within = search(store, project, "room for my bike", expression="version = 2", meaning=meaning)
    assert {hit.trace for hit in within} <= set(newest_ids(store, project, "version = 2"))


GERMAN = "Wo ist die Rückerstattung für meinen Zug, ich habe sie nicht bekommen"


def asking(store: Store, queries: list[str], numbers: list[int], **run: object) -> tuple[Project, ClusteringRow]:
    """Return a project of these first queries, in groups of these numbers, made by MiniLM unless said otherwise."""
    made = make_project(
        store,
        [
            replace(conversation(n), steps=(Step(kind=StepKind.MESSAGE, role=Role.USER, text=f"{query} {n}?"),),
                    raw=({"n": n},), identity=({"n": n},), external_id=f"q{n}")
            for n, query in enumerate(queries)
        ],
        name="languages",
    )  # fmt: skip
    items = trace_ids(store, made)
    row = ClusteringRow(
        of="traces", method="graph", seed=0, embedder="minilm", text="query", parameters={"embedder": "minilm"},
        seconds=0, clusters=[], items=items, numbers=numbers, outlier_scores=[0.0] * len(items),
    )  # fmt: skip
    return made, replace(row, **run)  # type: ignore[arg-type]


def test_a_group_held_together_by_its_language_is_noticed(store: Store) -> None:
    english = "Where is the refund for my train, I have not got it"
    made, row = asking(
        store, [english] * 30 + [GERMAN] * 4 + ["Quiero saber si el tren está por salir"], [0] * 30 + [1] * 5
    )
    found = foreign_traces(store, made, row)
    assert found is not None
    assert found.share == pytest.approx(5 / 35)
    assert found.languages == ("de", "es")
    assert dict(found.groups) == {1: ("de", "es")}
    assert said_languages(found.languages) == "German and Spanish"
    assert foreign_traces(store, made, replace(row, parameters={"embedder": "openai:any"})) is None


def test_a_few_words_of_another_language_are_no_news(store: Store) -> None:
    made, row = asking(store, ["Where is the refund for my train, I have not got it"] * 38 + [GERMAN] * 2, [0] * 40)
    assert foreign_traces(store, made, row) is None


def test_languages_are_said_in_words() -> None:
    assert said_languages(("de",)) == "German"
    assert said_languages(("es", "fr", "it")) == "Spanish, French and Italian"
    assert said_languages(("es", "fr", "it", "de")) == "Spanish, French, Italian and others"
