"""From the raw notes of the demo to a published taxonomy, by suggestions and keys; actions and seconds are counted."""

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from evaldash.domain.stored import Project
from evaldash.services import taxonomy
from evaldash.services.demo import load_demo
from evaldash.services.projects import find_project
from evaldash.storage.store import Store, open_store
from tests.support.app_server import AppServer

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONG_MS = 240_000  # the embedding model loads once, on a machine that does other things too
PER_NOTE_IN_A_SPREADSHEET = 2  # choose the cell, choose the mode from its list; scrolling and thinking not counted


class Person:
    """Someone at the keyboard; `actions` counts keys, texts typed and clicks, `waited_s` what the machine took."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self.pictures = page, pictures
        self.actions, self.waited_s = 0, 0.0
        self.started = time.monotonic()

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
            self.actions += 1

    def type(self, text: str) -> None:
        """Type a text; counted as one action, as in the spreadsheet."""
        self.page.keyboard.type(text)
        self.actions += 1

    def click(self, role: str, name: str) -> None:
        """Click a button."""
        self.page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]
        self.actions += 1

    def wait(self, test_id: str, attribute: str, value: str) -> None:
        """Wait for the machine."""
        began = time.monotonic()
        expect(self.page.get_by_test_id(test_id)).to_have_attribute(attribute, value, timeout=LONG_MS)
        self.waited_s += time.monotonic() - began

    def film(self, name: str) -> None:
        """Take a picture."""
        self.page.screenshot(path=str(self.pictures / f"{name}.png"))


def raw_demo(store: Store) -> Project:
    """Load the demo and take its failure modes away: what is left are the notes."""
    load_demo(store)
    project = find_project(store, "demo")
    assert project is not None
    for mode in taxonomy.view(store, project).taxonomy.modes:
        taxonomy.retire(store, project, mode.id, who="ana")
    return project


def test_from_raw_notes_to_a_published_taxonomy(page: Page, app_server: AppServer, tmp_path: Path) -> None:
    store = open_store(app_server.database_url)
    project = raw_demo(store)
    notes = len(taxonomy.view(store, project).uncategorised)
    pictures = tmp_path
    page.goto(f"{app_server.url}/taxonomy?project=demo&coder=ana")
    expect(page.get_by_role("button", name="Suggest modes")).to_be_visible(timeout=30_000)
    person = Person(page, pictures)
    person.film("1-raw")
    person.click("button", "Suggest modes")
    began = time.monotonic()
    expect(page.get_by_test_id("review")).to_be_visible(timeout=LONG_MS)
    person.waited_s += time.monotonic() - began
    expect(page.locator(".review-card").first).to_be_focused()
    person.film("2-cards")
    cards = int(page.get_by_test_id("review").get_attribute("data-cards") or 0)
    person.press("e")
    person.type("Part of the question left out")
    person.press("Control+Enter", "x", "A")  # the first in words of one's own, the second rejected, the rest accepted
    person.wait("review", "data-waiting", "0")
    person.film("3-decided")
    person.click("radio", "Board")
    expect(page.locator(".card").first).to_be_focused(timeout=30_000)
    person.press("*", "n")
    person.type("To be read again")
    person.press("Enter", "ArrowRight", "e")
    person.type("Does one of several questions stay open?")
    person.press("Control+Enter", "p")
    person.type("First review")
    person.press("Enter")
    person.wait("board", "data-waiting", "0")
    person.film("4-published")
    seconds = time.monotonic() - person.started
    now = taxonomy.view(store, project)
    assert now.taxonomy.published == "First review"
    assert not now.uncategorised
    assert now.taxonomy.modes[0].name == "Part of the question left out"
    assert now.taxonomy.modes[0].definition == "Does one of several questions stay open?"
    assert sum(len(held) for held in now.by_mode.values()) == notes
    spreadsheet = notes * PER_NOTE_IN_A_SPREADSHEET + len(now.taxonomy.modes)
    print(
        f"{notes} notes, {cards} cards, {len(now.taxonomy.modes)} modes: {person.actions} actions in {seconds:.0f} s "
        f"({person.waited_s:.0f} s of them the machine's); a spreadsheet takes at least {spreadsheet} actions"
    )
    assert person.actions < spreadsheet / 3
    store.close()
