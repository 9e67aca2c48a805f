"""docs/formats.md says what the importers do today with the sample files beside the checkout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evaldash.importers import IMPORTERS
from tools.formats_table import table

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT.parent / "shared" / "traces"
DOCUMENT = ROOT / "docs" / "formats.md"


def _rows(text: str) -> list[list[str]]:
    lines = (line for line in text.splitlines() if line.startswith("| "))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_all_text_of_all_samples_is_kept() -> None:
    for folder, file, format_, traces, *_, share, _fields in _rows(DOCUMENT.read_text(encoding="utf-8"))[1:]:
        if folder != "**all**" and not format_.startswith("no traces") and traces != "0":
            assert share == "1.000", f"{folder}/{file}"


def test_only_formats_that_exist_are_named() -> None:
    named = {row[2] for row in _rows(DOCUMENT.read_text(encoding="utf-8"))[1:] if re.fullmatch(r"\w+", row[2])}
    assert named <= {importer.name for importer in IMPORTERS}


@pytest.mark.slow
@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample traces ../shared/traces are not here")
def test_the_table_is_what_make_formats_writes() -> None:
    assert _rows(table(SAMPLES)) == _rows(DOCUMENT.read_text(encoding="utf-8"))
