"""Annotations as other tools take them back; `tools/exports/scores_sdk.py` holds the same files against their SDKs.

The files in tests/fixtures/exports/scores_sdk are written anew with GOLDEN_SCORES=1.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaldash.cli import app
from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.importers import from_bytes
from evaldash.reports.scores import FORMS, Judged
from evaldash.services.browse import trace_heads
from evaldash.services.coding import save_reading
from evaldash.services.importing import ImportRequest, import_files
from evaldash.services.projects import ensure_project
from evaldash.storage.store import open_store

GOLDEN = Path(__file__).parents[1] / "fixtures" / "exports" / "scores_sdk"
AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
TRACE = "0b9c1f6e-4a53-4c0e-8f0a-5d1c2b3a4e5f"
JUDGED = (
    Judged(id="a1", trace=TRACE, coder="ana", verdict=Verdict.PASS, comment=None, notes=(), modes=(), at=AT),
    Judged(id="a2", trace=TRACE, coder="bo", verdict=Verdict.FAIL, comment="see “terms”", at=AT,
           notes=("promises a refund", "wrong berth"), modes=("Makes up a policy", "Wrong place")),
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_payload_is_the_one_that_the_sdk_accepted(form: str) -> None:
    written = "".join(json.dumps(FORMS[form](item), ensure_ascii=False) + "\n" for item in JUDGED)
    path = GOLDEN / f"{form}.jsonl"
    if "GOLDEN_SCORES" in os.environ:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written, encoding="utf-8")
    assert written == path.read_text(encoding="utf-8")


def test_judged_traces_go_back_under_the_id_of_their_source(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    rows = [{"id": f"c{n}", "messages": [{"role": "user", "content": f"Berth {n}?"}]} for n in range(3)]
    data = "\n".join(json.dumps(row) for row in rows).encode()
    import_files(store, [from_bytes("harbour.jsonl", data)], ImportRequest(project="harbour"))
    project = ensure_project(store, "harbour")
    verdicts = {"c0": Verdict.PASS, "c1": Verdict.FAIL, "c2": Verdict.DEFERRED}
    for head in trace_heads(store, project, None):
        verdict = verdicts[str(head.external_id)]
        codes = (OpenCode(id="k1", text="no answer"),) if verdict is Verdict.FAIL else ()
        reading = Reading(id=f"r-{head.external_id}", trace=head.id, verdict=verdict, codes=codes)
        save_reading(store, project, reading, coder="ana")
    path = tmp_path / "scores.jsonl"
    call = ["export", "--as", "langfuse", "--output", str(path), "--project", "harbour", "--db", sqlite_url, "--json"]
    told = json.loads(CliRunner().invoke(app, call).stdout)
    store.close()
    assert (told["written"], told["without_id"]) == (2, [])
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {(line["traceId"], line["value"], line.get("comment")) for line in found} == {
        ("c0", 1.0, None),
        ("c1", 0.0, "no answer"),
    }
