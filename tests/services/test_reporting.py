"""The report in each of its formats, read back: the numbers from the rows, hostile words harmless, texts kept."""

import csv
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.errors import InvalidInput, NotFound
from evaldash.services import coding, taxonomy
from evaldash.services.fixes import record_fix
from evaldash.services.projects import choose_project
from evaldash.services.report_story import build_story, gather
from evaldash.services.report_tables import report_tables
from evaldash.services.report_texts import reset_section, write_section, written_texts
from evaldash.services.reporting import picture_files, report_bytes, report_document
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.storage import deskwork
from evaldash.storage.store import Store
from tests.support.traces import conversation, make_project

LINK = '=HYPERLINK("http://example.invalid";"see")'
MARKUP = "<img src=http://example.invalid/x.png onerror=alert(1)> ![a](http://example.invalid/y.png)"
HEBREW = "הרכבת הלא נכונה"
NOTES = (LINK, MARKUP, HEBREW, "gave the number +43 664 1234567 of eva@example.com away")


@pytest.fixture
def project(store: Store) -> Project:
    """Return 20 traces, 10 drawn at random and judged, 4 failed: three modes (one of them grave), one loose note."""
    made = make_project(store, [conversation(number) for number in range(20)])
    modes = [taxonomy.create(store, made, name, who="ana").taxonomy.modes[-1] for name in (LINK, MARKUP, HEBREW)]
    taxonomy.define(store, made, HEBREW, who="ana", definition="Another train than asked for.", severity="critical")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=10, seed=1))
    for place, item in enumerate(drawn_traces(store, made, 1)):
        mode = modes[place].id if place < len(modes) else None
        codes = (OpenCode(id=f"c{place}", text=NOTES[place], step=4, mode=mode),) if place < len(NOTES) else ()
        verdict = Verdict.FAIL if codes else Verdict.PASS
        reading = Reading(id=f"r{place}", trace=item.trace, verdict=verdict, codes=codes, batch=1)
        coding.save_reading(store, made, reading, coder="ana")
    return choose_project(store, made.name)


def test_the_numbers_are_those_of_the_rows(store: Store, project: Project) -> None:
    judged = coding.list_annotations(store, project)
    failed = sum(item.verdict is Verdict.FAIL for item in judged)
    document = report_document(store, project)
    assert (document["traces"], document["saturation"]["traces_read"]) == (20, len(judged))
    overall = document["rates"][0]
    assert (overall["mode"], overall["n"], overall["estimate"]) == (None, len(judged), failed / len(judged))
    by_mode = {mode["id"]: mode for mode in document["taxonomy"]["modes"]}
    for rate in document["rates"][1:]:
        holding = {item.trace for item in judged for code in item.codes if code.id in by_mode[rate["mode"]]["codes"]}
        assert (rate["count"], rate["estimate"]) == (len(holding), len(holding) / len(judged))
    assert f"{len(judged)} of 20 traces were read. Any failure: 40 % of 10" in document["sections"][0]["text"]


def test_the_gravest_mode_comes_first_with_its_exchange_and_a_link(store: Store, project: Project) -> None:
    story = build_story(store, project, address="http://app.example:8501/")
    first = story.modes[0]
    assert (first.name, first.severity) == (HEBREW, "critical")
    example = first.examples[0]
    assert [(line.who, line.is_wrong) for line in example.said] == [("user", False), ("assistant", True)]
    assert example.said[1].text.startswith("Booking ")
    assert example.link == f"http://app.example:8501/code?project=trains&trace={example.trace}"
    assert build_story(store, project, address="javascript:alert(1)").modes[0].examples[0].link == ""


def test_markdown_shows_hostile_words_as_words(store: Store, project: Project) -> None:
    from markdown_it import MarkdownIt

    html = MarkdownIt("commonmark").enable("table").render(report_bytes(store, project, format="md").decode())
    assert "<img" not in html
    assert "&lt;img src=http://example.invalid/x.png" in html
    assert "<th>failure mode</th>" in html
    assert "One HTML" not in html


def test_no_cell_of_a_workbook_is_a_formula(store: Store, project: Project) -> None:
    book = openpyxl.load_workbook(io.BytesIO(report_bytes(store, project, format="xlsx")))
    assert book.sheetnames == ["report", "traces", "codes", "modes", "rates", "batches"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}
    assert not any(isinstance(cell.value, str) and cell.value[:1] in "=+-@" and cell.value for cell in cells)
    assert f"'{LINK}" in [cell.value for cell in cells]
    assert len(list(book["traces"].rows)) == 11
    assert len(list(book["codes"].rows)) == 5
    rates = [
        dict(zip([c.value for c in book["rates"][1]], [c.value for c in row], strict=True)) for row in book["rates"]
    ]
    assert rates[1]["estimate"] == 0.4


def test_csv_is_one_table_or_a_zip_of_all(store: Store, project: Project) -> None:
    text = report_bytes(store, project, format="csv", table="codes").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["note"] for row in rows][:3] == [f"'{LINK}", MARKUP, HEBREW]
    with zipfile.ZipFile(io.BytesIO(report_bytes(store, project, format="csv"))) as archive:
        assert archive.namelist() == ["traces.csv", "codes.csv", "modes.csv", "rates.csv", "batches.csv"]
        assert len(archive.read("traces.csv").decode("utf-8-sig").splitlines()) == 11
    with pytest.raises(InvalidInput, match="--table must be one of traces, codes"):
        report_bytes(store, project, format="csv", table="people")


