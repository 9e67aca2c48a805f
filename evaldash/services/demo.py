"""The demo: a project that comes with evaldash, loaded through the same services as anybody's traces.

`data/demo/` holds `*.jsonl` with traces, `batches.json` (strategy, size, seed of each draw, and who reads it),
`annotations.csv` and `taxonomy.json`; `vectors.npz` holds the vectors of the first questions, so that the app opens
without waiting for the model. Loading adds what is missing and leaves alone what people did since.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaldash.config import DEMO_PROJECT
from evaldash.domain.stored import Project
from evaldash.embedding import DEFAULT_EMBEDDER
from evaldash.errors import InvalidInput
from evaldash.importers import expand
from evaldash.importers.annotation_rows import AnnotationSheet
from evaldash.services import taxonomy
from evaldash.services.annotating import annotate_sheet
from evaldash.services.browse import heads_of
from evaldash.services.clustering import ClusterRequest, cluster
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import delete_project, ensure_project, find_project
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces, list_batches
from evaldash.storage import vectors
from evaldash.storage.store import Store

CODER = "Maren"  # who decides, and who groups the codes
DEMO_FOLDER = Path(__file__).parents[2] / "data" / "demo"
VECTORS = "vectors.npz"  # made by `python -m tools.demo.vectors`
MODE = "mode"  # column of annotations.csv that says where a code is filed when the codes are grouped

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Demo:
    """The demo's project while it is being coded. `rows`: by name of the trace, what each coder says of it."""

    store: Store
    project: Project
    rows: Mapping[str, Sequence[Row]]


def load_demo(store: Store, *, reset: bool = False, folder: Path = DEMO_FOLDER) -> dict[str, Any]:
    """Add what is missing of the demo, or with `reset` restore it as it came; return the report of the import."""
    if not folder.is_dir():
        raise InvalidInput(f"the demo's folder {folder} is not there; run this from a checkout of the project")
    if reset and find_project(store, DEMO_PROJECT) is not None:
        delete_project(store, DEMO_PROJECT)
    traces = [str(path) for path in sorted(folder.glob("*.jsonl"))]
    request = ImportRequest(project=DEMO_PROJECT, coder=CODER)
    report = import_files(store, expand(traces), request).as_json()
    project = ensure_project(store, DEMO_PROJECT)
    if not list_batches(store, project):
        _bring_vectors(store, folder / VECTORS)
        cluster(store, project, ClusterRequest())
        _draw_and_code(_Demo(store, project, _rows(folder / "annotations.csv")), folder)
    return report


def _bring_vectors(store: Store, path: Path) -> None:
    """Store the vectors that came with the demo; what has none is embedded when it is needed."""
    if path.is_file():
        with np.load(path, allow_pickle=False) as held, store.write() as connection:
            hashes = [str(text) for text in held["hashes"]]
            vectors.add(connection, DEFAULT_EMBEDDER, dict(zip(hashes, held["vectors"], strict=True)))


def _draw_and_code(demo: _Demo, folder: Path) -> None:
    """Draw the batches one after the other, read what was drawn, and group the codes when it is time to."""
    steps = {step["after_batch"]: step for step in _read(folder / "taxonomy.json")}
    definitions: dict[str, str] = {}
    for number, wanted in enumerate(_read(folder / "batches.json"), start=1):
        coders = wanted.pop("coders")
        drawn = _draw(demo, SampleRequest(**wanted), coders[0])
        for coder in coders:
            _code(demo, drawn, coder)
        if number in steps:
            definitions |= {mode["name"]: mode["definition"] for mode in steps[number]["modes"]}
            _group(demo, steps[number], definitions)


def _draw(demo: _Demo, request: SampleRequest, coder: str) -> list[str]:
    """Draw a batch; return the names of its traces in reading order."""
    batch = draw_batch(demo.store, demo.project, request, coder=coder, who=CODER).batch
    assert batch is not None
    ids = [item.trace for item in drawn_traces(demo.store, demo.project, batch)]
    names = {head.id: head.external_id or "" for head in heads_of(demo.store, demo.project, ids)}
    return [names[trace] for trace in ids]


def _code(demo: _Demo, drawn: Sequence[str], coder: str) -> None:
    """Write what a coder says of the drawn traces; the modes come later, when the codes are grouped."""
    said = [row for name in drawn for row in demo.rows.get(name, ()) if row["coder"] == coder]
    told = [(row["trace"], {key: value for key, value in row.items() if key != MODE}) for row in said]
    report = annotate_sheet(demo.store, demo.project, AnnotationSheet(rows=told), source="annotations.csv", coder=coder)
    if report.rejections:
        first = report.rejections[0]
        raise InvalidInput(f"the demo's {first.source}, {first.record}: {first.reason}")


def _group(demo: _Demo, step: Mapping[str, Any], definitions: Mapping[str, str]) -> None:
    """File the codes without a mode, merge what turned out to be one, and publish."""
    store, project = demo.store, demo.project
    filed = _filed(demo)
    there = [mode.name for mode in taxonomy.view(store, project).taxonomy.modes]
    for name, codes in filed.items():
        if name in there:
            taxonomy.move(store, project, codes, to=name, who=CODER)
        elif name in definitions:
            taxonomy.create(store, project, name, definition=definitions[name], codes=codes, who=CODER)
    for merge in step.get("merge", ()):
        _merge(demo, merge)
    taxonomy.publish(store, project, step["publish"], who=CODER)


def _merge(demo: _Demo, wanted: Mapping[str, Any]) -> None:
    there = {mode.name for mode in taxonomy.view(demo.store, demo.project).taxonomy.modes}
    sources = [name for name in wanted["sources"] if name in there]
    if len(sources) > 1:
        taxonomy.merge(demo.store, demo.project, sources, into=wanted["into"], who=CODER)
        taxonomy.define(demo.store, demo.project, wanted["into"], definition=wanted["definition"], who=CODER)


def _filed(demo: _Demo) -> dict[str, list[str]]:
    """Return the ids of the codes without a mode by the name of the mode that the annotations put them into."""
    codes = taxonomy.view(demo.store, demo.project).uncategorised
    heads = heads_of(demo.store, demo.project, list({code.trace for code in codes}))
    names = {head.id: head.external_id or "" for head in heads}
    wanted = {
        (row["trace"], row["coder"], row["code"]): row[MODE] for rows in demo.rows.values() for row in rows if row[MODE]
    }
    found: dict[str, list[str]] = {}
    for code in codes:
        mode = wanted.get((names[code.trace], code.coder, code.text))
        if mode:
            found.setdefault(mode, []).append(code.id)
    return found


def _rows(path: Path) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["trace"], []).append(row)
    return found


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
