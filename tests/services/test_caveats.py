"""Where much was chosen before the last random draw, that is said wherever a rate or the chance is shown."""

import io
import json
import zipfile

import pytest
from openpyxl import load_workbook

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.services.coding import list_codes
from evaldash.services.cycles import compare
from evaldash.services.fixes import list_fixes, record_fix
from evaldash.services.rates import rates
from evaldash.services.reporting import report_bytes, report_document
from evaldash.services.saturation import saturation
from evaldash.services.tickets import ticket
from evaldash.services.wording import caveats
from evaldash.storage.store import Store
from tests.services.test_saturation import draw, judge
from tests.support.traces import conversation, make_project

SAID = "10 of 90 traces were chosen for variety, for signs of trouble or by hand before the last random draw"


@pytest.fixture
def project(store: Store) -> Project:
    made = make_project(store, [conversation(number) for number in range(90)])
    chosen = draw(store, made, "extremes", metric="latency_ms", end="high", size=10)
    for place, trace in enumerate([*chosen, *draw(store, made, "uniform", size=30, seed=1)]):
        judge(store, made, trace, *(["late"] if place % 4 == 0 else []))
    codes = [code.id for code in list_codes(store, made)[0]]
    taxonomy.create(store, made, "Late", codes=codes, who="ana")
    record_fix(store, made, "Late", "told the tool", who="ana", version="2")
    return made


def test_in_figures(store: Store, project: Project) -> None:
    found = saturation(store, project)
    assert any(SAID in line for line in caveats(found))
    assert any(SAID in line for line in found.as_json()["caveats"])
    for by in (None, "version"):
        assert all(SAID in rate.as_json()["caveats"][0] for rate in rates(store, project, by=by))
    assert all(SAID in change["caveats"][0] for change in compare(store, project, "1", "2").as_json())
    assert SAID in list_fixes(store, project)[0].as_json()["caveats"][0]
    assert SAID in ticket(store, project, "Late")


@pytest.mark.parametrize("format", ["md", "html"])
def test_in_the_report_as_text(store: Store, project: Project, format: str) -> None:
    text = report_bytes(store, project, format=format).decode()
    short, rest = text.split("What was read, and how it was drawn", 1) if format == "md" else text.split('id="read"')
    assert SAID in short
    assert SAID in rest
    assert "What these rates leave open is said under" in rest


def test_in_the_report_as_tables(store: Store, project: Project) -> None:
    sheet = load_workbook(io.BytesIO(report_bytes(store, project, format="xlsx")))["rates"]
    head, *rows = sheet.iter_rows(values_only=True)
    assert rows
    assert all(SAID in str(row[head.index("caveats")]) for row in rows)
    with zipfile.ZipFile(io.BytesIO(report_bytes(store, project, format="csv"))) as archive:
        assert archive.read("rates.csv").decode().count(SAID) == len(rows)
    document = json.loads(report_bytes(store, project, format="json"))
    assert all(SAID in rate["caveats"][0] for rate in document["rates"])
    assert any(SAID in line for line in report_document(store, project)["saturation"]["caveats"])