@pytest.mark.parametrize("kind", ["md", "html", "xlsx", "csv", "json"])
def test_masked_reports_hold_no_personal_data(store: Store, project: Project, kind: str) -> None:
    def unpacked(content: bytes) -> str:
        if kind not in {"xlsx", "csv"}:
            return content.decode()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode() for name in archive.namelist())

    write_section(store, project, "next", "Ring +43 664 1234567.", basis="", who="ana-maria")
    plain = unpacked(report_bytes(store, project, format=kind))
    masked = unpacked(report_bytes(store, project, format=kind, mask=True))
    assert "eva@example.com" in plain.replace("\\", "")
    for personal in ("eva@example.com", "664 1234567", "ana-maria"):
        assert personal not in masked.replace("\\", "")
    assert "[EMAIL]" in masked.replace("\\", "")


def test_a_persons_text_stands_with_who_wrote_it_and_which_figures_are_theirs(store: Store, project: Project) -> None:
    computed = build_story(store, project).sections[0].computed
    own = "About 12 % of our talks fail, of 10 that were read.\n\n- <b>first</b>"
    write_section(store, project, "summary", own, basis=computed, who="ana")
    section = build_story(store, project).sections[0]
    assert (section.text, section.by, section.overridden, section.stale) == (own, "ana", ("12 %",), False)
    assert "Figures that the data do not give: 12 %" in report_bytes(store, project, format="html").decode()
    late = Reading(id="r99", trace=drawn_traces(store, project, 1)[9].trace, verdict=Verdict.FAIL,
                   codes=(OpenCode(id="c99", text="late"),))  # fmt: skip
    coding.save_reading(store, project, late, coder="ana")
    assert build_story(store, project).sections[0].stale
    write_section(store, project, "summary", "Newer.", basis=computed, who="ben")
    assert written_texts(store, project)["summary"].text == "Newer."
    reset_section(store, project, "summary", who="ana")
    assert build_story(store, project).sections[0].by is None


def test_a_section_needs_words_a_person_and_a_name(store: Store, project: Project) -> None:
    with pytest.raises(InvalidInput, match="1 to 20,000 characters, got 0"):
        write_section(store, project, "summary", "  ", basis="", who="ana")
    with pytest.raises(InvalidInput, match="say who you are"):
        write_section(store, project, "summary", "words", basis="", who=None)
    with pytest.raises(NotFound, match="no section 'end'"):
        write_section(store, project, "end", "words", basis="", who="ana")


def test_what_was_fixed_is_told_with_what_it_did(store: Store, project: Project) -> None:
    record_fix(store, project, HEBREW, "The look-up checks the date.", who="ana", kind="bug", version="9")
    story = build_story(store, project)
    assert "The look-up checks the date. (in version 9)" in story.fixes[0].sentence
    assert "too little was read after it" in story.fixes[0].sentence


def test_a_pass_rate_near_one_is_a_warning(store: Store) -> None:
    made = make_project(store, [conversation(number) for number in range(40)], name="easy")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=30, seed=1))
    for place, item in enumerate(drawn_traces(store, made, 1)):
        coding.save_reading(
            store, made, Reading(id=f"e{place}", trace=item.trace, verdict=Verdict.PASS, batch=1), coder="a"
        )
    assert "sample was too easy" in build_story(store, choose_project(store, "easy")).warnings[0]
    for kind in ("md", "html", "xlsx", "csv", "json"):
        assert report_bytes(store, choose_project(store, "easy"), format=kind)


def test_charts_come_as_svg_and_png(store: Store, project: Project) -> None:
    from xml.etree import ElementTree  # our own drawing

    files = picture_files(build_story(store, project))
    assert sorted(files) == [f"{n}.{k}" for n in ("modes-seen", "new-modes", "rates") for k in ("png", "svg")]
    rates = ElementTree.fromstring(files["rates.svg"])  # noqa: S314
    words = "".join(rates.itertext())
    assert LINK[:20] in words
    assert "var(--" not in files["rates.svg"].decode()
    assert files["rates.png"].startswith(b"\x89PNG")


def test_the_document_of_a_file_is_that_of_the_command(store: Store, project: Project, tmp_path: Path) -> None:
    from evaldash.services.reporting import write_report

    path = tmp_path / "r.json"
    told = write_report(store, project, path, format="json")
    held = json.loads(path.read_text(encoding="utf-8"))
    assert held["rates"] == told["rates"]
    with pytest.raises(InvalidInput, match="cannot be written"):
        write_report(store, project, tmp_path / "none" / "r.md", format="md")


def test_a_reading_that_is_taken_back_while_the_report_is_made_breaks_nothing(store: Store, project: Project) -> None:
    found = gather(store, project)
    with store.read() as connection:
        [last] = deskwork.last_saves(connection, project, coder="ana", limit=1)
    coding.retract(store, project, id="back", takes_back=last.id, coder="ana")
    _, rows = report_tables(store, project, found)["traces"]
    assert [row["coder"] for row in rows if row["trace"] == last.trace] == [None]
