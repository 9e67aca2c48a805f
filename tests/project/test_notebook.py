"""The notebook API: documented columns, the numbers of the services, and a worked notebook that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import evaldash
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.notebook import COLUMNS
from evaldash.services import coding
from evaldash.services.demo import load_demo
from evaldash.services.rates import rates
from evaldash.services.sampling import SampleRequest, draw_batch
from evaldash.storage.store import Store, open_store
from tests.support.traces import conversation, make_project

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def store(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("EVALDASH_DATABASE_URL", sqlite_url)
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def project(store: Store) -> Project:
    return make_project(store, [conversation(number) for number in range(6)])


def frames(opened: evaldash.OpenProject) -> dict[str, Any]:
    return {
        "traces": opened.traces(),
        "steps": opened.steps(),
        "annotations": opened.annotations(),
        "codes": opened.codes(),
        "modes": opened.modes(),
        "batches": opened.batches(),
        "rates": opened.rates(),
    }


def test_frames_have_the_documented_columns_also_where_nothing_was_read(store: Store, project: Project) -> None:
    text = (DOCS / "notebook.md").read_text(encoding="utf-8")
    for name, columns in COLUMNS.items():
        part = text.split(f"### {name}\n", 1)[1].split("\n### ", 1)[0]
        assert tuple(word for word in re.findall(r"`([a-z_]+)`", part) if word in columns) == columns
    for name, frame in frames(evaldash.open_project("trains")).items():
        assert tuple(frame.columns[: len(COLUMNS[name])]) == COLUMNS[name], name


def test_what_is_written_counts_like_any_annotation(store: Store, project: Project) -> None:
    opened = evaldash.open_project("trains")
    batch = draw_batch(store, project, SampleRequest(strategy="uniform", size=4)).batch
    assert batch is not None
    first, second = opened.drawn(batch)["trace"][:2]
    opened.annotate(first, "fail", [{"text": "wrong platform", "step": 4}], coder="ana")
    opened.annotate(second, "pass", comment="well done", coder="ana")
    kept = coding.list_annotations(store, project)
    assert [(item.trace, item.verdict.value) for item in kept] == [(first, "fail"), (second, "pass")]
    assert list(opened.codes()["text"]) == ["wrong platform"]
    expected = rates(store, project)[0].rate
    shown = opened.rates().iloc[0]
    assert (shown["estimate"], shown["n"], shown["basis"]) == (expected.estimate, 2, "uniform")
    assert opened.saturation().figures["T"] == 2
    assert opened.saturation_figure().data


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("t1", "good"), InvalidInput, "verdict must be one of pass, fail, deferred, got 'good'"),
        (("t9", "pass"), NotFound, "no trace 't9'"),
        (("t1", "fail", [{"text": "late", "page": 3}]), InvalidInput, "got page as well"),
        (("t1", "fail", [{"text": "late", "step": 40}]), InvalidInput, "step"),
    ],
)
def test_a_mistake_is_a_sentence_and_writes_nothing(
    store: Store, project: Project, arguments: tuple[Any, ...], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        evaldash.open_project("trains").annotate(*arguments, coder="ana")
    assert coding.list_annotations(store, project) == []


@pytest.mark.slow
def test_the_worked_notebook_runs(store: Store) -> None:
    load_demo(store)
    cells = json.loads((DOCS / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        assert not cell.get("outputs")
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), names)  # noqa: S102 (our own cells)
    assert names["where"].shape[0] == names["codes"].dropna(subset="step").shape[0]
    assert list(names["project"].annotations("Noor").tail(1)["verdict"]) == ["fail"]
