"""A component of the app without the app: its script in an empty page, called as Streamlit would call it."""

from __future__ import annotations

import base64
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from evaldash.ui import assets

if TYPE_CHECKING:
    from playwright.sync_api import Page

ADDRESS = "http://component.test/"  # local storage wants an origin
BEGIN = """() => {
  window.place = document.body.appendChild(document.createElement("div"));
  window.root = place.attachShadow({ mode: "open" });
  window.components = {};
  window.sent = []; // [name, value] of all that was set
  window.call = (name, data) => components[name]({
    data, parentElement: root, setTriggerValue: (event, value) => sent.push([event, structuredClone(value)]),
  });
  window.bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}"""
IMPORT = """async ([name, text]) => {
  components[name] = (await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })))).default;
}"""


def load(page: Page, package: ModuleType, *names: str) -> None:
    """Open an empty page in which components of a package of assets can be called, all in one place."""
    empty = "<!doctype html><main></main>"
    page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=empty, content_type="text/html"))
    page.goto(ADDRESS)
    page.evaluate(BEGIN)
    for name in names:
        page.evaluate(IMPORT, [name, assets.joined(Path(str(package.__file__)).parent, package.FILES[name])])


def call(page: Page, name: str, data: object) -> None:
    """Call a component with bytes, or with data of JSON."""
    if isinstance(data, bytes):
        page.evaluate("([name, text]) => { call(name, bytes(text)); }", [name, base64.b64encode(data).decode()])
    else:
        page.evaluate("([name, data]) => { call(name, data); }", [name, data])


def sent(page: Page) -> list[tuple[str, Any]]:
    """Return what was told to the server so far, each with its name, and forget it."""
    return [(name, value) for name, value in page.evaluate("sent.splice(0)")]
