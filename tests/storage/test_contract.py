"""What every store does, whatever the database: one suite over SQLite and PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from evaldash.domain.batch import DrawnTrace, Stream
from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.filters import parse_filter
from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import FailureMode, Suggestion, Taxonomy
from evaldash.domain.trace import Feedback, ImportIssue, Role, Step, StepKind, Trace
from evaldash.errors import Ambiguous, NotFound
from evaldash.storage import (
    batches,
    deskwork,
    imports,
    jobs,
    open_codes,
    projects,
    readings,
    suggestions,
    taxonomies,
    traces,
    vectors,
)
from evaldash.storage.store import Connection, Store, open_store

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NASTY = "NUL \x00, a lone surrogate \ud83d, '; DROP TABLE traces; --, <b>, 雨 and 🌧"


def make_trace(number: int, *, text: str = "Where is my parcel?", **more: object) -> Trace:
    raw = {"number": number, "text": text}
    steps = (
        Step(kind=StepKind.MESSAGE, role=Role.USER, text=text, source_positions=(0,)),
        Step(kind=StepKind.TOOL_CALL, name="track", arguments={"id": number}, result=[1, None],
             source_positions=(1, 2)),
        Step(kind=StepKind.MESSAGE, role=Role.ASSISTANT, text=f"Parcel {number} is late", parent=1),
    )  # fmt: skip
    values: dict[str, object] = {"external_id": f"t{number}", "started_at": START + timedelta(days=number), **more}
    return Trace(steps=steps, raw=(raw,), identity=(raw,), format="test", **values)  # type: ignore[arg-type]


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = open_store(store_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    with store.write() as connection:
        return projects.create(connection, "parcels")


def add(connection: Connection, project: Project, *given: Trace) -> traces.Added:
    key = imports.start(connection, project, paths=["a.jsonl"], unit="auto", version=None, by=None)
    return traces.add(connection, project, key, given)


def read(
    store: Store, project: Project, trace: Trace, verdict: Verdict, *codes: OpenCode, coder: str = "ana", id: str = ""
) -> None:
    reading = Reading(id=id or f"{coder}-{trace.id[:8]}-{verdict}", trace=trace.id, verdict=verdict, codes=codes)
    with store.write() as connection:
        key = traces.keys_of(connection, project, [trace.id])[trace.id]
        readings.add(connection, project, reading, coder=coder, trace_key=key, batch_key=None)


def test_a_trace_comes_back_as_it_went_in(store: Store, project: Project) -> None:
    given = make_trace(1, text=NASTY, metadata={"plan": "pro", "n": 3}, metrics={"latency_ms": 12.5}, tags=("vip",))
    with store.write() as connection:
        add(connection, project, given)
    with store.read() as connection:
        found = traces.load(connection, project, [given.id])[0]
        assert traces.raw(connection, project, given.id) == list(given.raw)
    assert found.steps == given.steps
    assert found.head.started_at == given.started_at
    assert found.head.metadata == {"plan": "pro", "n": 3}
    assert found.head.metrics["latency_ms"] == 12.5
    assert found.head.metrics["tool_calls"] == 1
    assert list(found.head.tags) == ["vip"]
    assert "DROP TABLE" in found.head.query


def test_the_same_traces_again_change_nothing(store: Store, project: Project) -> None:
    given = [make_trace(number) for number in range(3)]
    with store.write() as connection:
        assert add(connection, project, *given) == traces.Added(new=3)
        assert add(connection, project, *given, given[0]) == traces.Added(duplicate=4)
        assert traces.count(connection, project) == 3


def test_new_feedback_on_a_known_trace_is_an_update_once(store: Store, project: Project) -> None:
    bare, said = make_trace(1), make_trace(1, feedback=(Feedback(name="thumbs", value="down", comment="late"),))
    with store.write() as connection:
        add(connection, project, bare)
        before = traces.newest_feedback(connection)
        assert add(connection, project, said) == traces.Added(duplicate=1, updated=1)
        assert traces.newest_feedback(connection) > before
        assert add(connection, project, said) == traces.Added(duplicate=1)
        assert traces.load(connection, project, [bare.id])[0].feedback == said.feedback


def test_what_is_written_in_a_failed_transaction_is_gone(store: Store, project: Project) -> None:
    def fail_after_writing() -> None:
        with store.write() as connection:
            add(connection, project, make_trace(1))
            raise NotFound("stop")

    with pytest.raises(NotFound):
        fail_after_writing()
    with store.read() as connection:
        assert traces.count(connection, project) == 0
        assert imports.listing(connection, project) == []


@pytest.mark.parametrize("name", ["id", "prefix", "external"])
def test_a_trace_is_found_by_each_of_its_names(store: Store, project: Project, name: str) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given, make_trace(2))
        names = {"id": given.id, "prefix": given.id[:6], "external": "t1"}
        assert traces.resolve(connection, project, names[name]) == given.id


def test_names_of_several_or_no_traces_are_refused(store: Store, project: Project) -> None:
    twins = [make_trace(1, external_id="same"), make_trace(2, external_id="same")]
    with store.write() as connection:
        add(connection, project, *twins)
        with pytest.raises(Ambiguous, match=twins[1].id[:12]):
            traces.resolve(connection, project, "same")
        with pytest.raises(NotFound, match="there is no trace 'abc'"):
            traces.resolve(connection, project, "abc")


FILTERS = {
    "metric": ("metric.latency_ms > 150", {2, 3}),
    "metadata text": ('metadata.plan = "pro"', {1, 3}),
    "metadata number": ("metadata.n >= 2", {2, 3}),
    "metadata that is a word is no number": ("metadata.plan > 1", set()),
    "contains": ("metadata.plan ~ PR", {1, 3}),
    "in": ("metadata.n in (0, 3)", {0, 3}),
    "not": ('not metadata.plan = "pro"', {0, 2}),
    "feedback": ("feedback = down", {0}),
    "feedback in words": ('feedback ~ "late"', {0}),
    "tag": ("has tag.vip", {1}),
    "tag is false": ("tag.vip = false", {0, 2, 3}),
    "date": ("started_at >= 2026-03-03", {2, 3}),
    "id": ("id = t2", {2}),
    "search": ('"parcel 3"', {3}),
    "verdict is the first coder's": ("verdict = fail", {1}),
    "no verdict": ("not has verdict", {0, 3}),
    "coder": ("coder = ben", {1}),
    "mode": ('mode = "Wrong date"', {1}),
    "batch": ("batch = 1", {2, 3}),
    "and, or, not": ('(batch = 1 or verdict = fail) and not metadata.plan = "pro"', {2}),
    "percent sign is a text": ("metadata.plan ~ %", set()),
}


@pytest.mark.parametrize(("expression", "expected"), FILTERS.values(), ids=FILTERS.keys())
def test_filters_select(store: Store, project: Project, expression: str, expected: set[int]) -> None:
    given = [
        make_trace(
            number,
            metadata={"plan": "pro" if number % 2 else "free", "n": number},
            metrics={"latency_ms": 100.0 * number},
            tags=("vip",) if number == 1 else (),
            feedback=(Feedback(name="thumbs", value="down", comment="so late"),) if number == 0 else (),
        )
        for number in range(4)
    ]
    with store.write() as connection:
        add(connection, project, *given)
        drawn = [
            DrawnTrace(trace=item.id, stream=Stream.UNIFORM, inclusion_probability=0.5, reason="") for item in given[2:]
        ]
        batches.add(
            connection, project, drawn, strategy="uniform", seed=1, filter=None, frame_size=4, frame_hash="f",
            parameters={}, coder=None,
        )  # fmt: skip
    read(store, project, given[1], Verdict.FAIL, OpenCode(id="code-1", text="wrong date", step=3))
    read(store, project, given[1], Verdict.PASS, coder="ben")
    read(store, project, given[2], Verdict.PASS)
    with store.write() as connection:
        mode = FailureMode(id="m1", name="Wrong date")
        taxonomy = Taxonomy(modes=(mode,), assignments={"code-1": "m1"})
        taxonomies.save(connection, project, taxonomy, action="create", summary="", by="ana")
        selected = traces.ids(connection, project, parse_filter(expression))
    assert {number for number, item in enumerate(given) if item.id in selected} == expected


def test_a_number_in_a_filter_means_the_word_as_it_was_written(store: Store, project: Project) -> None:
    given = [
        make_trace(0, session="20240501", version="1.10", metadata={"ticket": "0042"}, metrics={"cost_usd": 1.1}),
        make_trace(1, session="20240502", version="1.1", metadata={"ticket": "42"}, metrics={"cost_usd": 1.1}),
    ]
    with store.write() as connection:
        add(connection, project, *given)

    def found(expression: str) -> list[str]:
        with store.read() as connection:
            return traces.ids(connection, project, parse_filter(expression))

    first, second = (item.id for item in given)
    assert found("session = 20240501") == [first]
    assert found("session in (20240502, 7)") == [second]
    assert found("version = 1.10") == [first]
    assert found("version = 1.1") == [second]
    assert found("metadata.ticket ~ 0042") == [first]
    assert found("metadata.ticket = 0042") == [first, second]  # both are the number 42
    assert found("metric.cost_usd = 1.10") == [first, second]


def test_a_project_in_place_of_a_deleted_one_is_another_to_caches(store: Store) -> None:
    seen = []
    for _ in range(2):
        with store.write() as connection:
            made = projects.create(connection, "wrong file")
            projects.touch(connection, made)
            found = projects.find(connection, "wrong file")
            assert found is not None
            seen.append((found.key, found.revision))
            projects.delete(connection, made)
    assert seen[0] != seen[1]


def test_a_beginning_that_several_suggestions_share_is_refused_with_them(store: Store, project: Project) -> None:
    with store.write() as connection:
        for id in ("abc111", "abc222"):
            made = Suggestion(id=id, method="local", modes=(), left_over=())
            suggestions.add(connection, project, made, taxonomy_version=0, input={}, seconds=0, by=None)
    with store.read() as connection:
        assert suggestions.find(connection, project, "abc2")[1].id == "abc222"
        with pytest.raises(Ambiguous, match="abc222, abc111"):
            suggestions.find(connection, project, "abc")
        with pytest.raises(NotFound, match="there is no suggestion"):
            suggestions.find(connection, project, "")


def test_a_save_sent_twice_is_one_annotation(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
    for _ in range(2):
        read(store, project, given, Verdict.FAIL, OpenCode(id="c1", text=NASTY, step=3), id="save-1")
    with store.read() as connection:
        assert [item.id for item in readings.current(connection, project)] == ["save-1"]
        assert [code.id for code in open_codes.codes(connection, project)] == ["c1"]
        assert len(readings.history(connection, project, given.id)) == 1


def test_the_newest_annotation_counts_and_the_older_stays(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
    read(store, project, given, Verdict.FAIL, OpenCode(id="c1", text="first words"))
    read(store, project, given, Verdict.FAIL, OpenCode(id="c1", text="better words"), id="again")
    with store.read() as connection:
        assert [code.text for code in open_codes.codes(connection, project)] == ["better words"]
        assert len(readings.history(connection, project, given.id)) == 2


def test_retracting_a_first_save_leaves_the_trace_unread(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
    read(store, project, given, Verdict.PASS, id="one")
    with store.write() as connection:
        assert readings.retract(connection, project, id="undo", takes_back="one", coder="ana")
        assert not readings.retract(connection, project, id="undo", takes_back="one", coder="ana")
        assert readings.current(connection, project) == []
        assert readings.reference(connection, project) == []
        assert [entry[2] for entry in readings.history(connection, project, given.id)] == ["pass", "retracted"]


def test_retracting_a_later_save_brings_the_earlier_reading_back(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
    read(store, project, given, Verdict.FAIL, OpenCode(id="c1", text="late"), id="one")
    read(store, project, given, Verdict.PASS, id="two")
    with store.write() as connection:
        readings.retract(connection, project, id="undo", takes_back="two", coder="ana")
        now = readings.current(connection, project)[0]
    assert now.verdict is Verdict.FAIL
    assert [code.text for code in now.codes] == ["late"]


def test_the_reference_is_the_first_coders_until_somebody_decides(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
    read(store, project, given, Verdict.FAIL, coder="ana")
    read(store, project, given, Verdict.PASS, coder="ben")
    read(store, project, given, Verdict.FAIL, coder="ana", id="ana again")
    decided = Project(key=project.key, name=project.name, revision=0, deciding_coder="ben")
    with store.read() as connection:
        assert readings.reference(connection, project)[0].verdict is Verdict.FAIL
        assert readings.reference(connection, decided)[0].verdict is Verdict.PASS
        assert len(readings.reference(connection, project)) == 1


def test_reading_order_is_that_of_the_first_verdicts(store: Store, project: Project) -> None:
    first, second = make_trace(1), make_trace(2)
    with store.write() as connection:
        add(connection, project, first, second)
    read(store, project, second, Verdict.PASS)
    read(store, project, first, Verdict.PASS)
    read(store, project, second, Verdict.FAIL, id="later")
    with store.read() as connection:
        assert [item.trace for item in readings.reference(connection, project)] == [second.id, first.id]


def test_drafts_are_kept_until_cleared(store: Store, project: Project) -> None:
    given = make_trace(1)
    with store.write() as connection:
        add(connection, project, given)
        key = traces.keys_of(connection, project, [given.id])[given.id]
        deskwork.save_draft(connection, trace_key=key, coder="ana", content={"text": "half a"})
        deskwork.save_draft(connection, trace_key=key, coder="ana", content={"text": NASTY})
        deskwork.save_draft(connection, trace_key=key, coder="ben", content={"text": "other"})
    with store.write() as connection:
        kept = deskwork.drafts_of(connection, project, coder="ana")[given.id]
        assert isinstance(kept, dict)
        assert "DROP TABLE" in str(kept["text"])
        deskwork.save_draft(connection, trace_key=key, coder="ana", content=None)
        assert deskwork.drafts_of(connection, project, coder="ana") == {}
        assert len(deskwork.drafts_of(connection, project, coder="ben")) == 1


def test_every_taxonomy_version_can_be_read_again(store: Store, project: Project) -> None:
    first = Taxonomy(modes=(FailureMode(id="a", name="A"), FailureMode(id="b", name="B")), assignments={"x": "a"})
    second = Taxonomy(modes=(FailureMode(id="a", name="A2"),), assignments={"x": "a", "y": "a"})
    with store.write() as connection:
        for taxonomy in (first, second):
            taxonomies.save(connection, project, taxonomy, action="edit", summary="", by="ana")
        taxonomies.publish(connection, project, 2, "spring")
    with store.read() as connection:
        assert taxonomies.load(connection, project, 0) == Taxonomy()
        assert taxonomies.load(connection, project, 1).modes == first.modes
        assert taxonomies.load(connection, project, 1).assignments == first.assignments
        now = taxonomies.load(connection, project)
        assert (now.version, now.published, now.modes, now.assignments) == (
            2,
            "spring",
            second.modes,
            second.assignments,
        )
        with pytest.raises(NotFound, match="versions go from 0 to 2"):
            taxonomies.load(connection, project, 3)


def test_vectors_are_kept_once_per_text_and_embedder(store: Store, project: Project) -> None:
    import numpy as np

    vector = np.array([0.25, -1.5, 3.0], dtype=np.float32)
    with store.write() as connection:
        vectors.add(connection, "small", {"h1": vector})
        vectors.add(connection, "small", {"h1": vector * 2, "h2": vector})
        vectors.set_texts(connection, project, of="query", hashes={"t1": "h1", "t2": "h2", "t3": "h3"})
        vectors.set_texts(connection, project, of="query", hashes={"t2": "h1"})
        items, found = vectors.matrix(connection, project, of="query", embedder="small", items=["t2", "t3", "t1"])
    assert items == ["t2", "t1"]
    assert (found == np.stack([vector, vector])).all()


def test_batches_remember_how_each_trace_was_drawn(store: Store, project: Project) -> None:
    given = [make_trace(number) for number in range(3)]
    drawn = [
        DrawnTrace(trace=given[2].id, stream=Stream.UNIFORM, inclusion_probability=1 / 3, reason="at random"),
        DrawnTrace(trace=given[0].id, stream=Stream.TARGETED, inclusion_probability=None, reason="by hand"),
    ]
    common = {
        "seed": 4,
        "filter": "has mode",
        "frame_size": 3,
        "frame_hash": "f",
        "parameters": {"a": 1},
        "coder": None,
    }
    with store.write() as connection:
        add(connection, project, *given)
        assert batches.add(connection, project, drawn, strategy="mixed", **common) == 1  # type: ignore[arg-type]
        assert batches.add(connection, project, drawn[:1], strategy="picked", **common) == 2  # type: ignore[arg-type]
    read(store, project, given[2], Verdict.FAIL)
    with store.read() as connection:
        assert batches.drawn(connection, project, 1) == drawn
        assert batches.already_drawn(connection, project) == {given[0].id, given[2].id}
        assert batches.first_batch_of(connection, project)[given[2].id] == (1, drawn[0])
        rows = batches.listing(connection, project)
        assert [(row.number, row.size, row.read, row.failed) for row in rows] == [(1, 2, 1, 1), (2, 1, 1, 1)]
        with pytest.raises(NotFound, match="there is no batch 9"):
            batches.drawn(connection, project, 9)


def test_taking_an_import_back_leaves_what_was_read(store: Store, project: Project) -> None:
    given = [make_trace(number) for number in range(3)]
    with store.write() as connection:
        add(connection, project, *given)
        key = imports.listing(connection, project)[0].key
        issue = ImportIssue(source="a.jsonl", record="line 4", reason="cut off", raw=NASTY)
        imports.add_issues(connection, key, [issue])
        assert imports.issues(connection, key)[0].reason == "cut off"
    read(store, project, given[1], Verdict.PASS)
    with store.write() as connection:
        assert imports.undo(connection, project, key) == 2
        assert traces.ids(connection, project) == [given[1].id]


def test_deleting_a_project_takes_all_of_it_and_nothing_else(store: Store, project: Project) -> None:
    with store.write() as connection:
        other = projects.create(connection, "other")
        add(connection, project, make_trace(1))
        add(connection, other, make_trace(1))
    read(store, project, make_trace(1), Verdict.FAIL, OpenCode(id="c", text="late"))
    with store.write() as connection:
        projects.delete(connection, project)
        assert [summary.name for summary in projects.summaries(connection)] == ["other"]
        assert traces.count(connection, other) == 1


def test_a_job_tells_how_far_it_is_and_hears_that_it_should_stop(store: Store, project: Project) -> None:
    with store.write() as connection:
        jobs.start(connection, project, id="j", kind="import", message="reading")
        assert not jobs.report(connection, "j", done=3, total=10, message="reading")
        jobs.ask_to_stop(connection, "j")
        assert jobs.report(connection, "j", done=4, total=10, message="reading")
        jobs.finish(connection, "j", state="cancelled", message="stopped", result={"traces": 4})
        found = jobs.newest(connection, project, kind="import")
    assert found is not None
    assert (found.state, found.done, found.result) == ("cancelled", 4, {"traces": 4})
