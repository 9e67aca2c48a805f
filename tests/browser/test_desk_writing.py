"""Writing at the desk in a real Chromium: similar notes, sub-checks, quotes, the codebook, settling, other scripts."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.coding import OpenCode, Reading, Verdict
from evaldash.domain.stored import Project
from evaldash.domain.trace import Json, Role, Step, StepKind, Trace
from evaldash.services import coding, placing, taxonomy
from evaldash.services.desk_settings import DeskSettings, parse_checks, save_desk_settings
from evaldash.services.sampling import SampleRequest, draw_batch, drawn_traces
from evaldash.storage.store import Store
from evaldash.ui import assets
from evaldash.ui.reading import assets as reading
from tests.support.app_server import AppServer
from tests.support.component import load
from tests.support.desk import CODER, all_saved, draft_kept, newest, on_screen, open_desk
from tests.support.traces import conversation, make_project

pytestmark = pytest.mark.browser
FOLDER = Path(str(reading.__file__)).parent
PARTS = ("elements.js", "focus.js", "keys.js", "likely.js")
ALONE = """
window.likely = new LikelyMode({
  keys: new KeyMap({}), modes: () => [{ id: "a", name: "A" }, { id: "b", name: "B" }], chosen: () => null,
  choose() {}, say() {}, leave() {},
});
document.body.append(likely.node);
"""


@pytest.fixture
def project(store: Store) -> Project:
    """Return two batches; one note with a mode in the first, read by ana; sub-checks and guidelines."""
    found = make_project(store, [conversation(number) for number in range(12)])
    mode = taxonomy.create(store, found, "Wrong train", who=CODER).taxonomy.modes[0]
    for size in (3, 6):
        draw_batch(store, found, SampleRequest(strategy="uniform", size=size, seed=1))
    first = drawn_traces(store, found, 1)[0].trace
    code = OpenCode(id="c1", text="Looks up another train", mode=mode.id)
    coding.save_reading(store, found, Reading(id="s1", trace=first, verdict=Verdict.FAIL, codes=(code,)), coder=CODER)
    checks = parse_checks("Facts: date, price, platform")
    save_desk_settings(store, found, DeskSettings(guidelines="Judge as a passenger.", checks=checks), who=CODER)
    return found


def test_an_earlier_wording_is_taken_with_its_mode(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="2")
    page.keyboard.press("f")
    page.keyboard.type("looks up")
    earlier = page.get_by_role("option", name="Looks up another train")
    expect(earlier).to_be_visible(timeout=20_000)  # the model that compares notes loads with the desk
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("note")).to_have_value("Looks up another train")
    page.keyboard.press("Control+Enter")
    all_saved(page)
    code = newest(store, project)[trace].codes[0]
    now = taxonomy.view(store, project)
    assert code.id in [item.id for item in now.by_mode[now.taxonomy.modes[0].id]]


def test_the_likely_mode_is_taken_by_one_key_and_counted(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    notes = ("looks up another train", "looks up the train of another day", "the reply is far too long and rude")
    for number, text in enumerate(notes):
        trace = open_desk(page, app_server, batch="2", trace=drawn_traces(store, project, 2)[number].trace)
        page.keyboard.press("f")
        page.keyboard.type(text)
        likely = page.locator(".likely")
        expect(likely).to_contain_text("New?" if number == 2 else "Wrong train", timeout=90_000)  # the model is loading
        taken = number == 0
        if taken:
            page.keyboard.press("Alt+m")
            expect(likely).to_contain_text("Mode: Wrong train")
        elif number == 1:  # seen, and passed over
            expect(likely).not_to_have_attribute("data-weighed", "")
        page.keyboard.press("Control+Enter")
        all_saved(page)
        now = taxonomy.view(store, project)
        [code] = newest(store, project)[trace].codes
        assert (code.id in now.taxonomy.assignments) is taken
    [counted] = placing.acceptance(store, project)
    assert counted.suggester == placing.SUGGESTER
    assert (counted.offered, counted.accepted, counted.passed_over) == (2, 1, 1)


def test_an_offer_that_came_late_or_out_of_sight_was_not_weighed(page: Page) -> None:
    page.clock.install(time=0)
    load(page, reading)
    page.clock.pause_at(60_000)
    page.evaluate("(scripts) => { new Function(scripts)(); }", assets.joined(FOLDER, PARTS) + ALONE)
    offer = """(mode) => likely.answered({ place: { mode, confidence: 0.9, is_new: false }, complete: true })"""
    weighed = "() => likely.weighed?.mode ?? null"
    steps: list[tuple[str | None, int, str | None]] = [
        ("a", 900, None), ("a", 200, "a"), ("b", 900, None), ("b", 200, "b"),
    ]  # fmt: skip
    for mode, wait, expected in steps:
        page.evaluate(offer, mode)
        page.clock.run_for(wait)
        assert page.evaluate(weighed) == expected
    page.evaluate("() => { likely.node.style.position = 'fixed'; likely.node.style.top = '5000px'; }")
    assert page.evaluate(weighed) is None


def test_sub_checks_are_answered_by_key_also_on_a_pass(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="2")
    for key in ("x", "Shift+X", "x", "c"):
        page.keyboard.press(key)
    page.keyboard.type("fine but for the price")
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Facts")).to_contain_text("2 of 3")
    page.keyboard.press("p")
    all_saved(page)
    found = newest(store, project)[trace]
    assert (found.verdict, found.comment) == (Verdict.PASS, "fine but for the price")
    assert [(item.item, item.passed) for item in found.checks] == [("date", True), ("price", False), ("platform", True)]


def test_a_comment_passes_by_its_chord_from_within(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="2")
    page.keyboard.press("c")
    page.keyboard.type("fine")
    page.keyboard.press("Alt+p")
    all_saved(page)
    assert (newest(store, project)[trace].verdict, newest(store, project)[trace].comment) == (Verdict.PASS, "fine")


def test_several_failures_each_with_its_step_and_a_quote(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="2")
    page.keyboard.press("f")
    page.keyboard.type("late")
    page.keyboard.press("Alt+s")
    page.keyboard.press("Alt+Enter")
    page.keyboard.press("Escape")
    page.locator("[data-testid=transcript] [data-step='4'] .text").evaluate(
        """node => { const range = document.createRange(); range.selectNodeContents(node);
        const selection = node.getRootNode().getSelection?.() ?? getSelection();
        selection.removeAllRanges(); selection.addRange(range); }"""
    )
    page.keyboard.press("q")
    page.keyboard.type("is not so")
    page.keyboard.press("Control+Enter")
    all_saved(page)
    codes = newest(store, project)[trace].codes
    assert [code.step for code in codes] == [1, 4]
    assert codes[1].text.startswith("“Booking")
    assert codes[1].text.endswith("” is not so")


def test_a_note_that_was_emptied_stays_empty(page: Page, app_server: AppServer, store: Store, project: Project) -> None:
    trace = open_desk(page, app_server, batch="2")
    page.keyboard.press("f")
    page.keyboard.type("late")
    draft_kept(store, project, trace, "late")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Escape")
    page.keyboard.press("m")  # a second message right after the first
    draft_kept(store, project, trace, None)
    open_desk(page, app_server, batch="2", trace=trace)
    expect(page.get_by_test_id("note")).to_have_value("")


def test_the_codebook_and_the_guidelines_are_one_key_away(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    open_desk(page, app_server, batch="2")
    page.keyboard.press("b")
    book = page.get_by_label("Codebook", exact=True)
    expect(book).to_contain_text("Judge as a passenger.")
    expect(book).to_contain_text("Looks up another train")
    page.keyboard.press("Escape")
    expect(book).not_to_be_visible()


def test_other_scripts_are_written_and_a_word_being_composed_saves_nothing(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = open_desk(page, app_server, batch="2")
    page.keyboard.press("f")
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "きっぷ", "selectionStart": 3, "selectionEnd": 3})
    page.get_by_test_id("note").evaluate("""node => node.dispatchEvent(new KeyboardEvent("keydown",
        {key: "Enter", ctrlKey: true, isComposing: true, bubbles: true, composed: true}))""")
    assert on_screen(page) == trace
    client.send("Input.insertText", {"text": "切符が違う"})
    page.keyboard.type(" הכרטיס שגוי")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")  # saves what was noted from outside the note as well
    all_saved(page)
    assert newest(store, project)[trace].codes[0].text == "切符が違う הכרטיס שגוי"


def test_what_is_written_from_right_to_left_stands_so(page: Page, app_server: AppServer, store: Store) -> None:
    raw: Json = {"id": "rtl"}
    step = Step(kind=StepKind.MESSAGE, role=Role.USER, text="מתי הרכבת יוצאת?\nThanks")
    made = make_project(store, [Trace(steps=(step,), raw=(raw,), identity=(raw,), format="test")], name="trains")
    draw_batch(store, made, SampleRequest(strategy="uniform", size=1))
    open_desk(page, app_server)
    page.keyboard.press("f")
    page.keyboard.type("הרציף שגוי")
    for place in (page.get_by_test_id("note"), page.get_by_test_id("transcript").locator("p")):
        styles = place.evaluate("node => [getComputedStyle(node).direction, getComputedStyle(node).unicodeBidi]")
        assert styles == ["rtl", "plaintext"]


def test_disagreements_are_settled_with_both_readings_in_view(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    trace = drawn_traces(store, project, 1)[0].trace
    coding.save_reading(
        store, project, Reading(id="b1", trace=trace, verdict=Verdict.PASS, comment="fine"), coder="ben"
    )
    open_desk(page, app_server)
    page.get_by_text("Agreement", exact=True).click()
    page.get_by_role("button", name="Settle 1 at the desk").click()
    expect(page.get_by_test_id("desk")).to_have_attribute("data-trace", trace, timeout=20_000)
    expect(page.get_by_test_id("desk")).to_contain_text("ben: pass")
    page.keyboard.press("p")
    all_saved(page)
    mine = next(item for item in coding.list_annotations(store, project, coder=CODER) if item.trace == trace)
    assert (mine.verdict, mine.settles) == (Verdict.PASS, True)
