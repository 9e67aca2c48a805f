"""The demo: a project that comes with evaldash, loaded through the same services as anybody's traces.

`data/demo/` holds `*.jsonl` with traces, `batches.json` (strategy, size, seed of each draw), `annotations.csv` and
`modes.json`. Loading adds what is missing and leaves alone what people did since.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from evaldash.config import DEMO_PROJECT
from evaldash.domain.stored import Project
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
from evaldash.storage.store import Store

CODER = "Maren"
DEMO_FOLDER = Path(__file__).parents[2] / "data" / "demo"


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
        _draw_and_code(store, project, folder)
    return report


def _draw_and_code(store: Store, project: Project, folder: Path) -> None:
    """Draw the batches one after the other, code what was drawn, group the codes, and cluster the traces."""
    with (folder / "annotations.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for wanted in _read(folder / "batches.json"):
        batch = draw_batch(store, project, SampleRequest(**wanted), coder=CODER, who=CODER).batch
        assert batch is not None
        drawn = {head.external_id for head in heads_of(store, project, _ids(store, project, batch))}
        chosen = [(f"row {number}", row) for number, row in enumerate(rows, start=2) if row["trace"] in drawn]
        _code(store, project, chosen)
    _group(store, project, _read(folder / "modes.json"))
    cluster(store, project, ClusterRequest())


def _code(store: Store, project: Project, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    report = annotate_sheet(store, project, AnnotationSheet(rows=rows), source="annotations.csv", coder=CODER)
    if report.rejections:
        first = report.rejections[0]
        raise InvalidInput(f"the demo's {first.source}, {first.record}: {first.reason}")


def _group(store: Store, project: Project, modes: Sequence[Mapping[str, Any]]) -> None:
    """Make the demo's failure modes of the codes that stand at the given traces and steps."""
    codes = taxonomy.view(store, project).codes
    names = {head.id: head.external_id for head in heads_of(store, project, list({code.trace for code in codes}))}
    by_place = {(names[code.trace], code.step): code.id for code in codes}
    for mode in modes:
        places = [(place["trace"], place["step"]) for place in mode["codes"]]
        held = [by_place[place] for place in places if place in by_place]
        if held:
            taxonomy.create(store, project, mode["name"], definition=mode["definition"], codes=held, who=CODER)


def _ids(store: Store, project: Project, batch: int) -> list[str]:
    return [item.trace for item in drawn_traces(store, project, batch)]


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
