"""Suggestions in a real Chromium: cards of changes, and whatever hostile people or models wrote is text."""

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.stored import Project
from evaldash.domain.taxonomy import ChangeKind, SuggestedChange, SuggestedMode, Suggestion
from evaldash.services import taxonomy
from evaldash.storage import suggestions
from evaldash.storage.store import Store
from tests.services.test_model_runs import HOSTILE, noted
from tests.support.app_server import AppServer

pytestmark = pytest.mark.browser
RUNS = "<script>window.hacked=1</script><img src=https://example.invalid/a.png onerror=window.hacked=1>"
LINK = "[click](javascript:window.hacked=1) :red[x] $x$"
NOTES = [*HOSTILE[:38], RUNS, LINK]
CODES = [f"code{number:04d}" for number in range(len(NOTES))]


@pytest.fixture
def project(store: Store) -> Project:
    """Return 40 hostile notes: 20 in two modes, and a suggestion about all of them in words as hostile."""
    made = noted(store, NOTES)
    taxonomy.create(store, made, "Dates", codes=CODES[:10], who="ana")
    modes = taxonomy.create(store, made, "Tone", codes=CODES[10:20], who="ana").taxonomy.modes
    dates, tone = (mode.id for mode in modes)
    new = SuggestedMode(name=RUNS, definition=LINK, codes=tuple(CODES[20:39]), evidence=(CODES[38],), applies_when=RUNS)
    changes = (
        SuggestedChange(kind=ChangeKind.MERGE, mode=tone, into=dates, codes=tuple(CODES[10:12]), reason=RUNS),
        SuggestedChange(kind=ChangeKind.SPLIT, mode=dates, name="Part", codes=tuple(CODES[:4]), reason=LINK),
        SuggestedChange(kind=ChangeKind.RENAME, mode=dates, name="Wrong dates", codes=(CODES[0],), before=("Dates",)),
        SuggestedChange(kind=ChangeKind.RENAME, mode=dates, name="Days", codes=(CODES[0],), before=("Dates",)),
    )
    found = Suggestion(
        id="a" * 32, method="llm", modes=(new,), left_over=(CODES[39],), reasons={CODES[39]: RUNS}, changes=changes,
        unusable=(RUNS,),
    )  # fmt: skip
    with store.write() as connection:
        suggestions.add(connection, made, found, taxonomy_version=2, input={}, seconds=0.1, by="ana")
    return made


def names(store: Store, project: Project) -> list[str]:
    return [mode.name for mode in taxonomy.view(store, project).taxonomy.modes]


def test_forty_hostile_notes_are_text_on_cards_and_board_and_changes_are_decided_by_key(
    page: Page, app_server: AppServer, store: Store, project: Project
) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(f"{app_server.url}/taxonomy?project=trains&coder=ana")
    page.get_by_role("radio", name="Suggestions").click(timeout=30_000)
    review = page.get_by_test_id("review")
    expect(review.locator(".review-card").first).to_be_focused(timeout=30_000)
    assert names(store, project) == ["Dates", "Tone"]
    expect(review.locator(".review-card")).to_have_count(5)
    expect(review.get_by_text("4 changes to modes there are")).to_be_visible()
    expect(review.locator("article").nth(1)).to_contain_text("Tone → into Dates")
    expect(review.locator("article").nth(1)).to_contain_text(RUNS)
    page.keyboard.press("Enter")
    expect(review.locator("article").first.locator("li")).to_have_count(19)
    expect(review.locator("article").first).to_contain_text(RUNS)
    review.locator(".left-over summary").click()
    expect(review.locator(".left-over")).to_contain_text(LINK)
    assert review.locator("script, img, b, a").count() == 0
    expect(review.locator("article").nth(3)).to_contain_text("contradicts “rename Dates to Days”")
    page.keyboard.press("A")  # what contradicts another card waits for a choice
    expect(review).to_contain_text("Accepted 3 of 5")
    expect(review).to_have_attribute("data-waiting", "0", timeout=20_000)
    expect(review).to_have_attribute("data-cards", "2")
    page.keyboard.press("u")
    expect(review).to_have_attribute("data-cards", "5", timeout=20_000)
    review.locator("article").nth(2).click(position={"x": 5, "y": 5})  # beside its fields
    page.keyboard.press("x")  # a rejection is taken back like a change, and changes no mode
    expect(review).to_have_attribute("data-cards", "4", timeout=20_000)
    page.keyboard.press("u")
    expect(review).to_have_attribute("data-cards", "5", timeout=20_000)
    assert names(store, project) == ["Dates", "Tone"]
    review.locator("article").nth(1).click()
    for key in ("a", "x"):  # the merge is accepted; the split, which comes next, is rejected
        page.keyboard.press(key)
    page.keyboard.press("e")
    page.keyboard.type("Dates that are wrong")
    page.keyboard.press("Control+Enter")
    expect(review).to_have_attribute("data-waiting", "0", timeout=20_000)
    expect(review).to_have_attribute("data-cards", "1")
    assert names(store, project) == ["Dates that are wrong"]
    for _ in range(3):  # the new name, the rejection, the merge
        page.keyboard.press("u")
    expect(review).to_have_attribute("data-waiting", "0", timeout=20_000)
    assert names(store, project) == ["Dates", "Tone"]
    page.keyboard.press("U")
    expect(review).to_have_attribute("data-waiting", "0", timeout=20_000)
    assert names(store, project) == ["Dates"]
    page.get_by_role("radio", name="Board").click()
    board = page.get_by_test_id("board")
    expect(board.locator(".card")).to_have_count(40, timeout=30_000)
    assert board.locator("script, img, b").count() == 0
    assert page.evaluate("window.hacked") is None
    assert [url for url in loaded if "example.invalid" in url] == []
    assert len(taxonomy.view(store, project).codes) == 40
