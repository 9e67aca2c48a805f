"""Annotations go back to the tool that the traces came from, as its scores or feedback."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaldash.domain.coding import Annotation
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.reports.scores import FORMS, PASSED, Judged
from evaldash.services.browse import heads_of
from evaldash.services.coding import list_annotations
from evaldash.services.taxonomy import view
from evaldash.storage.schema import json_bytes
from evaldash.storage.store import Store


def export_scores(store: Store, project: Project, path: Path, *, form: str) -> dict[str, Any]:
    """Write a line for each trace and coder with pass or fail; return how many, and which traces have no source id.

    Raises InvalidInput for a form nobody knows, or a file that cannot be written.
    """
    if form not in FORMS:
        raise InvalidInput(f"--as must be one of {', '.join(FORMS)}, got {form!r}")
    found = [item for item in list_annotations(store, project) if item.verdict in PASSED]
    heads = heads_of(store, project, list(dict.fromkeys(item.trace for item in found)))
    names = {head.id: head.external_id for head in heads}
    taxonomy = view(store, project).taxonomy
    modes = {mode.id: mode.name for mode in taxonomy.modes}
    filed = {code: modes[mode] for code, mode in taxonomy.assignments.items() if mode in modes}
    judged = [_judged(item, str(names[item.trace]), filed) for item in found if names.get(item.trace)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(json_bytes(FORMS[form](item)) + b"\n" for item in judged))
    except OSError as error:
        raise InvalidInput(f"--output {path} cannot be written: {error.strerror}; choose another place") from error
    nameless = [trace for trace, name in names.items() if not name]
    return {"project": project.name, "output": str(path), "as": form, "written": len(judged), "without_id": nameless}


def _judged(item: Annotation, name: str, filed: dict[str, str]) -> Judged:
    modes = dict.fromkeys(filed[code.id] for code in item.codes if code.id in filed)
    return Judged(
        id=item.id,
        trace=name,
        coder=item.coder,
        verdict=item.verdict,
        comment=item.comment,
        notes=tuple(code.text for code in item.codes if code.text.strip()),
        modes=tuple(modes),
        at=item.at,
    )
