"""The report of a project in each of its formats, its charts as pictures, and the numbers as a document."""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput
from evaldash.reports.markdown import report_markdown
from evaldash.reports.page import report_page
from evaldash.reports.pictures import pictures
from evaldash.reports.story import Story, whose
from evaldash.reports.tables import csv_archive, csv_text, workbook
from evaldash.services.report_story import build_story, gather, tell
from evaldash.services.report_tables import COLUMNS, Tables, report_tables
from evaldash.services.report_words import Found
from evaldash.services.wording import headline
from evaldash.storage.store import Store

FORMATS = ("md", "html", "xlsx", "csv", "json")
TABLE = "rates"  # the table of a CSV, unless another is asked for
PNG_ZOOM = 2


@dataclass(frozen=True, slots=True)
class _Wanted:
    format: str
    mask: bool
    address: str
    table: str | None


def report_bytes(
    store: Store,
    project: Project,
    *,
    format: str = "md",
    mask: bool = False,
    address: str = "",
    table: str | None = None,
) -> bytes:
    """Return the report as a file. `csv` is the table named, or all tables as a zip where `table` is None.

    Raises InvalidInput for another format or table.
    """
    check(format, table)
    return _bytes(store, project, gather(store, project), _Wanted(format, mask, address, table))


def write_report(
    store: Store,
    project: Project,
    path: Path,
    *,
    format: str,
    mask: bool = False,
    address: str = "",
    table: str | None = None,
) -> dict[str, Any]:
    """Write the report to a file; return its numbers. CSV to a name that ends in .zip holds all tables."""
    check(format, table)
    named = table if path.suffix == ".zip" else table or TABLE
    found, wanted = gather(store, project), _Wanted(format, mask, address, named)
    _write(path, _bytes(store, project, found, wanted))
    return _document(store, project, found, wanted)


def write_pictures(store: Store, project: Project, folder: Path, *, mask: bool = False) -> list[Path]:
    """Write the charts of the report to a folder, each as SVG and PNG; return the files."""
    found = picture_files(build_story(store, project, mask=mask))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"the charts cannot be written to {folder}: {error.strerror}") from error
    for name, content in found.items():
        _write(folder / name, content)
    return [folder / name for name in found]


def picture_files(story: Story) -> dict[str, bytes]:
    """Return the charts of a report by file name, each as SVG and PNG, on white."""
    from evaldash.charts.svg import png

    found: dict[str, bytes] = {}
    for name, drawing in pictures(story).items():
        svg = drawing.picture("light")
        found |= {f"{name}.svg": svg.encode("utf-8", "replace"), f"{name}.png": png(svg, zoom=PNG_ZOOM)}
    return found


def picture_archive(story: Story) -> bytes:
    """Return the charts of a report as one zip."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in picture_files(story).items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return target.getvalue()


def report_document(store: Store, project: Project, *, mask: bool = False, address: str = "") -> dict[str, Any]:
    """Return the numbers of a report, and its sections with who wrote them."""
    return _document(store, project, gather(store, project), _Wanted("json", mask, address, None))


def _bytes(store: Store, project: Project, found: Found, wanted: _Wanted) -> bytes:
    if wanted.format == "json":
        document = _document(store, project, found, wanted)
        return json.dumps(document, ensure_ascii=False, indent=2).encode("utf-8", "replace")
    if wanted.format == "csv":
        return _csv(report_tables(store, project, found, mask=wanted.mask), wanted.table)
    story = tell(store, project, found, mask=wanted.mask, address=wanted.address)
    if wanted.format == "xlsx":
        return workbook({"report": _story_table(story), **report_tables(store, project, found, mask=wanted.mask)})
    return (report_markdown if wanted.format == "md" else report_page)(story).encode("utf-8", "replace")


def _csv(tables: Tables, table: str | None) -> bytes:
    if table is None:
        return csv_archive(tables)
    columns, rows = tables[table]
    return csv_text(rows, columns).encode("utf-8-sig", "replace")


def _document(store: Store, project: Project, found: Found, wanted: _Wanted) -> dict[str, Any]:
    story = tell(store, project, found, mask=wanted.mask, address=wanted.address)
    document = {
        "project": story.project,
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "traces": found.traces,
        "saturation": found.saturation.as_json(),
        "headline": headline(found.saturation),
        "rates": [rate.as_json() for rate in found.table.rates],
        "taxonomy": found.now.as_json(),
        "sections": [asdict(section) for section in story.sections],
        "top_modes": [_mode(mode) for mode in story.told],
        "notes_without_mode": [asdict(example) for example in story.loose],
        "surprising_uses": [asdict(use) for use in story.uses],
        "fixes": [asdict(fix) for fix in story.fixes],
        "warnings": list(story.warnings),
        "masked": dict(story.masked),
    }
    return _hidden(document) if wanted.mask else document


def check(format: str, table: str | None = None) -> None:
    """Raise InvalidInput for a format or a table there is not."""
    if format not in FORMATS:
        raise InvalidInput(f"--format must be one of {', '.join(FORMATS)}, got {format!r}")
    if table is not None and table not in COLUMNS:
        raise InvalidInput(f"--table must be one of {', '.join(COLUMNS)}, got {table!r}")


def _mode(mode: Any) -> dict[str, Any]:
    share = asdict(mode.share)
    return {
        "mode": mode.id,
        "name": mode.name,
        "severity": mode.severity or None,
        "traces": mode.traces,
        "rate": share,
        "examples": [asdict(example) for example in mode.examples],
    }


def _hidden(value: Any) -> Any:
    """Mask every text of a document; ids are hexadecimal and pass."""
    from evaldash.llm.redaction import redact

    if isinstance(value, dict):
        return {name: _hidden(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(item) for item in value]
    return redact(value).text if isinstance(value, str) else value


def _story_table(story: Story) -> tuple[tuple[str, ...], list[dict[str, str | int | float | None]]]:
    rows: list[dict[str, str | int | float | None]] = [
        {"section": "Attention", "text": line} for line in story.warnings
    ]
    rows += [{"section": item.title, "text": _bulleted(item.text), "written": whose(item)} for item in story.sections]
    return ("section", "text", "written"), rows


def _bulleted(text: str) -> str:
    """A line that begins with "-" would look like a formula to a spreadsheet."""
    return "\n".join(f"• {line[2:]}" if line.startswith("- ") else line for line in text.split("\n"))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"the report cannot be written to {path}: {error.strerror}") from error
