"""The report as a file in a real Chromium: no outside request, nothing of a trace runs, charts answer, both themes."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from evaldash.charts.svg import clean
from evaldash.reports.page import report_page
from evaldash.reports.story import Curve, CurveStep, Example, ModeStory, Said, Section, Share, Story

if TYPE_CHECKING:
    from playwright.sync_api import Page

HOSTILE = '</script><script>document.title="run"</script><img src="http://example.invalid/x.png">'
LONG = "answers with the rule of another country although the address says where the user lives"


def story(modes: int) -> Story:
    told = Example(
        note=HOSTILE, trace="ab" * 32, step=2, link="http://127.0.0.1:8501/code?trace=abab",
        said=(Said(who="user", text=HOSTILE, step=1), Said(who="assistant", text="הרכבת", step=2, is_wrong=True)),
    )  # fmt: skip
    names = [HOSTILE, *(f"{number} {LONG}"[:80] for number in range(1, modes))][:modes]
    return Story(
        project=HOSTILE,
        made_at="1 May 2026",
        taxonomy="taxonomy version 3",
        sections=(
            Section(key="modes", title="How it fails", computed="", text=f"{HOSTILE}\n\n- one\n- two"),
            Section(key="unknown", title="What is not known yet", computed="", text="Much."),
        ),
        overall=Share(estimate=0.3, low=0.2, high=0.4, words="30 % of 60", basis="uniform"),
        modes=tuple(
            ModeStory(
                id=f"{n:032x}", place=n, name=name, definition=HOSTILE, severity="", owner="", notes=1, traces=n,
                share=Share(estimate=n / 100, low=0, high=min(n / 50, 1), words=f"{n} % of 100", basis="uniform"),
                examples=(told,) if n < 3 else (),
            )
            for n, name in enumerate(names)
        ),
        batches=(), uses=(), fixes=(), loose=(), warnings=(HOSTILE,), masked={},
        curve=Curve(
            bars=(("1", 20, 3, 1), ("2", 20, 0, 2)),
            cumulative=((1, 1), (40, 6)),
            rarefied=(CurveStep(traces=1, modes=1, low=0, high=2), CurveStep(traces=40, modes=6, low=4, high=8)),
        ),
    )  # fmt: skip


@pytest.mark.browser
def test_a_file_loads_nothing_runs_nothing_foreign_and_answers(page: "Page", tmp_path: Path) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    path = tmp_path / "report.html"
    path.write_text(report_page(story(60)), encoding="utf-8")
    page.goto(path.as_uri())
    assert asked == [path.as_uri()]
    assert page.title() == f"How {clean(HOSTILE)} fails"
    assert page.locator("img").count() == 0
    page.locator('figure[data-name="new-modes"] [data-tip]').first.hover()
    assert page.locator("#tip").inner_text() == "Batch 1: 20 read, 3 new in random traces"
    page.get_by_text("All 60 failure modes as a table").click()
    heading = page.get_by_role("button", name="traces", exact=True)
    heading.click()
    assert page.locator(".sortable tbody tr td:nth-child(4)").first.inner_text() == "0"
    heading.click()
    assert page.locator(".sortable tbody tr td:nth-child(4)").first.inner_text() == "59"
    for kind, start in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with page.expect_download() as download:
            page.locator(f'figure[data-name="rates"] [data-picture="{kind}"]').click()
        content = Path(download.value.path()).read_bytes()
        assert content.startswith(start)
        assert b"var(--" not in content
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 25, 31)"
    outside = "fetch('http://example.invalid/').then(() => 'sent', () => 'refused')"
    assert page.evaluate(outside) == "refused"


@pytest.mark.parametrize("modes", [0, 1, 2])
def test_few_modes_make_a_page_too(modes: int) -> None:
    page = report_page(story(modes))
    assert page.count("<article") == min(modes, 3)
    assert "<script>document.title" not in page
