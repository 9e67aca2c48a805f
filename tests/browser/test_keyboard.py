"""The desk without a mouse: where Tab leads, in which order, what one sees and hears of it, where one comes back to."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.storage.store import Store
from tests.support.app_server import AppServer
from tests.support.desk import open_desk
from tests.support.focus import Keyboard
from tests.support.harbour import FIRST, harbour_app

pytestmark = pytest.mark.browser
MODES = ("Wrong berth", "Rude", "Too late")
TRACE = [
    "Search in this trace", "Timeline of spans (t)", "The same question, answered by another version (v)", "more ▾",
    "skip the trace, to the verdict", "The trace", "Step 1: it first went wrong here", "Copy a link to step 1",
]  # fmt: skip
MOVES = [
    "Previous trace (←)", "Next trace (→)", "Undo the last save (u)", "Show only", "All keys (?)", "My last saves (h)",
    "Similar traces (m)", "Codebook and guidelines (b)",
]  # fmt: skip
FORM = [
    "no more hints", "✓ Pass p", "✗ Fail f", "◷ Defer d", "What went wrong first", "+ another failure Alt+Enter",
    "quote", "1 Wrong berth", "Comment",
]  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    def prepare(store: Store, project: Project) -> None:
        for name in MODES:
            taxonomy.create(store, project, name, who="ana")

    with harbour_app(tmp_path_factory.mktemp("keyboard"), prepare=prepare) as running:
        yield running


@pytest.fixture
def keyboard(page: Page, app: AppServer) -> Keyboard:
    """The desk on the first trace, as it opens: it has the focus, and Tab leads to its first stop."""
    open_desk(page, app, project="harbour", trace=FIRST.id)
    expect(page.get_by_test_id("raw")).to_be_attached()
    return Keyboard(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tab_leads_through_the_desk_as_the_eye_reads_and_out_of_it(page: Page, app: AppServer, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_desk(page, app, project="harbour", trace=FIRST.id)
    keyboard = Keyboard(page)
    forth = keyboard.names("Tab")
    folds = forth[len(TRACE) : -len(MOVES) - len(FORM)]
    assert forth == [*TRACE, *folds, *MOVES, *FORM]
    assert folds[-1] == "Raw record"
    assert not [name for name in folds if name.startswith(("Step", "Copy"))]  # of all steps one is a stop
    page.keyboard.press("c")  # to the last stop again
    back = keyboard.names("Shift+Tab", until=TRACE[0])
    assert [name for name in reversed(back) if name in {*MOVES, *FORM}] == [*MOVES, *FORM[:-1]]


def test_who_skips_the_trace_stands_at_the_verdict(keyboard: Keyboard) -> None:
    keyboard.press(*["Tab"] * 5)
    stop = keyboard.press("Enter")
    assert stop is not None
    assert (stop.name, stop.fault) == ("✓ Pass p", None)


def test_arrows_lead_through_steps_and_the_focus_goes_along(page: Page, keyboard: Keyboard) -> None:
    keyboard.press(*["Tab"] * 7)
    names = [stop.name for key in ("ArrowDown", "j", "ArrowUp") if (stop := keyboard.press(key))]
    assert names == [f"Step {number}: it first went wrong here" for number in (2, 3, 2)]
    expect(page.get_by_test_id("transcript").locator(".here")).to_have_attribute("data-step", "2")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("desk")).to_contain_text("(step 2)")


def test_arrows_lead_through_modes_and_a_chosen_one_keeps_the_focus(page: Page, keyboard: Keyboard) -> None:
    page.keyboard.press("c")
    stop = keyboard.press("Shift+Tab")
    assert stop is not None
    assert stop.name == "1 Wrong berth"
    names = [stop.name for key in ("ArrowDown", "End", "Home", "ArrowDown") if (stop := keyboard.press(key))]
    assert names == ["2 Rude", "3 Too late", "1 Wrong berth", "2 Rude"]
    stop = keyboard.press("Space")
    assert stop is not None
    assert (stop.name, stop.fault) == ("2 Rude", None)
    expect(page.get_by_role("button", name="2 Rude")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="2 Rude")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    ("opener", "inside"),
    [
        ("Codebook and guidelines (b)", "1 Wrong berth"),
        ("All keys (?)", "pass, saved, next: p, change"),
        ("Timeline of spans (t)", "Step 3, small-1: after 0 ms, took 900 ms"),
        ("The same question, answered by another version (v)", "Two versions side by side"),
        ("more ▾", "Copy as Markdown"),
    ],
)
def test_what_is_opened_takes_the_focus_and_gives_it_back(
    page: Page, keyboard: Keyboard, opener: str, inside: str
) -> None:
    while (stop := keyboard.press("Tab")) and stop.name != opener:
        pass
    page.keyboard.press("Enter")
    if opener == "more ▾":
        page.keyboard.press("Tab")
    stands_at(page, keyboard, inside)
    page.keyboard.press("Escape")
    stands_at(page, keyboard, opener)


def stands_at(page: Page, keyboard: Keyboard, name: str) -> None:
    """Wait until the focus stands at what has this name, and is seen there."""
    for _ in range(100):
        stop = keyboard.stop()
        if stop is not None and stop.name == name:
            assert stop.fault is None
            return
        page.wait_for_timeout(50)
    pytest.fail(f"the focus stands at {stop}, not at {name!r}")


def test_who_writes_is_not_taken_away_by_an_answer_that_comes(page: Page, keyboard: Keyboard) -> None:
    for key in ("b", "n"):
        page.keyboard.press(key)
    page.keyboard.type("p f d: all of it")
    expect(page.get_by_label("Codebook", exact=True)).to_contain_text("Too late")
    page.keyboard.type(", text")
    expect(page.get_by_test_id("note")).to_have_value("p f d: all of it, text")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")  # the next test begins with nothing written


def test_the_filter_is_gone_through_by_arrows_and_left_by_enter(page: Page, keyboard: Keyboard) -> None:
    page.keyboard.press("w")
    shown = page.get_by_role("combobox", name="Show only")
    for value in ("unread", "skipped", "deferred"):
        page.keyboard.press("ArrowDown")
        expect(shown).to_have_value(value)
        expect(shown).to_be_focused()
    page.keyboard.press("Home")
    expect(shown).to_have_value("all")
    page.keyboard.press("Enter")
    stop = keyboard.stop()
    assert stop is not None
    assert stop.name == "Reading desk"


def test_the_question_for_a_name_stands_in_the_middle_and_gives_the_focus_back(page: Page, app: AppServer) -> None:
    open_desk(page, app, project="harbour", trace=FIRST.id, coder="")
    keyboard = Keyboard(page)
    page.keyboard.press("p")
    names = [stop.name for key in ("Tab", "Tab") if (stop := keyboard.press(key))]
    assert names == ["not now (Esc)", "Save (Enter)"]
    box = page.get_by_role("dialog", name="Who is coding?").bounding_box()
    assert box is not None
    assert abs(box["y"] + box["height"] / 2 - 400) < 40
    page.keyboard.press("Escape")
    stands = keyboard.stop()
    assert stands is not None
    assert stands.name == "Reading desk"
