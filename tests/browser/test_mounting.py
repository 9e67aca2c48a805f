"""What a component built stays while Streamlit calls it again and again, and ends with its place on the page."""

import pytest
from playwright.sync_api import Page

from evaldash.ui import assets

pytestmark = pytest.mark.browser
FIELD = """
  class Field {
    constructor(root) { this.node = document.createElement("input"); root.append(this.node); }
    take({ data }) { this.node.dataset.taken = data; }
    close() { window.ended = (window.ended ?? 0) + 1; this.node.remove(); }
  }
  window.mount = mounting("field", (root) => new Field(root));
  window.root = document.body.appendChild(document.createElement("div"));
"""
SOON = "() => new Promise((done) => setTimeout(done, 30))"


@pytest.fixture
def mounted(page: Page) -> Page:
    page.set_content("<main></main>")
    page.evaluate((assets.COMMON / "mounting.js").read_text(encoding="utf-8") + FIELD)
    return page


def test_a_clean_up_after_a_call_that_was_overtaken_leaves_what_is_being_typed(mounted: Page) -> None:
    mounted.evaluate("window.first = mount({ parentElement: root, data: 1 })")
    mounted.locator("input").focus()
    mounted.keyboard.type("Prom")
    mounted.evaluate("mount({ parentElement: root, data: 2 }); first()")
    mounted.evaluate(SOON)
    mounted.keyboard.type("ises")
    field = mounted.locator("input")
    assert (field.count(), field.input_value(), field.get_attribute("data-taken")) == (1, "Promises", "2")


def test_what_has_left_the_page_ends_once(mounted: Page) -> None:
    mounted.evaluate("window.ends = [1, 2].map((data) => mount({ parentElement: root, data })); root.remove()")
    mounted.evaluate("ends.forEach((end) => { end(); })")
    mounted.evaluate(SOON)
    assert mounted.evaluate("[window.ended, Boolean(root.field)]") == [1, False]
